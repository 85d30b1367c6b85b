//! `3rd-party add`: makes a repository known, once somebody trusts its certificate, and installs
//! its `os-core`.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use swupd_protocol::{
    bundle::BundleName,
    limits::MAX_ANCHOR_FILE,
    path::TreePath,
    trust::{Described, TrustAnchor},
};

use super::{ThirdPartyFailure, register};
use crate::{
    cli::{
        arguments::AddFlags,
        failure::Failure,
        os_install,
        output::{Exit, Output},
        session::Session,
    },
    host::root::Root,
    remote::{PlainHttp, check_url},
    report::with_causes,
    settings::{Answer, CERTIFICATE, Signatures},
    third_party::{Offer, Places, Register, Repository},
    update::{Extent, Trip},
};

/// Adds the repository. The list names it only when everything is there.
pub(super) fn run(session: &Session, flags: &AddFlags) -> Result<Exit, Failure> {
    let name = flags.name.parse().map_err(ThirdPartyFailure::from)?;
    let repository = Repository { name, url: flags.source.clone() };
    let is_allowed = session.settings.downloads.allow_insecure_http;
    let plain_http = if is_allowed { PlainHttp::Allowed } else { PlainHttp::Refused };
    check_url(&repository.url, plain_http).map_err(ThirdPartyFailure::Url)?;
    let os = session.os()?;
    let _lock = session.lock(&os)?;
    let register = register(session)?;
    if register.get(repository.name.as_str()).is_some() {
        return Err(ThirdPartyFailure::Known { name: repository.name }.into());
    }
    let places = session.places_of(&repository);
    make_room(&places, &os, flags.force)?;
    session.output.info(&format!("Adding repository `{}`", repository.name));
    if let Err(failure) = install(session, &repository, (&register, &os)) {
        take_back(session, &repository, &places, &os);
        return Err(failure);
    }
    session.output.info(&format!("Repository `{}` is added", repository.name));
    Ok(Exit::Ok)
}

/// Makes the places, empty ones.
fn make_room(places: &Places, os: &Root, force: bool) -> Result<(), Failure> {
    if places.is_occupied(os)? && !force {
        return Err(ThirdPartyFailure::Occupied { path: places.tree.clone() }.into());
    }
    // What an earlier repository of this name left of its state says nothing about this one.
    places.remove(os)?;
    Ok(places.make(os)?)
}

fn install(
    session: &Session,
    repository: &Repository,
    (register, os): (&Register, &Root),
) -> Result<(), Failure> {
    let mut guest = session.of_repository(repository)?;
    let accepted = guest.settings.data_dir.join(ACCEPTED);
    let brings_certificate =
        guest.settings.signatures != Signatures::None && accept(&guest, &accepted)?;
    if brings_certificate {
        guest.settings.certificate.clone_from(&accepted);
    }
    os_install::run_os_core(&guest)?;
    if brings_certificate {
        // From here on it is the one that came with the content.
        let removed = fs_err::remove_file(&accepted);
        removed.map_err(|source| Failure::CannotCreate { path: accepted, source })?;
    }
    register.with(repository).write(os).map_err(ThirdPartyFailure::from)?;
    Ok(())
}

/// Brings the certificate, shows it, and keeps it if somebody trusts it. Says no where the
/// repository has none, and another one was named to trust it by.
fn accept(guest: &Session, keep: &Path) -> Result<bool, Failure> {
    let Some(pem) = certificate(guest)? else {
        if guest.settings.typed.certificate.is_some() {
            guest.output.info("It brings no certificate: the one that is named counts");
            return Ok(false);
        }
        return Err(ThirdPartyFailure::NoCertificate.into());
    };
    let unusable = |source| Failure::Certificate {
        path: Path::new("/").join(CERTIFICATE),
        source: Box::new(source),
    };
    let anchor = TrustAnchor::from_pem(&pem, None).map_err(unusable)?;
    anchor.check(guest.now).map_err(unusable)?;
    let output = &guest.output;
    output.info("Content of this repository is signed by whoever has the key of this certificate:");
    let described = anchor.describe().map_err(unusable)?;
    for certificate in &described {
        output.info(&format!("  Subject:     {}", certificate.subject));
        output.info(&format!("  Issuer:      {}", certificate.issuer));
        output.info(&format!("  Valid:       {} to {}", certificate.from, certificate.until));
        output.info(&format!("  Fingerprint: SHA-256 {}", certificate.fingerprint));
    }
    output.info("It came from the repository itself: compare the fingerprint with another source.");
    if guest.ask(&question(output, &described)) == Answer::No {
        return Err(ThirdPartyFailure::NotTrusted.into());
    }
    fs_err::write(keep, &pem)
        .map_err(|source| Failure::CannotCreate { path: keep.to_owned(), source })?;
    Ok(true)
}

/// Returns what is asked: all of it, where nothing was told before.
fn question(output: &Output, described: &[Described]) -> String {
    if !output.manner().quiet {
        return "Do you trust this certificate?".into();
    }
    let named = described.iter().map(|certificate| {
        format!("{} (SHA-256 {})", certificate.subject, certificate.fingerprint)
    });
    format!("Do you trust the certificate of {}?", named.collect::<Vec<_>>().join(" and "))
}

/// Returns the certificate that the newest `os-core` has; nothing else of what the repository says
/// so far is used.
fn certificate(guest: &Session) -> Result<Option<Vec<u8>>, Failure> {
    let server = guest.unproven_server()?;
    let machine = guest.machine()?;
    let trip = Trip {
        extent: Extent::Download,
        approver: None,
        ..guest.trip(&machine, guest.without_cache(&server)?)
    };
    let version = trip.metadata.latest()?;
    let os_core = BTreeSet::from([BundleName::os_core()]);
    let target = trip.target(version, &os_core, &BTreeMap::new())?;
    let Ok(path) = TreePath::from_relative(Path::new(CERTIFICATE)) else { return Ok(None) };
    Ok(trip.bring_file(&target, &path, MAX_ANCHOR_FILE as u64)?)
}

/// Leaves nothing of a repository that could not be added.
fn take_back(session: &Session, repository: &Repository, places: &Places, os: &Root) {
    let offer = Offer { repository, os, tree: &places.tree };
    let withdrawn = offer.settle(&BTreeMap::new()).map_err(Failure::from);
    let removed = places.remove(os).map_err(Failure::from);
    for failure in [withdrawn.err(), removed.err()].into_iter().flatten() {
        session.output.warning(&with_causes(&failure));
    }
}

/// The file of the certificate that was accepted, until the content's own is there.
const ACCEPTED: &str = "accepted.pem";

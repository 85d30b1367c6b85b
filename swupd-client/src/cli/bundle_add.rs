//! `bundle-add`: installs bundles and what they need.

mod aliases;

use std::collections::{BTreeMap, BTreeSet};

use swupd_protocol::{bundle::BundleName, manifest::Status, mom::Mom, trust::Trusted};

use super::{
    arguments::BundleAddFlags,
    failure::Failure,
    output::Exit,
    session::{KeepCache, Session},
};
use crate::{
    host::machine::Machine,
    update::{Target, Trip, fetch::Named, versions_of},
};

/// Installs the bundles that the version has and the tree has not; exit 3 if one of them does not
/// exist.
pub(super) fn run(session: &Session, flags: &BundleAddFlags) -> Result<Exit, Failure> {
    let version = session.installed_version()?;
    let server = session.server()?;
    let machine = session.machine()?;
    let metadata = session.metadata(&server, &machine)?.of_what_is_installed();
    let mut trip = session.trip(&machine, metadata.with_files_to_follow());
    let installed = machine.installed_bundles()?;
    let remembers = !machine.data.tracked()?.is_empty();
    let mom = trip.metadata.mom(version)?;
    let names = meant(session, &machine, &flags.bundles);
    let Asked { known: asked, is_complete } = asked(session, &mom, &names);
    let wanted: BTreeSet<BundleName> = asked.difference(&installed).cloned().collect();
    for name in asked.intersection(&installed) {
        session.output.info(&format!("bundle `{name}` is installed already"));
    }
    if !wanted.is_empty() {
        let suggested = if flags.skip_optional { Named::Required } else { Named::Suggested };
        let (from, to) = targets(&trip, &mom, (&installed, &wanted), suggested)?;
        if !flags.skip_diskspace_check {
            check_space(&machine, &from, &to)?;
        }
        // The first that are asked for are remembered with all that is here then, as the reference
        // client does.
        trip.track.clone_from(if remembers { &asked } else { &to.bundles });
        let outcome = trip.go(&from, &to)?;
        session.tell_fetched(&server);
        let names: Vec<String> =
            to.bundles.difference(&from.bundles).map(ToString::to_string).collect();
        session.output.info(&format!("Installed {}: {} paths put", names.join(", "), outcome.put));
        session.finish(&machine, &to, outcome, KeepCache::No)?;
    }
    if remembers || asked.is_empty() {
        machine.data.track(&asked)?;
    } else {
        machine.data.track(&machine.installed_bundles()?)?;
    }
    Ok(if is_complete { Exit::Ok } else { Exit::InvalidBundle })
}

/// Returns the names of bundles that the typed ones mean.
fn meant(session: &Session, machine: &Machine, typed: &[String]) -> Vec<String> {
    let aliases = aliases::read(&machine.root, &*session.output);
    let mut names = Vec::new();
    for name in typed {
        if let Some(bundles) = aliases.meaning(name) {
            session.output.info(&format!("`{name}` stands for {}", bundles.join(", ")));
            names.extend_from_slice(bundles);
        } else {
            names.push(name.clone());
        }
    }
    names
}

/// The bundles that were asked for.
struct Asked {
    /// Those that the version has.
    known: BTreeSet<BundleName>,
    /// Whether these are all.
    is_complete: bool,
}

fn asked(session: &Session, mom: &Mom, names: &[String]) -> Asked {
    let mut asked = Asked { known: BTreeSet::new(), is_complete: true };
    for name in names {
        let bundle = name.parse().ok().and_then(|name: BundleName| mom.bundle(&name));
        if let Some(bundle) = bundle {
            if bundle.status == Status::Experimental {
                session.output.info(&format!("bundle `{name}` is experimental"));
            }
            asked.known.insert(bundle.name.clone());
        } else {
            let version = mom.header.version;
            session.output.warning(&format!("version {version} has no bundle `{name}`: left out"));
            asked.is_complete = false;
        }
    }
    asked
}

/// Returns what the machine has and what it is to have. What bundles only suggest comes with those
/// that are new, if at all: of the others it was decided when they came.
fn targets(
    trip: &Trip<'_>,
    mom: &Trusted<Mom>,
    (installed, wanted): (&BTreeSet<BundleName>, &BTreeSet<BundleName>),
    suggested: Named,
) -> Result<(Target, Target), Failure> {
    let version = mom.header.version;
    let named =
        |bundle: &BundleName| if installed.contains(bundle) { Named::Required } else { suggested };
    // First, so that what is wrong with what was asked for is told before what is wrong with the rest.
    let new = trip.metadata.release_as(mom.clone(), wanted, named, &BTreeMap::new())?;
    let from = trip.installed(version, installed)?;
    let older = versions_of(&from.release);
    let new = new.manifests().map(|(bundle, _)| bundle.clone());
    let all: BTreeSet<BundleName> = from.bundles.iter().cloned().chain(new).collect();
    let to = trip.target(version, &all, &older)?;
    Ok((from, to))
}

/// Refuses what the file system has no room for: the new bundles' content and a tenth more.
fn check_space(machine: &Machine, from: &Target, to: &Target) -> Result<(), Failure> {
    let new = to.release.manifests().filter(|(bundle, _)| !from.bundles.contains(*bundle));
    let bytes: u64 = new.map(|(_, manifest)| manifest.header.content_size).sum();
    let needed = bytes.saturating_add(bytes / 10);
    let path = machine.root.path().join("usr");
    let free = machine.root.free_space();
    match free {
        Err(source) => Err(Failure::Tree { path, source }),
        Ok(free) if free < needed => Err(Failure::NoSpace { path, needed, free }),
        Ok(_) => Ok(()),
    }
}

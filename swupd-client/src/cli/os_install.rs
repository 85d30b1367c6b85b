//! `os-install`: puts a version into a directory, beside whatever is there.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use swupd_protocol::bundle::BundleName;

use super::{
    arguments::{OsInstallFlags, VerifyFlags},
    failure::Failure,
    newest,
    output::Exit,
    session::{KeepCache, Session, in_format},
};
use crate::{
    host::{machine::Machine, state::Data},
    settings::{CommonFlags, VersionWish},
    update::{Extent, Trip, fetch::Named},
};

/// What is installed.
struct Wish {
    version: Option<VersionWish>,
    bundles: BTreeSet<BundleName>,
    named: Named,
    extent: Extent,
    /// A cache directory that somebody else filled.
    spare: Option<PathBuf>,
    /// Whether to go on without bundles that the version lacks, and in another format.
    force: bool,
}

/// Installs into the directory that is named.
pub(super) fn run(session: &Session, flags: &OsInstallFlags) -> Result<Exit, Failure> {
    let wish = Wish {
        version: flags.version,
        bundles: flags.bundles.iter().cloned().collect(),
        named: if flags.skip_optional { Named::Required } else { Named::Suggested },
        extent: if flags.download { Extent::Download } else { Extent::All },
        spare: flags.statedir_cache.clone(),
        force: flags.force,
    };
    install(session, wish)
}

/// Installs as `verify --install` does.
pub(super) fn run_legacy(session: &Session, flags: &VerifyFlags) -> Result<Exit, Failure> {
    let wish = Wish {
        version: flags.version,
        bundles: flags.bundles.iter().map(|name| name.parse()).collect::<Result<_, _>>()?,
        named: Named::Suggested,
        extent: Extent::All,
        spare: None,
        force: flags.force,
    };
    install(session, wish)
}

/// Installs the newest version of `os-core` alone.
pub(super) fn run_os_core(session: &Session) -> Result<Exit, Failure> {
    let wish = Wish {
        version: None,
        bundles: BTreeSet::new(),
        named: Named::Required,
        extent: Extent::All,
        spare: None,
        force: false,
    };
    install(session, wish)
}

/// Makes the directory that is named the tree, and creates it where it is missing. It is named in one
/// of two ways: who names two directories may mean either.
pub(super) fn flags_for_target(
    flags: &OsInstallFlags,
    mut common: CommonFlags,
) -> Result<CommonFlags, Failure> {
    let target = match (flags.target.clone(), common.global.path.take()) {
        (Some(_), Some(_)) => return Err(Failure::TwoTargets),
        (target, path) => target.or(path).ok_or(Failure::NoTarget)?,
    };
    fs_err::create_dir_all(&target)
        .map_err(|source| Failure::CannotCreate { path: target.clone(), source })?;
    common.global.path = Some(target);
    Ok(common)
}

fn install(session: &Session, wish: Wish) -> Result<Exit, Failure> {
    let server = session.server()?;
    let machine = machine(session, wish.spare.as_deref())?;
    let metadata = session.metadata(&server, &machine)?;
    let (version, published) = match wish.version {
        Some(VersionWish::Number(version)) => (version, None),
        None | Some(VersionWish::Latest) => {
            let published = newest::published(session, &metadata, (None, None))?;
            (published.newest(), Some(published))
        }
    };
    let metadata = in_format(metadata, version, wish.force)?.with_files_to_follow();
    let mut trip = Trip {
        named: wish.named,
        extent: wish.extent,
        track: wish.bundles,
        ..session.trip(&machine, metadata)
    };
    if wish.force {
        trip.track = session.known_bundles(&trip, version, &trip.track)?;
    }
    let os_core = BundleName::os_core();
    let bundles = trip.track.iter().chain([&os_core]).cloned().collect();
    if trip.track.is_empty() {
        trip.track.insert(os_core);
    }
    let place = session.settings.tree.display();
    session.output.info(&format!("Installing version {version} into {place}"));
    let target = trip.target(version, &bundles, &BTreeMap::new())?;
    if let Some(published) = &published {
        session.saw(&trip.metadata, published);
    }
    let outcome = trip.install(&target)?;
    session.tell_fetched(&server);
    if wish.extent == Extent::Download {
        if let Some(published) = published {
            published.keep(&machine.cache);
        }
        session.output.info(&format!("Version {version} is downloaded; nothing was installed"));
        return Ok(Exit::Ok);
    }
    session.output.info(&format!("Installed version {version}: {} paths put", outcome.put));
    session.finish(&machine, &target, outcome, KeepCache::No)?;
    mark_in_tree(session, &machine, &trip.track)?;
    Ok(Exit::Ok)
}

/// Marks what was asked for in the tree as well, where the state of this run is somewhere else: the
/// system that starts from the tree must know it.
fn mark_in_tree(
    session: &Session,
    machine: &Machine,
    bundles: &BTreeSet<BundleName>,
) -> Result<(), Failure> {
    let place = session.settings.data_dir_in_tree();
    if session.is_of_a_repository() || place == session.settings.data_dir {
        return Ok(());
    }
    let data = Data::open(&place, &machine.root)?;
    Ok(data.track(bundles)?)
}

fn machine(session: &Session, spare: Option<&Path>) -> Result<Machine, Failure> {
    let Some(spare) = spare else { return session.machine() };
    let here = std::path::absolute(spare)
        .map_err(|source| Failure::Tree { path: spare.to_owned(), source })?;
    let machine = session.machine_with_spare(Some(here))?;
    if !machine.cache.has_spare() {
        session.output.warning(&format!("{} holds no cache", spare.display()));
    }
    Ok(machine)
}

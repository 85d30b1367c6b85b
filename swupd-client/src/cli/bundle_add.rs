//! `bundle-add`: installs bundles and what they need.

use std::collections::BTreeSet;

use swupd_protocol::bundle::BundleName;

use super::{
    arguments::BundleAddFlags,
    failure::Failure,
    output::Exit,
    session::{KeepCache, Session},
};
use crate::{
    host::machine::Machine,
    update::{Extent, Target, Trip, fetch::Named, versions_of},
};

/// Installs the bundles that the version has and the tree has not; exit 3 if one of them does not
/// exist.
pub(super) fn run(session: &Session, flags: &BundleAddFlags) -> Result<Exit, Failure> {
    let version = session.installed_version()?;
    let server = session.server()?;
    let machine = session.machine()?;
    let mut trip = Trip {
        machine: &machine,
        metadata: session.metadata(&server, &machine)?,
        runnable: session.runnable(),
        named: if flags.skip_optional { Named::Required } else { Named::Suggested },
        extent: Extent::All,
        track: BTreeSet::new(),
        untrack: BTreeSet::new(),
    };
    let installed = machine.installed_bundles()?;
    machine.tracked_bundles()?;
    let mom = trip.metadata.mom(version)?;
    let (asked, unknown): (Vec<&String>, Vec<&String>) = flags
        .bundles
        .iter()
        .partition(|name| name.parse().is_ok_and(|name: BundleName| mom.bundle(&name).is_some()));
    for name in &unknown {
        session.output.warning(&format!("version {version} has no bundle `{name}`: left out"));
    }
    let asked: BTreeSet<BundleName> = asked.iter().filter_map(|name| name.parse().ok()).collect();
    let wanted: BTreeSet<BundleName> = asked.difference(&installed).cloned().collect();
    for name in asked.intersection(&installed) {
        session.output.info(&format!("bundle `{name}` is installed already"));
    }
    if !wanted.is_empty() {
        let (from, to) = targets(session, &trip, &installed, &wanted)?;
        if !flags.skip_diskspace_check {
            check_space(&machine, &from, &to)?;
        }
        trip.track.clone_from(&asked);
        let outcome = trip.go(&from, &to)?;
        session.tell_fetched(&server);
        let names: Vec<String> =
            to.bundles.difference(&from.bundles).map(ToString::to_string).collect();
        session.output.info(&format!("Installed {}: {} paths put", names.join(", "), outcome.put));
        session.finish(&machine, &to, outcome, KeepCache::No)?;
    }
    machine.data.track(&asked)?;
    Ok(if unknown.is_empty() { Exit::Ok } else { Exit::InvalidBundle })
}

fn targets(
    session: &Session,
    trip: &Trip<'_>,
    installed: &BTreeSet<BundleName>,
    wanted: &BTreeSet<BundleName>,
) -> Result<(Target, Target), Failure> {
    let version = session.installed_version()?;
    let from = trip.installed(version, installed)?;
    let all: BTreeSet<BundleName> = from.bundles.union(wanted).cloned().collect();
    let to = trip.target(version, &all, &versions_of(&from.release))?;
    Ok((from, to))
}

/// Refuses what the file system has no room for: the new bundles' content and a tenth more.
fn check_space(machine: &Machine, from: &Target, to: &Target) -> Result<(), Failure> {
    let new = to.release.manifests().filter(|(bundle, _)| !from.bundles.contains(*bundle));
    let bytes: u64 = new.map(|(_, manifest)| manifest.header.content_size).sum();
    let needed = bytes.saturating_add(bytes / 10);
    let free = machine
        .root
        .free_space()
        .map_err(|source| Failure::Tree { path: machine.root.path().to_owned(), source })?;
    if free < needed { Err(Failure::NoSpace { needed, free }) } else { Ok(()) }
}

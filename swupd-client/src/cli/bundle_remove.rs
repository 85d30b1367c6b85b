//! `bundle-remove`: takes bundles out of the tree, as far as nothing that stays needs them.

use std::collections::BTreeSet;

use swupd_protocol::{bundle::BundleName, version::Version};

use super::{
    arguments::BundleRemoveFlags,
    failure::Failure,
    output::Exit,
    session::{KeepCache, Session},
};
use crate::{
    bundles::{
        needs::{Needs, Towards},
        removal::{Inventory, Reach, Removal},
    },
    update::Target,
};

/// Removes what can be removed; if something cannot, the exit code says why the last of it could
/// not.
pub(super) fn run(session: &Session, flags: &BundleRemoveFlags) -> Result<Exit, Failure> {
    let version = session.installed_version()?;
    let server = session.server()?;
    let machine = session.machine()?;
    let installed = machine.installed_bundles()?;
    let tracked = machine.tracked_bundles()?;
    let mut trip = session.trip(&machine, session.metadata(&server, &machine)?);
    let from = trip.installed(version, &installed)?;
    let needs = Needs::of(from.release.manifests().map(|(name, manifest)| (name, &**manifest)));
    let manifests = from.release.manifests().map(|(name, manifest)| (name, &**manifest));
    let brought = Needs::with_suggestions(manifests);
    let inventory = Inventory { installed: &needs, brought: &brought, tracked: &tracked };
    let choice = Choice { session, from: &from, installed: &installed, inventory };
    let (removed, exit) = choice.made(flags);
    if !removed.is_empty() {
        let staying = from.bundles.difference(&removed).cloned().collect();
        let to = trip.installed(version, &staying)?;
        trip.untrack.clone_from(&removed);
        let outcome = trip.go(&from, &to)?;
        session.tell_fetched(&server);
        let removed = listed(&removed);
        session.output.info(&format!("Removed {removed}: {} paths removed", outcome.removed));
        session.finish(&machine, &to, outcome, KeepCache::No)?;
    }
    Ok(exit)
}

/// What may be chosen from, and who is told.
struct Choice<'a> {
    session: &'a Session,
    from: &'a Target,
    installed: &'a BTreeSet<BundleName>,
    inventory: Inventory<'a>,
}

impl Choice<'_> {
    /// Returns what goes, and the exit code where something that was asked to does not.
    fn made(&self, flags: &BundleRemoveFlags) -> (BTreeSet<BundleName>, Exit) {
        if flags.orphans {
            let orphans = self.inventory.orphans();
            if orphans.is_empty() {
                self.session.output.info("No bundle is an orphan: there is nothing to remove");
            }
            return (orphans, Exit::Ok);
        }
        let mut refused = Vec::new();
        let mut asked = Vec::new();
        for (place, name) in flags.bundles.iter().enumerate() {
            match self.checked(name) {
                Ok(name) if asked.contains(&name) => {}
                Ok(name) => asked.push(name),
                Err(refusal) => refused.push((place, self.told(&refusal))),
            }
        }
        let reach = Reach { with_needing: flags.force, with_needed: flags.recursive };
        let Removal { removed, needed } = self.inventory.removal(&asked, reach);
        for name in needed {
            let place = flags.bundles.iter().rposition(|typed| typed == name.as_str());
            let place = place.unwrap_or(flags.bundles.len());
            let refusal = if flags.force { Refusal::Vital { name } } else { self.in_the_way(name) };
            refused.push((place, self.told(&refusal)));
        }
        let along = removed.iter().filter(|name| !asked.contains(name)).cloned().collect();
        if !removed.is_subset(&asked.into_iter().collect()) {
            self.session.output.info(&format!("Removed along with them: {}", listed(&along)));
        }
        let last = refused.into_iter().max_by_key(|(place, _)| *place);
        (removed, last.map_or(Exit::Ok, |(_, exit)| exit))
    }

    fn checked(&self, name: &str) -> Result<BundleName, Refusal> {
        let version = self.from.release.version();
        let unknown = || Refusal::Unknown { name: name.into(), version };
        let bundle: BundleName = name.parse().map_err(|_| unknown())?;
        if bundle.is_os_core() {
            Err(Refusal::OsCore)
        } else if self.from.release.bundle(&bundle).is_none() {
            Err(unknown())
        } else if !self.installed.contains(&bundle) {
            Err(Refusal::NotInstalled { name: bundle })
        } else {
            Ok(bundle)
        }
    }

    /// Shows what needs the bundle, and what needs that.
    fn in_the_way(&self, name: BundleName) -> Refusal {
        let tree = self.inventory.installed.tree(&name, Towards::Needing);
        self.session.output.info(&format!("Bundle `{name}` is needed by:"));
        for line in tree.lines() {
            self.session.output.info(&format!("  {line}"));
        }
        let by = self.inventory.installed.needing(&BTreeSet::from([name.clone()])).len();
        Refusal::Needed { name, by }
    }

    fn told(&self, refusal: &Refusal) -> Exit {
        self.session.output.error(refusal, refusal.hint());
        refusal.exit()
    }
}

fn listed(names: &BTreeSet<BundleName>) -> String {
    names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Why a bundle is not removed; the others are.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("bundle `os-core` stays: nothing works without it")]
    OsCore,
    #[error("version {version} has no bundle `{name}`")]
    Unknown { name: String, version: Version },
    #[error("bundle `{name}` is not installed")]
    NotInstalled { name: BundleName },
    #[error("bundle `{name}` stays: {by} of the installed bundles need it")]
    Needed { name: BundleName, by: usize },
    #[error("bundle `{name}` stays: `os-core` needs it, and nothing works without that")]
    Vital { name: BundleName },
}

impl Refusal {
    fn exit(&self) -> Exit {
        match self {
            Self::OsCore | Self::Needed { .. } | Self::Vital { .. } => Exit::RequiredBundle,
            Self::Unknown { .. } => Exit::InvalidBundle,
            Self::NotInstalled { .. } => Exit::BundleNotTracked,
        }
    }

    fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Needed { .. } => Some("remove it with all that need it with --force"),
            Self::OsCore
            | Self::Unknown { .. }
            | Self::NotInstalled { .. }
            | Self::Vital { .. } => None,
        }
    }
}

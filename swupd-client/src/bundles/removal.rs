//! Decides which bundles go when some are not wanted any more, and which of them cannot. Pure.

use std::collections::BTreeSet;

use swupd_protocol::bundle::BundleName;

use super::needs::Needs;

/// What is known of the bundles of a machine.
#[derive(Debug, Clone, Copy)]
pub struct Inventory<'a> {
    /// Those that are installed, and which of them need which others.
    pub installed: &'a Needs,
    /// Which of them brought which others along, because they need or suggest them.
    pub brought: &'a Needs,
    /// Those that somebody asked for.
    pub tracked: &'a BTreeSet<BundleName>,
}

/// How far a removal goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reach {
    /// To those that need what is removed, instead of refusing.
    pub with_needing: bool,
    /// To those that it needs, where nobody asked for them and nothing that stays needs them.
    pub with_needed: bool,
}

/// What goes, and what was asked to and does not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Removal {
    /// The bundles that go.
    pub removed: BTreeSet<BundleName>,
    /// Those that stay because others need them that stay, in the order in which they were named.
    pub needed: Vec<BundleName>,
}

impl Inventory<'_> {
    /// Decides what goes for `asked`, bundles that are installed. What nothing works without stays.
    pub fn removal(self, asked: &[BundleName], reach: Reach) -> Removal {
        let vital = self.installed.closure([&BundleName::os_core()]);
        let may_go = |name: &&BundleName| !vital.contains(*name);
        let mut removed: BTreeSet<BundleName> = asked.iter().filter(may_go).cloned().collect();
        if reach.with_needing {
            let needing = self.installed.needing(&removed);
            removed.extend(needing);
        } else {
            // What stays may need what else was to go.
            while let Some(needed) = removed.iter().find(|name| self.is_needed(name, &removed)) {
                let needed = needed.clone();
                removed.remove(&needed);
            }
        }
        if reach.with_needed {
            let unneeded = self.unneeded_without(&removed);
            removed.extend(unneeded);
        }
        let mut needed: Vec<BundleName> = Vec::new();
        for name in asked.iter().filter(|name| !removed.contains(*name)) {
            if !needed.contains(name) {
                needed.push(name.clone());
            }
        }
        Removal { removed, needed }
    }

    /// Returns the bundles that nobody asked for, and that nothing brought along that somebody asked
    /// for.
    pub fn orphans(self) -> BTreeSet<BundleName> {
        let core = BundleName::os_core();
        let wanted = self.brought.closure(self.tracked.iter().chain([&core]));
        self.installed.bundles().filter(|name| !wanted.contains(*name)).cloned().collect()
    }

    fn is_needed(self, name: &BundleName, removed: &BTreeSet<BundleName>) -> bool {
        let needing = self.installed.needing(&BTreeSet::from([name.clone()]));
        !needing.is_subset(removed)
    }

    /// Returns what `removed` needs and nothing else brought along, nor asked somebody for it.
    fn unneeded_without(self, removed: &BTreeSet<BundleName>) -> BTreeSet<BundleName> {
        let mut needed = self.installed.closure(removed);
        needed.retain(|name| {
            !removed.contains(name) && !self.tracked.contains(name) && !name.is_os_core()
        });
        let stays = |name: &&BundleName| !removed.contains(*name) && !needed.contains(*name);
        let kept = self.brought.closure(self.installed.bundles().filter(stays));
        needed.retain(|name| !kept.contains(name));
        needed
    }
}

#[cfg(test)]
#[path = "removal_tests.rs"]
mod tests;

//! Which bundles include which, at any depth, and who therefore keeps a path that several claim.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use swupd_protocol::bundle::BundleName;

use super::BundleContent;
use super::SharingError;

/// Everything that each bundle includes, directly or not.
#[derive(Debug)]
pub(super) struct Inclusion(BTreeMap<BundleName, BTreeSet<BundleName>>);

impl Inclusion {
    /// Follows the includes; a circle is refused, since nobody in it could keep a path.
    pub(super) fn new(bundles: &BTreeMap<BundleName, BundleContent>) -> Result<Self, SharingError> {
        let all = bundles.keys().map(|name| (name.clone(), included(name, bundles)));
        let inclusion = Self(all.collect());
        match inclusion.0.iter().find(|(name, included)| included.contains(*name)) {
            Some((name, _)) => Err(SharingError::Circle { circle: circle(name, bundles) }),
            None => Ok(inclusion),
        }
    }

    /// Returns everything that a bundle includes.
    #[cfg(test)]
    pub(super) fn of(&self, name: &BundleName) -> BTreeSet<BundleName> {
        self.0.get(name).cloned().unwrap_or_default()
    }

    /// Returns those that include none of the others.
    pub(super) fn without_including<'a>(
        &'a self,
        owners: &'a BTreeSet<BundleName>,
    ) -> impl Iterator<Item = &'a BundleName> {
        owners.iter().filter(|owner| {
            let included = self.0.get(*owner);
            included.is_none_or(|included| owners.iter().all(|other| !included.contains(other)))
        })
    }
}

/// Returns everything that a bundle includes; itself only where includes lead back to it.
fn included(
    name: &BundleName,
    bundles: &BTreeMap<BundleName, BundleContent>,
) -> BTreeSet<BundleName> {
    let direct = |name: &BundleName| bundles.get(name).into_iter().flat_map(|c| &c.includes);
    let mut included = BTreeSet::new();
    let mut waiting: VecDeque<&BundleName> = direct(name).collect();
    while let Some(next) = waiting.pop_front() {
        if included.insert(next.clone()) {
            waiting.extend(direct(next));
        }
    }
    included
}

/// Returns the shortest way from a bundle back to itself.
fn circle(name: &BundleName, bundles: &BTreeMap<BundleName, BundleContent>) -> Vec<String> {
    let direct = |name: &BundleName| bundles.get(name).into_iter().flat_map(|c| &c.includes);
    let mut seen = BTreeSet::new();
    let mut ways = VecDeque::from([vec![name]]);
    while let Some(way) = ways.pop_front() {
        for next in way.last().into_iter().flat_map(|last| direct(last)) {
            let longer: Vec<&BundleName> = way.iter().copied().chain([next]).collect();
            if next == name {
                return longer.iter().map(ToString::to_string).collect();
            }
            if seen.insert(next) {
                ways.push_back(longer);
            }
        }
    }
    vec![name.to_string()]
}

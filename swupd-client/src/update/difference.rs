//! What differs between two states of a tree, as their records say: paths, bundles, and packages
//! where paths name them. Pure.

use std::collections::{BTreeMap, BTreeSet};

use swupd_protocol::{bundle::BundleName, manifest::Entry, path::TreePath, version::Version};

use super::{content::Content, packages::packages};

/// What a tree has, or had, or would have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    /// The bundles, with the version in which each was last changed, where that is known.
    pub bundles: BTreeMap<BundleName, Option<Version>>,
    /// What stands where.
    pub content: Content,
}

/// What differs between two sets of named things.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Differences<T> {
    /// What only the first has.
    pub gone: Vec<T>,
    /// What only the second has.
    pub new: Vec<T>,
    /// What both have, in different forms.
    pub changed: Vec<T>,
}

/// What differs between two states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Bundles.
    pub bundles: Differences<BundleName>,
    /// Packages that paths name.
    pub packages: Differences<String>,
    /// Paths.
    pub paths: Differences<TreePath>,
}

impl Difference {
    /// Compares two states.
    pub fn between(a: &State, b: &State) -> Self {
        let object = |entry: &Entry| (entry.path.clone(), (entry.kind, entry.hash));
        let paths = |state: &State| state.content.present().map(object).collect();
        // Of a bundle whose version is not known only that it is there can be compared.
        let is_known = |bundle: &BundleName| {
            [a, b].iter().all(|state| state.bundles.get(bundle).is_none_or(Option::is_some))
        };
        let bundles = |state: &State| {
            let known = |(bundle, version): (&BundleName, &Option<Version>)| {
                (bundle.clone(), version.filter(|_| is_known(bundle)))
            };
            state.bundles.iter().map(known).collect()
        };
        Self {
            bundles: Differences::between(&bundles(a), &bundles(b)),
            packages: Differences::between(&packages(&a.content), &packages(&b.content)),
            paths: Differences::between(&paths(a), &paths(b)),
        }
    }

    /// Says whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.bundles.is_empty() && self.packages.is_empty() && self.paths.is_empty()
    }
}

impl<T: Ord + Clone> Differences<T> {
    fn between<V: PartialEq>(a: &BTreeMap<T, V>, b: &BTreeMap<T, V>) -> Self {
        let only = |one: &BTreeMap<T, V>, other: &BTreeMap<T, V>| {
            one.keys().filter(|key| !other.contains_key(*key)).cloned().collect()
        };
        let changed =
            a.iter().filter(|(key, value)| b.get(*key).is_some_and(|other| other != *value));
        let changed = changed.map(|(key, _)| key.clone()).collect();
        Self { gone: only(a, b), new: only(b, a), changed }
    }
}

impl<T> Differences<T> {
    /// Says whether there are none.
    pub fn is_empty(&self) -> bool {
        self.gone.is_empty() && self.new.is_empty() && self.changed.is_empty()
    }
}

/// Returns the bundles whose versions nobody wrote down.
pub fn without_versions(bundles: &BTreeSet<BundleName>) -> BTreeMap<BundleName, Option<Version>> {
    bundles.iter().map(|bundle| (bundle.clone(), None)).collect()
}

#[cfg(test)]
mod tests {
    use swupd_protocol::manifest::Manifest;

    use super::*;

    fn state(bundles: &[(&str, Option<u32>)], lines: &[(&str, char)]) -> State {
        let mut text = String::from("MANIFEST\t30\nversion:\t10\n\n");
        for (path, hash) in lines {
            let hash = hash.to_string().repeat(64);
            text += &["F...\t", &hash, "\t10\t", path, "\n"].concat();
        }
        let content = Content::of_manifest(&Manifest::parse(text.as_bytes()).unwrap());
        let bundles = bundles.iter().map(|(name, version)| {
            (name.parse().unwrap(), version.map(|version| Version::new(version).unwrap()))
        });
        State { bundles: bundles.collect(), content }
    }

    fn shown<T: ToString>(found: &Differences<T>) -> [Vec<String>; 3] {
        [&found.gone, &found.new, &found.changed]
            .map(|list| list.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn what_is_gone_new_and_changed_is_found() {
        let a =
            state(&[("a", Some(10)), ("b", Some(10)), ("c", None)], &[("/x", '1'), ("/y", '1')]);
        let b =
            state(&[("b", Some(20)), ("c", Some(20)), ("d", None)], &[("/y", '2'), ("/z", '1')]);
        let found = Difference::between(&a, &b);
        assert_eq!(shown(&found.bundles), [vec!["a"], vec!["d"], vec!["b"]]);
        assert_eq!(shown(&found.paths), [vec!["/x"], vec!["/z"], vec!["/y"]]);
        assert!(found.packages.is_empty() && !found.is_empty());
        assert!(Difference::between(&a, &a).is_empty());
    }
}

//! Which bundles need which others, as far as their manifests are known. Pure.

use std::collections::{BTreeMap, BTreeSet};

use swupd_protocol::{bundle::BundleName, manifest::Manifest};

/// Which bundles need which others.
///
/// A bundle that another one names and whose manifest is not known is not there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs(BTreeMap<BundleName, BTreeSet<BundleName>>);

/// A bundle and those that lead on from it; a bundle that stands above itself is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// The bundle.
    pub name: BundleName,
    /// Those that lead on from it, by name.
    pub branches: Vec<Self>,
}

/// Which way one goes from a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Towards {
    /// To those that it needs.
    Needed,
    /// To those that need it.
    Needing,
}

impl Needs {
    /// Reads them off manifests.
    pub fn of<'a>(manifests: impl IntoIterator<Item = (&'a BundleName, &'a Manifest)>) -> Self {
        let includes =
            |manifest: &Manifest| manifest.header.includes.iter().cloned().collect::<BTreeSet<_>>();
        let of = manifests.into_iter().map(|(name, manifest)| (name.clone(), includes(manifest)));
        Self::from_pairs(of)
    }

    /// Reads off manifests which bundles brought which others along: those that they need and those
    /// that they only suggest.
    pub fn with_suggestions<'a>(
        manifests: impl IntoIterator<Item = (&'a BundleName, &'a Manifest)>,
    ) -> Self {
        let brought = |manifest: &Manifest| {
            let header = &manifest.header;
            header.includes.iter().chain(&header.also_add).cloned().collect::<BTreeSet<_>>()
        };
        let of = manifests.into_iter().map(|(name, manifest)| (name.clone(), brought(manifest)));
        Self::from_pairs(of)
    }

    /// Takes them as they are.
    pub fn from_pairs(pairs: impl IntoIterator<Item = (BundleName, BTreeSet<BundleName>)>) -> Self {
        let mut needs: BTreeMap<BundleName, BTreeSet<BundleName>> = pairs.into_iter().collect();
        let known: BTreeSet<BundleName> = needs.keys().cloned().collect();
        for (name, needed) in &mut needs {
            needed.retain(|other| known.contains(other) && other != name);
        }
        Self(needs)
    }

    /// Returns the bundles that are known.
    pub fn bundles(&self) -> impl Iterator<Item = &BundleName> {
        self.0.keys()
    }

    /// Returns those of `bundles` that are known, and all that they need.
    pub fn closure<'a>(
        &self,
        bundles: impl IntoIterator<Item = &'a BundleName>,
    ) -> BTreeSet<BundleName> {
        self.walk(bundles, Towards::Needed)
    }

    /// Returns the bundles that need one of `bundles`, through others, too; without themselves.
    pub fn needing(&self, bundles: &BTreeSet<BundleName>) -> BTreeSet<BundleName> {
        let mut needing = self.walk(bundles, Towards::Needing);
        needing.retain(|name| !bundles.contains(name));
        needing
    }

    /// Returns what leads on from a bundle, and on from there. A bundle that several lead to is
    /// unfolded where it is met first, in the order of lines; elsewhere it has no branches.
    pub fn tree(&self, root: &BundleName, towards: Towards) -> Branch {
        self.unfold(root, towards, &mut BTreeSet::new(), &mut vec![root.clone()])
    }

    fn unfold(
        &self,
        name: &BundleName,
        towards: Towards,
        unfolded: &mut BTreeSet<BundleName>,
        above: &mut Vec<BundleName>,
    ) -> Branch {
        let mut branches = Vec::new();
        // How deep this goes is bounded by the number of bundles, each of which is unfolded once.
        if unfolded.insert(name.clone()) && above.len() <= DEEPEST {
            for next in self.next(name, towards) {
                if !above.contains(next) {
                    above.push(next.clone());
                    branches.push(self.unfold(next, towards, unfolded, above));
                    above.pop();
                }
            }
        }
        Branch { name: name.clone(), branches }
    }

    fn walk<'a>(
        &self,
        from: impl IntoIterator<Item = &'a BundleName>,
        towards: Towards,
    ) -> BTreeSet<BundleName> {
        let known = from.into_iter().filter(|name| self.0.contains_key(*name));
        let mut ahead: Vec<BundleName> = known.cloned().collect();
        let mut met = BTreeSet::new();
        while let Some(name) = ahead.pop() {
            ahead.extend(self.next(&name, towards).into_iter().cloned());
            ahead.retain(|other| !met.contains(other));
            met.insert(name);
        }
        met
    }

    fn next(&self, name: &BundleName, towards: Towards) -> Vec<&BundleName> {
        match towards {
            Towards::Needed => self.0.get(name).into_iter().flatten().collect(),
            Towards::Needing => {
                let needing = self.0.iter().filter(|(_, needed)| needed.contains(name));
                needing.map(|(other, _)| other).collect()
            }
        }
    }
}

impl Branch {
    /// Returns the tree below the root in lines, each bundle behind the one that leads to it.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        self.add_lines("", &mut lines);
        lines
    }

    fn add_lines(&self, before: &str, lines: &mut Vec<String>) {
        for branch in &self.branches {
            lines.push(format!("{before}|-- {}", branch.name));
            branch.add_lines(&format!("{before}    "), lines);
        }
    }
}

/// Deeper than any real tree of bundles.
const DEEPEST: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> BundleName {
        text.parse().unwrap()
    }

    fn names(texts: &[&str]) -> BTreeSet<BundleName> {
        texts.iter().map(|text| name(text)).collect()
    }

    fn needs(pairs: &[(&str, &[&str])]) -> Needs {
        Needs::from_pairs(pairs.iter().map(|(one, needed)| (name(one), names(needed))))
    }

    #[test]
    fn ways_are_followed_once_round_a_circle() {
        let circle = needs(&[("a", &["b", "unknown"]), ("b", &["c"]), ("c", &["a", "c"])]);
        let all = names(&["a", "b", "c"]);
        assert_eq!(circle.closure(&names(&["b", "unknown"])), all);
        assert_eq!(circle.needing(&names(&["b"])), names(&["a", "c"]));
        let lines = circle.tree(&name("a"), Towards::Needed).lines();
        assert_eq!(lines, ["|-- b", "    |-- c"]);
    }

    #[test]
    fn manifests_say_what_is_needed() {
        let text = b"MANIFEST\t30\nversion:\t1\nincludes:\tb\nalso-add:\tc\n\n";
        let a = Manifest::parse(text).unwrap();
        let plain = Manifest::parse(b"MANIFEST\t30\nversion:\t1\n\n").unwrap();
        let (a_name, b, c) = (name("a"), name("b"), name("c"));
        let needs = Needs::of([(&a_name, &a), (&b, &plain), (&c, &plain)]);
        assert_eq!(needs.closure([&a_name]), names(&["a", "b"]));
        let brought = Needs::with_suggestions([(&a_name, &a), (&b, &plain), (&c, &plain)]);
        assert_eq!(brought.closure([&a_name]), names(&["a", "b", "c"]));
    }

    #[test]
    fn a_tree_unfolds_each_bundle_once() {
        let diamond =
            needs(&[("a", &["b", "c"]), ("b", &["d"]), ("c", &["d"]), ("d", &["e"]), ("e", &[])]);
        let lines = diamond.tree(&name("a"), Towards::Needed).lines();
        assert_eq!(lines, ["|-- b", "    |-- d", "        |-- e", "|-- c", "    |-- d"]);
        let lines = diamond.tree(&name("e"), Towards::Needing).lines();
        assert_eq!(lines, ["|-- d", "    |-- b", "        |-- a", "    |-- c", "        |-- a"]);
    }
}

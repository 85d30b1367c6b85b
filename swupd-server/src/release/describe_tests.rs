use std::collections::BTreeSet;

use proptest::prelude::*;
use swupd_protocol::{
    manifest::{Entry, Status},
    object::Attributes,
};

use super::*;
use crate::tree::TreeObject;

type Files = BTreeMap<TreePath, u8>;

fn path(text: &str) -> TreePath {
    TreePath::parse(text.as_bytes()).unwrap()
}

fn name(text: &str) -> BundleName {
    text.parse().unwrap()
}

/// A tree in which a file's content is one letter.
fn tree(files: &Files) -> Tree {
    let object = |(path, content): (&TreePath, &u8)| {
        let size = 200 + u64::from(*content);
        let object = Object::File { attributes: Attributes::new(0o644, 0, 0), size };
        let mut hasher = object.hasher();
        hasher.update(&[*content]);
        let hash = hasher.finish();
        let source = Source::Tree(path.clone());
        (path.clone(), TreeObject { object, hash, source, xattrs: Vec::new(), mtime: None })
    };
    Tree(files.iter().map(object).collect())
}

/// Two bundles: `a` has the files whose name is even, `os-core` the others.
fn bundles(files: &Files) -> BTreeMap<BundleName, BundleContent> {
    let has = |even: bool| {
        let mine = files.keys().filter(|path| (path.as_bytes().len() % 2 == 0) == even);
        mine.cloned().collect()
    };
    let a = BundleContent {
        includes: BTreeSet::from([BundleName::os_core()]),
        paths: has(true),
        ..BundleContent::default()
    };
    let core = BundleContent { paths: has(false), ..BundleContent::default() };
    BTreeMap::from([(name("a"), a), (BundleName::os_core(), core)])
}

/// A repository in memory.
#[derive(Default)]
struct Published(Vec<Past>);

impl Published {
    fn describe(
        &self,
        version: u32,
        format: u32,
        files: &Files,
    ) -> Result<Described, DescribeError> {
        describe(&Request {
            version: Version::new(version).unwrap(),
            format: FormatNumber::new(format).unwrap(),
            timestamp: version.into(),
            tree: &tree(files),
            bundles: &bundles(files),
            history: &self.0,
            delta_packs_from: 2,
        })
    }

    fn publish(&mut self, version: u32, format: u32, files: &Files) -> Described {
        let described = self.describe(version, format, files).unwrap();
        let mut manifests = self.0.first().map(|past| past.manifests.clone()).unwrap_or_default();
        for (bundle, manifest) in &described.changed {
            manifests.insert(bundle.clone(), Arc::new(manifest.clone()));
        }
        let past = Past { version: described.version, mom: described.mom.clone(), manifests };
        self.0.insert(0, past);
        described
    }

    fn entry(&self, file: &str) -> Option<(Status, u32)> {
        let entries = self.0[0].manifests.values().flat_map(|manifest| &manifest.entries);
        let mut entries = entries.filter(|entry| entry.path == path(file));
        entries.next().map(|entry| (entry.status, entry.version.number()))
    }
}

fn files(list: &[(&str, u8)]) -> Files {
    list.iter().map(|(file, content)| (path(file), *content)).collect()
}

#[test]
fn deleted_entries_stay_until_the_format_changes_and_can_come_back() {
    let (both, one) = (files(&[("/usr/x", 1), ("/usr/z", 1)]), files(&[("/usr/z", 1)]));
    let changed = files(&[("/usr/z", 2)]);
    let mut published = Published::default();
    published.publish(10, 30, &both);
    published.publish(20, 30, &one);
    assert_eq!(published.entry("/usr/x"), Some((Status::Deleted, 20)));
    published.publish(30, 30, &changed);
    assert_eq!(published.entry("/usr/x"), Some((Status::Deleted, 20)));
    published.publish(40, 30, &both);
    assert_eq!(published.entry("/usr/x"), Some((Status::Present, 40)));
    published.publish(50, 30, &one);
    let bumped = published.publish(60, 31, &changed);
    assert_eq!(published.entry("/usr/x"), None);
    assert!(bumped.full.entries.iter().all(Entry::is_present));
}

#[test]
fn what_boots_is_ghosted_for_one_version() {
    let mut published = Published::default();
    published.publish(10, 30, &files(&[("/usr/lib/modules/1/a", 1), ("/usr/z", 1)]));
    published.publish(20, 30, &files(&[("/usr/z", 1)]));
    assert_eq!(published.entry("/usr/lib/modules/1/a"), Some((Status::Ghosted, 20)));
    let same = published.describe(30, 30, &files(&[("/usr/z", 1)])).unwrap();
    assert!(same.changed.is_empty(), "that it falls away is no change by itself");
    assert!(same.full.entries.iter().all(Entry::is_present));
    published.publish(30, 30, &files(&[("/usr/y", 1), ("/usr/z", 2)]));
    assert_eq!(published.entry("/usr/lib/modules/1/a"), None);
}

#[test]
fn a_file_that_moves_between_bundles_is_published_again_by_a_link() {
    let mut published = Published::default();
    published.publish(10, 30, &files(&[("/usr/x", 7)]));
    let described = published.publish(20, 30, &files(&[("/usr/xx", 7)]));
    let object = described.objects.values().next().unwrap();
    assert_eq!(object.published, Some(Version::new(10).unwrap()));
    assert_eq!(object.path, path("/usr/xx"));
}

#[test]
fn numbers_only_go_up() {
    let mut published = Published::default();
    let some = files(&[("/usr/x", 1)]);
    published.publish(10, 30, &some);
    for version in [9, 10] {
        let error = published.describe(version, 30, &some).unwrap_err();
        assert!(matches!(error, DescribeError::NotNewer { .. }));
    }
    let error = published.describe(11, 29, &some).unwrap_err();
    assert!(matches!(error, DescribeError::OldFormat { .. }));
}

#[test]
fn a_bundle_that_names_nothing_known_is_refused() {
    let some = files(&[("/usr/x", 1)]);
    let mut bundles = bundles(&some);
    let a = bundles.get_mut(&name("a")).unwrap();
    a.also_add.insert(name("nothing"));
    let ask = |bundles: &BTreeMap<BundleName, BundleContent>| {
        describe(&Request {
            version: Version::new(10).unwrap(),
            format: FormatNumber::new(30).unwrap(),
            timestamp: 0,
            tree: &tree(&some),
            bundles,
            history: &[],
            delta_packs_from: 2,
        })
        .unwrap_err()
    };
    let unknown = DescribeError::Bundle { bundle: name("a"), named: name("nothing") };
    assert_eq!(ask(&bundles), unknown);
    let a = bundles.get_mut(&name("a")).unwrap();
    a.also_add.clear();
    a.paths.insert(path("/usr/y"));
    assert_eq!(ask(&bundles), DescribeError::Path { bundle: name("a"), path: path("/usr/y") });
}

#[test]
fn paths_that_disagree_on_attributes_give_the_object_none() {
    let some = files(&[("/usr/x", 1), ("/usr/y", 1), ("/usr/z", 2)]);
    let mut tree = tree(&some);
    let capability = vec![(b"security.capability".to_vec(), vec![1])];
    for file in ["/usr/x", "/usr/z"] {
        tree.0.get_mut(&path(file)).unwrap().xattrs = capability.clone();
    }
    let described = describe(&Request {
        version: Version::new(10).unwrap(),
        format: FormatNumber::new(30).unwrap(),
        timestamp: 0,
        tree: &tree,
        bundles: &bundles(&some),
        history: &[],
        delta_packs_from: 2,
    })
    .unwrap();
    let xattrs = |file: &str| &described.contents[&tree.0[&path(file)].hash].xattrs;
    assert!(xattrs("/usr/x").is_empty());
    assert_eq!(*xattrs("/usr/z"), capability);
}

fn any_files() -> impl Strategy<Value = Files> {
    let part = prop::sample::select(vec!["a", "b1", "b2", "c", "lib.so.1", "lib.so.2"]);
    let file = (part.clone(), part).prop_map(|(d, f)| path(&format!("/usr/{d}/{f}")));
    prop::collection::btree_map(file, 0..4_u8, 0..12)
}

/// What a machine has that starts with nothing and applies one bundle's manifests.
fn apply(machine: &mut BTreeMap<TreePath, ContentHash>, manifest: &Manifest) {
    for entry in &manifest.entries {
        if entry.is_present() {
            machine.insert(entry.path.clone(), entry.hash);
        } else {
            machine.remove(&entry.path);
        }
    }
}

proptest! {
    #[test]
    fn manifests_lead_from_any_version_to_any_tree(trees in prop::collection::vec(any_files(), 1..5)) {
        let mut published = Published::default();
        let mut machines: Vec<BTreeMap<TreePath, ContentHash>> = Vec::new();
        for (number, files) in (1..).zip(&trees) {
            let described = published.publish(number, 30, files);
            let expected: BTreeMap<_, _> =
                tree(files).0.into_iter().map(|(path, object)| (path, object.hash)).collect();
            machines.push(BTreeMap::new());
            // Whoever was on an older version applies only the newest manifests.
            for machine in &mut machines {
                for manifest in published.0[0].manifests.values() {
                    apply(machine, manifest);
                }
                prop_assert_eq!(&*machine, &expected);
            }
            let full: BTreeMap<_, _> =
                described.full.present().map(|e| (e.path.clone(), e.hash)).collect();
            prop_assert_eq!(&full, &expected);
        }
    }

    #[test]
    fn every_fullfile_that_a_manifest_names_was_written(trees in prop::collection::vec(any_files(), 1..5)) {
        let mut published = Published::default();
        let mut lies = BTreeSet::new();
        for (number, files) in (1..).zip(&trees) {
            let described = published.publish(number, 30, files);
            for (hash, object) in &described.objects {
                let linked = object.published.is_none_or(|v| lies.contains(&(v, *hash)));
                prop_assert!(linked);
                prop_assert!(described.contents.contains_key(hash));
                lies.insert((described.version, *hash));
            }
            let present = published.0[0].manifests.values().flat_map(|m| m.present());
            for entry in present {
                prop_assert!(lies.contains(&(entry.version, entry.hash)));
            }
            for delta in &described.deltas {
                prop_assert!(lies.contains(&(delta.from_version, delta.from)));
            }
        }
    }

    #[test]
    fn packs_bring_all_that_changed(trees in prop::collection::vec(any_files(), 2..5)) {
        let mut published = Published::default();
        for (number, files) in (1..).zip(&trees) {
            let before = published.0.clone();
            let described = published.publish(number, 30, files);
            let pairs: BTreeSet<_> = described.deltas.iter().map(|d| (d.from, d.to)).collect();
            prop_assert_eq!(pairs.len(), described.deltas.len());
            for pack in &described.packs {
                let new = &described.changed[&pack.bundle];
                let old = before.iter().find_map(|past| {
                    let then = past.mom.bundle(&pack.bundle)?.version;
                    (Some(then) == pack.from).then(|| past.manifests[&pack.bundle].clone())
                });
                let known = |e: &&Entry| {
                    let mut old = old.iter().flat_map(|m| m.present());
                    old.any(|o| o.path == e.path && o.hash == e.hash)
                };
                let expected: BTreeSet<_> =
                    new.present().filter(|e| !known(e)).map(|e| e.hash).collect();
                let got: BTreeSet<_> = pack.members.iter().map(|m| m.hash).collect();
                prop_assert_eq!(got.len(), pack.members.len());
                prop_assert_eq!(got, expected);
                for member in &pack.members {
                    let has = member.base.is_none_or(|base| pairs.contains(&(base, member.hash)));
                    prop_assert!(has);
                }
            }
        }
    }

    #[test]
    fn an_unchanged_tree_changes_nothing(files in any_files()) {
        let mut published = Published::default();
        let first = published.publish(10, 30, &files);
        let again = published.publish(20, 30, &files);
        prop_assert!(again.changed.is_empty() && again.objects.is_empty());
        prop_assert!(again.packs.is_empty() && again.deltas.is_empty());
        prop_assert_eq!(again.mom.bundles, first.mom.bundles);
    }
}

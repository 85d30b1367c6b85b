use std::collections::BTreeMap;

use proptest::prelude::*;
use swupd_protocol::{
    hash::ContentHash,
    manifest::{Manifest, Misc, Status},
    object::Kind,
    variant::{Levels, Variant},
    version::Version,
};

use super::*;
use crate::update::content::Layer;

type Tree = BTreeMap<TreePath, (Kind, ContentHash)>;

fn entry(path: &str, kind: Kind, hash: u8, version: u32) -> Entry {
    Entry {
        kind: Some(kind),
        status: Status::Present,
        variant: Variant::BASELINE,
        misc: Misc::None,
        hash: ContentHash::from_bytes([hash; 32]),
        version: Version::new(version).unwrap(),
        path: TreePath::parse(path.as_bytes()).unwrap(),
    }
}

fn manifest(entries: Vec<Entry>) -> Manifest {
    let mut manifest = Manifest::parse(b"MANIFEST\t30\nversion:\t20\n\n").unwrap();
    manifest.entries = entries;
    manifest
}

fn content(entries: Vec<Entry>) -> Content {
    content_of(&[manifest(entries)])
}

fn content_of(manifests: &[Manifest]) -> Content {
    Content::of(manifests.iter().map(|manifest| Layer { manifest, tracked: true }), Levels::NONE)
}

fn apply(tree: &Tree, changes: &Changes) -> Tree {
    let mut tree = tree.clone();
    for path in &changes.removes {
        tree.remove(path);
    }
    for put in changes.puts.iter().chain(&changes.puts_unless_there) {
        tree.insert(put.path.clone(), (put.kind.unwrap(), put.hash));
    }
    tree
}

fn tree(content: &Content) -> Tree {
    content.present().map(|e| (e.path.clone(), (e.kind.unwrap(), e.hash))).collect()
}

prop_compose! {
    fn version()(
        files in prop::collection::btree_map("/usr/[a-d]{1,2}", (0u8..3, any::<bool>(), any::<bool>()), 0..12),
    ) -> Vec<Entry> {
        files.into_iter().map(|(path, (hash, is_file, is_present))| {
            let kind = if is_file { Kind::File } else { Kind::Symlink };
            let mut entry = entry(&path, kind, hash + 1, 10);
            if !is_present {
                (entry.kind, entry.status, entry.hash) = (None, Status::Deleted, ContentHash::ABSENT);
            }
            entry
        }).collect()
    }
}

prop_compose! {
    /// Bundles of one version: what stands at a path differs only where they contradict each other.
    fn bundles()(
        bundles in prop::collection::vec(version(), 1..4),
        stays in prop::collection::vec(any::<bool>(), 3),
    ) -> (Vec<Manifest>, Vec<Manifest>) {
        let all: Vec<Manifest> = bundles.into_iter().map(manifest).collect();
        let fewer = all.iter().zip(&stays).filter(|(_, stays)| **stays).map(|(m, _)| m.clone());
        let fewer = fewer.collect();
        (all, fewer)
    }
}

proptest! {
    #[test]
    fn removing_leads_to_what_fewer_bundles_have((all, fewer) in bundles()) {
        let (had, wanted) = (content_of(&all), content_of(&fewer));
        let changes = Changes::removing(&had, &wanted);
        prop_assert!(changes.puts.is_empty());
        let mut here = tree(&had);
        // One of those that contradict each other stands there, whichever it is.
        here.extend(had.contradictions.iter().map(|p| (p.clone(), (Kind::Directory, ContentHash::ABSENT))));
        let mut left = apply(&here, &changes);
        left.retain(|path, _| !wanted.contradictions.contains(path));
        prop_assert_eq!(left, tree(&wanted));
        let touched: BTreeSet<&TreePath> =
            changes.removes.iter().chain(changes.puts_unless_there.iter().map(|e| &e.path)).collect();
        prop_assert!(touched.iter().all(|path| !wanted.contradictions.contains(*path)));
        prop_assert!(Changes::removing(&had, &had).is_empty());
    }

    #[test]
    fn changes_lead_from_any_version_to_any_other(a in version(), b in version()) {
        let (had, wanted) = (content(a), content(b));
        let changes = Changes::between(&had, &wanted);
        prop_assert_eq!(apply(&tree(&had), &changes), tree(&wanted));
    }

    #[test]
    fn nothing_changes_between_equal_versions(a in version()) {
        let same = content(a);
        prop_assert!(Changes::between(&same, &same).is_empty());
        prop_assert!(Changes::adding(&same, &same).is_empty());
    }
}

#[test]
fn a_newer_number_alone_is_put_only_where_the_tree_lacks_the_object() {
    let had = content(vec![entry("/usr/a", Kind::File, 1, 10)]);
    let wanted = content(vec![entry("/usr/a", Kind::File, 1, 20)]);
    let changes = Changes::between(&had, &wanted);
    assert!(changes.puts.is_empty());
    assert_eq!(changes.puts_unless_there.len(), 1);
}

#[test]
fn a_bundle_takes_its_kernels_along_and_leaves_configuration() {
    let had = content(vec![
        entry("/boot/vmlinuz", Kind::File, 1, 10),
        entry("/etc/x", Kind::File, 1, 10),
        entry("/usr/lib/kernel/x", Kind::File, 1, 10),
        entry("/usr/y", Kind::File, 1, 10),
        entry("/var/x", Kind::File, 1, 10),
    ]);
    let changes = Changes::removing(&had, &content(vec![entry("/usr/y", Kind::File, 1, 10)]));
    let removed: Vec<String> = changes.removes.iter().map(ToString::to_string).collect();
    assert_eq!(removed, ["/boot/vmlinuz", "/usr/lib/kernel/x"]);
}

#[test]
fn kernels_and_configuration_that_vanish_stay() {
    let had = content(vec![
        entry("/usr/lib/modules/6/x.ko", Kind::File, 1, 10),
        entry("/etc/x", Kind::File, 1, 10),
        entry("/usr/x", Kind::File, 1, 10),
    ]);
    let changes = Changes::between(&had, &content(vec![]));
    assert_eq!(changes.removes, [TreePath::parse(b"/usr/x").unwrap()]);
}

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

fn content(entries: Vec<Entry>) -> Content {
    let mut manifest = Manifest::parse(b"MANIFEST\t30\nversion:\t20\n\n").unwrap();
    manifest.entries = entries;
    Content::of([Layer { manifest: &manifest, tracked: true }], Levels::NONE)
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

proptest! {
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
fn kernels_and_configuration_that_vanish_stay() {
    let had = content(vec![
        entry("/usr/lib/modules/6/x.ko", Kind::File, 1, 10),
        entry("/etc/x", Kind::File, 1, 10),
        entry("/usr/x", Kind::File, 1, 10),
    ]);
    let changes = Changes::between(&had, &content(vec![]));
    assert_eq!(changes.removes, [TreePath::parse(b"/usr/x").unwrap()]);
}

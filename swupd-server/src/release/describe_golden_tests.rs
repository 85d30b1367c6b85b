//! What the reference server published from the same trees and bundles, byte for byte. The data in
//! `golden/` are those trees, path by path, and that server's manifests.

use std::collections::BTreeSet;

use swupd_protocol::object::Attributes;

use super::*;
use crate::tree::TreeObject;

/// A version of the data, with what the reference server made of it.
struct Golden {
    version: Version,
    tree: Tree,
    bundles: BTreeMap<BundleName, BundleContent>,
}

fn read(version: u32, file: &str) -> Option<String> {
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/src/release/golden");
    fs_err::read_to_string(format!("{golden}/{version}/{file}")).ok()
}

impl Golden {
    fn load(version: u32) -> Self {
        let tree = read(version, "tree").unwrap().lines().map(object).collect();
        let bundles = bundles(&read(version, "bundles").unwrap());
        Self { version: Version::new(version).unwrap(), tree: Tree(tree), bundles }
    }
}

fn object(line: &str) -> (TreePath, TreeObject) {
    let [kind, hash, detail, path] = line.splitn(4, '\t').collect::<Vec<_>>().try_into().unwrap();
    // The hash stands for the attributes, which no manifest holds.
    let attributes = Attributes::new(0, 0, 0);
    let object = match kind {
        "F" => Object::File { attributes, size: detail.parse().unwrap() },
        "D" => Object::Directory { attributes },
        _ => Object::Symlink { uid: 0, gid: 0, target: detail.into() },
    };
    let path = TreePath::parse(path.as_bytes()).unwrap();
    let source = Source::Tree(path.clone());
    let hash = hash.parse().unwrap();
    (path, TreeObject { object, hash, source, xattrs: Vec::new(), mtime: None })
}

fn bundles(text: &str) -> BTreeMap<BundleName, BundleContent> {
    let mut bundles = BTreeMap::new();
    let mut current = BundleName::os_core();
    for line in text.lines() {
        let (key, value) = line.split_once('\t').unwrap();
        if key == "bundle" {
            current = value.parse().unwrap();
        }
        let bundle: &mut BundleContent = bundles.entry(current.clone()).or_default();
        match key {
            "experimental" => bundle.experimental = true,
            "includes" => drop(bundle.includes.insert(value.parse().unwrap())),
            "also-add" => drop(bundle.also_add.insert(value.parse().unwrap())),
            "path" | "exported" => {
                let path = TreePath::parse(value.as_bytes()).unwrap();
                if key == "exported" {
                    bundle.exported.insert(path.clone());
                }
                bundle.paths.insert(path);
            }
            _ => {}
        }
    }
    bundles
}

fn timestamp(version: u32) -> u64 {
    Mom::parse(read(version, "Manifest.MoM").unwrap().as_bytes()).unwrap().header.timestamp
}

#[test]
fn manifests_are_those_of_the_reference_server() {
    let mut history: Vec<Past> = Vec::new();
    for (version, format) in [(10, 30), (20, 30), (30, 30), (40, 31)] {
        let golden = Golden::load(version);
        let request = Request {
            version: golden.version,
            format: FormatNumber::new(format).unwrap(),
            timestamp: timestamp(version),
            tree: &golden.tree,
            bundles: &golden.bundles,
            history: &history,
            delta_packs_from: 2,
        };
        let described = describe(&request).unwrap();
        let same = |file: &str, made: Vec<u8>| {
            let made = String::from_utf8(made).unwrap();
            assert_eq!(Some(made), read(version, file), "{version}/{file}");
        };
        for (bundle, manifest) in &described.changed {
            same(&format!("Manifest.{bundle}"), manifest.to_text());
        }
        same("Manifest.full", described.full.to_text());
        same("Manifest.MoM", described.mom.to_text());
        history.insert(0, published(&described, history.first()));
    }
}

fn published(described: &Described, before: Option<&Past>) -> Past {
    let mut manifests = before.map(|past| past.manifests.clone()).unwrap_or_default();
    let changed = described.changed.iter();
    manifests.extend(changed.map(|(name, manifest)| (name.clone(), Arc::new(manifest.clone()))));
    Past { version: described.version, mom: described.mom.clone(), manifests }
}

#[test]
fn packs_hold_what_the_reference_servers_hold() {
    let mut history: Vec<Past> = Vec::new();
    let mut packs = Vec::new();
    for version in [10, 20, 30] {
        let golden = Golden::load(version);
        let request = Request {
            version: golden.version,
            format: FormatNumber::new(30).unwrap(),
            timestamp: 0,
            tree: &golden.tree,
            bundles: &golden.bundles,
            history: &history,
            delta_packs_from: 2,
        };
        let described = describe(&request).unwrap();
        packs = described.packs.clone();
        history.insert(0, published(&described, history.first()));
    }
    let names: Vec<String> = (packs.iter())
        .map(|p| format!("{}-from-{}", p.bundle, p.from.map_or(0, Version::number)))
        .collect();
    let expected = ["devel-from-0", "devel-from-20", "devel-from-10"];
    assert_eq!(names[..3], expected);
    assert_eq!(names[3..], ["os-core-from-0", "os-core-from-20", "os-core-from-10"]);
    let member = |path: &str| {
        let mut members = packs[5].members.iter();
        members.find(|member| member.path.to_string() == path)
    };
    // A library under a new number, and a kernel module in the directory of a new kernel.
    let bases = [
        ("/usr/lib/libbig.so.1.3", "689314d77c0f"),
        ("/usr/lib/modules/6.1.0-11/kernel/fs/ext4.ko", "e540d7a01e45"),
        ("/usr/lib/kernel/org.golden.native.6.1.0-11", "fe91559b676b"),
        ("/usr/share/small/tiny200", "2a53d8969b43"),
    ];
    for (path, base) in bases {
        let found = member(path).unwrap().base.unwrap().to_string();
        assert!(found.starts_with(base), "{path}: {found}");
    }
    // Too small for a delta; and no file.
    for path in ["/usr/share/small/tiny199", "/usr/lib/libbig.so.1"] {
        assert_eq!(member(path).unwrap().base, None, "{path}");
    }
    let paths: BTreeSet<&TreePath> = packs[5].members.iter().map(|member| &member.path).collect();
    assert_eq!(paths.len(), 14);
    assert!(member("/usr/bin/bash").is_none());
}

//! Links planted in the tree and in the state, where a directory or file should be: what lies
//! behind them stays as it is.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use fs_err::os::unix::fs::symlink;
use swupd_fixtures::{
    tree::{Snapshot, snapshot},
    world::STATE,
};

use crate::scene::{Complains, Scene, Victim};

#[test]
fn a_link_in_place_of_a_directory_of_the_tree_is_not_followed() {
    let scene = Scene::shared();
    for (directory, bundles) in [
        ("usr/share/doc", &["editors"][..]),
        ("usr/lib", &["editors"]),
        ("usr/bin", &["editors"]),
        // The marks of bundles are gone with it.
        ("usr/share", &[]),
        ("usr", &[]),
    ] {
        let victim = scene.victim_of(scene.truth());
        let outside = Outside::instead_of(&victim.machine.at(directory));
        victim.run("update").exits(0);
        outside.must_be_untouched();
        victim.run("repair").exits(0);
        outside.must_be_untouched();
        victim.machine.must_be(&scene.world.says(20, bundles));
    }
}

#[test]
fn a_link_in_the_state_is_not_followed() {
    let scene = Scene::shared();
    let cache = |victim: &Victim<'_>| {
        let name = victim.source.url().replace([':', '/'], "_");
        PathBuf::from("cache").join(name)
    };
    for name in ["manifest", "manifest/20", "staged", "delta", "download", "temp", ""] {
        let victim = scene.victim_of(scene.truth());
        victim.run("update --download").exits(0);
        let place = victim.machine.at(STATE).join(cache(&victim)).join(name);
        let outside = Outside::instead_of(&place);
        victim.run("update").exits(0);
        outside.must_be_untouched();
        victim.must_be_updated();
    }
    for name in [
        "cache",
        "bundles",
        "swupd_lock",
        "version",
        "journal",
        "attributes",
        "last-check",
        "last-result",
        "newest-seen",
    ] {
        let victim = scene.victim_of(scene.truth());
        let outside = Outside::instead_of(&victim.machine.at(STATE).join(name));
        victim.run("update").exits(0);
        outside.must_be_untouched();
        victim.must_be_updated();
    }
}

#[test]
fn a_link_in_place_of_the_state_below_the_tree_is_refused() {
    let scene = Scene::shared();
    for place in [STATE, "var/lib", "var"] {
        let victim = scene.victim_of(scene.truth());
        let outside = Outside::instead_of(&victim.machine.at(place));
        victim.run("update").exits(19).complains(&[STATE]);
        outside.must_be_untouched();
        fs_err::remove_file(victim.machine.at(place)).unwrap();
        victim.must_recover();
    }
}

/// Something that was moved out of a tree, with a link to it in its place.
struct Outside {
    parent: PathBuf,
    before: Snapshot,
}

impl Outside {
    fn instead_of(inside: &Path) -> Self {
        // Without a slash at its end, which would lead through the link.
        let inside: &Path = &inside.components().collect::<PathBuf>();
        let parent = tempfile::tempdir_in("/dev/shm").unwrap().keep();
        let place = parent.join("precious");
        if inside.exists() {
            // There may be another file system.
            let moved = Command::new("mv").arg(inside).arg(&place).status().unwrap();
            assert!(moved.success());
        } else {
            fs_err::write(&place, "precious").unwrap();
        }
        symlink(&place, inside).unwrap();
        let before = snapshot(&parent).unwrap();
        Self { parent, before }
    }

    #[track_caller]
    fn must_be_untouched(&self) {
        let differences = snapshot(&self.parent).unwrap().differences(&self.before);
        assert!(differences.is_empty(), "what lies outside changed:\n{differences:#?}");
    }
}

impl Drop for Outside {
    fn drop(&mut self) {
        // Nothing depends on it.
        drop(fs_err::remove_dir_all(&self.parent));
    }
}

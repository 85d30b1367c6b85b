//! Mount namespaces of one's own, in which mounting harms nobody: a test that needs one is run in a
//! process of its own, where the machine allows that.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::world::skipped;

/// Runs a test of this program, which is marked as ignored, in a mount namespace of its own, if the
/// machine lets us.
pub(crate) fn in_a_namespace(test: &str) {
    let unshare = |arguments: &[&str]| Command::new("unshare").arg("-m").args(arguments).output();
    let probe = unshare(&["mount", "-t", "tmpfs", "x", "/mnt"]);
    if !probe.is_ok_and(|probe| probe.status.success()) {
        skipped("nothing can be mounted here");
        return;
    }
    let exe = std::env::current_exe().unwrap();
    let output = unshare(&[&text(&exe), "--exact", test, "--ignored", "--nocapture"]).unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    let complaints = String::from_utf8_lossy(&output.stderr);
    println!("{told}");
    assert!(output.status.success() && told.contains("1 passed"), "{told}{complaints}");
}

/// Says whether mounting harms nobody.
pub(crate) fn is_own_namespace() -> bool {
    let namespace = |of: &str| fs_err::read_link(format!("/proc/{of}/ns/mnt")).ok();
    namespace("self") != namespace("1")
}

pub(crate) fn mount(arguments: &[&str]) {
    assert!(Command::new("mount").args(arguments).status().unwrap().success());
}

pub(crate) fn umount(place: &Path) {
    assert!(Command::new("umount").arg("--lazy").arg(place).status().unwrap().success());
}

/// Something that is mounted until it is dropped.
#[derive(Debug)]
pub(crate) struct Mounted(PathBuf);

impl Mounted {
    /// Mounts at a place what `arguments` name.
    pub(crate) fn new(place: &Path, arguments: &[&str]) -> Self {
        mount(&[arguments, &[&text(place)]].concat());
        Self(place.to_owned())
    }
}

impl Mounted {
    /// Does the same if the machine lets us.
    pub(crate) fn tried(place: &Path, arguments: &[&str]) -> Option<Self> {
        let status = Command::new("mount").args(arguments).arg(place).status();
        status.is_ok_and(|status| status.success()).then(|| Self(place.to_owned()))
    }

    /// Takes away, in the end, what is mounted below a place by then.
    pub(crate) fn of(place: &Path) -> Self {
        mount(&["--bind", &text(place), &text(place)]);
        Self(place.to_owned())
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // Where a test fails there may be more to see than that this fails, too.
        drop(Command::new("umount").args(["--recursive", "--lazy"]).arg(&self.0).status());
    }
}

pub(crate) fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

//! What a machine must have and allow for this.

use std::{path::Path, process::Command};

use swupd_fixtures::syscalls::Tracer;

use crate::file_system::FileSystem;

/// Returns what is missing for anything at all.
pub(crate) fn missing(tracer: &Tracer) -> Vec<String> {
    let mut missing = Vec::new();
    if !rustix::process::geteuid().is_root() {
        missing.push("the rights of root".to_owned());
    }
    for device in ["/dev/fuse", "/dev/loop-control"] {
        if fs_err::OpenOptions::new().read(true).write(true).open(device).is_err() {
            missing.push(format!("{device}, readable and writable"));
        }
    }
    if !is_installed("losetup") {
        missing.push("losetup (Debian package mount)".to_owned());
    }
    if !tracer.works() {
        missing.push("the right to trace programs".to_owned());
    }
    missing
}

/// Returns what is missing for a file system.
pub(crate) fn missing_for(file_system: FileSystem) -> Vec<String> {
    let mut missing = Vec::new();
    let (maker, package) = file_system.maker();
    if !is_installed(maker) {
        missing.push(format!("{maker} (Debian package {package})"));
    }
    let name = file_system.name();
    let is_known = || {
        let all = fs_err::read_to_string("/proc/filesystems").unwrap_or_default();
        all.lines().any(|line| line.split_whitespace().last() == Some(name))
    };
    if !is_known() {
        // It may be a module that nobody has needed yet.
        drop(Command::new("modprobe").args(["--quiet", name]).status());
    }
    if !is_known() {
        missing.push(format!("a kernel that has {name}"));
    }
    missing
}

fn is_installed(program: &str) -> bool {
    ["/usr/sbin", "/usr/bin", "/sbin", "/bin"].iter().any(|at| Path::new(at).join(program).exists())
}

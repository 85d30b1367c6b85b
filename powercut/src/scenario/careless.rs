//! What others do with a tree: an exchange of `/usr` in different orders, to see that the harness
//! tells the safe one from the others, and damage to repair.

use std::{fs::File, io, path::Path};

use rustix::fs::{CWD, RenameFlags, renameat_with, syncfs};
use swupd_fixtures::{
    tree::Tree,
    world::{Machine, WORK},
};

/// What is brought to the disk, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// Everything before the exchange, and the exchange.
    Synced,
    /// Only the exchange.
    NamesFirst,
    /// Nothing.
    NoSync,
}

/// Exchanges `/usr` for that of another tree; `between` happens between any two steps.
pub(super) fn exchange(
    machine: &Machine,
    tree: &Tree,
    order: Order,
    between: &mut dyn FnMut() -> io::Result<()>,
) -> io::Result<()> {
    let beside = machine.tree().join(WORK).join("next");
    tree.write_to(&beside)?;
    between()?;
    let root = File::open(machine.tree())?;
    if order == Order::Synced {
        syncfs(&root)?;
        between()?;
    }
    let (ours, next) = (machine.at("usr"), beside.join("usr"));
    renameat_with(CWD, &ours, CWD, &next, RenameFlags::EXCHANGE)?;
    between()?;
    if order != Order::NoSync {
        root.sync_all()?;
        File::open(&beside)?.sync_all()?;
    }
    Ok(())
}

/// Damages a tree in every way that a repair can mend.
pub(super) fn damage(machine: &Machine) -> io::Result<()> {
    let files = |room: &str| -> io::Result<Vec<std::path::PathBuf>> {
        let entries = fs_err::read_dir(machine.at(room))?;
        let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
        paths.sort();
        Ok(paths)
    };
    for path in files("usr/lib/room-2")? {
        fs_err::remove_file(path)?;
    }
    for path in files("usr/lib/room-3")? {
        fs_err::write(path, "not what the version has")?;
    }
    for path in files("usr/lib/room-4")? {
        fs_err::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    }
    for path in files("usr/lib/room-5")? {
        fs_err::os::unix::fs::chown(path, Some(1000), Some(1000))?;
    }
    for (number, path) in files("usr/lib/room-6")?.into_iter().enumerate() {
        fs_err::remove_file(&path)?;
        if number % 2 == 0 {
            fs_err::create_dir(&path)?;
        } else {
            fs_err::os::unix::fs::symlink("nowhere", &path)?;
        }
    }
    fs_err::remove_dir_all(machine.at("usr/share/old"))?;
    fs_err::remove_file(machine.at("opt/vendor/gone"))?;
    xattr::remove(machine.at("usr/bin/ping"), "security.capability")?;
    relink(&machine.at("usr/bin/link"))
}

fn relink(link: &Path) -> io::Result<()> {
    fs_err::remove_file(link)?;
    fs_err::os::unix::fs::symlink("elsewhere", link)
}

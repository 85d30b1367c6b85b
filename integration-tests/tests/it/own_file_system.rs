//! A `/usr` that is a file system of its own: the next tree is mounted beneath the running one.

use std::{
    io::ErrorKind,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use swupd_fixtures::{
    tree::Tree,
    world::{Machine, World},
};
use tempfile::TempDir;

use crate::{
    namespace::{in_a_namespace, is_own_namespace, mount, text},
    world::{skipped, system, world},
};

#[test]
fn it_changes_at_once() {
    in_a_namespace("own_file_system::on_tmpfs");
}

#[test]
fn it_changes_at_once_though_nothing_can_be_written_to_it() {
    in_a_namespace("own_file_system::on_a_sealed_disk");
}

#[test]
fn it_changes_at_once_where_the_running_tree_is_mounted_from_the_start() {
    in_a_namespace("own_file_system::in_a_part_of_a_disk");
}

#[test]
fn a_subvolume_changes_at_once() {
    in_a_namespace("own_file_system::in_a_subvolume");
}

#[test]
fn services_with_mounts_of_their_own_see_the_change() {
    in_a_namespace("own_file_system::with_a_service");
}

#[test]
fn a_part_of_another_file_system_changes_file_by_file() {
    in_a_namespace("own_file_system::with_a_part_of_another");
}

#[test]
#[ignore = "started by a test above, in a mount namespace of its own"]
fn on_tmpfs() {
    for access in ["ro", "rw"] {
        let Some(volume) = Volume::new("tmpfs") else { return };
        let start = |at: &Path| {
            mount(&["--bind", &text(&volume.aside()), &text(at)]);
            mount(&["-o", &format!("remount,bind,{access}"), &text(at)]);
        };
        goes_there_and_back(&volume, &start);
    }
}

#[test]
#[ignore = "started by a test above, in a mount namespace of its own"]
fn on_a_sealed_disk() {
    let Some(volume) = Volume::new("ext4") else { return };
    goes_there_and_back(&volume, &|at| {
        mount(&["-o", "ro,nodev", &text(&volume.device()), &text(at)]);
    });
}

#[test]
#[ignore = "started by a test above, in a mount namespace of its own"]
fn in_a_part_of_a_disk() {
    let Some(volume) = Volume::new("ext4") else { return };
    goes_there_and_back(&volume, &|at| {
        let aside = volume.aside();
        mount(&[&text(&volume.device()), &text(&aside)]);
        let part = aside.join(".swupd/usr");
        let shown = if part.exists() { part } else { aside.clone() };
        mount(&["--bind", &text(&shown), &text(at)]);
        mount(&["-o", "remount,bind,ro", &text(at)]);
        umount(&aside);
    });
}

#[test]
#[ignore = "started by a test above, in a mount namespace of its own"]
fn in_a_subvolume() {
    let Some(volume) = Volume::new("btrfs") else { return };
    goes_there_and_back(&volume, &|at| {
        mount(&["-o", "ro,subvol=@usr", &text(&volume.device()), &text(at)]);
    });
}

#[test]
#[ignore = "started by a test above, in a mount namespace of its own"]
fn with_a_part_of_another() {
    let Some(volume) = Volume::new("tmpfs") else { return };
    let (mut world, machine) = volume.machine(&|at| {
        let part = volume.aside().join("part");
        fs_err::create_dir(&part).unwrap();
        let copied = Command::new("cp")
            .arg("-a")
            .args(["bin", "lib", "share", "local"].map(|name| volume.aside().join(name)))
            .arg(&part)
            .status();
        assert!(copied.unwrap().success());
        mount(&["--bind", &text(&part), &text(at)]);
    });
    machine.run("info").exits(0).says("file by file: /usr is mounted, and cannot be");
    world.release(20, &system().file("/usr/lib/library", "another"));
    machine.run("update").exits(0).says("file by file");
    machine.must_be(&world.says(20, &["editors"]).file("/usr/local/mine", "mine"));
}

#[test]
#[ignore = "started by a test above, in a mount namespace of its own"]
fn with_a_service() {
    let Some(volume) = Volume::new("tmpfs") else { return };
    // As systemd has it.
    mount(&["--make-rshared", "/"]);
    let (mut world, machine) = volume.machine(&|at| {
        mount(&["--bind", &text(&volume.aside()), &text(at)]);
        mount(&["-o", "remount,bind,ro", &text(at)]);
    });
    let mut unshare = Command::new("unshare");
    let service = unshare.args(["-m", "--propagation", "slave", "cat"]).stdin(Stdio::piped());
    let mut service = service.spawn().unwrap();
    let its = PathBuf::from(format!("/proc/{}/root{}", service.id(), text(&machine.at("/usr"))));
    for version in [20, 30, 40] {
        let library = format!("version {version}");
        world.release(version, &system().file("/usr/lib/library", &library));
        machine.run("update").exits(0);
        assert_eq!(fs_err::read_to_string(its.join("lib/library")).unwrap(), library);
        assert_eq!(mounts_of(&machine).len(), 2);
    }
    drop(service.stdin.take());
    assert!(service.wait().unwrap().success());
}

/// Takes a machine through changes and starts, on a file system that `start` mounts as whoever
/// starts the machine does.
#[track_caller]
fn goes_there_and_back(volume: &Volume, start: &dyn Fn(&Path)) {
    let (mut world, machine) = volume.machine(start);
    let mine = |says: Tree| says.file("/usr/local/mine", "mine");
    let local = || fs_err::metadata(machine.at("/usr/local")).unwrap().ino();
    let was_read_only = is_read_only(&machine);
    let mounted_first = mounts_of(&machine).remove(0);
    let stays = |should: Tree| {
        machine.must_be(&mine(should));
        assert_eq!(is_read_only(&machine), was_read_only);
        assert!(mounts_of(&machine).iter().all(|mount| *mount == mounted_first));
        machine.run("diagnose --picky").exits(0);
        let library = fs_err::read(machine.at("/usr/lib/library")).unwrap();
        unmount_all(&machine);
        start(&machine.at("/usr"));
        assert_eq!(fs_err::read(machine.at("/usr/lib/library")).unwrap(), library);
        machine.run("recover").exits(0);
        let mounted = mounts_of(&machine).len();
        assert!(mounted <= 2, "{mounted} mounts pile up");
    };
    machine.run("info").exits(0).says("the whole of /usr at once");
    let it_was = local();
    world.release(20, &system().file("/usr/lib/library", "another").file("/usr/new/file", "new"));
    machine.run("update").exits(0);
    assert_eq!(local(), it_was, "the directory is another one");
    stays(world.says(20, &["editors"]));
    machine.run("bundle-remove editors languages").exits(0);
    stays(world.says(20, &[]));
    machine.run("rollback").exits(0);
    stays(world.says(20, &["editors"]));
    machine.run("rollback --force 1").exits(0);
    assert_eq!(local(), it_was, "the directory is another one");
    stays(world.says(10, &["editors"]));
    machine.run("history").exits(0).says("20");
    unmount_all(&machine);
}

/// A file system on which `/usr` lies, of a kind that has what a test needs.
#[derive(Debug)]
struct Volume {
    place: TempDir,
    kind: &'static str,
    /// What it lies on, if that is not memory.
    device: Option<String>,
}

impl Volume {
    /// Makes one; none where that is not possible, or harms somebody.
    fn new(kind: &'static str) -> Option<Self> {
        if !is_own_namespace() {
            return None;
        }
        let place = tempfile::tempdir().unwrap();
        let mut volume = Self { place, kind, device: None };
        fs_err::create_dir(volume.aside()).unwrap();
        if kind == "tmpfs" {
            mount(&["-t", "tmpfs", "-o", "mode=755", "x", &text(&volume.aside())]);
            return Some(volume);
        }
        let image = volume.place.path().join("image");
        fs_err::File::create(&image).unwrap().set_len(256 << 20).unwrap();
        let made = Command::new(format!("mkfs.{kind}")).arg("-q").arg(&image).status();
        let found = Command::new("losetup").args(["--find", "--show"]).arg(&image).output();
        let (true, Ok(found)) = (made.is_ok_and(|made| made.success()), found) else {
            skipped("no file system can be made here");
            return None;
        };
        volume.device = Some(String::from_utf8(found.stdout).unwrap().trim().to_owned());
        Some(volume)
    }

    fn aside(&self) -> PathBuf {
        self.place.path().join("aside")
    }

    fn device(&self) -> PathBuf {
        self.device.as_deref().unwrap_or_default().into()
    }

    /// Returns a world with one version, and a machine of it whose `/usr` is on this file system.
    fn machine(&self, start: &dyn Fn(&Path)) -> (World, Machine) {
        let mut world = world();
        world.release(10, &system());
        let machine = world.machine("machine");
        machine.run("os-install -B editors").exits(0);
        fs_err::create_dir(machine.at("/usr/local")).unwrap();
        fs_err::write(machine.at("/usr/local/mine"), "mine").unwrap();
        self.takes_over(&machine.at("/usr"));
        start(&machine.at("/usr"));
        (world, machine)
    }

    fn takes_over(&self, usr: &Path) {
        let aside = self.aside();
        if self.kind != "tmpfs" {
            mount(&[&text(&self.device()), &text(&aside)]);
        }
        let top = match self.kind {
            "btrfs" => {
                let subvolume = aside.join("@usr");
                let mut make = Command::new("btrfs");
                make.args(["-q", "subvolume", "create"]).arg(&subvolume);
                assert!(make.status().unwrap().success());
                subvolume
            }
            _ => aside.clone(),
        };
        let copied = Command::new("cp").arg("-aT").arg(usr).arg(&top).status();
        assert!(copied.unwrap().success());
        if self.kind != "tmpfs" {
            umount(&aside);
        }
        fs_err::remove_dir_all(usr).unwrap();
        fs_err::create_dir(usr).unwrap();
    }
}

impl Drop for Volume {
    fn drop(&mut self) {
        drop(Command::new("umount").args(["--recursive", "--lazy"]).arg(self.aside()).output());
        if let Some(device) = &self.device {
            drop(Command::new("losetup").args(["--detach", device]).output());
        }
    }
}

fn is_read_only(machine: &Machine) -> bool {
    let written = fs_err::write(machine.at("/usr/probe"), "probe");
    if written.is_ok() {
        fs_err::remove_file(machine.at("/usr/probe")).unwrap();
    }
    written.is_err_and(|error| error.kind() == ErrorKind::ReadOnlyFilesystem)
}

/// Returns of all that is mounted there what may be done through it, and whether the file system can
/// be written to at all.
fn mounts_of(machine: &Machine) -> Vec<(String, bool)> {
    let usr = text(&machine.at("/usr"));
    let listed = fs_err::read_to_string("/proc/self/mountinfo").unwrap();
    let fields = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let mounts = listed.lines().map(fields).filter(|line| line[4] == usr);
    mounts.map(|line| (line[5].clone(), line.last().unwrap().starts_with("rw"))).collect()
}

fn unmount_all(machine: &Machine) {
    let usr = machine.at("/usr");
    while !mounts_of(machine).is_empty() {
        umount(&usr);
    }
}

/// Unmounts at once: nothing holds on to it.
fn umount(place: &Path) {
    assert!(Command::new("umount").arg(place).status().unwrap().success());
}

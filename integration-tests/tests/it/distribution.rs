//! What is shipped beside the programs: `dist/`, laid out as the installed file system.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use swupd_fixtures::world::Ran;

use crate::world::{skipped, world};

const UNITS: [&str; 5] = [
    "swupd-recover.service",
    "swupd-update.service",
    "swupd-update.timer",
    "swupd-verify.service",
    "swupd-verify.timer",
];

/// Settings that give a service a mount namespace of its own: what it changes of the mounts nobody
/// else would see, and an exchange of `/usr` is one of these changes.
const OWN_MOUNTS: &[&str] = &[
    "BindPaths",
    "BindReadOnlyPaths",
    "DynamicUser",
    "ExecPaths",
    "ExtensionDirectories",
    "ExtensionImages",
    "InaccessiblePaths",
    "LogNamespace",
    "MountAPIVFS",
    "MountFlags",
    "MountImages",
    "NoExecPaths",
    "PrivateDevices",
    "PrivateIPC",
    "PrivateMounts",
    "PrivateTmp",
    "PrivateUsers",
    "ProcSubset",
    "ProtectControlGroups",
    "ProtectHome",
    "ProtectHostname",
    "ProtectKernelLogs",
    "ProtectKernelModules",
    "ProtectKernelTunables",
    "ProtectProc",
    "ProtectSystem",
    "ReadOnlyPaths",
    "ReadWritePaths",
    "RootDirectory",
    "RootImage",
    "TemporaryFileSystem",
];

fn directory() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap().join("dist/usr/lib/systemd/system")
}

fn read(unit: &str) -> String {
    fs_err::read_to_string(directory().join(unit)).unwrap()
}

/// Returns the keys and values of a unit's file.
fn lines(text: &str) -> Vec<(&str, &str)> {
    text.lines().filter(|line| !line.starts_with('#')).filter_map(|l| l.split_once('=')).collect()
}

#[test]
fn services_that_switch_see_the_mounts_that_everybody_sees() {
    for unit in UNITS.iter().filter(|unit| unit.ends_with(".service")) {
        let text = read(unit);
        let found: Vec<&str> = lines(&text)
            .into_iter()
            .map(|(key, _)| key)
            .filter(|k| OWN_MOUNTS.contains(k))
            .collect();
        assert_eq!(found, [""; 0], "{unit}");
        // It writes files with that bit.
        assert!(!lines(&text).iter().any(|(key, _)| *key == "RestrictSUIDSGID"), "{unit}");
    }
}

#[test]
fn services_run_what_the_client_understands() {
    let world = world();
    let machine = world.machine("machine");
    for (unit, command) in [
        ("swupd-recover.service", "recover"),
        ("swupd-update.service", "update"),
        ("swupd-verify.service", "diagnose"),
    ] {
        let text = read(unit);
        let run = lines(&text).into_iter().find(|(key, _)| *key == "ExecStart").unwrap().1;
        let mut words = run.split(' ');
        assert_eq!(words.next(), Some("/usr/bin/swupd"));
        assert_eq!(words.clone().next(), Some(command));
        // What is not understood would be refused before the help is printed.
        Ran::of(machine.bare().args(words).arg("--help")).exits(0);
    }
}

#[test]
fn units_are_what_systemd_takes() {
    if Command::new("systemd-analyze").arg("--version").output().is_err() {
        return skipped("systemd-analyze is not installed");
    }
    let tree = tempfile::tempdir().unwrap();
    let units = tree.path().join("usr/lib/systemd/system");
    fs_err::create_dir_all(&units).unwrap();
    fs_err::create_dir_all(tree.path().join("usr/bin")).unwrap();
    fs_err::copy("/bin/true", tree.path().join("usr/bin/swupd")).unwrap();
    fs_err::os::unix::fs::symlink("usr/lib", tree.path().join("lib")).unwrap();
    for unit in UNITS {
        fs_err::copy(directory().join(unit), units.join(unit)).unwrap();
    }
    for target in
        ["sysinit", "shutdown", "local-fs", "timers", "network-online", "nss-lookup", "time-sync"]
    {
        fs_err::write(units.join(format!("{target}.target")), "[Unit]\n").unwrap();
    }
    for slice in ["system", "-"] {
        fs_err::write(units.join(format!("{slice}.slice")), "[Unit]\n").unwrap();
    }
    let mut verify = Command::new("systemd-analyze");
    verify.arg("--root").arg(tree.path()).args(["--man=no", "verify"]).args(UNITS);
    let ran = Ran::of(&mut verify).exits(0);
    let ours: Vec<&str> = ran.stderr.lines().filter(|line| line.contains("swupd-")).collect();
    assert_eq!(ours, [""; 0]);
}

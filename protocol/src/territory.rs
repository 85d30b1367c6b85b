//! Whom a path belongs to: the OS, the machine's state, its configuration, or the boot loader.
//! The client, not the manifest, decides.

use crate::path::TreePath;

/// Whom a path belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Territory {
    /// The OS: content that an update replaces.
    Os,
    /// OS content that the machine boots from: left in place when a version drops it.
    Boot,
    /// Configuration, below `/etc`: the administrator's.
    Config,
    /// State: what the machine itself writes, and what is mounted there.
    State,
}

/// Returns whom the path belongs to.
///
/// `/var` itself may be content, nothing below it is; of `/usr/src` only the kernel's and the
/// debugger's sources are.
pub fn of(path: &TreePath) -> Territory {
    let bytes = path.as_bytes();
    let starts = |prefixes: &[&str]| prefixes.iter().any(|p| bytes.starts_with(p.as_bytes()));
    if starts(CONFIG) {
        Territory::Config
    } else if starts(STATE) || (starts(&["/usr/src/"]) && !starts(SOURCES_OF_THE_OS)) {
        Territory::State
    } else if starts(BOOT) {
        Territory::Boot
    } else {
        Territory::Os
    }
}

/// Says whether a change at this path asks for the boot update step.
pub fn concerns_boot(path: &TreePath) -> bool {
    of(path) == Territory::Boot || BOOT_TOOLS.iter().any(|tool| path.name() == tool.as_bytes())
}

const CONFIG: &[&str] = &["/etc/"];
const STATE: &[&str] = &[
    "/data",
    "/dev/",
    "/home/",
    "/lost+found",
    "/proc/",
    "/root/",
    "/run/",
    "/sys/",
    "/tmp/",
    "/var/",
];
const SOURCES_OF_THE_OS: &[&str] = &["/usr/src/debug", "/usr/src/kernel"];
const BOOT: &[&str] = &["/boot/", "/usr/lib/modules/", "/usr/lib/kernel/", "/usr/lib/systemd/boot"];
const BOOT_TOOLS: &[&str] = &["bootctl", "clr-boot-manager", "gummiboot", "ldlinux.c32"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_belong_to_whom_the_reference_client_says() {
        let cases = [
            ("/usr/bin/ls", Territory::Os),
            ("/var", Territory::Os),
            ("/var/lib", Territory::State),
            ("/etc", Territory::Os),
            ("/etc/passwd", Territory::Config),
            ("/root/x", Territory::State),
            ("/data", Territory::State),
            ("/usr/src", Territory::Os),
            ("/usr/src/x", Territory::State),
            ("/usr/src/debug/x", Territory::Os),
            ("/usr/src/kernel/x", Territory::Os),
            ("/boot/vmlinuz", Territory::Boot),
            ("/usr/lib/modules/6.1/x.ko", Territory::Boot),
            ("/usr/lib/systemd/boot/efi", Territory::Boot),
            ("/usr/lib/systemd/bootx", Territory::Boot),
        ];
        for (path, territory) in cases {
            assert_eq!(of(&TreePath::parse(path.as_bytes()).unwrap()), territory, "{path}");
        }
        assert!(concerns_boot(&TreePath::parse(b"/usr/bin/bootctl").unwrap()));
        assert!(!concerns_boot(&TreePath::parse(b"/usr/bin/ls").unwrap()));
    }
}

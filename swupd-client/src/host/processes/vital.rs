//! The few files that so much rests on that only a reboot replaces them for certain.

use swupd_protocol::{
    path::TreePath,
    territory::{self, Territory},
};

/// What a machine rests on while it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Vital {
    /// The kernel and its modules.
    Kernel,
    /// The system manager: process 1.
    SystemManager,
    /// The C library and its loader, which nearly every process has mapped.
    Libc,
    /// The message bus, without which no service can be asked for anything.
    MessageBus,
}

impl Vital {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Kernel, Self::SystemManager, Self::Libc, Self::MessageBus];

    /// Says which of them a path of the tree belongs to.
    pub fn of(path: &TreePath) -> Option<Self> {
        let name = path.name();
        let is = |names: &[&str]| names.iter().any(|other| name == other.as_bytes());
        let begins = |starts: &[&str]| starts.iter().any(|s| name.starts_with(s.as_bytes()));
        if is_kernel(path) {
            Some(Self::Kernel)
        } else if path.as_bytes() == SYSTEM_MANAGER || begins(SYSTEM_MANAGERS_LIBRARIES) {
            Some(Self::SystemManager)
        } else if is(&["libc.so.6"]) || begins(LIBC) {
            Some(Self::Libc)
        } else if is(MESSAGE_BUS) {
            Some(Self::MessageBus)
        } else {
            None
        }
    }

    /// Returns what to call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Kernel => "the kernel",
            Self::SystemManager => "the system manager",
            Self::Libc => "the C library",
            Self::MessageBus => "the message bus",
        }
    }

    /// Returns its word for machines.
    pub fn word(self) -> &'static str {
        match self {
            Self::Kernel => "kernel",
            Self::SystemManager => "system-manager",
            Self::Libc => "libc",
            Self::MessageBus => "message-bus",
        }
    }
}

fn is_kernel(path: &TreePath) -> bool {
    // The boot loader's own files lie in the same territory, and run only while booting.
    territory::of(path) == Territory::Boot && !path.as_bytes().starts_with(BOOT_LOADER)
}

const BOOT_LOADER: &[u8] = b"/usr/lib/systemd/boot";
const SYSTEM_MANAGER: &[u8] = b"/usr/lib/systemd/systemd";
const SYSTEM_MANAGERS_LIBRARIES: &[&str] = &["libsystemd-core-", "libsystemd-shared-"];
const LIBC: &[&str] = &["ld-linux", "ld64.so", "ld-musl-", "libc-2.", "ld-2."];
const MESSAGE_BUS: &[&str] = &["dbus-daemon", "dbus-broker", "dbus-broker-launch"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_machine_rests_on_is_known_by_its_path() {
        let of = |path: &str| Vital::of(&TreePath::parse(path.as_bytes()).unwrap());
        for path in ["/usr/lib/modules/6.12/vmlinuz", "/boot/vmlinuz-6.12", "/usr/lib/kernel/x"] {
            assert_eq!(of(path), Some(Vital::Kernel), "{path}");
        }
        for path in [
            "/usr/lib/x86_64-linux-gnu/libc.so.6",
            "/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
            "/usr/lib64/libc-2.31.so",
            "/lib/ld-musl-x86_64.so.1",
        ] {
            assert_eq!(of(path), Some(Vital::Libc), "{path}");
        }
        assert_eq!(of("/usr/lib/systemd/systemd"), Some(Vital::SystemManager));
        assert_eq!(of("/usr/lib/systemd/libsystemd-core-257.so"), Some(Vital::SystemManager));
        assert_eq!(of("/usr/bin/dbus-daemon"), Some(Vital::MessageBus));
        for path in [
            "/usr/lib/systemd/boot/efi/systemd-bootx64.efi",
            "/usr/lib/systemd/systemd-logind",
            "/usr/lib/libcap.so.2",
            "/usr/bin/bash",
        ] {
            assert_eq!(of(path), None, "{path}");
        }
    }
}

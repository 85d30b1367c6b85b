//! What a process belongs to, as its control group says: `/proc/<pid>/cgroup`. Pure.

use std::fmt;

/// What a process belongs to: what somebody would restart to replace it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    /// The system manager itself.
    Init,
    /// A service of the system, or another unit of it.
    System(String),
    /// Somebody's session, and what runs for it.
    User(u32),
    /// A container or a virtual machine.
    Container(String),
    /// Nothing that a service manager knows.
    Unknown,
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Init => f.pad("the system manager"),
            Self::System(name) => f.pad(name),
            Self::User(uid) => write!(f, "user {uid}"),
            Self::Container(name) => write!(f, "container {name}"),
            Self::Unknown => f.pad("no unit"),
        }
    }
}

/// Reads which unit a process is in, from either hierarchy that systemd keeps.
pub(super) fn parse(listed: &[u8]) -> Unit {
    let listed = String::from_utf8_lossy(listed);
    let path = |head: &str| listed.lines().find_map(|line| line.split_once(head)?.1.into());
    // The older hierarchy, where it is there, is the one with the units.
    let path: Option<&str> = path(":name=systemd:").filter(|path| *path != "/");
    let path = path.or_else(|| listed.lines().find_map(|line| line.strip_prefix("0::")));
    path.map_or(Unit::Unknown, of_path)
}

fn of_path(path: &str) -> Unit {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    if let Some(name) = parts.iter().find_map(|part| container(part)) {
        return Unit::Container(name);
    }
    match parts[..] {
        ["init.scope", ..] => Unit::Init,
        ["user.slice", ..] => parts.iter().find_map(|p| user(p)).map_or(Unit::Unknown, Unit::User),
        // A nested manager's own units lie below the unit that it runs in.
        _ => parts
            .iter()
            .find(|part| is_unit(part))
            .map_or(Unit::Unknown, |name| Unit::System(unescaped(name))),
    }
}

fn user(part: &str) -> Option<u32> {
    let slice = part.strip_prefix("user-").and_then(|rest| rest.strip_suffix(".slice"));
    let manager = part.strip_prefix("user@").and_then(|rest| rest.strip_suffix(".service"));
    slice.or(manager)?.parse().ok()
}

/// Knows containers by the names that their managers give to control groups.
fn container(part: &str) -> Option<String> {
    let between = |start: &str, end: &str| {
        let name = part.strip_prefix(start)?.strip_suffix(end)?;
        (!name.is_empty()).then(|| short(&unescaped(name)))
    };
    between("machine-", ".scope")
        .or_else(|| between("systemd-nspawn@", ".service"))
        .or_else(|| between("docker-", ".scope"))
        .or_else(|| between("libpod-", ".scope"))
        .or_else(|| between("crio-", ".scope"))
        .or_else(|| between("cri-containerd-", ".scope"))
        .or_else(|| between("lxc.payload.", ""))
        .or_else(|| (part == "kubepods" || part == "kubepods.slice").then(|| part.to_owned()))
}

/// A container's name is often the sixty-four digits of a hash.
fn short(name: &str) -> String {
    let is_hash = name.len() == 64 && name.bytes().all(|b| b.is_ascii_hexdigit());
    if is_hash { name[..12].to_owned() } else { name.to_owned() }
}

fn is_unit(part: &str) -> bool {
    UNITS.iter().any(|end| part.len() > end.len() && part.ends_with(end))
}

/// A name that the control groups' own names could be mistaken for gets a `_` in front.
fn unescaped(name: &str) -> String {
    let name = name.strip_prefix('_').unwrap_or(name);
    let mut text = Vec::with_capacity(name.len());
    let mut rest = name.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = rest
            .strip_prefix(b"\\x")
            .and_then(|hex| std::str::from_utf8(hex.get(..2)?).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        text.push(code.unwrap_or(*first));
        rest = if code.is_some() { &rest[4..] } else { after };
    }
    String::from_utf8_lossy(&text).into_owned()
}

const UNITS: &[&str] = &[".service", ".scope", ".socket", ".mount", ".swap"];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn units_are_read_off_control_groups() {
        let system = |name: &str| Unit::System(name.to_owned());
        let container = |name: &str| Unit::Container(name.to_owned());
        let cases = [
            ("0::/init.scope", Unit::Init),
            ("0::/system.slice/sshd.service", system("sshd.service")),
            (
                "0::/system.slice/system-getty.slice/getty@tty1.service",
                system("getty@tty1.service"),
            ),
            ("0::/system.slice/docker.service", system("docker.service")),
            ("0::/critical.slice/db.service/workers", system("db.service")),
            ("0::/user.slice/user-1000.slice/session-3.scope", Unit::User(1000)),
            ("0::/user.slice/user-7.slice/user@7.service/app.slice/x.service", Unit::User(7)),
            ("0::/machine.slice/machine-web\\x2d1.scope/payload", container("web-1")),
            ("0::/machine.slice/systemd-nspawn@db.service/payload/init.scope", container("db")),
            ("0::/lxc.payload.box/system.slice/cron.service", container("box")),
            ("0::/", Unit::Unknown),
            ("0::/process_api/61c2", Unit::Unknown),
            ("", Unit::Unknown),
            (
                "9:name=systemd:/system.slice/cron.service\n4:memory:/x\n0::/",
                system("cron.service"),
            ),
            ("9:name=systemd:/\n0::/system.slice/cron.service", system("cron.service")),
        ];
        for (listed, unit) in cases {
            assert_eq!(parse(listed.as_bytes()), unit, "{listed}");
        }
        let hash = "0123456789abcdef".repeat(4);
        let listed = format!("0::/system.slice/docker-{hash}.scope");
        assert_eq!(parse(listed.as_bytes()), container("0123456789ab"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            parse(&bytes);
        }

        #[test]
        fn a_services_name_is_read_back(name in "[a-z][a-z0-9-]{0,20}") {
            prop_assume!(container(&format!("{name}.service")).is_none());
            let listed = format!("0::/system.slice/{name}.service\n");
            prop_assert_eq!(parse(listed.as_bytes()), Unit::System(format!("{name}.service")));
        }
    }
}

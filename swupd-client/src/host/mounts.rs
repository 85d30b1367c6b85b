//! What is mounted below the tree's root, as the kernel tells.

use std::{
    collections::BTreeSet,
    io,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use swupd_protocol::path::TreePath;

use super::{root::Root, sys};

/// Returns the mount points below the root; none where the kernel does not tell.
pub fn below(root: &Root) -> io::Result<BTreeSet<TreePath>> {
    let listed = match fs_err::read("/proc/self/mountinfo") {
        Ok(listed) => listed,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeSet::new()),
        Err(error) => return Err(error),
    };
    let path = match sys::path_of(root.directory()) {
        Ok(bytes) => PathBuf::from(std::ffi::OsStr::from_bytes(&bytes)),
        Err(_) => root.path().to_owned(),
    };
    Ok(parse(&listed, &path))
}

/// Says whether the root itself lies on an overlay file system.
pub fn is_overlay(root: &Root) -> io::Result<bool> {
    Ok(sys::is_overlay(root.directory()))
}

/// Reads the kernel's list and keeps what lies below `root`.
fn parse(listed: &[u8], root: &Path) -> BTreeSet<TreePath> {
    let points = listed.split(|b| *b == b'\n').filter_map(|line| {
        let escaped = line.split(|b| *b == b' ').nth(4)?;
        let point = unescape(escaped);
        let below = Path::new(std::ffi::OsStr::from_bytes(&point)).strip_prefix(root).ok()?;
        TreePath::from_relative(below).ok()
    });
    points.collect()
}

/// Space, tab, newline and backslash are written as three octal digits.
fn unescape(escaped: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(escaped.len());
    let mut rest = escaped;
    while let Some((first, after)) = rest.split_first() {
        let octal = after
            .get(..3)
            .filter(|_| *first == b'\\')
            .and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 8).ok());
        bytes.push(octal.unwrap_or(*first));
        rest = if octal.is_some() { &after[3..] } else { after };
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTED: &[u8] = b"22 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n\
        23 22 0:5 / /proc rw - proc proc rw\n\
        24 22 8:1 / /mnt/a\\040b rw shared:1 - ext4 /dev/sda1 rw\n\
        25 24 8:2 / /mnt/a\\040b/usr rw - ext4 /dev/sda2 rw\n\
        nonsense\n";

    #[test]
    fn what_is_mounted_below_the_root_is_found() {
        let names = |root: &str| {
            let points = parse(LISTED, Path::new(root));
            points.into_iter().map(|point| point.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(names("/"), ["/mnt/a b", "/mnt/a b/usr", "/proc"]);
        assert_eq!(names("/mnt/a b"), ["/usr"]);
        assert_eq!(names("/mnt/a"), Vec::<String>::new());
    }

    #[test]
    fn this_machines_mounts_are_found() {
        let root = Root::open(Path::new("/")).unwrap();
        let points = below(&root).unwrap();
        assert!(points.contains(&TreePath::parse(b"/proc").unwrap()));
    }
}

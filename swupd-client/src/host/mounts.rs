//! What is mounted below the tree's root, as the kernel tells.

use std::{
    collections::BTreeSet,
    ffi::OsString,
    io,
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::{Path, PathBuf},
};

use swupd_protocol::path::TreePath;

use super::{
    root::{Root, UNIT},
    sys,
};

/// What is mounted below the tree's root.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mounts {
    /// Where something else is mounted than the tree has there.
    pub others: BTreeSet<TreePath>,
    /// [`UNIT`], where it is mounted on itself: to be read-only, for example. It moves as a whole, and
    /// its mount with it; what is mounted below it would be left behind, whatever it is.
    pub on_themselves: BTreeSet<TreePath>,
}

/// Returns the mount points below the root where something else shows than the tree has; none where
/// the kernel does not tell.
pub fn below(root: &Root) -> io::Result<BTreeSet<TreePath>> {
    Ok(all_below(root)?.others)
}

/// Returns all mount points below the root; none where the kernel does not tell.
pub fn all_below(root: &Root) -> io::Result<Mounts> {
    Ok(parse(&listed()?, &path_of(root)))
}

/// Returns the kernel's list; an empty one where it has none.
fn listed() -> io::Result<Vec<u8>> {
    match fs_err::read("/proc/self/mountinfo") {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        listed => listed,
    }
}

fn path_of(root: &Root) -> PathBuf {
    match sys::path_of(root.directory()) {
        Ok(bytes) => PathBuf::from(std::ffi::OsStr::from_bytes(&bytes)),
        Err(_) => root.path().to_owned(),
    }
}

/// Says whether the root itself lies on an overlay file system.
pub fn is_overlay(root: &Root) -> io::Result<bool> {
    Ok(sys::is_overlay(root.directory()))
}

/// Returns what is mounted on top of each other at a path of the tree, the lowest first; nothing
/// where the kernel does not tell.
pub(crate) fn layers(root: &Root, at: &Path) -> io::Result<Vec<Layer>> {
    Ok(layers_of(&listed()?, &path_of(root).join(at)))
}

/// Something that is mounted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Layer {
    /// Which directory of its file system it shows.
    pub(crate) shown: PathBuf,
    /// What kind of file system that is.
    pub(crate) kind: OsString,
    /// What that lies on.
    pub(crate) source: PathBuf,
}

/// A line of the kernel's list.
struct Line {
    number: Vec<u8>,
    /// The number of what it is mounted on.
    parent: Vec<u8>,
    /// Which file system, as two numbers.
    device: Vec<u8>,
    /// Which directory of it is shown.
    shown: PathBuf,
    point: PathBuf,
    kind: OsString,
    source: PathBuf,
}

impl Line {
    fn parse(line: &[u8]) -> Option<Self> {
        let mut fields = line.split(|b| *b == b' ');
        let mut next = || fields.next();
        let (number, parent, device) = (next()?, next()?, next()?);
        let (shown, point) = (next()?, next()?);
        let text = |escaped| OsString::from_vec(unescape(escaped));
        // Options, and a varying number of fields, up to the dash.
        let mut behind = fields.skip_while(|field| *field != b"-").skip(1);
        let (kind, source) = (behind.next()?, behind.next()?);
        Some(Self {
            number: number.to_vec(),
            parent: parent.to_vec(),
            device: device.to_vec(),
            shown: text(shown).into(),
            point: text(point).into(),
            kind: text(kind),
            source: text(source).into(),
        })
    }
}

/// Orders what is mounted at a point by who is mounted on whom: the list has it in any order.
fn layers_of(listed: &[u8], point: &Path) -> Vec<Layer> {
    let lines = listed.split(|b| *b == b'\n').filter_map(Line::parse);
    let mut here: Vec<Line> = lines.filter(|line| line.point == point).collect();
    let mut layers = Vec::new();
    let mut below: Option<Vec<u8>> = None;
    while let Some(next) = here.iter().position(|line| match &below {
        Some(below) => line.parent == *below,
        None => !here.iter().any(|other| other.number == line.parent),
    }) {
        let Line { number, shown, kind, source, .. } = here.swap_remove(next);
        below = Some(number);
        layers.push(Layer { shown, kind, source });
    }
    layers
}

/// Reads the kernel's list and keeps what lies below `root`.
fn parse(listed: &[u8], root: &Path) -> Mounts {
    let lines: Vec<Line> = listed.split(|b| *b == b'\n').filter_map(Line::parse).collect();
    // Of several mounts at one point the last is the one that shows.
    let above = lines.iter().filter(|line| root.starts_with(&line.point));
    let above = above.max_by_key(|line| line.point.components().count());
    let mut mounts = Mounts::default();
    for line in &lines {
        let Ok(below) = line.point.strip_prefix(root) else { continue };
        let Ok(path) = TreePath::from_relative(below) else { continue };
        let is_unit = path.relative() == Path::new(UNIT);
        let is_itself = is_unit
            && above.is_some_and(|above| {
                let own = line.point.strip_prefix(&above.point);
                above.device == line.device
                    && own.is_ok_and(|own| above.shown.join(own) == line.shown)
            });
        mounts.others.remove(&path);
        mounts.on_themselves.remove(&path);
        let among = if is_itself { &mut mounts.on_themselves } else { &mut mounts.others };
        among.insert(path);
    }
    mounts
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
            let points = parse(LISTED, Path::new(root)).others;
            points.into_iter().map(|point| point.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(names("/"), ["/mnt/a b", "/mnt/a b/usr", "/proc"]);
        assert_eq!(names("/mnt/a b"), ["/usr"]);
        assert_eq!(names("/mnt/a"), Vec::<String>::new());
    }

    #[test]
    fn what_is_mounted_on_itself_is_told_apart() {
        let listed = b"22 1 254:0 / / rw - ext4 /dev/vda rw\n\
            23 22 254:0 /usr /usr ro - ext4 /dev/vda rw\n\
            24 22 254:0 /usr /elsewhere ro - ext4 /dev/vda rw\n\
            25 23 0:9 / /usr/local rw - tmpfs x rw\n\
            26 22 8:1 /trees/a /mnt rw - ext4 /dev/sda1 rw\n\
            27 26 8:1 /trees/a/usr /mnt/usr ro - ext4 /dev/sda1 rw\n\
            28 26 8:1 /trees/b/usr /mnt/opt ro - ext4 /dev/sda1 rw\n";
        let names = |points: &BTreeSet<TreePath>| {
            points.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let whole = parse(listed, Path::new("/"));
        assert_eq!(names(&whole.on_themselves), ["/usr"]);
        let mounted = parse(listed, Path::new("/mnt"));
        assert_eq!(names(&mounted.on_themselves), ["/usr"]);
        assert_eq!(names(&mounted.others), ["/opt"]);
        assert!(whole.others.contains(&TreePath::parse(b"/usr/local").unwrap()));
    }

    #[test]
    fn layers_are_ordered_by_who_lies_on_whom() {
        let listed = b"64 63 0:42 / /m/usr ro shared:2 - ext4 /dev/a\\040b rw\n\
            65 66 0:42 /.swupd/usr /m/usr ro - ext4 /dev/a\\040b rw\n\
            66 64 0:42 /n /m/usr ro master:1 shared:3 - ext4 /dev/a\\040b rw\n\
            67 63 0:43 / /m/usr/local rw - tmpfs x rw\n";
        let layers = layers_of(listed, Path::new("/m/usr"));
        let shown: Vec<_> = layers.iter().map(|layer| layer.shown.to_str().unwrap()).collect();
        assert_eq!(shown, ["/", "/n", "/.swupd/usr"]);
        assert_eq!(layers[1].kind, "ext4");
        assert_eq!(layers[1].source, Path::new("/dev/a b"));
        assert!(layers_of(listed, Path::new("/m")).is_empty());
    }

    #[test]
    fn this_machines_mounts_are_found() {
        let root = Root::open(Path::new("/")).unwrap();
        let points = below(&root).unwrap();
        assert!(points.contains(&TreePath::parse(b"/proc").unwrap()));
    }
}

//! Looks at processes through `/proc`, and compares what they have mapped with what stands in the
//! tree.

use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    ffi::OsStr,
    io::{self, Read},
    os::unix::{ffi::OsStrExt, fs::MetadataExt},
    path::{Path, PathBuf},
};

use swupd_protocol::path::TreePath;

use super::{Looked, Stale, maps, unit};
use crate::host::{
    root::{HIDDEN, Root},
    sys,
};

/// A file, whatever it is called: device and inode.
type Identity = (u64, u64);

/// What a look works with.
pub(super) struct Reader<'a> {
    proc: &'a Path,
    root: &'a Root,
    /// Where the tree lies, as the kernel names it.
    tree: PathBuf,
    own_mounts: Option<PathBuf>,
    own_root: Option<Identity>,
    tree_identity: Option<Identity>,
    /// The kept trees: what process may still see as its `/usr`.
    kept: BTreeMap<Identity, TreePath>,
    /// What stands in the tree, as far as it was looked up.
    standing: BTreeMap<TreePath, Option<Identity>>,
    /// What counts as replaced, though it stands there still.
    going: &'a BTreeSet<TreePath>,
}

/// How the paths that the kernel shows of a process lead to the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum View {
    /// As ours do.
    Ours,
    /// It has mounts of its own and the tree as its root: from there, or as ours do if its mounts are
    /// copies of ours.
    FromTheTree,
    /// Not at all: it lives in another tree.
    Foreign,
}

/// A file that a process runs.
struct Mapped {
    path: Vec<u8>,
    inode: Option<u64>,
    is_deleted: bool,
    /// Where the kernel lets us look at the file itself.
    handle: PathBuf,
}

impl<'a> Reader<'a> {
    pub(super) fn new(
        proc: &'a Path,
        root: &'a Root,
        going: &'a BTreeSet<TreePath>,
    ) -> io::Result<Self> {
        let tree = match sys::path_of(root.directory()) {
            Ok(bytes) => PathBuf::from(OsStr::from_bytes(&bytes)),
            Err(_) => root.path().to_owned(),
        };
        let stat = sys::stat(root.directory())?;
        Ok(Self {
            proc,
            root,
            tree,
            own_mounts: fs_err::read_link(proc.join("self/ns/mnt")).ok(),
            own_root: identity(&proc.join("self/root")),
            tree_identity: Some((stat.device, stat.inode)),
            kept: kept(root),
            standing: BTreeMap::new(),
            going,
        })
    }

    pub(super) fn look(mut self) -> io::Result<Looked> {
        let mut looked = Looked::default();
        let mut pids: Vec<u32> = fs_err::read_dir(self.proc)?
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
            .filter(|pid| *pid != std::process::id())
            .collect();
        pids.sort_unstable();
        for pid in pids {
            match self.look_at(pid) {
                Ok(Some(stale)) => looked.stale.push(stale),
                // It ended meanwhile.
                Ok(None) => {}
                Err(error) if is_end(&error) => {}
                Err(_) => looked.hidden += 1,
            }
        }
        Ok(looked)
    }

    fn look_at(&mut self, pid: u32) -> io::Result<Option<Stale>> {
        let place = self.proc.join(pid.to_string());
        let mapped = mapped(&place)?;
        if mapped.is_empty() {
            // The kernel's own threads map nothing.
            return Ok(None);
        }
        let view = self.view(&place);
        if view == View::Foreign {
            return Ok(None);
        }
        let files: BTreeSet<TreePath> =
            mapped.into_iter().filter_map(|mapped| self.old(&mapped, view)).collect();
        let sees_old_tree = self.sees_old_tree(&place, view);
        if files.is_empty() && !sees_old_tree {
            return Ok(None);
        }
        let name = read(&place.join("comm")).unwrap_or_default();
        let name = String::from_utf8_lossy(&name).trim_end().replace(char::is_control, "?");
        let unit = unit::parse(&read(&place.join("cgroup")).unwrap_or_default());
        Ok(Some(Stale { pid, name, unit, files, sees_old_tree }))
    }

    fn view(&self, place: &Path) -> View {
        let mounts = fs_err::read_link(place.join("ns/mnt")).ok();
        if mounts.is_none() || mounts == self.own_mounts {
            return View::Ours;
        }
        match identity(&place.join("root")) {
            None => View::Foreign,
            root if root == self.tree_identity => View::FromTheTree,
            // A confined service of a machine whose tree this one is not.
            root if root == self.own_root => View::Ours,
            _ => View::Foreign,
        }
    }

    /// Says whether a process with mounts of its own has a kept tree mounted as its `/usr`.
    fn sees_old_tree(&self, place: &Path, view: View) -> bool {
        view == View::FromTheTree
            && identity(&place.join("root/usr")).is_some_and(|usr| self.kept.contains_key(&usr))
    }

    /// Returns the path that a mapped file has or had in the tree, if it is one of the OS's that
    /// the tree no longer has there.
    fn old(&mut self, mapped: &Mapped, view: View) -> Option<TreePath> {
        let below = strip(&mapped.path, self.tree.as_os_str().as_bytes());
        let below = match view {
            View::Ours => below?,
            View::FromTheTree => below.unwrap_or(&mapped.path),
            View::Foreign => return None,
        };
        let path = TreePath::parse(live(below)).ok()?;
        if is_of_the_os(&path) {
            return self.differs(mapped, &path).then_some(path);
        }
        // Of a mount that was taken away the kernel shows paths from its root on.
        let below_usr = TreePath::parse(&[b"/usr", path.as_bytes()].concat()).ok()?;
        if !is_of_the_os(&below_usr) || mapped.is_deleted {
            return None;
        }
        let identity = identity(&mapped.handle)?;
        let kept = self
            .kept
            .values()
            .filter_map(|usr| TreePath::parse(&[usr.as_bytes(), path.as_bytes()].concat()).ok());
        let is_kept = kept
            .into_iter()
            .any(|kept| self.root.identity_behind(&kept).ok().flatten() == Some(identity));
        (is_kept && self.differs(mapped, &below_usr)).then_some(below_usr)
    }

    /// Says whether a mapped file is not what stands at a path now.
    fn differs(&mut self, mapped: &Mapped, path: &TreePath) -> bool {
        if self.going.contains(path) {
            return true;
        }
        let Some(standing) = self.standing_at(path) else { return true };
        if mapped.inode == Some(standing.1) {
            return false;
        }
        // Some file systems show one number in the list and another one to who asks the file.
        identity(&mapped.handle) != Some(standing)
    }

    fn standing_at(&mut self, path: &TreePath) -> Option<Identity> {
        match self.standing.entry(path.clone()) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(unknown) => {
                let found = match self.root.identity_behind(path) {
                    Ok(found) => found,
                    // An old kernel cannot confine a look-up; nor has it to where the tree is `/`.
                    Err(_) => identity(&self.tree.join(path.relative())),
                };
                *unknown.insert(found)
            }
        }
    }
}

/// Returns the `/usr` of each version that is kept.
fn kept(root: &Root) -> BTreeMap<Identity, TreePath> {
    let path = |parts: &[&[u8]]| TreePath::parse(&parts.concat()).ok();
    let Some(all) = path(&[b"/", HIDDEN.as_bytes(), b"/", KEPT]) else { return BTreeMap::new() };
    // Only root can look there.
    let names = root.list(Some(&all)).ok().flatten().unwrap_or_default();
    let trees = names.iter().filter_map(|name| path(&[all.as_bytes(), b"/", name, b"/usr"]));
    trees.filter_map(|usr| Some((root.identity_behind(&usr).ok()??, usr))).collect()
}

/// Returns what a process runs: its program and the code that it has mapped.
fn mapped(place: &Path) -> io::Result<Vec<Mapped>> {
    let listed = read(&place.join("maps"))?;
    let code = maps::parse(&listed).filter(|mapping| mapping.is_code).map(|mapping| Mapped {
        inode: Some(mapping.inode),
        is_deleted: mapping.is_deleted,
        handle: place.join("map_files").join(mapping.range),
        path: mapping.path,
    });
    let mut all: Vec<Mapped> = code.collect();
    if let Ok(program) = fs_err::read_link(place.join("exe")) {
        let (path, is_deleted) = maps::without_mark(program.as_os_str().as_bytes());
        let handle = place.join("exe");
        all.push(Mapped { path: path.to_vec(), inode: None, is_deleted, handle });
    }
    Ok(all)
}

/// Returns the path below a directory, with its leading `/`.
fn strip<'a>(path: &'a [u8], directory: &[u8]) -> Option<&'a [u8]> {
    let directory = directory.strip_suffix(b"/").unwrap_or(directory);
    path.strip_prefix(directory).filter(|rest| rest.first() == Some(&b'/'))
}

/// Returns the path that a file of a kept version has in a tree; other paths as they are.
fn live(path: &[u8]) -> &[u8] {
    let hidden = [b"/", HIDDEN.as_bytes(), b"/"].concat();
    let Some(below) = path.strip_prefix(&hidden[..]) else { return path };
    let at = below.windows(USR.len()).position(|part| part == USR);
    at.map_or(path, |at| &below[at..])
}

/// Says whether a path is one that only the OS brings files to.
fn is_of_the_os(path: &TreePath) -> bool {
    let bytes = path.as_bytes();
    let starts = |all: &[&str]| all.iter().any(|start| bytes.starts_with(start.as_bytes()));
    starts(OF_THE_OS) && !starts(NOT_OF_THE_OS)
}

fn identity(path: &Path) -> Option<Identity> {
    fs_err::metadata(path).ok().map(|found| (found.dev(), found.ino()))
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    fs_err::File::open(path)?.take(MAX_LIST).read_to_end(&mut content)?;
    Ok(content)
}

fn is_end(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound || error.raw_os_error() == Some(NO_SUCH_PROCESS)
}

const KEPT: &[u8] = b"generations";
const USR: &[u8] = b"/usr/";
const OF_THE_OS: &[&str] =
    &["/usr/", "/bin/", "/sbin/", "/lib/", "/lib32/", "/lib64/", "/libx32/", "/opt/3rd-party/"];
const NOT_OF_THE_OS: &[&str] = &["/usr/local/", "/usr/src/"];
/// Bytes that are read of one list at most.
const MAX_LIST: u64 = 64 << 20;
const NO_SUCH_PROCESS: i32 = nix::libc::ESRCH;

#[cfg(test)]
#[path = "look_tests.rs"]
mod tests;

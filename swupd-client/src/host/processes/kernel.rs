//! Whether the kernel that runs is the one that the tree would boot.

use std::{cmp::Ordering, io, path::Path};

use swupd_protocol::path::TreePath;

use crate::host::root::{Root, Seen};

/// The kernel that runs, and what the tree has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kernel {
    /// The release that runs, as `uname -r` says.
    pub running: String,
    /// The releases whose modules the tree has.
    pub installed: Vec<String>,
}

impl Kernel {
    /// Looks; none where the kernel is not the tree's: in a container, or where the tree has none.
    pub fn look(proc: &Path, root: &Root) -> io::Result<Option<Self>> {
        if is_container(root) {
            return Ok(None);
        }
        let running = fs_err::read_to_string(proc.join("sys/kernel/osrelease"))?;
        let running = running.trim().to_owned();
        let mut installed = Vec::new();
        let modules = tree_path(MODULES);
        for name in root.list(modules.as_ref())?.unwrap_or_default() {
            let has = |what: &&str| is_there(root, modules.as_ref(), &[&name[..], what.as_bytes()]);
            if let Ok(name) = std::str::from_utf8(&name)
                && OF_A_KERNEL.iter().any(has)
            {
                installed.push(name.to_owned());
            }
        }
        Ok((!installed.is_empty()).then_some(Self { running, installed }))
    }

    /// Adds the releases that come with the files at `paths`.
    #[must_use]
    pub fn with<'a>(mut self, paths: impl IntoIterator<Item = &'a TreePath>) -> Self {
        for path in paths {
            let below = path.as_bytes().strip_prefix(MODULES.as_bytes());
            let mut parts = below.unwrap_or_default().split(|b| *b == b'/').skip(1);
            let (release, what) = (parts.next(), parts.next());
            let is_kernel =
                what.is_some_and(|what| OF_A_KERNEL.iter().any(|k| k.as_bytes() == what));
            if let Some(Ok(release)) = release.map(std::str::from_utf8)
                && is_kernel
                && !self.installed.iter().any(|there| there == release)
            {
                self.installed.push(release.to_owned());
            }
        }
        self
    }

    /// Returns the release that should run instead: the newest of the running one's flavour, where
    /// it is newer or the modules of the running one are gone. A kernel of a flavour that the tree
    /// does not have comes from elsewhere.
    pub fn successor(&self) -> Option<&str> {
        let own = flavour(&self.running);
        let kin = self.installed.iter().filter(|release| flavour(release) == own);
        let newest = kin.max_by(|a, b| compare(a, b))?;
        let is_gone = !self.installed.contains(&self.running);
        let is_newer = compare(newest, &self.running) == Ordering::Greater;
        (is_newer || is_gone).then_some(newest)
    }
}

/// What a release is built for: the word behind its numbers, such as `amd64` or `native`.
fn flavour(release: &str) -> &str {
    let last = release.rsplit(['.', '-']).next().unwrap_or_default();
    if last.bytes().all(|b| b.is_ascii_digit()) { "" } else { last }
}

/// Compares releases by their numbers.
fn compare(a: &str, b: &str) -> Ordering {
    numbers(a).cmp(numbers(b)).then_with(|| a.cmp(b))
}

fn numbers(release: &str) -> impl Iterator<Item = u64> {
    let parts = release.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
    parts.map(|part| part.parse().unwrap_or(u64::MAX))
}

fn is_container(root: &Root) -> bool {
    let marks = MARKS_OF_A_CONTAINER.iter().filter_map(|mark| tree_path(mark));
    marks.into_iter().any(|mark| !matches!(root.look(&mark), Ok(Seen::Nothing)))
}

fn is_there(root: &Root, directory: Option<&TreePath>, below: &[&[u8]]) -> bool {
    let path = directory.cloned();
    let path = path.and_then(|path| below.iter().try_fold(path, |at, part| at.join(part).ok()));
    path.is_some_and(|path| !matches!(root.look(&path), Ok(Seen::Nothing) | Err(_)))
}

fn tree_path(path: &str) -> Option<TreePath> {
    TreePath::parse(path.as_bytes()).ok()
}

const MODULES: &str = "/usr/lib/modules";
/// What the modules of a kernel come with, unlike a directory that somebody's own module made.
const OF_A_KERNEL: &[&str] = &["kernel", "modules.dep", "vmlinuz"];
const MARKS_OF_A_CONTAINER: &[&str] =
    &["/run/systemd/container", "/run/.containerenv", "/.dockerenv"];

#[cfg(test)]
mod tests {
    use super::*;

    fn successor(running: &str, installed: &[&str]) -> Option<String> {
        let installed = installed.iter().map(ToString::to_string).collect();
        let kernel = Kernel { running: running.to_owned(), installed };
        kernel.successor().map(str::to_owned)
    }

    #[test]
    fn a_newer_kernel_of_the_same_flavour_follows() {
        let debian = ["6.1.0-9-amd64", "6.1.0-10-amd64"];
        assert_eq!(successor("6.1.0-9-amd64", &debian).as_deref(), Some("6.1.0-10-amd64"));
        assert_eq!(successor("6.1.0-10-amd64", &debian), None);
        let clear = ["6.2.8-1293.native", "5.15.55-1163.ltscurrent"];
        assert_eq!(successor("5.15.55-1163.ltscurrent", &clear), None);
        assert_eq!(successor("6.2.7-1290.native", &clear).as_deref(), Some(clear[0]));
        assert_eq!(successor("6.7.1-arch1-1", &["6.7.1-arch1-1"]), None);
    }

    #[test]
    fn one_whose_modules_are_gone_has_to_go_even_for_an_older_one() {
        assert_eq!(successor("6.2-custom", &["6.1-amd64"]), None);
        assert_eq!(successor("6.2-amd64", &["6.1-amd64"]).as_deref(), Some("6.1-amd64"));
    }

    #[test]
    fn a_kernel_that_comes_counts_as_installed() {
        let kernel = Kernel { running: "6.1-amd64".into(), installed: vec!["6.1-amd64".into()] };
        let paths =
            ["/usr/lib/modules/6.2-amd64/kernel/a.ko", "/usr/lib/modules/6.3-amd64/updates/b"];
        let paths = paths.map(|path| TreePath::parse(path.as_bytes()).unwrap());
        assert_eq!(kernel.clone().with(&paths).successor(), Some("6.2-amd64"));
        assert_eq!(kernel.with(&paths[1..]).successor(), None);
    }

    #[test]
    fn only_a_machine_with_a_kernel_of_its_own_is_asked() {
        let (scratch, proc) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs_err::create_dir_all(proc.path().join("sys/kernel")).unwrap();
        fs_err::write(proc.path().join("sys/kernel/osrelease"), "6.1\n").unwrap();
        let root = Root::open(scratch.path()).unwrap();
        let look = || Kernel::look(proc.path(), &root).unwrap();
        assert_eq!(look(), None);
        let modules = scratch.path().join("usr/lib/modules");
        fs_err::create_dir_all(modules.join("6.2/extra")).unwrap();
        assert_eq!(look(), None, "a module of somebody's own is no kernel");
        fs_err::create_dir_all(modules.join("6.2/kernel")).unwrap();
        let seen = look().unwrap();
        assert_eq!((seen.running.as_str(), seen.successor()), ("6.1", Some("6.2")));
        fs_err::write(scratch.path().join(".dockerenv"), "").unwrap();
        assert_eq!(look(), None);
    }
}

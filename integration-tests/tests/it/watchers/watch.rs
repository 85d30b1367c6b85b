//! Those who look at a tree while it changes.

use std::{
    fmt,
    fs::File,
    io::{self, Read},
    os::fd::OwnedFd,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use rustix::fs::{Mode, OFlags, openat};

/// What the watchers of a tree share.
#[derive(Debug)]
pub(super) struct Watched {
    pub(super) tree: PathBuf,
    /// The versions that it has, one after the other.
    pub(super) versions: Vec<u32>,
    /// How many files carry the version's number.
    pub(super) files: usize,
    /// Set when it is over.
    pub(super) over: AtomicBool,
    /// Set while a version is on its way.
    pub(super) changing: AtomicBool,
    /// How often each of them has looked, so that one can wait until they all have.
    pub(super) looks: Vec<AtomicUsize>,
}

/// What a watcher saw.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) looks: usize,
    /// How many of the versions came before the one that was seen last.
    pub(super) at: usize,
    /// The longest time that a path took to be found while nothing changed, and while something did.
    pub(super) longest: [Duration; 2],
    pub(super) wrong: Vec<String>,
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { looks, at, longest: [quiet, changing], wrong } = self;
        write!(f, "{looks} looks, {} wrong, {at} changes", wrong.len())?;
        if !changing.is_zero() {
            write!(
                f,
                "; the longest that a path took to be found: {quiet:?} while nothing changed, \
                 {changing:?} while something did"
            )?;
        }
        wrong.iter().take(5).try_for_each(|text| write!(f, "\n  {text}"))
    }
}

/// One who looks again and again.
pub(super) type Watcher = fn(&Watched, &mut Seen) -> io::Result<()>;

/// All of them, with names.
pub(super) const ALL: &[(&str, Watcher)] = &[
    ("paths, one after the other", by_path),
    ("files below one open directory", by_handle),
    ("names in a directory", by_list),
    ("programs", by_program),
];

impl Watched {
    /// Looks until it is over.
    pub(super) fn watch(&self, number: usize) -> Seen {
        let (_, look) = ALL[number];
        let mut seen = Seen::default();
        while !self.over.load(Ordering::Relaxed) {
            if let Err(error) = look(self, &mut seen) {
                seen.wrong.push(error.to_string());
            }
            seen.looks += 1;
            self.looks[number].fetch_add(1, Ordering::Relaxed);
        }
        seen
    }

    fn file(&self, number: usize) -> PathBuf {
        self.tree.join(name_of(number % self.files))
    }
}

impl Seen {
    /// Takes note of a version, which must be the one that was seen before, or the next.
    fn saw(&mut self, version: u32, watched: &Watched, wherever: &Path) {
        let Self { at, wrong, .. } = self;
        let is_next = |n: &usize| watched.versions.get(*n) == Some(&version);
        match [*at, *at + 1].into_iter().find(is_next) {
            Some(now) => *at = now,
            None => wrong.push(format!(
                "{} is of version {version} after something was of version {}",
                wherever.display(),
                watched.versions[*at],
            )),
        }
    }

    fn took(&mut self, time: Duration, changing: bool) {
        let longest = &mut self.longest[usize::from(changing)];
        *longest = time.max(*longest);
    }
}

/// Reads files by their whole paths: none is older than the one that was read before.
fn by_path(watched: &Watched, seen: &mut Seen) -> io::Result<()> {
    for step in [0, 1, 7, 30] {
        let path = watched.file(seen.looks * 13 + step);
        let changing = watched.changing.load(Ordering::Relaxed);
        let begun = Instant::now();
        let file = fs_err::File::open(&path)?;
        seen.took(begun.elapsed(), changing);
        seen.saw(version_in(file, &path)?, watched, &path);
    }
    Ok(())
}

/// Reads files below one open directory: all are of one version.
fn by_handle(watched: &Watched, seen: &mut Seen) -> io::Result<()> {
    let path = watched.tree.join("usr");
    let usr = OwnedFd::from(File::open(&path)?);
    let mut first = None;
    for step in 0..8 {
        let name = name_of((seen.looks * 11 + step * 5) % watched.files);
        let name = name.strip_prefix("usr").expect("all is below /usr");
        let flags = OFlags::RDONLY | OFlags::CLOEXEC;
        let file = openat(&usr, name, flags, Mode::empty());
        let file =
            file.map_err(|error| io::Error::other(format!("{}: {error}", name.display())))?;
        let version = version_in(File::from(file), name)?;
        let first = *first.get_or_insert(version);
        if version != first {
            let name = name.display();
            seen.wrong.push(format!("{name} is of version {version} beside {first}"));
        }
    }
    if let Some(version) = first {
        seen.saw(version, watched, &path);
    }
    Ok(())
}

/// Lists a directory that has a file named by the version.
fn by_list(watched: &Watched, seen: &mut Seen) -> io::Result<()> {
    let path = watched.tree.join("usr/share/watched");
    let mut names = Vec::new();
    for entry in fs_err::read_dir(&path)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    let versions: Vec<u32> =
        names.iter().filter_map(|name| name.strip_prefix("version-")?.parse().ok()).collect();
    match versions[..] {
        [version] => seen.saw(version, watched, &path),
        _ => seen.wrong.push(format!("a directory is of versions {versions:?}")),
    }
    Ok(())
}

/// Runs a program that ends with the version's number.
fn by_program(watched: &Watched, seen: &mut Seen) -> io::Result<()> {
    let path = watched.tree.join(PROGRAM);
    let status = Command::new(&path).stdin(Stdio::null()).status();
    let status = status.map_err(|error| io::Error::other(format!("running: {error}")))?;
    match status.code().and_then(|code| u32::try_from(code).ok()) {
        Some(version) => seen.saw(version, watched, &path),
        None => seen.wrong.push(format!("a program ended with {status}")),
    }
    Ok(())
}

/// A process that runs a program, and a file that is open, since before a change.
#[derive(Debug)]
pub(super) struct Holder {
    process: Child,
    file: fs_err::File,
    version: u32,
}

impl Holder {
    pub(super) fn of(tree: &Path, version: u32) -> Self {
        let program = tree.join(WAITING_PROGRAM);
        let process = Command::new(program).stdin(Stdio::piped()).spawn().unwrap();
        Self { process, file: fs_err::File::open(tree.join(name_of(0))).unwrap(), version }
    }

    /// Panics unless what was held still is what it was.
    pub(super) fn must_be_unharmed(mut self) {
        drop(self.process.stdin.take());
        let code = self.process.wait().unwrap().code();
        assert_eq!(code, i32::try_from(self.version).ok(), "a running program changed");
        let version = version_in(self.file, Path::new("an open file")).unwrap();
        assert_eq!(version, self.version);
    }
}

/// Reads the version out of a file, each line of which must be its number.
fn version_in(mut file: impl Read, path: &Path) -> io::Result<u32> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let line = bytes.split_inclusive(|byte| *byte == b'\n').next().unwrap_or_default();
    let version = std::str::from_utf8(line).ok().and_then(|line| line.trim_end().parse().ok());
    let is_whole = !line.is_empty() && bytes.chunks(line.len()).all(|chunk| chunk == line);
    let not_whole = || io::Error::other(format!("{} is not whole", path.display()));
    version.filter(|_| is_whole).ok_or_else(not_whole)
}

/// Returns where the file of a number lies.
pub(super) fn name_of(number: usize) -> PathBuf {
    format!("usr/share/watched/{}/{number}", number % 5).into()
}

pub(super) const PROGRAM: &str = "usr/bin/which-version";
pub(super) const WAITING_PROGRAM: &str = "usr/bin/wait";

//! Drop-in hooks: programs that the OS (`usr/lib/swupd/hooks.d`) or the administrator
//! (`etc/swupd/hooks.d`) wants to have run before and after a change. docs/HOOKS.md is what their
//! authors are promised.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    io,
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use swupd_protocol::{
    object::{Attributes, Object},
    path::TreePath,
    version::Version,
};

use super::Occasion;
use crate::{
    host::{
        child::{self, ChildError},
        journal::Intent,
        root::{Root, Seen},
    },
    report::Observer,
};

/// When hooks are run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    /// Everything is staged, nothing has changed.
    Before,
    /// Everything has changed.
    After,
}

impl Moment {
    /// Returns what a hook is called with.
    fn word(self) -> &'static str {
        match self {
            Self::Before => "pre-update",
            Self::After => "post-update",
        }
    }
}

/// A program that wants to be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hook {
    name: OsString,
    /// Where it lies in its tree.
    path: TreePath,
}

/// What the hooks' directories hold.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// What is run, sorted by name.
    pub(super) hooks: Vec<Hook>,
    /// What must not be run, and why.
    pub(super) refused: Vec<String>,
    /// What is no hook, and why.
    pub(super) passed_over: Vec<String>,
}

/// Looks which hooks a tree has. A file of the administrator's takes the place of the OS's of the
/// same name, whatever it is.
pub(super) fn find(tree: &Path) -> Result<Found, HookError> {
    let trouble = |path: &str, source| HookError::Unreadable { path: tree.join(path), source };
    let root = Root::open(tree).map_err(|source| trouble("", source))?;
    let mut by_name: BTreeMap<Vec<u8>, TreePath> = BTreeMap::new();
    let mut found = Found::default();
    for directory in DIRECTORIES {
        let listed = TreePath::from_relative(Path::new(directory))
            .map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))
            .and_then(|path| Ok((root.look(&path)?, root.list(Some(&path))?)));
        let (seen, names) = listed.map_err(|source| trouble(directory, source))?;
        let names = names.unwrap_or_default();
        if let Some(why) = distrust(&seen).filter(|_| !names.is_empty()) {
            let shown = tree.join(directory);
            found.refused.push(format!("the hooks in {} are not run: {why}", shown.display()));
            continue;
        }
        let names = names.into_iter().filter(|name| !is_left_over(name));
        by_name.extend(names.filter_map(|name| {
            let path = Path::new(directory).join(OsStr::from_bytes(&name));
            Some((name, TreePath::from_relative(&path).ok()?))
        }));
    }
    for (name, path) in by_name {
        let seen = root.look(&path).map_err(|source| trouble(&path.to_string(), source))?;
        let shown = tree.join(path.relative());
        match judge(&root, &path, &seen) {
            Verdict::Hook => found.hooks.push(Hook { name: OsString::from_vec(name), path }),
            Verdict::Disabled => {}
            Verdict::NoHook(why) => {
                found.passed_over.push(format!("{} is no hook: {why}", shown.display()));
            }
            Verdict::Refused(why) => {
                found.refused.push(format!("the hook {} is not run: {why}", shown.display()));
            }
        }
    }
    Ok(found)
}

enum Verdict {
    Hook,
    Disabled,
    NoHook(&'static str),
    Refused(&'static str),
}

fn judge(root: &Root, path: &TreePath, seen: &Seen) -> Verdict {
    match seen {
        Seen::Object(Object::File { attributes, .. }) => judge_file(*attributes),
        Seen::Object(Object::Symlink { target, .. }) if target == b"/dev/null" => Verdict::Disabled,
        Seen::Object(Object::Symlink { .. }) => match root.file_behind(path) {
            Ok(Some(attributes)) => judge_file(attributes),
            Ok(None) => Verdict::Refused("it is a link to no file"),
            Err(_) => Verdict::Refused("it is a link that cannot be followed"),
        },
        Seen::Object(Object::Directory { .. }) | Seen::Special => Verdict::NoHook("it is no file"),
        Seen::Nothing => Verdict::Disabled,
    }
}

/// Whoever can write to a hook can do what we can do.
fn judge_file(attributes: Attributes) -> Verdict {
    if attributes.mode & 0o111 == 0 {
        Verdict::NoHook("it is not executable")
    } else {
        of_others(attributes).map_or(Verdict::Hook, Verdict::Refused)
    }
}

/// Returns why nothing in a directory is to be run: whoever can write to it chooses what is.
fn distrust(directory: &Seen) -> Option<&'static str> {
    match directory {
        Seen::Object(Object::Directory { attributes, .. }) => of_others(*attributes),
        _ => None,
    }
}

fn of_others(attributes: Attributes) -> Option<&'static str> {
    if attributes.uid != 0 {
        Some("it does not belong to root")
    } else if attributes.mode & 0o022 != 0 {
        Some("others than its owner may write to it")
    } else {
        None
    }
}

/// Hidden files, and what editors and package managers leave behind.
fn is_left_over(name: &[u8]) -> bool {
    name.starts_with(b".") || LEFT_OVER.iter().any(|end| name.ends_with(end.as_bytes()))
}

impl Hook {
    /// Runs it, and tells what it prints.
    pub(super) fn run(
        &self,
        occasion: &Occasion<'_>,
        (moment, intent, staged): (Moment, &Intent, Option<&Path>),
        observer: &dyn Observer,
    ) -> Result<(), HookError> {
        let name = self.name.to_string_lossy();
        observer.info(format!("Running the {} hook {name}", moment.word()));
        let place = Place::of(occasion.tree);
        let mut command = place.command(&self.path);
        command.arg(moment.word()).env_clear().current_dir("/").env("PATH", SYSTEM_PATH);
        let text = |version: Option<Version>| version.map(|v| v.to_string()).unwrap_or_default();
        let staged = staged.map(|path| place.seen_from_inside(path)).unwrap_or_default();
        command
            .env("SWUPD_COMMAND", occasion.command)
            .env("SWUPD_FROM", text(intent.from))
            .env("SWUPD_TO", text(Some(intent.to)))
            .env("SWUPD_TREE", "/")
            .env("SWUPD_STAGED", staged);
        let ran = child::run(command, PATIENCE, &mut |line| {
            observer.info(format!("{name}: {line}"));
        });
        ran.map_err(|source| HookError::Failed {
            path: occasion.tree.join(self.path.relative()),
            moment: moment.word(),
            source,
        })
    }
}

/// Where hooks run: their tree is their `/`, so that what they name is their own.
#[derive(Debug, Clone, Copy)]
struct Place<'a> {
    tree: &'a Path,
}

impl<'a> Place<'a> {
    fn of(tree: &'a Path) -> Self {
        Self { tree }
    }

    fn command(self, program: &TreePath) -> Command {
        let inside = Path::new("/").join(program.relative());
        if self.tree == Path::new("/") {
            return Command::new(inside);
        }
        let mut command = Command::new("chroot");
        command.arg(self.tree).arg(inside);
        command
    }

    fn seen_from_inside(self, path: &Path) -> PathBuf {
        match path.strip_prefix(self.tree) {
            Ok(below) => Path::new("/").join(below),
            // It lies where the hook cannot look.
            Err(_) => PathBuf::new(),
        }
    }
}

/// A hook did not do what it should.
#[derive(Debug, thiserror::Error)]
pub enum HookError {
    /// A directory of hooks could not be read.
    #[error("cannot look for hooks in {}", path.display())]
    Unreadable {
        /// The directory, or what lies in it.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// It failed.
    #[error("the {moment} hook {}", path.display())]
    Failed {
        /// Which one.
        path: PathBuf,
        /// When.
        moment: &'static str,
        /// How.
        #[source]
        source: ChildError,
    },
}

/// Where hooks lie: what comes later goes before.
const DIRECTORIES: [&str; 2] = ["usr/lib/swupd/hooks.d", "etc/swupd/hooks.d"];
const LEFT_OVER: &[&str] = &[
    "~",
    ".bak",
    ".swp",
    ".orig",
    ".rpmsave",
    ".rpmnew",
    ".rpmorig",
    ".dpkg-old",
    ".dpkg-new",
    ".dpkg-dist",
];
/// How long a hook may take.
const PATIENCE: Duration = Duration::from_mins(10);
/// Where programs are found.
pub(super) const SYSTEM_PATH: &str = "/usr/sbin:/usr/bin:/sbin:/bin";

#[cfg(test)]
#[path = "hooks_tests.rs"]
mod tests;

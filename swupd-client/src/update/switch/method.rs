//! Which way a tree can be changed: found by looking at what it lies on, and by trying.

use std::{io, path::Path};

use super::exchange::{self, place::Place};
use crate::host::{
    directory::Directory,
    generations::ASIDE,
    mounts,
    root::{HIDDEN, Root, UNIT},
    sys,
};
pub use crate::settings::Method;

/// A way, and why it is not the best one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The way.
    pub method: Method,
    /// What keeps the tree from being exchanged as a whole.
    pub because: Option<String>,
    /// What is special about an exchange of it.
    pub special: Option<String>,
}

/// Whether something may be written to find out what works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Probe {
    /// Two empty directories are made and removed again.
    Try,
    /// Only looked.
    Look,
}

/// Returns the best way to change a tree.
pub fn choose(root: &Root, probe: Probe) -> io::Result<Choice> {
    let because = obstacle(root, probe)?;
    let method = if because.is_none() { Method::Exchange } else { Method::PerFile };
    Ok(Choice { method, because, special: special(root)? })
}

fn special(root: &Root) -> io::Result<Option<String>> {
    let mounted = mounts::below(root)?;
    let mut mounted = mounted.iter().filter(|point| point.relative().starts_with(UNIT));
    Ok(mounted.next().map(|point| {
        if point.relative() == Path::new(UNIT) {
            return "mounted beneath the running one".into();
        }
        format!("along with what is mounted at {point}, unless files of the OS lie there")
    }))
}

/// Returns what keeps a tree from being exchanged as a whole.
fn obstacle(root: &Root, probe: Probe) -> io::Result<Option<String>> {
    let unit = Path::new(UNIT);
    let mounted = mounts::below(root)?;
    let below =
        mounted.iter().find(|point| point.relative().starts_with(unit) && point.relative() != unit);
    let Some(stat) = root.directory().stat(unit)? else {
        return Ok(attempt(root, probe));
    };
    if !stat.is_directory() {
        return Ok(Some("/usr is not a directory".into()));
    }
    if mounts::is_overlay(root)? {
        return Ok(Some("the tree lies on an overlay, whose lower directories cannot move".into()));
    }
    if mounted.iter().any(|point| point.relative() == unit) {
        let in_the_way =
            |point| format!("/usr is mounted, and so is something below it, at {point}");
        return Ok(below.map(in_the_way).or_else(|| exchange::obstacle(root)));
    }
    if let Some(point) = below
        && !Place::look(root)?.can_bring_along()
    {
        return Ok(Some(format!(
            "something is mounted at {point}, and only root can bring it along"
        )));
    }
    let is_on_itself = mounts::all_below(root)?.on_themselves.iter().any(|p| p.relative() == unit);
    if is_on_itself {
        if let Err(error) = Place::look(root) {
            return Ok(Some(format!("/usr is mounted on itself, and cannot be moved ({error})")));
        }
    } else if stat.device != sys::stat(root.directory())?.device {
        return Ok(Some("/usr is a volume of its own".into()));
    }
    for (path, shown) in [(Path::new("."), "/"), (unit, "/usr")] {
        if root.directory().handle(path)?.is_some_and(sys::is_immutable) {
            return Ok(Some(format!("{shown} is immutable (lsattr shows it)")));
        }
    }
    Ok(attempt(root, probe))
}

fn attempt(root: &Root, probe: Probe) -> Option<String> {
    if probe == Probe::Look {
        return None;
    }
    // What keeps us from writing at all is told where it matters.
    let refusal = exchange_two(root.directory()).err().filter(sys::cannot_exchange)?;
    Some(format!("the file system exchanges no directories ({refusal})"))
}

fn exchange_two(top: &Directory) -> io::Result<()> {
    use crate::host::own_directory::{WrongMode, open_within};
    let hidden = open_within(top, Path::new(HIDDEN), 0o700, WrongMode::IsSet)?;
    let exchange = || {
        let aside = hidden.fresh_directory(ASIDE)?;
        let (one, other) = (Path::new("1"), Path::new("2"));
        aside.make_directory(one, 0o700)?;
        aside.make_directory(other, 0o700)?;
        aside.exchange(one, &aside, other)
    };
    let exchanged = exchange();
    hidden.remove_all(Path::new(ASIDE))?;
    exchanged
}

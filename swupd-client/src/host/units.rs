//! The units that update the machine by themselves: whether systemd may start them. It is told by
//! files alone, so that it can be said of a tree that is not running, too.

use std::{io, path::Path};

use super::{directory::Directory, root::Root, sys::FileKind};

/// The units, as far as a tree says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timer {
    /// It is started when its time comes.
    Enabled,
    /// It is not: it is masked, or nothing wants it.
    Disabled,
    /// Nobody forbids it, but the tree has none.
    Absent,
}

/// Returns what the tree says of the timer.
pub fn timer(root: &Root) -> io::Result<Timer> {
    let tree = root.directory();
    for unit in UNITS {
        for directory in [ADMINISTRATOR, RUNTIME] {
            if is_mask(tree, &Path::new(directory).join(unit))? {
                return Ok(Timer::Disabled);
            }
        }
    }
    let Some(text) = unit_file(tree, TIMER)? else { return Ok(Timer::Absent) };
    let is_enabled = is_static(&text) || is_wanted(tree, TIMER, TIMERS)?;
    Ok(if is_enabled { Timer::Enabled } else { Timer::Disabled })
}

/// Takes the masks of the units away, and lets the timer be wanted where nothing does that yet, and
/// with it the units that belong to a machine which updates itself. Those that somebody masked stay
/// so. Returns those of the tree's that are enabled now.
pub fn enable(root: &Root) -> io::Result<Vec<&'static str>> {
    let tree = root.directory();
    for unit in UNITS {
        for directory in [ADMINISTRATOR, RUNTIME] {
            let path = Path::new(directory).join(unit);
            if is_mask(tree, &path)? {
                tree.remove_all(&path)?;
            }
        }
    }
    let mut enabled = Vec::new();
    for unit in [TIMER].into_iter().chain(COMPANIONS) {
        if want(tree, unit)? {
            enabled.push(unit);
        }
    }
    Ok(enabled)
}

/// Lets a unit be wanted by what it names itself; says whether it is.
fn want(tree: &Directory, unit: &'static str) -> io::Result<bool> {
    for directory in [ADMINISTRATOR, RUNTIME] {
        if is_mask(tree, &Path::new(directory).join(unit))? {
            return Ok(false);
        }
    }
    let Some(text) = unit_file(tree, unit)? else { return Ok(false) };
    for target in wanted_by(&text) {
        if is_wanted(tree, unit, target)? {
            continue;
        }
        let wants = format!("{ADMINISTRATOR}/{target}.wants");
        let link = Path::new(&wants).join(unit);
        tree.make_all(Path::new(&wants))?;
        tree.remove_all(&link)?;
        tree.make_symlink(&link, format!("/{VENDOR}/{unit}").as_bytes())?;
    }
    Ok(true)
}

/// Masks the units. What an administrator wrote in their place is an error.
pub fn disable(root: &Root) -> io::Result<()> {
    let tree = root.directory();
    let mut missing = Vec::new();
    for unit in UNITS {
        let path = Path::new(ADMINISTRATOR).join(unit);
        match tree.stat(&path)? {
            None => missing.push(path),
            Some(_) if is_mask(tree, &path)? => {}
            Some(_) => {
                let what = format!("{} is no mask, but yours", root.path().join(path).display());
                return Err(io::Error::new(io::ErrorKind::AlreadyExists, what));
            }
        }
    }
    tree.make_all(Path::new(ADMINISTRATOR))?;
    missing.iter().try_for_each(|path| tree.make_symlink(path, NOWHERE))
}

/// Says whether a unit's file keeps the unit from being started: it is empty, or a link to nowhere.
fn is_mask(tree: &Directory, path: &Path) -> io::Result<bool> {
    let Some(stat) = tree.stat(path)? else { return Ok(false) };
    match stat.kind {
        FileKind::File => Ok(stat.size == 0),
        FileKind::Symlink => Ok(tree.link_target(path)? == NOWHERE),
        FileKind::Directory | FileKind::Special => Ok(false),
    }
}

/// Returns the text of a unit's file, of several that of the one which counts.
fn unit_file(tree: &Directory, unit: &str) -> io::Result<Option<String>> {
    for directory in [ADMINISTRATOR, RUNTIME, LOCAL, VENDOR] {
        let path = Path::new(directory).join(unit);
        if tree.stat(&path)?.is_some_and(|stat| stat.is_file()) {
            let text = tree.read_whole(&path, MAX_UNIT)?.unwrap_or_default();
            return Ok(Some(String::from_utf8_lossy(&text).into_owned()));
        }
    }
    Ok(None)
}

/// Says whether a unit is always enabled where it is not masked: it does not say who should want it.
fn is_static(text: &str) -> bool {
    !text.lines().any(|line| line.trim() == "[Install]")
}

/// Returns the targets that want a unit once it is enabled. What is no plain name is none.
fn wanted_by(text: &str) -> impl Iterator<Item = &str> {
    let values = text.lines().filter_map(|line| line.trim().strip_prefix("WantedBy="));
    values.flat_map(str::split_whitespace).filter(|target| !target.contains('/'))
}

fn is_wanted(tree: &Directory, unit: &str, target: &str) -> io::Result<bool> {
    for directory in [ADMINISTRATOR, RUNTIME, LOCAL, VENDOR] {
        let path = format!("{directory}/{target}.wants/{unit}");
        if tree.stat(Path::new(&path))?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The unit that a clock starts.
pub const TIMER: &str = "swupd-update.timer";
/// The unit that looks for damage now and then.
pub const LOOK: &str = "swupd-verify.timer";
/// The unit that finishes at a start of the machine what was interrupted, and protects `/usr`.
pub const RECOVER: &str = "swupd-recover.service";
/// What belongs to a machine that updates itself.
const COMPANIONS: [&str; 2] = [LOOK, RECOVER];
const UNITS: [&str; 2] = ["swupd-update.service", TIMER];
const ADMINISTRATOR: &str = "etc/systemd/system";
const RUNTIME: &str = "run/systemd/system";
const LOCAL: &str = "usr/local/lib/systemd/system";
const VENDOR: &str = "usr/lib/systemd/system";
const TIMERS: &str = "timers.target";
const NOWHERE: &[u8] = b"/dev/null";
/// Bytes of a unit's file that are read.
const MAX_UNIT: u64 = 1 << 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> (tempfile::TempDir, Root) {
        let place = tempfile::tempdir().unwrap();
        let root = Root::open(place.path()).unwrap();
        (place, root)
    }

    fn write(place: &tempfile::TempDir, path: &str, text: &str) {
        let path = place.path().join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
    }

    #[test]
    fn units_are_masked_and_unmasked_whatever_the_tree_has() {
        let (place, root) = tree();
        assert_eq!(timer(&root).unwrap(), Timer::Absent);
        for _ in 0..2 {
            disable(&root).unwrap();
            assert_eq!(timer(&root).unwrap(), Timer::Disabled);
        }
        for unit in UNITS {
            let link = fs_err::read_link(place.path().join(ADMINISTRATOR).join(unit)).unwrap();
            assert_eq!(link, Path::new("/dev/null"));
        }
        for _ in 0..2 {
            assert_eq!(enable(&root).unwrap(), [""; 0]);
            assert_eq!(timer(&root).unwrap(), Timer::Absent);
        }
        assert!(fs_err::read_dir(place.path().join(ADMINISTRATOR)).unwrap().next().is_none());
    }

    #[test]
    fn a_timer_that_says_who_wants_it_is_enabled_when_that_does() {
        let (place, root) = tree();
        write(&place, "usr/lib/systemd/system/swupd-update.timer", "[Timer]\n");
        assert_eq!(timer(&root).unwrap(), Timer::Enabled);
        let text = "[Timer]\n[Install]\nWantedBy=timers.target\n";
        write(&place, "usr/lib/systemd/system/swupd-update.timer", text);
        assert_eq!(timer(&root).unwrap(), Timer::Disabled);
        enable(&root).unwrap();
        assert_eq!(timer(&root).unwrap(), Timer::Enabled);
        let link = format!("etc/systemd/system/{TIMERS}.wants/{TIMER}");
        let link = fs_err::read_link(place.path().join(link)).unwrap();
        assert_eq!(link, Path::new("/usr/lib/systemd/system/swupd-update.timer"));
        disable(&root).unwrap();
        assert_eq!(timer(&root).unwrap(), Timer::Disabled);
        enable(&root).unwrap();
        assert_eq!(timer(&root).unwrap(), Timer::Enabled);
    }

    #[test]
    fn what_belongs_to_it_is_enabled_with_it_unless_somebody_masked_that() {
        let (place, root) = tree();
        let unit = |name: &str, target: &str| {
            let text = format!("[Unit]\n[Install]\nWantedBy={target}\n");
            write(&place, &format!("usr/lib/systemd/system/{name}"), &text);
        };
        unit(TIMER, "timers.target");
        unit(LOOK, "timers.target");
        unit(RECOVER, "local-fs.target ../../x");
        assert_eq!(enable(&root).unwrap(), [TIMER, LOOK, RECOVER]);
        let link = |path: &str| fs_err::read_link(place.path().join(ADMINISTRATOR).join(path));
        for (path, to) in [
            (
                "timers.target.wants/swupd-verify.timer",
                "/usr/lib/systemd/system/swupd-verify.timer",
            ),
            (
                "local-fs.target.wants/swupd-recover.service",
                "/usr/lib/systemd/system/swupd-recover.service",
            ),
        ] {
            assert_eq!(link(path).unwrap(), Path::new(to));
        }
        assert!(!place.path().join("x.wants").exists());
        write(&place, "etc/systemd/system/swupd-verify.timer", "");
        assert_eq!(enable(&root).unwrap(), [TIMER, RECOVER]);
    }

    #[test]
    fn what_an_administrator_wrote_is_not_thrown_away() {
        let (place, root) = tree();
        write(&place, "etc/systemd/system/swupd-update.timer", "[Timer]\nOnCalendar=weekly\n");
        assert_eq!(timer(&root).unwrap(), Timer::Enabled);
        let refused = disable(&root).unwrap_err();
        assert!(refused.to_string().contains("swupd-update.timer"), "{refused}");
        assert!(place.path().join("etc/systemd/system/swupd-update.timer").is_file());
        assert!(!place.path().join("etc/systemd/system/swupd-update.service").exists());
        write(&place, "run/systemd/system/swupd-update.service", "");
        assert_eq!(timer(&root).unwrap(), Timer::Disabled);
        enable(&root).unwrap();
        assert_eq!(timer(&root).unwrap(), Timer::Enabled);
    }
}

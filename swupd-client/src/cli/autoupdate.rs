//! `autoupdate`: whether the machine updates itself.

use std::{path::Path, process::Command};

use super::{arguments::AutoupdateFlags, failure::Failure, output::Exit, session::Session};
use crate::host::{
    root::Root,
    units::{self, LOOK, RECOVER, TIMER, Timer},
};

/// Lets the machine update itself, or keeps it from that; without a flag tells which it is: exit 0
/// if it does, 1 if not.
pub(super) fn run(session: &Session, flags: &AutoupdateFlags) -> Result<Exit, Failure> {
    let tree = &session.settings.tree;
    let root = Root::open(tree).map_err(|source| Failure::Tree { path: tree.clone(), source })?;
    if flags.enable {
        let enabled = units::enable(&root);
        let enabled = enabled.map_err(|source| Failure::Units { doing: "enable", source })?;
        let timers: Vec<&str> = enabled.iter().copied().filter(|unit| *unit != RECOVER).collect();
        if timer(&root)? == Timer::Absent {
            warn_of_absence(session, &root)?;
            session.output.info("Nothing keeps the machine from updating itself any more");
        } else {
            tell_system_manager(session, "start", &timers)?;
            session.output.info("The machine updates itself from now on");
            tell_of_companions(session, &enabled);
        }
        return Ok(Exit::Ok);
    }
    if flags.disable {
        units::disable(&root).map_err(|source| Failure::Units { doing: "disable", source })?;
        tell_system_manager(session, "stop", &[TIMER])?;
        session.output.info("The machine does not update itself any more: do it by hand");
        return Ok(Exit::Ok);
    }
    warn_of_absence(session, &root)?;
    Ok(match timer(&root)? {
        // A tree without a timer does not update itself either, whatever it forbids.
        Timer::Disabled | Timer::Absent => {
            session.output.info("Disabled: the machine does not update itself");
            Exit::No
        }
        Timer::Enabled => {
            session.output.info("Enabled: the machine updates itself");
            Exit::Ok
        }
    })
}

fn timer(root: &Root) -> Result<Timer, Failure> {
    units::timer(root).map_err(|source| Failure::Units { doing: "look at", source })
}

fn warn_of_absence(session: &Session, root: &Root) -> Result<(), Failure> {
    if timer(root)? == Timer::Absent {
        let tree = root.path().display();
        session.output.warning(&format!("{tree} has no {TIMER} that would start an update"));
    }
    Ok(())
}

/// Tells of the units that were enabled with the timer.
fn tell_of_companions(session: &Session, enabled: &[&str]) {
    for (unit, what) in [
        (LOOK, "looks for damage once a week"),
        (RECOVER, "finishes at each start of the machine what was interrupted"),
    ] {
        if enabled.contains(&unit) {
            session.output.info(&format!("{unit} {what}"));
        }
    }
}

/// Lets a running systemd know. The service is left alone: an update that is under way goes on.
fn tell_system_manager(session: &Session, verb: &str, units: &[&str]) -> Result<(), Failure> {
    if !session.settings.is_running_system || !Path::new(SYSTEMD_RUNS).exists() {
        return Ok(());
    }
    let change = [&[verb], units].concat();
    for arguments in [&["daemon-reload"][..], &change] {
        let ran = Command::new("systemctl").args(arguments).output();
        let said = match ran {
            Ok(output) if output.status.success() => continue,
            Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
            Err(error) => error.to_string(),
        };
        return Err(Failure::SystemManager { command: arguments.join(" "), said });
    }
    Ok(())
}

const SYSTEMD_RUNS: &str = "/run/systemd/system";

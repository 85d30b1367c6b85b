//! `autoupdate`: whether the machine updates itself.

use std::{path::Path, process::Command};

use super::{arguments::AutoupdateFlags, failure::Failure, output::Exit, session::Session};
use crate::host::{
    root::Root,
    units::{self, TIMER, Timer},
};

/// Lets the machine update itself, or keeps it from that; without a flag tells which it is: exit 0
/// if it does, 1 if not.
pub(super) fn run(session: &Session, flags: &AutoupdateFlags) -> Result<Exit, Failure> {
    let tree = &session.settings.tree;
    let root = Root::open(tree).map_err(|source| Failure::Tree { path: tree.clone(), source })?;
    if flags.enable {
        units::enable(&root).map_err(|source| Failure::Units { doing: "enable", source })?;
        if timer(&root)? != Timer::Absent {
            tell_system_manager(session, "start")?;
        }
        warn_of_absence(session, &root)?;
        session.output.info("The machine updates itself from now on");
        return Ok(Exit::Ok);
    }
    if flags.disable {
        units::disable(&root).map_err(|source| Failure::Units { doing: "disable", source })?;
        tell_system_manager(session, "stop")?;
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

/// Lets a running systemd know. The service is left alone: an update that is under way goes on.
fn tell_system_manager(session: &Session, verb: &str) -> Result<(), Failure> {
    if !session.settings.is_running_system || !Path::new(SYSTEMD_RUNS).exists() {
        return Ok(());
    }
    for arguments in [&["daemon-reload"][..], &[verb, TIMER]] {
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

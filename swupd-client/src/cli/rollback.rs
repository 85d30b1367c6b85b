//! `rollback`: goes back to a version that is kept on the disk, without a server.

use super::{arguments::RollbackFlags, failure::Failure, output::Exit, session::Session};
use crate::update::{
    back::{Back, BackError, Destination},
    findings::Finding,
};

/// Rolls the tree back.
pub(super) fn run(session: &Session, flags: &RollbackFlags) -> Result<Exit, Failure> {
    let machine = session.machine()?;
    let observer = session.observer();
    let back = Back {
        machine: &machine,
        how: session.how(),
        occasion: session.occasion(),
        observer: &*observer,
        now: session.now,
    };
    session.because(flags.reason.as_deref());
    let destination = back.destination(flags.generation)?;
    refuse_damage(session, &back, &destination, flags.force)?;
    let (from, to) = (destination.running.version, destination.version);
    session.output.info(&match from {
        Some(from) => format!("Rolling back from version {from} to {to}"),
        None => format!("Rolling back to version {to}"),
    });
    let outcome = back.go(&destination)?;
    session.tell_kept(outcome.switched.as_ref());
    session.output.info(&format!("Version {to} runs again"));
    if let Some(from) = from.filter(|from| *from > to) {
        session.output.info(&format!(
            "Version {from} is held: updates wait for a newer one, `swupd update -V {from}` goes \
             there all the same"
        ));
    }
    session.finish_offline(&machine, outcome)
}

/// Refuses a tree that is not what it was, unless that is wanted.
fn refuse_damage(
    session: &Session,
    back: &Back<'_>,
    destination: &Destination,
    force: bool,
) -> Result<(), Failure> {
    let findings = match back.damage(destination) {
        Err(BackError::Unknown { number }) if force => {
            let text = format!("generation {number} cannot be checked; going there as asked");
            session.output.warning(&text);
            return Ok(());
        }
        found => found?,
    };
    let Some(first) = findings.first() else { return Ok(()) };
    if force {
        let count = findings.len();
        session.output.warning(&format!(
            "{count} paths of the kept version are damaged, {} among them; going there as asked",
            first.path
        ));
        return Ok(());
    }
    Err(Failure::DamagedGeneration { first: shown(first), count: findings.len() })
}

fn shown(finding: &Finding) -> String {
    finding.path.to_string()
}

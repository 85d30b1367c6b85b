//! What still runs code that the tree no longer has, in words: what somebody should do about it.

use std::{collections::BTreeSet, path::Path};

use serde_json::{Value, json};
use swupd_protocol::path::TreePath;

use super::session::Session;
use crate::host::{
    processes::{self, Advice, Kernel, Looked, Need, Reason, Stale, Unit, Vital},
    root::Root,
};

/// What a look at the processes came to.
#[derive(Debug, Clone, Default)]
pub(super) struct Running {
    looked: Looked,
    /// What should be done.
    pub(super) advice: Advice,
}

impl Running {
    /// Looks at the processes of this machine; none where it cannot be told.
    pub(super) fn look(session: &Session) -> Option<Self> {
        Self::look_ahead(session, &BTreeSet::new(), &[])
    }

    /// Looks at them as if what stands at the paths of `going` were replaced already, and what
    /// `coming` names were there.
    pub(super) fn look_ahead(
        session: &Session,
        going: &BTreeSet<TreePath>,
        coming: &[TreePath],
    ) -> Option<Self> {
        let root = Root::open(&session.settings.tree).ok()?;
        let proc = Path::new(PROC);
        let looked = match processes::look_ahead(proc, &root, going) {
            Ok(looked) => looked,
            Err(error) => {
                session.output.verbose(&format!("cannot tell what still runs old code: {error}"));
                return None;
            }
        };
        let advice = if session.settings.is_running_system {
            let kernel = Kernel::look(proc, &root).ok().flatten().map(|kernel| kernel.with(coming));
            Advice::for_this_system(&looked.stale, kernel.as_ref())
        } else {
            Advice::for_another_tree(&looked.stale)
        };
        Some(Self { looked, advice })
    }

    /// Returns what should be done, a line each; none where nothing should.
    pub(super) fn lines(&self) -> Vec<String> {
        let Advice { reboot, restart, log_out, containers, loose } = &self.advice;
        let mut lines: Vec<String> = reboot.iter().map(because).collect();
        if !restart.is_empty() {
            let units: Vec<&str> = restart.keys().map(String::as_str).collect();
            lines.push(format!(
                "restart {}: systemctl restart {}",
                count(&units, "unit"),
                units.join(" ")
            ));
        }
        for (uid, pids) in log_out {
            let name = processes::user_name(*uid).unwrap_or_else(|| format!("number {uid}"));
            lines.push(format!("log out and in again as user {name}: {}", count(pids, "process")));
        }
        for (name, pids) in containers {
            lines.push(format!("restart the container {name}: {}", count(pids, "process")));
        }
        if !loose.is_empty() {
            let named: Vec<String> =
                loose.iter().map(|(pid, name)| format!("{name} ({pid})")).collect();
            lines.push(format!("end and start anew: {}", shortened(&named)));
        }
        lines
    }

    /// Returns a remark on what could not be looked at.
    pub(super) fn remark(&self) -> Option<String> {
        let hidden = self.looked.hidden;
        let processes = if hidden == 1 { "process" } else { "processes" };
        (hidden > 0).then(|| {
            format!(
                "{hidden} {processes} could not be looked at: that takes root, and in a container the \
                 right to trace others (CAP_SYS_PTRACE)"
            )
        })
    }

    /// Returns everything for programs to read.
    pub(super) fn json(&self) -> Value {
        let need = match self.advice.need() {
            Need::Nothing => "nothing",
            Need::Restart => "restart",
            Need::Reboot => "reboot",
        };
        let reasons: Vec<Value> = self.advice.reboot.iter().map(reason).collect();
        json!({
            "need": need,
            "reboot": reasons,
            "restart": self.advice.restart.keys().collect::<Vec<_>>(),
            "logOut": self.advice.log_out.keys().collect::<Vec<_>>(),
            "containers": self.advice.containers.keys().collect::<Vec<_>>(),
            "processes": self.looked.stale.iter().map(process).collect::<Vec<_>>(),
            "hidden": self.looked.hidden,
        })
    }
}

fn because(reason: &Reason) -> String {
    match reason {
        Reason::Kernel(release) => {
            format!("reboot: the kernel {release} is installed, but does not run")
        }
        Reason::Old(Vital::Libc) => {
            "reboot: nearly everything uses the C library, which is new".into()
        }
        Reason::Old(vital) => format!("reboot: {} still runs in its old version", vital.name()),
    }
}

fn reason(reason: &Reason) -> Value {
    match reason {
        Reason::Kernel(release) => json!({ "what": Vital::Kernel.word(), "release": release }),
        Reason::Old(vital) => json!({ "what": vital.word() }),
    }
}

fn process(stale: &Stale) -> Value {
    let (kind, name) = match &stale.unit {
        Unit::Init => ("init", None),
        Unit::System(name) => ("unit", Some(name.clone())),
        Unit::User(uid) => ("user", Some(uid.to_string())),
        Unit::Container(name) => ("container", Some(name.clone())),
        Unit::Unknown => ("none", None),
    };
    json!({
        "pid": stale.pid,
        "name": stale.name,
        "belongsTo": { "kind": kind, "name": name },
        "files": stale.files.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "seesOldTree": stale.sees_old_tree,
    })
}

fn count<T>(things: &[T], what: &str) -> String {
    match things.len() {
        1 => format!("1 {what}"),
        many if what.ends_with('s') => format!("{many} {what}es"),
        many => format!("{many} {what}s"),
    }
}

/// Returns a list that fits on a line or two.
fn shortened(names: &[String]) -> String {
    let shown = names.iter().take(MOST_NAMES).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(MOST_NAMES) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

const PROC: &str = "/proc";
const MOST_NAMES: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    fn running(units: Vec<(u32, Unit, &str)>) -> Running {
        let stale: Vec<Stale> = units
            .into_iter()
            .map(|(pid, unit, file)| Stale {
                pid,
                name: format!("p{pid}"),
                unit,
                files: [TreePath::parse(file.as_bytes()).unwrap()].into(),
                sees_old_tree: false,
            })
            .collect();
        let advice = Advice::for_this_system(&stale, None);
        Running { looked: Looked { stale, hidden: 0 }, advice }
    }

    #[test]
    fn each_thing_to_do_is_a_line() {
        assert_eq!(Running::default().lines(), Vec::<String>::new());
        let many = (20..40).map(|pid| (pid, Unit::Unknown, "/usr/bin/x"));
        let found = [
            (2, Unit::System("a.service".into()), "/usr/lib/libc.so.6"),
            (3, Unit::System("b.service".into()), "/usr/bin/b"),
            (4, Unit::User(4_000_000_000), "/usr/bin/c"),
            (5, Unit::User(4_000_000_000), "/usr/bin/c"),
            (6, Unit::Container("box".into()), "/usr/bin/c"),
        ];
        let lines = running(found.into_iter().chain(many).collect()).lines();
        assert_eq!(
            lines[..4],
            [
                "reboot: nearly everything uses the C library, which is new",
                "restart 2 units: systemctl restart a.service b.service",
                "log out and in again as user number 4000000000: 2 processes",
                "restart the container box: 1 process",
            ]
        );
        assert!(lines[4].starts_with("end and start anew: p20 (20), "), "{}", lines[4]);
        assert!(lines[4].ends_with(" and 12 more"), "{}", lines[4]);
        assert_eq!(lines.len(), 5);
    }

    #[test]
    fn programs_are_told_everything() {
        let value = running(vec![(1, Unit::Init, "/usr/lib/systemd/systemd")]).json();
        assert_eq!(value["need"], "reboot");
        assert_eq!(value["reboot"], json!([{ "what": "system-manager" }]));
        assert_eq!(value["processes"][0]["files"], json!(["/usr/lib/systemd/systemd"]));
        assert_eq!(value["processes"][0]["belongsTo"], json!({ "kind": "init", "name": null }));
    }
}

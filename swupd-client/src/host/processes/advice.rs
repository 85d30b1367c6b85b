//! What somebody should do about processes that run what the tree no longer has. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::{Kernel, Stale, Unit, Vital};

/// What should be done, and to what.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Advice {
    /// Why only a reboot helps; empty where less does.
    pub reboot: BTreeSet<Reason>,
    /// Units of the system to restart, with their processes.
    pub restart: BTreeMap<String, Vec<u32>>,
    /// Users who should log out and in again, with their processes.
    pub log_out: BTreeMap<u32, Vec<u32>>,
    /// Containers and virtual machines to restart, with their processes.
    pub containers: BTreeMap<String, Vec<u32>>,
    /// Processes that belong to nothing that could be restarted, with their names.
    pub loose: BTreeMap<u32, String>,
}

/// Why only a reboot helps.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// Another kernel should run: this release.
    Kernel(String),
    /// Something runs in its old form that nothing else replaces.
    Old(Vital),
}

/// How much is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// Everything that runs is of the tree.
    Nothing,
    /// Some things should be started anew.
    Restart,
    /// The machine should.
    Reboot,
}

impl Advice {
    /// Thinks about what was found in the tree of the running system.
    pub fn for_this_system(stale: &[Stale], kernel: Option<&Kernel>) -> Self {
        let mut advice = Self::about(stale);
        let release = kernel.and_then(Kernel::successor);
        advice.reboot.extend(release.map(|release| Reason::Kernel(release.to_owned())));
        advice.reboot.extend(stale.iter().filter_map(vital).map(Reason::Old));
        advice
    }

    /// Thinks about what was found in a tree beside it, whose processes have no kernel and no
    /// system manager of their own to reboot.
    pub fn for_another_tree(stale: &[Stale]) -> Self {
        Self::about(stale)
    }

    fn about(stale: &[Stale]) -> Self {
        let mut advice = Self::default();
        for process in stale {
            let pid = process.pid;
            match &process.unit {
                Unit::System(name) => advice.restart.entry(name.clone()).or_default().push(pid),
                Unit::User(uid) => advice.log_out.entry(*uid).or_default().push(pid),
                Unit::Container(name) => {
                    advice.containers.entry(name.clone()).or_default().push(pid);
                }
                Unit::Init | Unit::Unknown => {
                    advice.loose.insert(pid, process.name.clone());
                }
            }
        }
        advice
    }

    /// Returns how much is needed.
    pub fn need(&self) -> Need {
        let Self { reboot, restart, log_out, containers, loose } = self;
        if !reboot.is_empty() {
            Need::Reboot
        } else if restart.is_empty()
            && log_out.is_empty()
            && containers.is_empty()
            && loose.is_empty()
        {
            Need::Nothing
        } else {
            Need::Restart
        }
    }
}

/// Says which vital thing a process shows to be old. The library alone is reason enough: nearly
/// everything has it mapped.
fn vital(process: &Stale) -> Option<Vital> {
    let runs = |vital| process.files.iter().any(|file| Vital::of(file) == Some(vital));
    if process.pid == 1 || process.unit == Unit::Init {
        Some(Vital::SystemManager)
    } else if runs(Vital::Libc) {
        Some(Vital::Libc)
    } else if runs(Vital::MessageBus) && matches!(process.unit, Unit::System(_)) {
        Some(Vital::MessageBus)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use swupd_protocol::path::TreePath;

    use super::*;

    fn stale(pid: u32, unit: Unit, file: &str) -> Stale {
        let files = [TreePath::parse(file.as_bytes()).unwrap()].into();
        Stale { pid, name: format!("p{pid}"), unit, files, sees_old_tree: false }
    }

    fn service(name: &str) -> Unit {
        Unit::System(name.to_owned())
    }

    #[test]
    fn each_process_is_replaced_by_what_it_belongs_to() {
        let found = [
            stale(5, service("a.service"), "/usr/bin/a"),
            stale(6, service("a.service"), "/usr/lib/liba.so"),
            stale(7, Unit::User(1000), "/usr/bin/dbus-daemon"),
            stale(8, Unit::Container("box".into()), "/usr/bin/a"),
            stale(9, Unit::Unknown, "/usr/bin/a"),
        ];
        let advice = Advice::for_this_system(&found, None);
        assert_eq!(advice.need(), Need::Restart);
        assert_eq!(advice.restart, [("a.service".to_owned(), vec![5, 6])].into());
        assert_eq!(advice.log_out, [(1000, vec![7])].into());
        assert_eq!(advice.containers, [("box".to_owned(), vec![8])].into());
        assert_eq!(advice.loose, [(9, "p9".to_owned())].into());
        assert_eq!(Advice::for_this_system(&[], None).need(), Need::Nothing);
    }

    #[test]
    fn what_everything_rests_on_takes_a_reboot() {
        let reasons = |found: &[Stale]| Advice::for_this_system(found, None).reboot;
        let libc = stale(5, service("a.service"), "/usr/lib/libc.so.6");
        assert_eq!(reasons(std::slice::from_ref(&libc)), [Reason::Old(Vital::Libc)].into());
        let init = stale(1, Unit::Init, "/usr/lib/systemd/systemd");
        assert_eq!(reasons(&[init]), [Reason::Old(Vital::SystemManager)].into());
        let bus = stale(5, service("dbus.service"), "/usr/bin/dbus-broker");
        assert_eq!(reasons(&[bus]), [Reason::Old(Vital::MessageBus)].into());
        assert_eq!(Advice::for_another_tree(&[libc]).need(), Need::Restart);
        let kernel = Kernel { running: "1-x".into(), installed: vec!["1-x".into(), "2-x".into()] };
        let advice = Advice::for_this_system(&[], Some(&kernel));
        assert_eq!(advice.reboot, [Reason::Kernel("2-x".into())].into());
        assert_eq!(advice.need(), Need::Reboot);
    }
}

//! The steps that follow every change, as the reference client takes them: the boot manager, the
//! linker's cache, systemd. None of them decides whether the change succeeded.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use super::{Occasion, Touched};
use crate::{
    host::{child, processes::Vital, root::Ownership},
    report::{Observer, with_causes},
};

/// Runs them; what fails is told.
pub(super) fn run(occasion: &Occasion<'_>, touched: &Touched, observer: &dyn Observer) {
    let is_root = Ownership::of_this_process() == Ownership::AsStated;
    for step in steps(occasion, touched, is_root) {
        observer.debug(format!("running {}", step.join(" ")));
        if let Err(failure) = run_one(&step, observer) {
            observer.warning(failure);
        }
    }
}

/// Returns the commands that follow, in order; those whose program does not exist are left out.
fn steps(occasion: &Occasion<'_>, touched: &Touched, is_root: bool) -> Vec<Vec<String>> {
    let Occasion { tree, scripts, .. } = occasion;
    let is_running_system = *tree == Path::new("/");
    let inside = |program: &str| tree.join(program);
    let place = tree.display().to_string();
    let mut steps: Vec<Vec<String>> = Vec::new();
    let mut step = |words: &[&str]| steps.push(words.iter().map(ToString::to_string).collect());
    let boot_manager: PathBuf = inside(BOOT_MANAGER);
    if touched.boot && scripts.boot && boot_manager.exists() {
        let program = boot_manager.display().to_string();
        let where_to = if is_running_system { &[][..] } else { &["--path", &place][..] };
        step(&[&[program.as_str(), "update"], where_to].concat());
    }
    // It confines itself to the tree, which only root can.
    let has_linker_cache = inside("etc/ld.so.conf").exists() || inside("etc/ld.so.cache").exists();
    if is_root && has_linker_cache {
        step(&["ldconfig", "-r", &place]);
    }
    if is_running_system && Path::new(SYSTEMD_RUNS).exists() {
        let is_new = touched.vital.contains(&Vital::SystemManager);
        step(&["systemctl", if is_new { "daemon-reexec" } else { "daemon-reload" }]);
        let wait = if scripts.wait { &[][..] } else { &["--no-block"][..] };
        step(&[&["systemctl"], wait, &["restart", "update-triggers.target"]].concat());
    }
    steps
}

fn run_one(step: &[String], observer: &dyn Observer) -> Result<(), String> {
    let Some((program, arguments)) = step.split_first() else { return Ok(()) };
    let mut command = Command::new(program);
    command.args(arguments).env_clear().env("PATH", super::hooks::SYSTEM_PATH);
    let ran = child::run(command, PATIENCE, &mut |line| {
        observer.debug(format!("{program}: {line}"));
    });
    ran.map_err(|error| format!("`{}` after the change: {}", step.join(" "), with_causes(&error)))
}

const BOOT_MANAGER: &str = "usr/bin/clr-boot-manager";
const SYSTEMD_RUNS: &str = "/run/systemd/system";
/// How long a step may take.
const PATIENCE: Duration = Duration::from_mins(10);

#[cfg(test)]
mod tests {
    use swupd_protocol::path::TreePath;

    use super::*;
    use crate::{report::Silent, settings::Scripts};

    const ALL: Scripts = Scripts { any: true, boot: true, wait: false };

    fn in_tree(tree: &Path, scripts: Scripts, touched: &Touched, is_root: bool) -> Vec<String> {
        let occasion = Occasion { tree, command: "update", scripts };
        steps(&occasion, touched, is_root).iter().map(|step| step.join(" ")).collect()
    }

    #[test]
    fn the_boot_loader_is_updated_where_boot_files_changed_and_it_is_there() {
        let scratch = tempfile::tempdir().unwrap();
        let tree = scratch.path();
        let kernel = Touched::by([&TreePath::parse(b"/usr/lib/kernel/org.x").unwrap()]);
        assert!(in_tree(tree, ALL, &kernel, true).is_empty());
        fs_err::create_dir_all(tree.join("usr/bin")).unwrap();
        fs_err::write(tree.join(BOOT_MANAGER), "").unwrap();
        let place = tree.display();
        let line = format!("{place}/usr/bin/clr-boot-manager update --path {place}");
        assert_eq!(in_tree(tree, ALL, &kernel, true), [line]);
        assert!(in_tree(tree, Scripts { boot: false, ..ALL }, &kernel, true).is_empty());
        assert!(in_tree(tree, ALL, &Touched::default(), true).is_empty());
    }

    #[test]
    fn the_linkers_cache_is_renewed_where_there_is_one_and_it_can_be() {
        let scratch = tempfile::tempdir().unwrap();
        let tree = scratch.path();
        fs_err::create_dir(tree.join("etc")).unwrap();
        fs_err::write(tree.join("etc/ld.so.conf"), "").unwrap();
        let line = format!("ldconfig -r {}", tree.display());
        assert_eq!(in_tree(tree, ALL, &Touched::default(), true), [line]);
        assert!(in_tree(tree, ALL, &Touched::default(), false).is_empty());
    }

    #[test]
    fn a_step_that_fails_is_told() {
        let run = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(ToString::to_string).collect();
            run_one(&words, &Silent)
        };
        let failure = run(&["sh", "-c", "echo no room >&2; false"]).unwrap_err();
        assert!(failure.contains("exit status: 1") && failure.contains("no room"), "{failure}");
        assert!(run(&["no-such-program-anywhere"]).is_err());
        assert_eq!(run(&["true"]), Ok(()));
    }
}

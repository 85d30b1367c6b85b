//! What follows a change: the boot loader's entries, the linker's cache, the services that want to
//! know. None of it decides whether the change succeeded; what fails is told.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use swupd_protocol::{path::TreePath, territory};

use crate::{report::Observer, settings::Scripts};

/// What a change touched, as far as something must follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Touched {
    /// A kernel, its modules, or a tool that installs them.
    pub boot: bool,
    /// The system manager itself.
    pub system_manager: bool,
}

impl Touched {
    /// Looks through the paths that changed.
    pub fn by<'a>(paths: impl IntoIterator<Item = &'a TreePath>) -> Self {
        paths.into_iter().fold(Self::default(), |touched, path| Self {
            boot: touched.boot || territory::concerns_boot(path),
            system_manager: touched.system_manager || path.as_bytes() == SYSTEM_MANAGER,
        })
    }
}

/// Runs what must follow a change of the tree at `tree`.
pub fn trigger(tree: &Path, touched: Touched, scripts: Scripts, observer: &dyn Observer) {
    if !scripts.any {
        observer.info("no scripts are run after the change, as asked");
        return;
    }
    for step in steps(tree, touched, scripts) {
        observer.debug(format!("running {}", step.join(" ")));
        if let Err(failure) = run(&step) {
            observer.warning(failure);
        }
    }
}

/// Returns the commands that follow, in order; those whose program does not exist are left out.
fn steps(tree: &Path, touched: Touched, scripts: Scripts) -> Vec<Vec<String>> {
    let is_running_system = tree == Path::new("/");
    let inside = |program: &str| tree.join(program.trim_start_matches('/')).exists();
    let place = tree.display().to_string();
    let mut steps: Vec<Vec<String>> = Vec::new();
    let mut step = |words: &[&str]| steps.push(words.iter().map(ToString::to_string).collect());
    if touched.boot && scripts.boot && inside(BOOT_MANAGER) {
        let program = tree.join(BOOT_MANAGER.trim_start_matches('/')).display().to_string();
        step(&[&program, "update", &format!("--path={place}")]);
    }
    if inside("/etc/ld.so.conf") || inside("/etc/ld.so.cache") {
        step(&["ldconfig", "-r", &place]);
    }
    if is_running_system && Path::new(SYSTEMD_RUNS).exists() {
        step(&[
            "systemctl",
            if touched.system_manager { "daemon-reexec" } else { "daemon-reload" },
        ]);
        let wait = if scripts.wait { &[][..] } else { &["--no-block"][..] };
        step(&[&["systemctl"], wait, &["restart", "update-triggers.target"]].concat());
    }
    steps
}

fn run(step: &[String]) -> Result<(), String> {
    let Some((program, arguments)) = step.split_first() else { return Ok(()) };
    let output = Command::new(program)
        .args(arguments)
        .env_clear()
        .env("PATH", SYSTEM_PATH)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("cannot run {program} after the change: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{} failed after the change ({}): {}", step.join(" "), output.status, said.trim()))
}

const SYSTEM_MANAGER: &[u8] = b"/usr/lib/systemd/systemd";
const BOOT_MANAGER: &str = "/usr/bin/clr-boot-manager";
const SYSTEMD_RUNS: &str = "/run/systemd/system";
const SYSTEM_PATH: &str = "/usr/sbin:/usr/bin:/sbin:/bin";

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Scripts = Scripts { any: true, boot: true, wait: false };

    #[test]
    fn the_boot_loader_is_updated_where_boot_files_changed_and_it_is_there() {
        let tree = tempfile::tempdir().unwrap();
        let kernel = TreePath::parse(b"/usr/lib/kernel/org.x").unwrap();
        let touched = Touched::by([&kernel]);
        assert!(touched.boot && !touched.system_manager);
        assert!(steps(tree.path(), touched, ALL).is_empty());
        fs_err::create_dir_all(tree.path().join("usr/bin")).unwrap();
        fs_err::write(tree.path().join("usr/bin/clr-boot-manager"), "").unwrap();
        assert_eq!(steps(tree.path(), touched, ALL).len(), 1);
        assert!(steps(tree.path(), touched, Scripts { boot: false, ..ALL }).is_empty());
        assert!(steps(tree.path(), Touched::default(), ALL).is_empty());
    }

    #[test]
    fn a_script_that_fails_is_told() {
        let failing = ["false".to_owned()];
        assert!(run(&failing).unwrap_err().contains("false failed after the change"));
        assert!(run(&["no-such-program-anywhere".to_owned()]).is_err());
        assert!(run(&["true".to_owned()]).is_ok());
    }
}

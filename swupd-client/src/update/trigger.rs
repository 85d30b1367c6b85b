//! What goes before and follows a change: hooks of the OS and of the administrator, the boot
//! loader's entries, the linker's cache, the services that want to know.
//!
//! A hook that fails before a change stops it, and the tree stays as it was. What fails afterwards
//! is told; the tree has changed all the same.

mod hooks;
mod steps;

use std::{collections::BTreeSet, path::Path};

use swupd_protocol::{path::TreePath, territory};

pub use self::hooks::HookError;
use self::hooks::{Hook, Moment};
use crate::{
    host::{journal::Intent, processes::Vital, root::Ownership},
    report::Observer,
    settings::Scripts,
};

/// Whose change it is, and what may be run around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occasion<'a> {
    /// The tree that changes: absolute, without links.
    pub tree: &'a Path,
    /// The subcommand, as hooks are told.
    pub command: &'a str,
    /// What may be run at all.
    pub scripts: Scripts,
}

/// What a change touched, as far as something must follow.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Touched {
    /// A kernel, its modules, or a tool that installs them.
    pub boot: bool,
    /// What only a reboot replaces for certain.
    pub vital: BTreeSet<Vital>,
}

impl Touched {
    /// Looks through the paths that changed.
    pub fn by<'a>(paths: impl IntoIterator<Item = &'a TreePath>) -> Self {
        let mut touched = Self::default();
        for path in paths {
            touched.boot |= territory::concerns_boot(path);
            touched.vital.extend(Vital::of(path));
        }
        touched
    }

    /// Returns what is assumed of a change of which nothing is known any more.
    pub fn everything() -> Self {
        Self { boot: true, vital: Vital::ALL.into() }
    }
}

/// Runs the hooks that go before a change; the first that fails stops it. `staged` is where the
/// next `/usr` lies complete, where there is such a place.
pub fn before(
    occasion: &Occasion<'_>,
    intent: &Intent,
    staged: Option<&Path>,
    observer: &dyn Observer,
) -> Result<(), HookError> {
    for hook in hooks_of(occasion, intent, observer)? {
        hook.run(occasion, (Moment::Before, intent, staged), observer)?;
    }
    Ok(())
}

/// Runs what must follow a change: the boot loader, caches and services first, so that hooks find
/// everything in place. Returns the hooks that failed.
pub fn after(
    occasion: &Occasion<'_>,
    intent: &Intent,
    touched: &Touched,
    observer: &dyn Observer,
) -> Vec<HookError> {
    if !occasion.scripts.any {
        observer.info("no scripts are run after the change, as asked");
        return Vec::new();
    }
    steps::run(occasion, touched, observer);
    let hooks = match hooks_of(occasion, intent, observer) {
        Ok(hooks) => hooks,
        Err(error) => return vec![error],
    };
    let run = |hook: Hook| hook.run(occasion, (Moment::After, intent, None), observer).err();
    hooks.into_iter().filter_map(run).collect()
}

/// Returns the hooks to run, in their order; none where a tree is only being installed, which is no
/// machine yet.
fn hooks_of(
    occasion: &Occasion<'_>,
    intent: &Intent,
    observer: &dyn Observer,
) -> Result<Vec<Hook>, HookError> {
    if !occasion.scripts.any || intent.from.is_none() {
        return Ok(Vec::new());
    }
    let found = hooks::find(occasion.tree)?;
    for refused in &found.refused {
        observer.warning(refused.clone());
    }
    for passed_over in &found.passed_over {
        observer.info(passed_over.clone());
    }
    let is_root = Ownership::of_this_process() == Ownership::AsStated;
    if !found.hooks.is_empty() && !is_root {
        observer.info(format!(
            "the {} hooks of {} are left out: only root can run them, confined to that tree",
            found.hooks.len(),
            occasion.tree.display()
        ));
        return Ok(Vec::new());
    }
    Ok(found.hooks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_change_touches_is_read_off_its_paths() {
        let touched = |path: &str| Touched::by([&TreePath::parse(path.as_bytes()).unwrap()]);
        let kernel = touched("/usr/lib/kernel/org.x");
        assert!(kernel.boot && kernel.vital == [Vital::Kernel].into());
        let tool = touched("/usr/bin/bootctl");
        assert!(tool.boot && tool.vital.is_empty());
        let manager = touched("/usr/lib/systemd/systemd");
        assert!(!manager.boot && manager.vital == [Vital::SystemManager].into());
        assert_eq!(touched("/usr/bin/ls"), Touched::default());
    }
}

use std::os::unix::fs::PermissionsExt;

use swupd_fixtures::tree::Tree;

use super::*;
use crate::{
    report::{Event, Recorded},
    settings::Scripts,
};

const ALL: Scripts = Scripts { any: true, boot: true, wait: false };

fn is_root() -> bool {
    crate::host::sys::user() == 0
}

fn put(tree: &Path, path: &str, text: &str, mode: u32) {
    let path = tree.join(path);
    fs_err::create_dir_all(path.parent().unwrap()).unwrap();
    fs_err::write(&path, text).unwrap();
    fs_err::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
}

fn link(tree: &Path, path: &str, target: &str) {
    let path = tree.join(path);
    fs_err::create_dir_all(path.parent().unwrap()).unwrap();
    fs_err::os::unix::fs::symlink(target, path).unwrap();
}

fn names(found: &Found) -> Vec<String> {
    found.hooks.iter().map(|hook| hook.path.to_string()).collect()
}

#[test]
fn a_tree_without_hooks_has_none() {
    let scratch = tempfile::tempdir().unwrap();
    assert_eq!(find(scratch.path()).unwrap(), Found::default());
    assert!(matches!(find(Path::new("/nowhere")), Err(HookError::Unreadable { .. })));
}

#[test]
fn the_administrators_files_take_the_place_of_the_oss_and_all_are_sorted() {
    if !is_root() {
        return;
    }
    let scratch = tempfile::tempdir().unwrap();
    let tree = scratch.path();
    for name in ["20-b", "10-a", "30-c", "40-off", "50-mute"] {
        put(tree, &format!("usr/lib/swupd/hooks.d/{name}"), "", 0o755);
    }
    put(tree, "etc/swupd/hooks.d/30-c", "", 0o755);
    put(tree, "etc/swupd/hooks.d/15-mine", "", 0o700);
    link(tree, "etc/swupd/hooks.d/40-off", "/dev/null");
    put(tree, "etc/swupd/hooks.d/50-mute", "", 0o644);
    let found = find(tree).unwrap();
    let expected = [
        "/usr/lib/swupd/hooks.d/10-a",
        "/etc/swupd/hooks.d/15-mine",
        "/usr/lib/swupd/hooks.d/20-b",
        "/etc/swupd/hooks.d/30-c",
    ];
    assert_eq!(names(&found), expected);
    assert!(found.passed_over[0].contains("not executable"), "{found:?}");
    assert!(found.refused.is_empty());
}

#[test]
fn what_is_no_hook_or_not_to_be_trusted_is_not_run() {
    if !is_root() {
        return;
    }
    let scratch = tempfile::tempdir().unwrap();
    let tree = scratch.path();
    let hooks = "etc/swupd/hooks.d";
    put(tree, &format!("{hooks}/open"), "", 0o777);
    put(tree, &format!("{hooks}/strangers"), "", 0o755);
    std::os::unix::fs::chown(tree.join(hooks).join("strangers"), Some(7), None).unwrap();
    for left_over in ["x~", ".x.swp", "x.dpkg-old", "x.rpmsave"] {
        put(tree, &format!("{hooks}/{left_over}"), "", 0o755);
    }
    fs_err::create_dir(tree.join(hooks).join("directory")).unwrap();
    link(tree, &format!("{hooks}/gone"), "/usr/lib/no-such-program");
    // It leads to a file of this machine, but to none of the tree.
    link(tree, &format!("{hooks}/outside"), "/bin/sh");
    put(tree, "usr/lib/tool", "", 0o755);
    link(tree, &format!("{hooks}/inside"), "/usr/lib/tool");
    link(tree, &format!("{hooks}/relative"), "../../../usr/lib/tool");
    let found = find(tree).unwrap();
    assert_eq!(names(&found), ["/etc/swupd/hooks.d/inside", "/etc/swupd/hooks.d/relative"]);
    assert_eq!(found.refused.len(), 4, "{found:?}");
    assert_eq!(found.passed_over.len(), 1, "{found:?}");
}

#[test]
fn nothing_is_run_of_a_directory_that_others_may_write_to() {
    if !is_root() {
        return;
    }
    let scratch = tempfile::tempdir().unwrap();
    let tree = scratch.path();
    put(tree, "usr/lib/swupd/hooks.d/10-x", "", 0o755);
    put(tree, "etc/swupd/hooks.d/10-x", "", 0o755);
    put(tree, "etc/swupd/hooks.d/20-y", "", 0o755);
    let of = |mode, owner| {
        let directory = tree.join("etc/swupd/hooks.d");
        fs_err::set_permissions(&directory, std::fs::Permissions::from_mode(mode)).unwrap();
        std::os::unix::fs::chown(&directory, Some(owner), None).unwrap();
        find(tree).unwrap()
    };
    let both = ["/etc/swupd/hooks.d/10-x", "/etc/swupd/hooks.d/20-y"];
    assert_eq!(names(&of(0o755, 0)), both);
    for found in [of(0o777, 0), of(0o775, 0), of(0o755, 7)] {
        // The OS's own is not hidden by what nobody vouches for.
        assert_eq!(names(&found), ["/usr/lib/swupd/hooks.d/10-x"]);
        assert_eq!(found.refused.len(), 1, "{found:?}");
    }
}

fn intent() -> Intent {
    let version = |number| Version::new(number).unwrap();
    Intent {
        from: Some(version(10)),
        to: version(20),
        track: std::collections::BTreeSet::default(),
        untrack: std::collections::BTreeSet::default(),
        now: 0,
        why: "update".into(),
        hold: None,
    }
}

#[test]
fn a_hook_is_confined_to_its_tree_and_told_what_happens() {
    if !is_root() {
        return;
    }
    let scratch = tempfile::tempdir().unwrap();
    let tree = scratch.path();
    let programs =
        swupd_fixtures::programs::with_programs(Tree::new(), &["/bin/sh", "/usr/bin/env"]);
    programs.write_to(tree).unwrap();
    let script = "#!/bin/sh\necho args: $*\n/usr/bin/env\nread x && echo $x\npwd > /seen\n\
                  test $1 = pre-update || { echo too late >&2; exit 3; }\n";
    put(tree, "etc/swupd/hooks.d/tell", script, 0o755);
    let observer = Recorded::default();
    let occasion = Occasion { tree, command: "update", scripts: ALL };
    let staged = tree.join(".swupd/next/usr");
    super::super::before(&occasion, &intent(), Some(&staged), &observer).unwrap();
    let told: Vec<String> = observer.events().into_iter().filter_map(text).collect();
    for line in [
        "args: pre-update",
        "SWUPD_COMMAND=update",
        "SWUPD_FROM=10",
        "SWUPD_TO=20",
        "SWUPD_TREE=/",
        "SWUPD_STAGED=/.swupd/next/usr",
    ] {
        assert!(told.contains(&format!("tell: {line}")), "{line} in {told:#?}");
    }
    // The program's own environment stays outside.
    assert!(!told.iter().any(|line| line.contains("CARGO")), "{told:#?}");
    assert_eq!(fs_err::read_to_string(tree.join("seen")).unwrap(), "/\n");

    let touched = super::super::Touched::default();
    let failed = super::super::after(&occasion, &intent(), &touched, &observer);
    let [error] = &failed[..] else { panic!("{failed:?}") };
    let text = crate::report::with_causes(error);
    assert!(text.contains("post-update hook") && text.contains("too late"), "{text}");
}

fn text(event: Event) -> Option<String> {
    match event {
        Event::Info(text) | Event::Warning(text) => Some(text),
        _ => None,
    }
}

#[test]
fn nothing_is_run_where_scripts_are_not_wanted_or_a_tree_is_new() {
    if !is_root() {
        return;
    }
    let scratch = tempfile::tempdir().unwrap();
    let tree = scratch.path();
    // It cannot be run: its interpreter is not in the tree.
    put(tree, "etc/swupd/hooks.d/x", "#!/bin/sh\n", 0o755);
    let observer = Recorded::default();
    let run = |scripts, intent: &Intent| {
        let occasion = Occasion { tree, command: "update", scripts };
        super::super::before(&occasion, intent, None, &observer)
    };
    assert!(run(ALL, &intent()).is_err());
    run(Scripts { any: false, ..ALL }, &intent()).unwrap();
    run(ALL, &Intent { from: None, ..intent() }).unwrap();
}

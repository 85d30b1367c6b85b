#[path = "switch_mount_tests.rs"]
mod mounts;
#[path = "switch_world_tests.rs"]
mod world;

use std::{
    collections::BTreeMap,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use fs_err as fs;
use proptest::prelude::*;
use swupd_protocol::{attributes::XattrName, hash::ContentHash, object::Kind};

use self::world::{
    NOW,
    Node::{self, Directory, File, Link},
    TIMESTAMP, Tree, World, change, intent, new, old, ownerships, path, tree,
};
use super::*;
use crate::{
    host::{
        journal::{self, Reached},
        root::Ownership,
    },
    report::Recorded,
    update::{faults::Faults, step::Step},
};

#[test]
fn an_update_leaves_exactly_the_new_tree() {
    for ownership in ownerships() {
        let world = World::new(ownership);
        world.update(&Tree::new(), &old()).finish().unwrap();
        let switched = world.update(&old(), &new());
        assert_eq!((switched.kept(), switched.left_alone()), (&[][..], &[][..]));
        switched.finish().unwrap();
        let seen: Vec<String> = world.seen().into_keys().collect();
        assert_eq!(seen, new().into_keys().collect::<Vec<_>>());
        let data = world.run().data;
        assert_eq!(data.tracked().unwrap(), intent().track);
        assert_eq!(data.version().unwrap(), Some(intent().to));
        assert!(matches!(journal::read(&data).unwrap(), Reached::Idle));
    }
}

#[test]
fn files_get_their_versions_time_and_usr_a_new_one() {
    let world = World::anyone();
    let run = world.run();
    run.provide(&new());
    let mut change = change(&Tree::new(), &new());
    let name = XattrName::parse(b"user.test").unwrap();
    let set = |change: &mut Change, at: &str, value: &[u8]| {
        change.attributes.set_xattr(path(at), name.clone(), value.to_vec()).unwrap();
    };
    change.attributes.set_mtime(path("/usr/bin/same"), 7);
    set(&mut change, "/usr/bin/tool", b"1");
    set(&mut change, "/usr/new", b"2");
    run.go(run.engine(), &change).unwrap().finish().unwrap();
    let mtime = |at: &str| fs::symlink_metadata(world.at(at)).unwrap().mtime();
    assert_eq!(mtime("/usr/bin/same"), 7);
    assert_eq!(mtime("/usr/bin/tool"), i64::try_from(TIMESTAMP).unwrap());
    assert_eq!(mtime("/usr/new/link"), i64::try_from(TIMESTAMP).unwrap());
    assert_eq!(mtime("/usr"), i64::try_from(NOW).unwrap());
    let get = |at: &str| xattr::get(world.at(at), "user.test").unwrap();
    assert_eq!(get("/usr/bin/tool").as_deref(), Some(&b"1"[..]));
    assert_eq!(get("/usr/bin/twin"), None, "the same content elsewhere has none");
    assert_eq!(get("/usr/new").as_deref(), Some(&b"2"[..]));
    let inode = |at: &str| fs::symlink_metadata(world.at(at)).unwrap().ino();
    assert_ne!(inode("/usr/bin/tool"), inode("/usr/bin/twin"));

    // Attributes alone change next.
    let mut change = Change { timestamp: TIMESTAMP, ..Change::default() };
    set(&mut change, "/usr/bin/same", b"3");
    change.attributes.set_mtime(path("/usr/bin/same"), 8);
    change.bare.insert(path("/usr/bin/tool"));
    run.go(run.engine(), &change).unwrap().finish().unwrap();
    assert_eq!(get("/usr/bin/same").as_deref(), Some(&b"3"[..]));
    assert_eq!(mtime("/usr/bin/same"), 8);
    assert_eq!(get("/usr/bin/tool"), None);
}

#[test]
fn what_nobody_knows_is_kept_under_another_name() {
    let world = World::anyone();
    world.update(&Tree::new(), &old()).finish().unwrap();
    for stray in ["dir-to-file/mine", "old/deep/mine", "bin/mine"] {
        fs::write(world.at("/usr").join(stray), stray).unwrap();
    }
    let switched = world.update(&old(), &new());
    let mut kept = switched.kept().to_vec();
    kept.sort();
    let names = ["/usr/.deleted.1700000000.dir-to-file", "/usr/.deleted.1700000000.old"];
    let deep = format!("/usr/old/.deleted.{NOW}.deep");
    assert_eq!(kept, [names[0], names[1], &deep]);
    switched.finish().unwrap();
    let read = |at: String| fs::read_to_string(world.at(&at)).unwrap();
    assert_eq!(read(format!("{}/mine", names[0])), "dir-to-file/mine");
    assert_eq!(read(format!("{}/.deleted.{NOW}.deep/mine", names[1])), "old/deep/mine");
    assert_eq!(read("/usr/bin/mine".into()), "bin/mine");
    assert!(!world.at(&format!("{}/inside", names[0])).exists(), "what we knew is removed");
}

#[test]
fn nothing_is_put_or_removed_through_a_link() {
    let world = World::anyone();
    let outside = world.scratch.path().join("outside");
    fs::create_dir_all(outside.join("bin")).unwrap();
    for file in ["bin/tool", "bin/gone"] {
        fs::write(outside.join(file), "precious").unwrap();
    }
    world.update(&Tree::new(), &old()).finish().unwrap();
    fs::remove_dir_all(world.at("/usr")).unwrap();
    fs::os::unix::fs::symlink(&outside, world.at("/usr")).unwrap();
    // The plan believes that /usr is still a directory.
    let run = world.run();
    run.provide(&new());
    let mut change = change(&old(), &new());
    change.steps.retain(|step| step.path().as_bytes().starts_with(b"/usr/bin/"));
    let switched = run.go(run.engine(), &change).unwrap();
    assert_eq!(switched.kept(), [format!("/.deleted.{NOW}.usr")]);
    for file in ["bin/tool", "bin/gone"] {
        assert_eq!(fs::read_to_string(outside.join(file)).unwrap(), "precious");
    }
    assert_eq!(fs::read_dir(outside.join("bin")).unwrap().count(), 2);
    assert_eq!(fs::read_to_string(world.at("/usr/bin/tool")).unwrap(), "new tool");
    let made = fs::symlink_metadata(world.at("/usr/bin")).unwrap();
    assert!(made.is_dir() && made.mode() & 0o7777 == 0o755);
    assert!(world.at(&format!("/.deleted.{NOW}.usr")).is_symlink());
}

#[test]
fn a_hidden_directory_that_somebody_planted_is_not_used() {
    let world = World::anyone();
    let outside = world.scratch.path().join("outside");
    fs::create_dir_all(outside.join("next")).unwrap();
    fs::write(outside.join("next/precious"), "x").unwrap();
    fs::os::unix::fs::symlink(&outside, world.at("/.swupd")).unwrap();
    world.update(&Tree::new(), &old()).finish().unwrap();
    assert_eq!(fs::read_dir(outside.join("next")).unwrap().count(), 1);
    assert!(!world.at("/.swupd").exists());
}

#[test]
fn what_cannot_be_done_is_refused_and_the_tree_is_unharmed() {
    let world = World::anyone();
    world.update(&Tree::new(), &old()).finish().unwrap();
    let before = world.seen();
    let run = world.run();
    run.provide(&new());
    let put = |at: &str| Step::Put {
        path: path(at),
        kind: Kind::File,
        hash: new()["/usr/bin/tool"].hash(),
    };
    let remove = |at: &str| Step::Remove { path: path(at) };
    let absent = Step::Put {
        path: path("/usr/x"),
        kind: Kind::File,
        hash: ContentHash::from_bytes([7; 32]),
    };
    let link = Step::Put {
        path: path("/usr/x"),
        kind: Kind::Symlink,
        hash: new()["/usr/bin/tool"].hash(),
    };
    let stage = |steps: Vec<Step>| {
        let change = Change { steps, ..Change::default() };
        let error = run.engine().stage(run.trip(), &change).unwrap_err();
        assert_eq!(world.seen(), before);
        error
    };
    assert!(matches!(stage(vec![put("/a"), remove("/a")]), StageError::Twice { .. }));
    assert!(matches!(stage(vec![put("/a"), put("/a/b")]), StageError::Contradiction { .. }));
    assert!(matches!(
        stage(vec![remove("/usr"), put("/usr/bin/b")]),
        StageError::Contradiction { .. }
    ));
    assert!(matches!(stage(vec![put("/usr/a"), absent]), StageError::NotInStore { .. }));
    assert!(matches!(stage(vec![link]), StageError::NotInStore { .. }));
}

#[test]
fn a_second_trip_waits_for_the_first_to_be_settled() {
    let world = World::anyone();
    let run = world.run();
    let trip = journal::begin(&run.data, intent()).unwrap();
    drop(trip);
    assert!(matches!(journal::begin(&run.data, intent()), Err(JournalError::Unfinished)));
    let recovery = run.engine().recover().unwrap();
    assert!(matches!(recovery, Recovery::Discarded(found) if found == intent()));
    assert!(matches!(run.engine().recover().unwrap(), Recovery::Nothing));
}

#[test]
fn something_staged_without_a_journal_is_discarded_but_for_what_may_be_somebodys() {
    let world = World::anyone();
    fs::create_dir_all(world.at("/.swupd/next/5")).unwrap();
    fs::create_dir_all(world.at("/.swupd/old/5")).unwrap();
    fs::write(world.at("/.swupd/old/5/mine"), "x").unwrap();
    let run = world.run();
    assert!(matches!(run.engine().recover().unwrap(), Recovery::Stray));
    assert!(!world.at("/.swupd/next").exists());
    assert!(world.at("/.swupd/lost.0/5/mine").exists());
    world.update(&Tree::new(), &old()).finish().unwrap();
}

/// Stops an engine at the `n`th place and all after it, as if it had been killed there.
fn killed_at(n: usize) -> (Faults, Arc<AtomicUsize>) {
    let passed = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&passed);
    let faults = Faults::ask(move |_| {
        if counter.fetch_add(1, Ordering::SeqCst) < n {
            return Ok(());
        }
        Err(io::Error::other("killed"))
    });
    (faults, passed)
}

/// A machine on the old version, with a tree as it was when it was killed at the `n`th place of
/// an update; none where the update came through.
fn interrupted(n: usize) -> (World, bool) {
    let world = World::anyone();
    world.update(&Tree::new(), &old()).finish().unwrap();
    fs::write(world.at("/usr/dir-to-file/mine"), "mine").unwrap();
    let run = world.run();
    run.provide(&new());
    let (faults, _) = killed_at(n);
    let went = run.go(run.engine().with_faults(faults), &change(&old(), &new()));
    let was_killed = went.is_err();
    (world, was_killed)
}

/// What is seen before and after the update.
fn both() -> [BTreeMap<String, String>; 2] {
    let (before, _) = interrupted(0);
    before.run().engine().recover().unwrap();
    let (after, was_killed) = interrupted(usize::MAX);
    assert!(!was_killed);
    [before.seen(), after.seen()]
}

#[test]
fn a_crash_anywhere_leaves_the_old_tree_or_the_new_one() {
    let [before, after] = both();
    let (mut rolled_back, mut rolled_forward) = (0, 0);
    for n in 0.. {
        let (world, was_killed) = interrupted(n);
        if !was_killed {
            break;
        }
        let run = world.run();
        match run.engine().recover().unwrap() {
            Recovery::Nothing | Recovery::Stray => panic!("place {n} had nothing to recover"),
            Recovery::Discarded(_) => {
                assert_eq!(world.seen(), before, "place {n}");
                rolled_back += 1;
                run.provide(&new());
                run.go(run.engine(), &change(&old(), &new())).unwrap().finish().unwrap();
            }
            Recovery::Finished(switched) => {
                rolled_forward += 1;
                switched.finish().unwrap();
            }
        }
        assert_eq!(world.seen(), after, "place {n}");
        run.assert_holds(&new());
        assert_eq!(run.data.tracked().unwrap(), intent().track);
        assert!(matches!(run.engine().recover().unwrap(), Recovery::Nothing));
    }
    assert!(rolled_back > 10 && rolled_forward > 25, "{rolled_back} {rolled_forward}");
}

#[test]
fn a_crash_during_the_recovery_is_recovered_from() {
    let [before, after] = both();
    // A few places of the update, all places of its recovery.
    for n in (0..).step_by(7) {
        let (_, was_killed) = interrupted(n);
        if !was_killed {
            break;
        }
        for m in 0.. {
            let (world, _) = interrupted(n);
            let (faults, _) = killed_at(m);
            let run = world.run();
            if run.engine().with_faults(faults).recover().is_ok() {
                break;
            }
            let seen = match world.run().engine().recover().unwrap() {
                Recovery::Finished(switched) => {
                    switched.finish().unwrap();
                    &after
                }
                _ => &before,
            };
            assert_eq!(&world.seen(), seen, "places {n} and {m}");
        }
    }
}

#[test]
fn an_error_while_staging_leaves_nothing() {
    let world = World::anyone();
    world.update(&Tree::new(), &old()).finish().unwrap();
    let before = world.seen();
    let run = world.run();
    run.provide(&new());
    let faults = Faults::ask(|place| match place {
        "sync staged" => Err(io::Error::from_raw_os_error(28)),
        _ => Ok(()),
    });
    let error =
        run.engine().with_faults(faults).stage(run.trip(), &change(&old(), &new())).unwrap_err();
    assert_eq!(error.obstacle(), Some(Obstacle::NoSpace));
    assert_eq!(world.seen(), before);
    // Nobody knows what of it is on the disk.
    assert!(!run.store.has(&new()["/usr/bin/tool"].hash()));
    assert!(matches!(run.engine().recover().unwrap(), Recovery::Nothing));
}

#[test]
fn a_staged_object_that_a_cleaner_removed_is_missed() {
    let (world, _) = interrupted(usize::MAX);
    let run = world.run();
    let engine = run.engine();
    let mut trip = journal::begin(&run.data, intent());
    assert!(trip.is_err(), "the update before is not finished");
    if let Recovery::Finished(switched) = run.engine().recover().unwrap() {
        switched.finish().unwrap();
    }
    trip = journal::begin(&run.data, intent());
    let mut engine = engine;
    run.provide(&old());
    let staged = engine.stage(trip.unwrap().fetched().unwrap(), &change(&new(), &old())).unwrap();
    for entry in fs::read_dir(world.at("/.swupd/next")).unwrap() {
        let path = entry.unwrap().path();
        let removed = if path.is_symlink() || path.is_file() {
            fs::remove_file(&path)
        } else {
            fs::remove_dir(&path)
        };
        removed.unwrap();
    }
    assert!(matches!(engine.commit(staged), Err(SwitchError::Lost { .. })));
}

#[test]
fn progress_is_told() {
    let world = World::anyone();
    let run = world.run();
    run.provide(&new());
    let recorded = Recorded::default();
    let mut engine = PerFile::new(&run.root, &run.store, &run.data, &recorded);
    let staged = engine.stage(run.trip(), &change(&Tree::new(), &new())).unwrap();
    engine.commit(staged).unwrap().finish().unwrap();
    let told = recorded.events().into_iter().filter_map(|event| match event {
        crate::report::Event::Stage(stage) => Some(stage.description),
        _ => None,
    });
    assert_eq!(told.collect::<Vec<_>>(), ["Staging", "Switching"]);
}

#[test]
fn a_users_directory_stays_writable() {
    let world = World::new(Ownership::OfTheUser);
    let shut = tree([("/shut", Directory(0o555)), ("/shut/file", File("x", 0o4001))]);
    world.update(&Tree::new(), &shut).finish().unwrap();
    let mode = |at: &str| fs::metadata(world.at(at)).unwrap().permissions().mode() & 0o7777;
    assert_eq!((mode("/shut"), mode("/shut/file")), (0o755, 0o401));
    let open = tree([("/shut", Directory(0o555)), ("/shut/other", File("y", 0o644))]);
    world.update(&shut, &open).finish().unwrap();
}

fn node() -> impl Strategy<Value = Node> {
    let mode = prop::sample::select(vec![0o755, 0o644, 0o700, 0o4755]);
    let content = prop::sample::select(vec!["", "one", "two"]);
    let target = prop::sample::select(vec!["a", "/b", "../c"]);
    prop_oneof![
        3 => (content, mode).prop_map(|(content, mode)| File(content, mode)),
        3 => prop::sample::select(vec![0o755, 0o711]).prop_map(Directory),
        1 => target.prop_map(Link),
    ]
}

/// Any tree in which every parent is a directory.
fn any_tree() -> impl Strategy<Value = Tree> {
    let names = prop::collection::vec(prop::sample::select(vec!["a", "b", "usr"]), 1..4);
    prop::collection::vec((names, node()), 0..14).prop_map(|nodes| {
        let mut tree = Tree::new();
        for (names, node) in nodes {
            let at = format!("/{}", names.join("/"));
            let parents: Vec<String> = path(&at).ancestors().map(|p| p.to_string()).collect();
            let fits = |parent: &String| matches!(tree.get(parent), None | Some(Directory(_)));
            let has_children = tree.keys().any(|k| k.starts_with(&format!("{at}/")));
            if parents.iter().all(fits) && !(has_children && node.kind() != Kind::Directory) {
                for parent in parents {
                    tree.entry(parent).or_insert(Directory(0o755));
                }
                tree.insert(at, node);
            }
        }
        tree
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_tree_becomes_any_other(had in any_tree(), wanted in any_tree()) {
        let world = World::anyone();
        world.update(&Tree::new(), &had).finish().unwrap();
        let switched = world.update(&had, &wanted);
        prop_assert_eq!(switched.kept(), &[] as &[String]);
        switched.finish().unwrap();
        let seen: Vec<String> = world.seen().into_keys().collect();
        prop_assert_eq!(seen, wanted.into_keys().collect::<Vec<_>>());
    }

    #[test]
    fn any_update_survives_a_crash(had in any_tree(), wanted in any_tree(), n in 0_usize..60) {
        let world = World::anyone();
        world.update(&Tree::new(), &had).finish().unwrap();
        let before = world.seen();
        let run = world.run();
        run.provide(&wanted);
        let (faults, _) = killed_at(n);
        let change = change(&had, &wanted);
        drop(run.go(run.engine().with_faults(faults), &change));
        let run = world.run();
        if let Recovery::Finished(switched) = run.engine().recover().unwrap() {
            switched.finish().unwrap();
            run.assert_holds(&wanted);
            let seen: Vec<String> = world.seen().into_keys().collect();
            prop_assert_eq!(seen, wanted.into_keys().collect::<Vec<_>>());
        } else {
            prop_assert_eq!(world.seen(), before);
        }
    }

    #[test]
    fn a_strangers_files_survive_any_update(
        had in any_tree(),
        wanted in any_tree(),
        place in any::<prop::sample::Index>(),
    ) {
        let world = World::anyone();
        world.update(&Tree::new(), &had).finish().unwrap();
        let mut directories: Vec<&String> =
            had.iter().filter(|(_, n)| n.kind() == Kind::Directory).map(|(at, _)| at).collect();
        let root = String::new();
        directories.push(&root);
        let at = format!("{}/mine", place.get(&directories));
        fs::write(world.at(&at), "precious").unwrap();
        world.update(&had, &wanted).finish().unwrap();
        let found = world.seen().into_iter().filter(|(at, text)| {
            at.ends_with("/mine") && text.contains("precious")
        });
        prop_assert_eq!(found.count(), 1);
    }
}

#[test]
fn many_paths_may_hold_one_object() {
    for ownership in ownerships() {
        let world = World::new(ownership);
        let node = File("the same", 0o4755);
        let wanted: Tree = (0..50).map(|n| (format!("/file-{n}"), node.clone())).collect();
        world.update(&Tree::new(), &wanted).finish().unwrap();
        let inodes = wanted.keys().map(|at| fs::metadata(world.at(at)).unwrap().ino());
        assert_eq!(inodes.collect::<std::collections::BTreeSet<_>>().len(), 50);
    }
}

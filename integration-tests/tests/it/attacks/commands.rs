//! The same lies, told to other commands than `update`.

use swupd_fixtures::{lies::Liar, world::Ran};
use swupd_protocol::{
    bundle::BundleName,
    layout::{self, RepoPath},
};

use crate::scene::{Complains, Scene, ten, twenty};

#[test]
fn an_installation_from_a_liar_puts_nothing() {
    let scene = Scene::shared();
    for (lie, exit) in lies(&scene, twenty().number()) {
        let victim = scene.victim_of(lie);
        let target = victim.machine.tree().with_extension("target");
        let install = || {
            let mut command = victim.command("os-install -B editors");
            command.arg("--path").arg(&target).arg("--statedir").arg(target.join("var/lib/swupd"));
            Ran::of(&mut command)
        };
        install().exits(exit).complains(&[]);
        assert!(!target.join("usr").exists());
        assert!(!target.join(".swupd").exists());
        victim.must_be_unharmed();
        victim.source.repents();
        install().exits(0);
        assert_eq!(fs_err::read(target.join("usr/share/doc/new")).unwrap(), b"new");
    }
}

#[test]
fn a_repair_by_a_liar_leaves_the_damage_as_it_is() {
    let scene = Scene::shared();
    for (lie, exit) in lies(&scene, ten().number()) {
        let victim = scene.victim_of(lie);
        let damaged = victim.machine.at("/usr/share/doc/same");
        fs_err::write(&damaged, "damaged").unwrap();
        victim.run("repair").exits(exit).complains(&[]);
        assert_eq!(fs_err::read(&damaged).unwrap(), b"damaged");
        victim.source.repents();
        victim.run("repair").exits(0);
        assert_eq!(fs_err::read(&damaged).unwrap(), b"same");
        victim.must_be_unharmed();
    }
}

#[test]
fn a_bundle_from_a_liar_is_not_added() {
    let scene = Scene::shared();
    let games: BundleName = "games".parse().unwrap();
    let path = layout::manifest(&games, ten()).tar();
    let object = scene.truth().manifest_of(&games, ten()).entries;
    let object = object.iter().find(|entry| entry.path.as_bytes() == b"/usr/share/games/one");
    let object = layout::fullfile(object.unwrap().hash, ten());
    for (path, exit) in [(path, 14), (object, 17)] {
        let victim = scene.victim_of(without_packs(scene.truth()).with(&path, "a lie"));
        victim.run("bundle-add games").exits(exit).complains(&[]);
        victim.must_be_unharmed();
        victim.source.repents();
        victim.run("bundle-add games").exits(0);
        victim.machine.must_be(&scene.world.says(10, &["editors", "games", "music"]));
    }
}

/// Returns lies about each thing that is fetched for a version, with their exit codes.
fn lies(scene: &Scene, version: u32) -> Vec<(Liar, i32)> {
    let version = swupd_protocol::version::Version::new(version).unwrap();
    let truth = || without_packs(scene.truth());
    let core = BundleName::os_core();
    let same = truth().manifest_of(&core, version).entries;
    let same = same.iter().find(|entry| entry.path.as_bytes() == b"/usr/share/doc/same").unwrap();
    let at = |path: &RepoPath| truth().with(path, "a lie");
    vec![
        (at(&layout::mom(version).tar()), 4),
        (at(&layout::manifest(&core, version).tar()), 8),
        (at(&layout::fullfile(same.hash, same.version)), 17),
    ]
}

fn without_packs(liar: Liar) -> Liar {
    let pairs = ["os-core", "editors", "languages", "games", "music"]
        .into_iter()
        .flat_map(|bundle| [ten(), twenty()].map(|to| (bundle.parse::<BundleName>().unwrap(), to)));
    pairs.fold(liar, |liar, (bundle, to)| liar.without(&layout::pack(&bundle, None, to)))
}

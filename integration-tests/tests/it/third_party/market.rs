//! A machine with an OS, and publishers of other things, each with a key of its own.

use std::path::{Path, PathBuf};

use swupd_fixtures::{
    model,
    tree::{Node, Snapshot, Tree, snapshot},
    world::{Machine, Ran, World},
};

use crate::world::{is_root, programs, system, world};

/// Where a publisher's certificate lies in its content.
pub(super) const CERTIFICATE: &str = "/usr/share/clear/update-ca/Swupd_Root.pem";

/// A machine with version 10 of an OS.
#[derive(Debug)]
pub(super) struct Market {
    pub(super) world: World,
    pub(super) machine: Machine,
}

impl Market {
    pub(super) fn open() -> Self {
        let mut world = world();
        world.release(10, &system());
        let machine = world.machine("machine");
        machine.run("os-install").exits(0);
        Self { world, machine }
    }

    /// Returns a machine that has these repositories.
    pub(super) fn with(publishers: &[(&str, &Publisher)]) -> Self {
        let market = Self::open();
        for (name, publisher) in publishers {
            market.add(name, publisher).exits(0);
        }
        market
    }

    /// Adds a repository, whose certificate is trusted.
    pub(super) fn add(&self, name: &str, publisher: &Publisher) -> Ran {
        self.run(&format!("add --yes {name} {}", publisher.world.url()))
    }

    /// Runs a subcommand of `3rd-party`.
    pub(super) fn run(&self, line: &str) -> Ran {
        self.machine.run(&format!("3rd-party {line}"))
    }

    /// Returns the place of a path in a repository's tree.
    pub(super) fn at(&self, repository: &str, path: &str) -> PathBuf {
        self.tree_of(repository).join(path.trim_start_matches('/'))
    }

    pub(super) fn tree_of(&self, repository: &str) -> PathBuf {
        self.machine.at("opt/3rd-party/bundles").join(repository)
    }

    /// Returns the place of a program that a repository offers.
    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.machine.at("opt/3rd-party/bin").join(name)
    }

    /// Returns the programs that are offered.
    pub(super) fn programs(&self) -> Vec<String> {
        names_in(&self.machine.at("opt/3rd-party/bin"))
    }

    /// Returns the bundles that somebody asked for from a repository.
    pub(super) fn tracked(&self, repository: &str) -> Vec<String> {
        names_in(&self.machine.at("var/lib/swupd/3rd-party").join(repository).join("bundles"))
    }

    /// Panics unless a repository's tree has what its publisher's version says, and nothing else.
    #[track_caller]
    pub(super) fn must_have(
        &self,
        repository: &str,
        publisher: &Publisher,
        (version, bundles): (u32, &[&str]),
    ) {
        let should = of_caller(&publisher.world.says(version, bundles));
        let seen = snapshot(&self.tree_of(repository)).unwrap().without(".swupd");
        let differences = seen.differences(&should);
        assert!(differences.is_empty(), "{repository} is not as it should be:\n{differences:#?}");
    }

    /// Panics unless the OS is what it was, whatever third parties have on the machine.
    #[track_caller]
    pub(super) fn must_have_its_os(&self) {
        let seen = self.machine.seen().without("opt").without("var");
        let should = of_caller(&self.world.says(10, &[])).without("var");
        let differences = seen.differences(&should);
        assert!(differences.is_empty(), "the OS is not as it was:\n{differences:#?}");
    }
}

/// Returns what stands on a disk once the caller has it: who is not root owns it all.
fn of_caller(tree: &Tree) -> Snapshot {
    if is_root() {
        return tree.snapshot();
    }
    let (user, group) = (rustix::process::geteuid(), rustix::process::getegid());
    model::of_user(tree, (user.as_raw(), group.as_raw())).snapshot()
}

/// Somebody who publishes something.
#[derive(Debug)]
pub(super) struct Publisher {
    pub(super) world: World,
}

impl Publisher {
    /// Returns a publisher whose version 10 has the bundles `app` (a program that is offered, and
    /// includes `app-data`), `app-data` and `raise` (a program that runs as its owner). Paths and
    /// contents have the publisher's name in them.
    pub(super) fn new(name: &str) -> Self {
        let mut publisher = Self::with_nothing(name);
        publisher.world.release(10, &goods(name, &publisher.world));
        publisher
    }

    /// Returns a publisher of nothing yet, who defines the same bundles.
    pub(super) fn with_nothing(name: &str) -> Self {
        let world = World::new(&programs());
        world.sign_as(name);
        let app = format!(
            "files = [\"/usr/bin/{name}-app\"]\nincludes = [\"app-data\"]\n\
             exported = [\"/usr/bin/*\"]"
        );
        world.bundle("app", &app);
        world.bundle("app-data", &format!("files = [\"/usr/share/{name}\"]"));
        world.bundle("raise", &format!("files = [\"/usr/bin/{name}-raise\"]"));
        world.bundle(&format!("only-{name}"), &format!("files = [\"/usr/share/only-{name}\"]"));
        Self { world }
    }

    /// Returns what version 10 is made of.
    pub(super) fn goods(&self, name: &str) -> Tree {
        goods(name, &self.world)
    }
}

fn goods(name: &str, world: &World) -> Tree {
    let app = format!("#!/bin/sh\necho \"{name} 10\" \"$@\"\n");
    Tree::new()
        .file(CERTIFICATE, fs_err::read(world.certificate()).unwrap())
        .with(&format!("/usr/bin/{name}-app"), Node::file(app).mode(0o755))
        .with(&format!("/usr/bin/{name}-raise"), Node::file("raise").mode(0o4755))
        .file(&format!("/usr/share/{name}/data"), format!("{name}'s data"))
        .file(&format!("/usr/share/only-{name}"), "nobody else has this")
}

fn names_in(directory: &Path) -> Vec<String> {
    let Ok(entries) = fs_err::read_dir(directory) else { return Vec::new() };
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

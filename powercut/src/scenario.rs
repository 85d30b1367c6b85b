//! What is done on a machine while its disks are recorded, and what comes of it.

mod careless;
mod content;

use std::{io, path::Path, process::Command, thread, time::Duration};

use serde::{Deserialize, Serialize};
use swupd_fixtures::{
    syscalls::Tracer,
    tree::Tree,
    world::{Machine, Programs, World},
};

use self::{
    careless::Order,
    content::{ADDED, INSTALLED, NEW, OLD},
};
use crate::{
    check::Engine,
    command::{Ended, run_to_its_end},
    image::Image,
    lane::Lane,
    look::{Look, STIRRED, look},
    record::Recording,
    stirring::Stirring,
    trouble::Trouble,
};

/// Something that is done on a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Scenario {
    /// `swupd update`.
    Update,
    /// `swupd bundle-add`.
    BundleAdd,
    /// `swupd bundle-remove`.
    BundleRemove,
    /// `swupd repair`.
    Repair,
    /// `swupd rollback`, after an update.
    Rollback,
    /// Not swupd: exchanges `/usr` in the order that is safe.
    Synced,
    /// Not swupd: exchanges `/usr` and syncs the names, but not what they stand for.
    NamesFirst,
    /// Not swupd: exchanges `/usr` and syncs nothing.
    NoSync,
}

/// What else happens on the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Rhythm {
    /// Nothing.
    Quiet,
    /// Another program syncs files of its own, before each name that changes in the tree.
    Stirred,
}

impl Rhythm {
    pub(crate) const ALL: [Self; 2] = [Self::Quiet, Self::Stirred];
}

/// What a machine was before, and what it is once the scenario is done.
#[derive(Debug, Clone)]
pub(crate) struct Outcomes {
    pub(crate) old: Look,
    pub(crate) new: Look,
}

impl Scenario {
    /// Returns its name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Update => "update",
            Self::BundleAdd => "bundle-add",
            Self::BundleRemove => "bundle-remove",
            Self::Repair => "repair",
            Self::Rollback => "rollback",
            Self::Synced => "synced",
            Self::NamesFirst => "names-first",
            Self::NoSync => "no-sync",
        }
    }

    /// Says whether it is the client that works.
    pub(crate) fn is_of_the_client(self) -> bool {
        self.arguments().is_some()
    }

    fn arguments(self) -> Option<&'static [&'static str]> {
        match self {
            Self::Update => Some(&["update"]),
            Self::BundleAdd => Some(&["bundle-add", ADDED]),
            Self::BundleRemove => Some(&["bundle-remove", INSTALLED]),
            Self::Repair => Some(&["repair"]),
            Self::Rollback => Some(&["rollback"]),
            Self::Synced | Self::NamesFirst | Self::NoSync => None,
        }
    }

    /// Says whether the client finds nothing wrong with the machine as it was before.
    pub(crate) fn begins_sound(self) -> bool {
        self != Self::Repair
    }

    /// Says whether this can be done by a machine whose tree is changed in this way.
    pub(crate) fn works_with(self, engine: Engine) -> bool {
        // It is the exchange that keeps what there was before.
        self != Self::Rollback || engine == Engine::Exchange
    }

    /// Returns what the client is asked to do; none where it is not the client that works.
    pub(crate) fn command(self, machine: &Machine, engine: Engine) -> Option<Command> {
        let mut command = machine.command(self.arguments()?);
        command.arg("--apply-method").arg(engine.name());
        Some(command)
    }

    fn prepare(self, (machine, pages): (&Machine, &Path), engine: Engine) -> Result<(), Trouble> {
        match self {
            Self::Repair => {
                let damaged = careless::damage(machine);
                damaged.map_err(Trouble::when("damage a tree"))
            }
            Self::Rollback => match Self::Update.command(machine, engine) {
                Some(update) => must_succeed(update, pages),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    fn play(
        self,
        stage: &Stage,
        (lane, machine, pages): (&Lane, &Machine, &Path),
        rhythm: Rhythm,
    ) -> Result<(), Trouble> {
        let mut stirring = Stirring::on(lane.disks(), machine);
        if let Some(command) = self.command(machine, stage.engine) {
            return match rhythm {
                Rhythm::Quiet => must_succeed(command, pages),
                Rhythm::Stirred => {
                    let ended = stirring.run(&stage.tracer, machine, &command);
                    must_have_succeeded(&command, ended)
                }
            };
        }
        let order = match self {
            Self::NamesFirst => Order::NamesFirst,
            Self::NoSync => Order::NoSync,
            _ => Order::Synced,
        };
        let mut between = || match rhythm {
            Rhythm::Quiet => Ok(()),
            Rhythm::Stirred => stirring.stir(),
        };
        let tree = stage.after(Self::Update);
        let exchanged = careless::exchange(machine, &tree, order, &mut between);
        exchanged.map_err(Trouble::when("exchange /usr"))
    }
}

impl std::fmt::Display for Scenario {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::fmt::Display for Rhythm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Quiet => "quiet",
            Self::Stirred => "stirred",
        })
    }
}

/// The publisher, and room for machines.
#[derive(Debug)]
pub(crate) struct Stage {
    world: World,
    tracer: Tracer,
    engine: Engine,
}

impl Stage {
    /// Publishes what machines go to.
    pub(crate) fn set(programs: &Programs, tracer: Tracer, engine: Engine) -> Self {
        Self { world: content::published(programs), tracer, engine }
    }

    /// Returns what follows programs from call to call.
    pub(crate) fn tracer(&self) -> &Tracer {
        &self.tracer
    }

    /// Returns a machine, whose tree need not be there yet.
    pub(crate) fn machine(&self, name: &str) -> Machine {
        self.world.machine(name)
    }

    /// Returns a directory for other things.
    pub(crate) fn room(&self, name: &str) -> io::Result<std::path::PathBuf> {
        let room = self.world.path().join("tmp").join(name);
        fs_err::create_dir_all(&room)?;
        Ok(room)
    }

    /// Plays a scenario on disks that have the old version, and returns what happened to them.
    pub(crate) fn record(
        &self,
        (lane, machine, pages): (&Lane, &Machine, &Path),
        installed: Vec<Image>,
        scenario: Scenario,
        rhythm: Rhythm,
    ) -> Result<(Recording, Outcomes), Trouble> {
        let disk = |doing: &str| Trouble::when(format!("{doing} to record {scenario}"));
        let mounted = lane.mount(installed).map_err(disk("mount a disk"))?;
        scenario.prepare((machine, pages), self.engine)?;
        mounted.unmount().map_err(disk("unmount a disk"))?;
        let mounted = lane.mount_again().map_err(disk("mount a disk"))?;
        if lane.places().contains(&machine.at("usr")) {
            // As at each start of a machine: it mounts the tree that runs.
            must_succeed(machine.command(&["recover"]), pages)?;
        }
        let old = look(machine).map_err(disk("look at a machine"))?;
        scenario.play(self, (lane, machine, pages), rhythm)?;
        lane.disks().done();
        if rhythm == Rhythm::Stirred {
            Stirring::on(lane.disks(), machine).stir().map_err(disk("stir"))?;
        }
        // What was done without a sync comes to the disk by and by.
        thread::sleep(SETTLING);
        let new = look(machine).map_err(disk("look at a machine"))?;
        mounted.unmount().map_err(disk("unmount a disk"))?;
        let recording = lane.disks().end();
        let recording = recording.ok_or_else(|| Trouble::Unplayable("nothing happened".into()))?;
        let outcomes = Outcomes { old, new };
        self.must_be_right(scenario, &outcomes)?;
        Ok((recording, outcomes))
    }

    /// Compares what a machine was and is, without any cut, with what the versions say.
    fn must_be_right(&self, scenario: Scenario, outcomes: &Outcomes) -> Result<(), Trouble> {
        let before = match scenario {
            Scenario::Rollback => self.after(Scenario::Update),
            _ => self.tree(OLD, &[INSTALLED]),
        };
        let sides = [(&before, &outcomes.old), (&self.after(scenario), &outcomes.new)];
        let skipped = usize::from(!scenario.begins_sound());
        for (should, seen) in sides.into_iter().skip(skipped) {
            let mut should = should.snapshot();
            if !scenario.is_of_the_client() {
                should = crate::look::usr_of(&should);
            }
            let seen = if scenario.is_of_the_client() {
                seen.tree.clone()
            } else {
                crate::look::usr_of(&seen.tree)
            };
            let differences = seen.differences(&should);
            if !differences.is_empty() {
                return Err(Trouble::Unplayable(format!("{scenario}: {differences:#?}")));
            }
        }
        Ok(())
    }

    /// Returns what the tree of a machine should be once a scenario is done.
    fn after(&self, scenario: Scenario) -> Tree {
        match scenario {
            Scenario::Repair | Scenario::Rollback => self.tree(OLD, &[INSTALLED]),
            Scenario::BundleRemove => self.tree(OLD, &[]),
            Scenario::BundleAdd => self.tree(OLD, &[INSTALLED, ADDED]),
            _ => self.tree(NEW, &[INSTALLED]),
        }
    }

    fn tree(&self, version: u32, bundles: &[&str]) -> Tree {
        let mut tree = content::of_the_user();
        for (path, node) in self.world.says(version, bundles).nodes() {
            tree.put(path.clone(), node.clone());
        }
        tree
    }
}

/// Installs the old version on empty disks, and returns what is on them then.
pub(crate) fn install(lane: &Lane, machine: &Machine, pages: &Path) -> Result<Vec<Image>, Trouble> {
    let mounted = lane.mount(lane.format()?).map_err(Trouble::when("mount an empty disk"))?;
    for place in lane.places() {
        let found = fs_err::remove_dir(place.join("lost+found"));
        found.or_else(unless_absent).map_err(Trouble::when("empty a disk"))?;
    }
    let version = OLD.to_string();
    let arguments = ["os-install", "--version", &version, "--bundles", INSTALLED];
    let mut install = machine.command(&arguments);
    if lane.places().contains(&machine.at("usr")) {
        // So that the first change has to make it one that can be exchanged.
        install.args(["--apply-method", Engine::PerFile.name()]);
    }
    must_succeed(install, pages)?;
    let besides = || {
        content::of_the_user().add_to(machine.tree())?;
        STIRRED.iter().try_for_each(|path| fs_err::create_dir(machine.at(path)))
    };
    besides().map_err(Trouble::when("lay out what is the user's"))?;
    mounted.unmount().map_err(Trouble::when("unmount a disk"))?;
    Ok(lane.disks().images())
}

fn must_succeed(mut command: Command, pages: &Path) -> Result<(), Trouble> {
    let ended = run_to_its_end(&mut command, pages);
    must_have_succeeded(&command, ended)
}

fn must_have_succeeded(command: &Command, ended: io::Result<Ended>) -> Result<(), Trouble> {
    let Ended { code, said } = ended.map_err(Trouble::when("run the client"))?;
    if code == Some(0) {
        return Ok(());
    }
    let typed: Vec<_> = command.get_args().map(|word| word.to_string_lossy()).collect();
    let what = format!("`swupd {}` ends with {code:?}", typed.join(" "));
    Err(Trouble::Unplayable(format!("{what}:\n{said}")))
}

fn unless_absent(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}

/// How long a recording goes on after everything is done: longer than file systems are told to wait
/// before they bring names to the disk.
const SETTLING: Duration = Duration::from_millis(2500);

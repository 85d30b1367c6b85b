//! The program's edge: what was typed, where it works, and how it ends.

use std::{
    io,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Parser;
use rustix::mount::{MountPropagationFlags, mount_change};
use swupd_fixtures::{syscalls::Tracer, world::Programs};

use crate::{
    campaign::{Campaign, Tally, Wanted},
    check::Engine,
    file_system::FileSystem,
    keep,
    lane::Apart,
    output::{complain, say},
    requirements::{missing, missing_for},
    scenario::{Scenario, Stage},
    stop::Stop,
    trouble::Trouble,
};

/// Cuts the power while swupd works: records every write and flush of a disk, and looks at what is
/// left where it ends after any of them, with any subset of what was not flushed.
#[derive(Debug, Parser)]
#[command(name = "swupd-powercut")]
struct Arguments {
    /// File systems.
    #[arg(long = "fs", value_delimiter = ',', default_values = ["ext4", "xfs", "btrfs"])]
    file_systems: Vec<FileSystem>,
    /// What is done while the power fails.
    #[arg(
        long = "scenario",
        value_delimiter = ',',
        default_values = ["update", "bundle-add", "bundle-remove", "repair", "rollback"]
    )]
    scenarios: Vec<Scenario>,
    /// States on each file system.
    #[arg(long, default_value_t = 1200)]
    states: usize,
    /// States on each file system in which the power fails a second time, during the recovery.
    #[arg(long, default_value_t = 300)]
    recovery_states: usize,
    /// What the random choices begin with.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many machines at once.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=16))]
    lanes: u8,
    /// How the tree is changed: what may be seen before the client has been run again.
    #[arg(long, default_value = "exchange")]
    engine: Engine,
    /// What is put on a file system of its own.
    #[arg(long, default_value = "nothing")]
    apart: Apart,
    /// Goes on after a bad state.
    #[arg(long)]
    keep_going: bool,
    /// Where bad states are kept.
    #[arg(long, default_value = "/tmp")]
    keep: PathBuf,
    /// Looks again at a bad state that was kept.
    #[arg(long, value_name = "FILE")]
    again: Option<PathBuf>,
    /// With --again: writes the disk as an image instead.
    #[arg(long, value_name = "FILE", requires = "again")]
    image: Option<PathBuf>,
}

/// Does what the arguments of this process say.
pub(crate) fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let ended = match (&arguments.again, &arguments.image) {
        (Some(again), Some(image)) => write_image(again, image),
        (Some(again), None) => look_again(&arguments, again),
        _ => try_all(&arguments),
    };
    match ended {
        Ok(code) => ExitCode::from(code),
        Err(trouble) => {
            complain(&format!("swupd-powercut: {trouble}"));
            ExitCode::from(TROUBLE)
        }
    }
}

fn try_all(arguments: &Arguments) -> Result<u8, Trouble> {
    let called = Called::by_name()?;
    if is_skipped("", &missing(&called.tracer)) {
        return Ok(SKIPPED);
    }
    let stop = set_up()?;
    let wanted = wanted(arguments);
    let stage = Stage::set(&called.programs, called.tracer.clone(), arguments.engine);
    let (mut code, mut any_bad) = (0, false);
    for file_system in &arguments.file_systems {
        if is_skipped(&format!(" {file_system}"), &missing_for(*file_system)) {
            code = SKIPPED;
            continue;
        }
        let campaign = Campaign::begin(&stage, *file_system, &wanted, &stop)?;
        let Tally { states, recovery_states, bad } = campaign.run()?;
        say(&format!(
            "{file_system}: {states} states and {recovery_states} of recoveries, {bad} bad"
        ));
        any_bad |= bad > 0;
        if any_bad && !wanted.goes_on {
            break;
        }
    }
    Ok(if any_bad { BAD } else { code })
}

fn look_again(arguments: &Arguments, again: &Path) -> Result<u8, Trouble> {
    let kept = keep::read(again)?;
    let file_system = kept.about.file_system;
    let called = Called::by_name()?;
    let missing = [missing(&called.tracer), missing_for(file_system)].concat();
    if is_skipped("", &missing) {
        return Ok(SKIPPED);
    }
    let stop = set_up()?;
    let (apart, engine) = (kept.about.apart, kept.about.engine);
    let stage = Stage::set(&called.programs, called.tracer.clone(), engine);
    let wanted = Wanted { apart, engine, lanes: 1, ..wanted(arguments) };
    let campaign = Campaign::begin(&stage, file_system, &wanted, &stop)?;
    Ok(if campaign.look_again(&kept)? { BAD } else { 0 })
}

fn write_image(again: &Path, image: &Path) -> Result<u8, Trouble> {
    keep::read(again)?.write_images(image)?;
    Ok(0)
}

fn wanted(arguments: &Arguments) -> Wanted {
    Wanted {
        scenarios: arguments.scenarios.clone(),
        states: arguments.states,
        recovery_states: arguments.recovery_states,
        seed: arguments.seed,
        lanes: arguments.lanes.into(),
        engine: arguments.engine,
        apart: arguments.apart,
        goes_on: arguments.keep_going,
        keep: arguments.keep.clone(),
    }
}

/// Tells, loudly, what cannot be done here.
fn is_skipped(what: &str, missing: &[String]) -> bool {
    if !missing.is_empty() {
        complain(&format!("SKIPPED{what}: this needs {}", missing.join(", ")));
    }
    !missing.is_empty()
}

/// Lets nothing that is mounted here be seen, or be left, outside.
fn set_up() -> Result<Stop, Trouble> {
    let apart = || {
        nix::sched::unshare(nix::sched::CloneFlags::CLONE_NEWNS)?;
        let private = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
        io::Result::Ok(mount_change("/", private)?)
    };
    apart().map_err(Trouble::when("make a mount namespace"))?;
    Stop::listen()
}

/// The programs under test: this one, called by other names.
struct Called {
    programs: Programs,
    tracer: Tracer,
    _place: tempfile::TempDir,
}

impl Called {
    fn by_name() -> Result<Self, Trouble> {
        let call = || {
            let this = std::env::current_exe()?;
            let place = tempfile::tempdir()?;
            let names = [CLIENT, SERVER, STOPPER].map(|name| place.path().join(name));
            names.iter().try_for_each(|name| fs_err::os::unix::fs::symlink(&this, name))?;
            let [client, server, stopper] = names;
            let programs = Programs { client, server };
            io::Result::Ok(Self { programs, tracer: Tracer::new(&stopper), _place: place })
        };
        call().map_err(Trouble::when("find the programs"))
    }
}

/// The name under which this program is the client.
pub(crate) const CLIENT: &str = "swupd";
/// The name under which this program is the publisher's.
pub(crate) const SERVER: &str = "swupd-server";

/// The name under which this program is the one that starts others to be traced.
pub(crate) const STOPPER: &str = "stopped-at-calls";

/// A bad state was found.
const BAD: u8 = 1;
/// The harness itself could not go on.
const TROUBLE: u8 = 2;
/// Not everything could be tried here.
const SKIPPED: u8 = 77;

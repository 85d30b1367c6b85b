//! The command line: each subcommand reads what it is asked and calls the library. What is printed,
//! and the exit codes, are [`output`]'s.

mod build;
mod certificate;
mod check;
mod init;
mod mirror;
mod output;
mod place;
mod serve;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use swupd_remote::Proxies;

use self::{output::Output, place::Place};

/// Turns OS trees into versioned, signed update content, and publishes it.
///
/// Exit codes: 0 done, 1 failed or problems were found, 2 the command line cannot be understood.
#[derive(Debug, Parser)]
#[command(name = "swupd-server", version)]
pub struct Cli {
    #[command(flatten)]
    place: Place,
    /// Print results and errors only
    #[arg(short, long, global = true)]
    quiet: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::Init),
    Build(build::Build),
    Serve(serve::Serve),
    Check(check::Check),
    Mirror(mirror::Mirror),
}

/// What the program's edge has read of the world.
#[derive(Debug, Clone)]
pub struct Moment {
    /// The present, in seconds since 1970.
    pub now: u64,
    /// Through which proxies the environment says to go.
    pub proxies: Proxies,
}

impl Command {
    /// Returns the working directory that was named behind the command.
    fn place(&self) -> Place {
        match self {
            Self::Init(init) => init.place.clone(),
            Self::Build(build) => build.place.clone(),
            Self::Serve(serve) => serve.place.clone(),
            Self::Check(check) => check.place.clone(),
            // It has none: its -C is a certificate, as the client's is.
            Self::Mirror(_) => Place::default(),
        }
    }
}

/// What a subcommand needs of the world.
#[derive(Debug)]
struct Surroundings {
    /// The working directory.
    directory: PathBuf,
    /// The present, in seconds since 1970.
    now: u64,
    proxies: Proxies,
    output: Output,
}

impl Cli {
    /// Does what was asked.
    pub fn run(self, moment: Moment) -> ExitCode {
        let output = Output::new(self.quiet);
        let Moment { now, proxies } = moment;
        let directory = self.command.place().or(&self.place).to_owned();
        let surroundings = Surroundings { directory, now, proxies, output };
        let done = match self.command {
            Command::Init(init) => init.run(&surroundings),
            Command::Build(build) => build.run(&surroundings),
            Command::Serve(serve) => serve.run(&surroundings),
            Command::Check(check) => check.run(&surroundings),
            Command::Mirror(mirror) => mirror.run(&surroundings),
        };
        surroundings.output.end(done)
    }
}

/// What a subcommand comes to.
type Done = Result<Verdict, Box<dyn std::error::Error>>;

/// How it ended, where nothing failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// All is well.
    Good,
    /// Problems were found, and told.
    Problems,
}

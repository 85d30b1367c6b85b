//! The command line: each subcommand reads what it is asked and calls the library. What is printed,
//! and the exit codes, are [`output`]'s.

mod build;
mod check;
mod init;
mod output;
mod serve;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

use self::output::Output;

/// Turns OS trees into versioned, signed update content, and publishes it.
///
/// Exit codes: 0 done, 1 failed or problems were found, 2 the command line cannot be understood.
#[derive(Debug, Parser)]
#[command(name = "swupd-server", version)]
pub struct Cli {
    /// The working directory
    #[arg(short = 'C', long = "directory", value_name = "DIR", default_value = ".", global = true)]
    directory: PathBuf,
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
}

/// What a subcommand needs of the world.
#[derive(Debug)]
struct Surroundings {
    /// The working directory.
    directory: PathBuf,
    /// The present, in seconds since 1970.
    now: u64,
    output: Output,
}

impl Cli {
    /// Does what was asked; `now` is the time in seconds since 1970.
    pub fn run(self, now: u64) -> ExitCode {
        let output = Output::new(self.quiet);
        let surroundings = Surroundings { directory: self.directory, now, output };
        let done = match self.command {
            Command::Init(init) => init.run(&surroundings),
            Command::Build(build) => build.run(&surroundings),
            Command::Serve(serve) => serve.run(&surroundings),
            Command::Check(check) => check.run(&surroundings),
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

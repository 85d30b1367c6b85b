//! The main job, end to end, on a real tree: `cargo demo`.
//!
//! Takes two versions of a tree, publishes both, serves them on loopback, installs the first into
//! a scratch directory, updates it to the second, breaks a few files, verifies and repairs them,
//! and shows what each step took. It runs the real programs, as a user would.

mod age;
mod programs;
mod trees;

use std::{path::PathBuf, process::ExitCode, time::Instant};

use clap::Parser;

use crate::{
    programs::{Programs, Server},
    trees::{Trees, sizes_below},
};

/// Publishes two versions of a tree, then installs, updates, breaks and repairs a machine.
#[derive(Debug, Parser)]
struct Arguments {
    /// The tree of the first version; without it a part of this machine's /usr is copied.
    #[arg(long, value_name = "DIR", requires = "to")]
    from: Option<PathBuf>,
    /// The tree of the second version; without it the first one is aged.
    #[arg(long, value_name = "DIR", requires = "from")]
    to: Option<PathBuf>,
    /// How much of /usr is copied, in megabytes.
    #[arg(long, value_name = "MB", default_value_t = 250)]
    megabytes: u64,
    /// Where the demo works; what it makes there is removed at the end.
    #[arg(long, value_name = "DIR", default_value = "target/demo")]
    dir: PathBuf,
    /// Keep what was made, to look around in it.
    #[arg(long)]
    keep: bool,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("the demo failed: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// Why the demo failed, as a sentence; every caller adds what it was doing.
type Result<T> = std::result::Result<T, String>;

fn run(arguments: &Arguments) -> Result<()> {
    let programs = Programs::build()?;
    let begun = Instant::now();
    fs_err::create_dir_all(&arguments.dir).map_err(text)?;
    let lab = tempfile::Builder::new().prefix("run-").tempdir_in(&arguments.dir).map_err(text)?;
    let root = fs_err::canonicalize(lab.path()).map_err(text)?;

    title("Two versions of a tree");
    let trees = match (&arguments.from, &arguments.to) {
        (Some(from), Some(to)) => Trees::given(from, to)?,
        _ => Trees::from_this_machine(&root, arguments.megabytes * 1_000_000)?,
    };
    for (name, tree) in [("first", &trees.first), ("second", &trees.second)] {
        let (files, bytes) = sizes_below(tree)?;
        say(&format!("{name} version: {files} files, {}", megabytes(bytes)));
    }

    title("Publish both");
    let server = Server::new(&programs, root.join("server"))?;
    server.publish(10, &trees.first)?;
    server.publish(20, &trees.second)?;
    server.check()?;

    title("Serve, install, update");
    let listening = server.serve()?;
    let machine = programs.machine(root.join("machine"), &listening)?;
    machine.step("install version 10", &["os-install", "-V", "10", "-B", "docs,libraries"], 0)?;
    let update = machine.step("update to version 20", &["update"], 0)?;
    let full = server.zero_packs(20);

    title("Break, verify, repair");
    machine.break_some_files(&trees.second)?;
    machine.step("diagnose finds it", &["diagnose"], 1)?;
    machine.step("repair mends it", &["repair"], 0)?;
    machine.step("diagnose finds nothing", &["diagnose"], 0)?;
    let compared = machine.compare_with(&trees.second)?;
    say(&format!("{compared} files of the tree compared with the second version: all the same"));

    title("In short");
    if arguments.from.is_none() {
        say("(the second version was aged by rule: a real pair of trees gives real figures)");
    }
    say(&format!(
        "the update fetched {}; everything anew would have been {} ({:.1} times as much)",
        megabytes(update),
        megabytes(full),
        ratio(full, update)
    ));
    say(&format!("the whole demo took {:.0} s", begun.elapsed().as_secs_f64()));
    if arguments.keep {
        say(&format!("what it made is in {}", lab.keep().display()));
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the one place where the demo prints")]
fn say(line: &str) {
    println!("{line}");
}

fn title(line: &str) {
    say(&format!("\n== {line}"));
}

/// Returns an error as a sentence, its causes behind it.
fn text(error: impl std::error::Error) -> String {
    let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
    format!("{error}{cause}")
}

/// Returns a size in megabytes of 10⁶ bytes with one digit behind the point, or in kilobytes.
fn megabytes(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} kB", bytes.div_ceil(1000)),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

#[expect(clippy::cast_precision_loss, reason = "shown with one digit behind the point")]
fn ratio(a: u64, b: u64) -> f64 {
    a as f64 / b.max(1) as f64
}

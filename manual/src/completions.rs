//! What shells complete: commands and flags from the definitions, names of bundles by asking `swupd`.

use std::io;

use clap::{Arg, Command, CommandFactory};
use clap_complete::{Generator, Shell};
use swupd_client::cli::arguments::Arguments;

use crate::DistFile;

/// Returns a script for each shell.
pub(crate) fn scripts() -> io::Result<Vec<DistFile>> {
    Ok(vec![
        DistFile::new(
            "usr/share/bash-completion/completions/swupd",
            generated(Shell::Bash)? + include_str!("../sources/bundles.bash"),
        ),
        DistFile::new(
            "usr/share/fish/vendor_completions.d/swupd.fish",
            generated(Shell::Fish)? + include_str!("../sources/bundles.fish"),
        ),
        DistFile::new("usr/share/zsh/site-functions/_swupd", zsh()?),
    ])
}

/// Completes the names of bundles where the definitions know only words.
fn zsh() -> io::Result<String> {
    let script = generated(Shell::Zsh)?;
    // What completes runs at the end of the file: our functions must stand before.
    let end = script.rfind(ZSH_END).ok_or_else(|| io::Error::other("the script has no end"))?;
    let (functions, end) = script.split_at(end);
    let functions: String = functions.lines().map(|line| with_names(line) + "\n").collect();
    Ok(functions + include_str!("../sources/bundles.zsh") + "\n" + end)
}

/// Lets a line that completes an operand of a command that takes bundles ask for their names.
fn with_names(line: &str) -> String {
    let is_about = |what: &str| line.starts_with(what) && line.contains(":_default'");
    let ask = |function: &str| line.replace(":_default'", &format!(":{function}'"));
    if is_about("'*::bundles -- The bundles to install") {
        ask("_swupd_published_bundles")
    } else if is_about("'*::bundles --") || is_about("':bundle --") {
        ask("_swupd_installed_bundles")
    } else {
        line.to_owned()
    }
}

fn generated(shell: Shell) -> io::Result<String> {
    let mut command = shown(Arguments::command());
    command.set_bin_name("swupd");
    command.build();
    let mut script = Vec::new();
    shell.try_generate(&command, &mut script)?;
    String::from_utf8(script).map_err(io::Error::other)
}

/// Returns the command without what it hides.
fn shown(command: Command) -> Command {
    let inner = command.get_subcommands().filter(|inner| !inner.is_hide_set());
    let inner: Vec<Command> = inner.cloned().map(shown).collect();
    let flags: Vec<Arg> =
        command.get_arguments().filter(|flag| !flag.is_hide_set()).cloned().collect();
    let about = command.get_about().cloned().unwrap_or_default();
    Command::new(command.get_name().to_owned())
        .about(about)
        .disable_version_flag(true)
        .disable_help_subcommand(true)
        .args(flags)
        .subcommands(inner)
}

const ZSH_END: &str = "if [ \"$funcstack[1]\" = \"_swupd\" ]";

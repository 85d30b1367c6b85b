//! The command line with what the configuration files add to it.
//!
//! What they say becomes flags behind the subcommand, as if somebody had typed them, unless somebody
//! did type them: so each flag can be configured, and means the same in both places.

use std::{collections::BTreeSet, ffi::OsString, path::PathBuf};

use clap::{
    Arg, ArgMatches, Command, CommandFactory, FromArgMatches, error::ErrorKind, parser::ValueSource,
};

use super::arguments::Arguments;
use crate::settings::{Configuration, Policy, PolicyKey, Section, Setting};

/// A command line that was understood.
#[derive(Debug)]
pub(super) struct CommandLine {
    /// What is typed and configured.
    pub arguments: Arguments,
    /// What no flag says.
    pub policy: Policy,
    /// What is wrong with the configuration files.
    pub warnings: Vec<String>,
}

/// Why a command line was not.
#[derive(Debug)]
pub(super) struct Unread {
    /// What is wrong, or the help that was asked for.
    pub error: clap::Error,
    /// What the configuration files add to it.
    pub configured: Vec<String>,
}

/// Reads what was typed, and what the configuration in these directories says for it.
pub(super) fn command_line(
    typed: &[OsString],
    directories: &[PathBuf],
) -> Result<CommandLine, Box<Unread>> {
    let unread = |error, configured| Box::new(Unread { error, configured });
    let mut matches = Arguments::command()
        .try_get_matches_from(typed)
        .map_err(|error| unread(error, Vec::new()))?;
    let mut added = Added::default();
    if let Some(subcommand) = Subcommand::typed(&matches) {
        added = Added::to(&subcommand, &Configuration::read(directories));
        if !added.flags.is_empty() {
            let at = subcommand.end(typed);
            let mut words = typed.to_vec();
            words.splice(at..at, added.flags.iter().map(OsString::from));
            matches = Arguments::command()
                .try_get_matches_from(words)
                .map_err(|error| unread(error, added.told.clone()))?;
        }
    }
    let arguments =
        Arguments::from_arg_matches(&matches).map_err(|error| unread(error, Vec::new()))?;
    Ok(CommandLine { arguments, policy: added.policy, warnings: added.warnings })
}

/// Says whether the configuration in these directories asks for output for programs.
pub(super) fn asks_for_json(section: &str, directories: &[PathBuf]) -> bool {
    let configuration = Configuration::read(directories);
    let said = configuration.for_command(section);
    said.into_iter().any(|said| said.key == "json-output" && said.as_bool() == Some(true))
}

/// The subcommand that was typed.
struct Subcommand {
    /// Its name below each command, the first one below the program.
    path: Vec<String>,
    command: Command,
    /// The flags that were typed, before and behind its name.
    flags: BTreeSet<String>,
}

impl Subcommand {
    fn typed(mut matches: &ArgMatches) -> Option<Self> {
        let mut subcommand =
            Self { path: Vec::new(), command: Arguments::command(), flags: BTreeSet::new() };
        subcommand.note_flags(matches);
        while let Some((name, inner)) = matches.subcommand() {
            subcommand.path.push(name.into());
            subcommand.command = subcommand.command.find_subcommand(name)?.clone();
            subcommand.note_flags(inner);
            matches = inner;
        }
        (!subcommand.path.is_empty()).then_some(subcommand)
    }

    fn note_flags(&mut self, matches: &ArgMatches) {
        let typed = |id: &&str| matches.value_source(id) == Some(ValueSource::CommandLine);
        let ids: Vec<&str> = matches.ids().map(clap::Id::as_str).collect();
        self.flags.extend(ids.into_iter().filter(typed).map(str::to_owned));
    }

    /// Returns the name of its section in configuration files.
    fn section(&self) -> String {
        self.path.join("-")
    }

    /// Returns how many of the typed words lead to the subcommand, its name among them.
    fn end(&self, typed: &[OsString]) -> usize {
        let mut outer = Arguments::command();
        let mut rest = typed.to_vec();
        for name in &self.path {
            rest = behind_subcommand(&outer, rest);
            let Some(inner) = outer.find_subcommand(name) else { break };
            outer = inner.clone().no_binary_name(true);
        }
        typed.len() - rest.len()
    }

    fn was_typed(&self, id: &str) -> bool {
        let covers = |(typed, covered): &(&str, &[&str])| {
            self.flags.contains(*typed) && covered.contains(&id)
        };
        self.flags.contains(id) || COVERED.iter().any(covers)
    }
}

/// Returns the words that stand behind the name of a subcommand.
fn behind_subcommand(outer: &Command, words: Vec<OsString>) -> Vec<OsString> {
    // One that knows no subcommands takes any, and leaves what stands behind them as it is.
    let plain = Command::new("swupd")
        .no_binary_name(outer.is_no_binary_name_set())
        .disable_version_flag(true)
        .infer_long_args(true)
        .args_override_self(true)
        .allow_external_subcommands(true)
        .args(outer.get_arguments().cloned());
    let matches = plain.try_get_matches_from(words).unwrap_or_default();
    let behind = matches.subcommand().and_then(|(_, inner)| inner.get_many::<OsString>(""));
    behind.map(|words| words.cloned().collect()).unwrap_or_default()
}

/// What the configuration adds to a subcommand.
#[derive(Debug, Default)]
struct Added {
    flags: Vec<String>,
    /// The same for people, with where it stands.
    told: Vec<String>,
    policy: Policy,
    warnings: Vec<String>,
}

impl Added {
    fn to(subcommand: &Subcommand, configuration: &Configuration) -> Self {
        let mut added = Self::default();
        added.warnings.extend(configuration.complaints().iter().map(ToString::to_string));
        added.warnings.extend(unknown_sections(configuration));
        for setting in configuration.for_command(&subcommand.section()) {
            if let Err(wrong) = added.add(subcommand, setting) {
                added.warnings.push(format!("{}: {wrong}", setting.origin));
            }
        }
        added
    }

    /// Adds what a line says, or tells why it is not taken.
    fn add(&mut self, subcommand: &Subcommand, setting: &Setting) -> Result<(), String> {
        let Setting { key, value, .. } = setting;
        if let Some(known) = PolicyKey::named(key) {
            let set = known.set(&mut self.policy, value);
            return set.ok_or_else(|| format!("`{key}` takes {}, not `{value}`", known.values));
        }
        let Some(flag) = flag(&subcommand.command, key) else {
            let other = setting.section == Section::Global && any_has(&Arguments::command(), key);
            return if other { Ok(()) } else { Err(unknown_key(setting)) };
        };
        let words = if flag.get_action().takes_values() {
            vec![format!("--{key}={value}")]
        } else {
            let is_set = setting.as_bool();
            let is_set =
                is_set.ok_or_else(|| format!("`{key}` takes true or false, not `{value}`"))?;
            if is_set { vec![format!("--{key}")] } else { Vec::new() }
        };
        check(&subcommand.command, flag, &words)
            .map_err(|why| format!("`{key}` cannot be `{value}`{why}"))?;
        if !subcommand.was_typed(flag.get_id().as_str()) {
            self.told.extend(words.iter().map(|word| format!("{word} ({})", setting.origin)));
            self.flags.extend(words);
        }
        Ok(())
    }
}

fn unknown_key(setting: &Setting) -> String {
    match &setting.section {
        Section::Global => format!("no command has a flag `--{}`", setting.key),
        Section::Of(command) => format!("`{command}` has no flag `--{}`", setting.key),
    }
}

/// Tells of each section that is of no subcommand.
fn unknown_sections(configuration: &Configuration) -> Vec<String> {
    let known = sections(&Arguments::command(), "");
    let mut told = BTreeSet::new();
    let mut warnings = Vec::new();
    for setting in configuration.settings() {
        let Section::Of(name) = &setting.section else { continue };
        if !known.contains(name) && told.insert(name) {
            warnings.push(format!("{}: [{name}] is of no command", setting.origin));
        }
    }
    warnings
}

/// Returns the names of the sections of all subcommands.
fn sections(command: &Command, before: &str) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for inner in command.get_subcommands() {
        let name = format!("{before}{}", inner.get_name());
        all.extend(sections(inner, &format!("{name}-")));
        all.insert(name);
    }
    all
}

/// Returns the flag of this long name.
fn flag<'a>(command: &'a Command, long: &str) -> Option<&'a Arg> {
    command.get_arguments().find(|flag| {
        let aliases = flag.get_all_aliases().unwrap_or_default();
        flag.get_long() == Some(long) || aliases.contains(&long)
    })
}

fn any_has(command: &Command, long: &str) -> bool {
    command.get_subcommands().any(|inner| flag(inner, long).is_some() || any_has(inner, long))
}

/// Tells why a flag does not take a value.
fn check(command: &Command, flag: &Arg, words: &[String]) -> Result<(), String> {
    // Alone: what else is needed, and what excludes it, is seen with everything that is typed.
    let alone = command.clone().no_binary_name(true);
    let error = match alone.try_get_matches_from(words) {
        Ok(_) => return Ok(()),
        Err(error) if error.kind() == ErrorKind::MissingRequiredArgument => return Ok(()),
        Err(error) => error,
    };
    let possible: Vec<String> =
        flag.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
    let source = std::error::Error::source(&error);
    Err(match (error.kind(), source) {
        (ErrorKind::InvalidValue, _) if !possible.is_empty() => {
            format!(": it takes {}", possible.join(" or "))
        }
        (_, Some(source)) => format!(": {source}"),
        _ => String::new(),
    })
}

/// Flags that say more than others: where one is typed, those are not taken from files.
const COVERED: &[(&str, &[&str])] = &[
    ("target", &["path"]),
    ("url", &["versionurl", "contenturl"]),
    ("set", &["url", "versionurl", "contenturl"]),
    ("statedir", &["cachedir", "datadir"]),
    ("quiet", &["verbose", "debug"]),
    ("verbose", &["quiet", "debug"]),
    ("debug", &["quiet", "verbose"]),
    ("yes", &["assume"]),
    ("assume", &["yes"]),
];

#[cfg(test)]
#[path = "configured_tests.rs"]
mod tests;

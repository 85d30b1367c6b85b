//! A command line that is not understood, or asks for help: what is told of it, and in which form.

use std::{ffi::OsString, fmt};

use clap::{
    Command,
    error::{ContextKind, ContextValue, ErrorKind},
};

use crate::settings::VersionWish;

/// A command line that is not understood.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Misunderstood {
    what: String,
    /// What to type instead.
    pub hint: String,
}

/// What can be seen of a command line whether it is understood or not.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Glimpse {
    /// The names of the subcommand, the first one below the program.
    pub path: Vec<String>,
    /// Whether the output is for programs.
    pub json: bool,
}

impl Misunderstood {
    /// Says why a command line of the program is not understood.
    pub(super) fn of(error: &clap::Error, program: &Command, glimpse: &Glimpse) -> Self {
        let command = leaf(program, &glimpse.path);
        let hint = match suggestion(error).or_else(|| version_flag(error, command)) {
            Some(better) => format!("did you mean `{better}`?"),
            None => format!("`{} --help` shows what may be typed", glimpse.typed()),
        };
        Self { what: what(error, command), hint }
    }

    /// Adds what configuration files have to do with it.
    #[must_use]
    pub(super) fn because_of(mut self, configured: &[String]) -> Self {
        if !configured.is_empty() {
            self.hint = format!("configuration files add {}", configured.join(", "));
        }
        self
    }
}

impl fmt::Display for Misunderstood {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for Misunderstood {}

impl Glimpse {
    /// Looks at a command line of the program.
    pub(super) fn at(program: &Command, typed: &[OsString]) -> Self {
        let path = path(program, typed);
        let json = asks_for_json(leaf(program, &path), typed);
        Self { path, json }
    }

    /// Returns the name that the output goes by.
    pub(super) fn section(&self) -> String {
        if self.path.is_empty() { PROGRAM.into() } else { self.path.join("-") }
    }

    fn typed(&self) -> String {
        [&[PROGRAM.to_owned()], &self.path[..]].concat().join(" ")
    }
}

/// Returns the subcommand as far as it can be made out.
fn path(program: &Command, typed: &[OsString]) -> Vec<String> {
    let mut path = Vec::new();
    // A request for help would end the reading before anything is known.
    let tolerant = program.clone().ignore_errors(true).disable_help_flag(true);
    let matches = tolerant.try_get_matches_from(typed).ok();
    let mut matches = matches.as_ref();
    while let Some((name, inner)) = matches.and_then(clap::ArgMatches::subcommand) {
        path.push(name.to_owned());
        matches = Some(inner);
    }
    path
}

fn leaf<'a>(program: &'a Command, path: &[String]) -> &'a Command {
    path.iter().fold(program, |command, name| command.find_subcommand(name).unwrap_or(command))
}

/// Says whether one of the words before `--` is the flag, shortened or among other short ones.
fn asks_for_json(command: &Command, typed: &[OsString]) -> bool {
    let words = typed.iter().skip(1).take_while(|word| *word != "--");
    words.filter_map(|word| word.to_str()).any(|word| {
        if let Some(long) = word.strip_prefix("--") {
            return !long.is_empty() && JSON.starts_with(long);
        }
        let Some(cluster) = word.strip_prefix('-') else { return false };
        cluster.chars().take_while(|short| !takes_value(command, *short)).any(|short| short == 'j')
    })
}

fn takes_value(command: &Command, short: char) -> bool {
    let mut flags = command.get_arguments().filter(|flag| flag.get_short() == Some(short));
    flags.any(|flag| flag.get_action().takes_values())
}

fn what(error: &clap::Error, command: &Command) -> String {
    let argument = context(error, ContextKind::InvalidArg);
    let value = context(error, ContextKind::InvalidValue);
    match error.kind() {
        ErrorKind::UnknownArgument => unknown(&argument, command),
        ErrorKind::InvalidSubcommand => {
            format!("there is no command `{}`", context(error, ContextKind::InvalidSubcommand))
        }
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            "a command is missing".into()
        }
        ErrorKind::MissingRequiredArgument => format!("{argument} is missing"),
        ErrorKind::InvalidValue if value.is_empty() => format!("`{argument}` needs a value"),
        ErrorKind::InvalidValue => {
            let possible = context(error, ContextKind::ValidValue).replace(", ", " or ");
            format!("`{argument}` takes {possible}, not `{value}`")
        }
        ErrorKind::ValueValidation => {
            let why = std::error::Error::source(error).map(|why| format!(": {why}"));
            format!("`{argument}` cannot be `{value}`{}", why.unwrap_or_default())
        }
        ErrorKind::ArgumentConflict => {
            let prior = context(error, ContextKind::PriorArg);
            format!("`{argument}` and `{prior}` exclude each other")
        }
        ErrorKind::TooManyValues => format!("`{argument}` takes no value"),
        _ => first_paragraph(error),
    }
}

fn unknown(argument: &str, command: &Command) -> String {
    let Some(long) = argument.strip_prefix("--") else {
        return if argument.starts_with('-') {
            format!("there is no flag `{argument}`")
        } else {
            format!("`{argument}` is one word too many")
        };
    };
    let all = command.get_arguments().filter(|flag| !flag.is_hide_set());
    let longs = all.filter_map(clap::Arg::get_long).filter(|flag| flag.starts_with(long));
    let several: Vec<String> = longs.map(|flag| format!("`--{flag}`")).collect();
    match several.as_slice() {
        [some @ .., last] if !some.is_empty() => {
            format!("`{argument}` may be {} or {last}", some.join(", "))
        }
        _ => format!("there is no flag `{argument}`"),
    }
}

fn suggestion(error: &clap::Error) -> Option<String> {
    let found = context(error, ContextKind::SuggestedSubcommand);
    // A shortened flag that may be several is told with all of them.
    (!found.is_empty()).then_some(found).or_else(|| {
        let better = context(error, ContextKind::SuggestedArg);
        let typed = context(error, ContextKind::InvalidArg);
        (!better.is_empty() && !better.starts_with(&typed)).then_some(better)
    })
}

/// Returns how to give a version that stands where an operand would.
fn version_flag(error: &clap::Error, command: &Command) -> Option<String> {
    let typed = context(error, ContextKind::InvalidArg);
    let is_version = typed.parse::<VersionWish>().is_ok();
    let takes_one = command.get_arguments().any(|flag| flag.get_long() == Some("version"));
    let is_operand = error.kind() == ErrorKind::UnknownArgument && is_version && takes_one;
    is_operand.then(|| format!("--version {typed}"))
}

/// Returns what an error says of itself under this name, several things with commas between.
fn context(error: &clap::Error, kind: ContextKind) -> String {
    match error.get(kind) {
        Some(ContextValue::String(one)) => one.clone(),
        Some(ContextValue::Strings(several)) => several.join(", "),
        _ => String::new(),
    }
}

fn first_paragraph(error: &clap::Error) -> String {
    let text = error.to_string();
    let lines = text.trim_start_matches("error: ").lines();
    let lines: Vec<&str> = lines.take_while(|line| !line.is_empty()).map(str::trim).collect();
    lines.join(" ")
}

const PROGRAM: &str = "swupd";
const JSON: &str = "json-output";

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::arguments::Arguments;

    fn told(line: &str) -> (String, String) {
        let typed: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
        let program = Arguments::command();
        let error = program.clone().try_get_matches_from(&typed).unwrap_err();
        let told = Misunderstood::of(&error, &program, &Glimpse::at(&program, &typed));
        (told.to_string(), told.hint)
    }

    #[test]
    fn each_mistake_is_named_in_one_line() {
        let help = |command: &str| format!("`swupd {command} --help` shows what may be typed");
        for (line, what, hint) in [
            ("swupd update --foo", "there is no flag `--foo`", help("update")),
            ("swupd update -x", "there is no flag `-x`", help("update")),
            (
                "swupd update --downlod",
                "there is no flag `--downlod`",
                "did you mean `--download`?".into(),
            ),
            ("swupd frobnicate", "there is no command `frobnicate`", help("").replace("  ", " ")),
            ("swupd upda", "there is no command `upda`", "did you mean `update`?".into()),
            ("swupd bundle-add", "<BUNDLE>... is missing", help("bundle-add")),
            ("swupd 3rd-party", "a command is missing", help("3rd-party")),
            ("swupd 3rd-party add", "<NAME>, <URL> is missing", help("3rd-party add")),
            ("swupd update -V", "`--version <VERSION>` needs a value", help("update")),
            ("swupd info --quiet=1", "`--quiet` takes no value", help("info")),
            ("swupd update 20", "`20` is one word too many", "did you mean `--version 20`?".into()),
            ("swupd info 20", "`20` is one word too many", help("info")),
            ("swupd info x", "`x` is one word too many", help("info")),
            ("swupd info --assume x", "`--assume <yes|no>` takes yes or no, not `x`", help("info")),
            (
                "swupd info -d 61",
                "`--retry-delay <SECONDS>` cannot be `61`: 61 is not in 0..=60",
                help("info"),
            ),
            (
                "swupd diagnose --quick --picky",
                "`--quick` and `--picky` exclude each other",
                help("diagnose"),
            ),
            (
                "swupd info --nosig",
                "`--nosig` may be `--nosigcheck` or `--nosigcheck-latest`",
                help("info"),
            ),
        ] {
            assert_eq!(told(line), (what.into(), hint), "{line}");
        }
    }

    #[test]
    fn a_glimpse_sees_the_command_and_the_form_of_the_output() {
        let program = Arguments::command();
        for (line, section, json) in [
            ("swupd", "swupd", false),
            ("swupd -j", "swupd", true),
            ("swupd --json-output nonsense", "swupd", true),
            ("swupd update --foo --js", "update", true),
            ("swupd update --foo -tj", "update", true),
            ("swupd update -Vj", "update", false),
            ("swupd update -- -j", "update", false),
            ("swupd --path update diagnose --help", "diagnose", false),
            ("swupd update --help -j", "update", true),
            ("swupd -- --json-output", "swupd", false),
        ] {
            let typed: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
            let glimpse = Glimpse::at(&program, &typed);
            assert_eq!((glimpse.section().as_str(), glimpse.json), (section, json), "{line}");
        }
    }
}

//! Man pages: what is written by hand, with the commands, flags and keys put where they belong.

use std::io;

use clap::{Arg, Command, CommandFactory};
use clap_mangen::{
    Man,
    roff::{Inline, Roff, bold, italic, roman},
};
use swupd_client::{cli::arguments::Arguments, settings::Policy};

use crate::DistFile;

/// Returns all pages.
pub(crate) fn pages() -> io::Result<Vec<DistFile>> {
    let program = Arguments::command();
    let swupd = filled(
        include_str!("../sources/swupd.1"),
        &[("@COMMANDS@", commands(&program, 1)?), ("@OPTIONS@", options(&global(&program))?)],
    )?;
    let conf = filled(include_str!("../sources/swupd.conf.5"), &[("@KEYS@", keys())])?;
    let service = filled(include_str!("../sources/swupd-update.service.8"), &[])?;
    let mut pages = vec![
        DistFile::new("usr/share/man/man1/swupd.1", swupd),
        DistFile::new("usr/share/man/man5/swupd.conf.5", conf),
        DistFile::new("usr/share/man/man8/swupd-update.service.8", service),
    ];
    for unit in ["swupd-update.timer", "swupd-verify.service", "swupd-verify.timer"] {
        let same = ".so man8/swupd-update.service.8\n".to_owned();
        pages.push(DistFile::new(&format!("usr/share/man/man8/{unit}.8"), same));
    }
    Ok(pages)
}

/// Returns a page with what is made put in place of the lines that name it.
fn filled(source: &str, made: &[(&str, String)]) -> io::Result<String> {
    let mut page = APOSTROPHE.to_owned();
    for line in source.lines() {
        let version = line.replace("@VERSION@", env!("CARGO_PKG_VERSION"));
        match made.iter().find(|(name, _)| *name == line) {
            Some((_, text)) => page += text,
            None if version.starts_with('@') => {
                return Err(io::Error::other(format!("nothing is made for {line}")));
            }
            None => {
                page += &version;
                page.push('\n');
            }
        }
    }
    Ok(page)
}

/// Returns a section on each command that is shown.
fn commands(outer: &Command, depth: usize) -> io::Result<String> {
    let mut text = String::new();
    for command in outer.get_subcommands().filter(|command| !command.is_hide_set()) {
        text += &command_section(outer, command)?;
        if depth > 0 {
            text += &commands(command, depth - 1)?;
        }
    }
    Ok(text)
}

fn command_section(outer: &Command, command: &Command) -> io::Result<String> {
    let name = match outer.get_name() {
        "swupd" => command.get_name().to_owned(),
        outer => format!("{outer} {}", command.get_name()),
    };
    let mut section = Roff::new();
    section.control("SS", [name.as_str()]);
    let operands = command.get_positionals().flat_map(|operand| [roman(" "), shown(operand)]);
    let mut synopsis: Vec<Inline> = vec![bold(format!("swupd {name}")), roman(" [OPTION]...")];
    synopsis.extend(operands);
    section.text(synopsis);
    section.control("PP", []);
    let about = command.get_long_about().or(command.get_about());
    section.text([roman(sentence(&about.map(ToString::to_string).unwrap_or_default()))]);
    Ok(section.to_roff() + &options(&own(command))?)
}

/// Returns an operand as a synopsis shows it.
fn shown(operand: &Arg) -> Inline {
    let name = operand.get_value_names().unwrap_or_default().first().map(ToString::to_string);
    let name = name.unwrap_or_else(|| operand.get_id().to_string());
    let several = operand.get_num_args().is_some_and(|count| count.max_values() > 1);
    let name = if several { format!("{name}...") } else { name };
    if operand.is_required_set() { italic(name) } else { italic(format!("[{name}]")) }
}

/// Returns a command that shows only the flags that are its own.
fn own(command: &Command) -> Command {
    showing(command, |flag| !is_global(flag))
}

/// Returns the program, showing only the flags that every command knows.
fn global(program: &Command) -> Command {
    showing(program, is_global)
}

fn is_global(flag: &Arg) -> bool {
    flag.get_help_heading() == Some("Global options")
}

fn showing(command: &Command, is_shown: impl Fn(&Arg) -> bool) -> Command {
    let plain = command.clone().disable_help_flag(true).disable_version_flag(true);
    plain.mut_args(|flag| {
        let hidden = flag.is_hide_set() || flag.is_positional() || !is_shown(&flag);
        flag.hide(hidden).help_heading(None)
    })
}

/// Returns the list of a command's flags.
fn options(command: &Command) -> io::Result<String> {
    let mut text = Vec::new();
    Man::new(command.clone()).render_options_section(&mut text)?;
    let text = String::from_utf8(text).map_err(io::Error::other)?;
    let list = text.split_once(".SH OPTIONS\n").map(|(_, list)| list.to_owned());
    Ok(list.unwrap_or_default())
}

/// Returns the list of the keys that no flag has.
fn keys() -> String {
    let mut list = Roff::new();
    for key in Policy::KEYS {
        list.control("TP", []);
        list.text([bold(key.name.replace('-', "_")), roman("="), italic(key.values)]);
        list.text([roman(key.help)]);
    }
    list.to_roff()
}

fn sentence(text: &str) -> String {
    if text.ends_with('.') { text.to_owned() } else { format!("{text}.") }
}

/// Gives an apostrophe, which is a quotation mark to some, the name that generated text calls it by.
const APOSTROPHE: &str = ".ie \\n(.g .ds Aq \\(aq\n.el .ds Aq '\n";

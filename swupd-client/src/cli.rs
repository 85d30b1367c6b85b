//! The `swupd` command: what was typed becomes a goal, and what came of it an exit code.

mod advice;
mod again;
pub mod arguments;
mod autoupdate;
mod bundle_add;
mod bundle_info;
mod bundle_list;
mod bundle_remove;
mod check_update;
mod clean;
mod configured;
mod diagnose;
mod diff;
mod failure;
mod glyphs;
mod hashdump;
mod history;
mod info;
mod library;
mod mirror;
mod motd;
mod newest;
mod os_install;
mod output;
pub mod place;
mod plan;
mod question;
mod recover;
mod remember;
mod rollback;
mod search;
mod search_file;
mod session;
pub mod side;
mod size;
mod status;
mod third_party;
mod update;
mod usage;
mod when;
mod why;

use std::{ffi::OsString, sync::Arc, time::Instant};

use clap::{CommandFactory, error::ErrorKind};

use again::Again;
pub(crate) use again::GOES_ON;
pub use again::Program;
use arguments::{Arguments, Command};
use configured::{CommandLine, Unread};
pub use failure::Failure;
pub use output::Exit;
use output::{Manner, Output};
use remember::{Noted, Noting};
use session::Session;
pub use third_party::ThirdPartyFailure;
use usage::{Glimpse, Misunderstood};

use crate::{
    host::machine,
    settings::{CommonFlags, GlobalFlags, Policy, Settings, Surroundings},
};

/// What the program is given besides its arguments.
#[derive(Debug, Clone)]
pub struct Moment {
    /// Seconds since 1970.
    pub now: u64,
    /// Who runs it, on what.
    pub surroundings: Surroundings,
    /// What is running.
    pub program: Program,
}

/// Runs the command and returns the exit code.
pub fn run(typed: impl IntoIterator<Item = OsString>, moment: Moment) -> u8 {
    let typed: Vec<OsString> = typed.into_iter().collect();
    let understood = configured::command_line(&typed, &moment.surroundings.configuration);
    let CommandLine { arguments, policy, warnings } = match understood {
        Ok(understood) => understood,
        Err(unread) => return explain(&unread, &typed, &moment.surroundings),
    };
    let Some(command) = arguments.command else {
        return without_command(arguments.version, arguments.global.json_output);
    };
    if arguments.version {
        return without_command(true, arguments.global.json_output);
    }
    if let Command::Hashdump(flags) = &command {
        return hashdump::run(flags);
    }
    // It prints for itself, if it is there.
    let no_search = match &command {
        Command::Search(flags) => Some(search::run(flags)),
        _ => None,
    };
    let common = common_flags(&command).behind(arguments.global, arguments.versionurl);
    let journal = moment.surroundings.terminal.journal;
    let goes_on = moment.program.goes_on;
    let manner = Manner { goes_on, journal, ..manner(&common.global) };
    let output = Arc::new(Output::begin(name(&command), manner));
    if let Some(failure) = no_search {
        output.error(&failure, failure.hint());
        return output.end(failure.exit());
    }
    for warning in &warnings {
        output.warning(warning);
    }
    in_session(&command, &(common, policy), &output, (&typed, moment))
}

/// Tells what is wrong with a command line, or the help that it asks for.
fn explain(unread: &Unread, typed: &[OsString], surroundings: &Surroundings) -> u8 {
    let Surroundings { configuration, terminal, .. } = surroundings;
    let program = Arguments::command();
    let glimpse = Glimpse::at(&program, typed);
    let section = glimpse.section();
    let json = glimpse.json || configured::asks_for_json(&section, configuration);
    let journal = terminal.journal;
    let output = Output::begin(&section, Manner { json, journal, ..Manner::default() });
    if unread.error.kind() == ErrorKind::DisplayHelp {
        output.help(&unread.error);
        return output.end(Exit::Ok);
    }
    let wrong = Misunderstood::of(&unread.error, &program, &glimpse);
    let wrong = wrong.because_of(&unread.configured);
    output.error(&wrong, Some(&wrong.hint));
    output.end(Exit::InvalidOption)
}

/// Tells the program's version, or else its help.
fn without_command(version: bool, json: bool) -> u8 {
    let output = Output::begin("swupd", Manner { json, ..Manner::default() });
    if version {
        output.answer(concat!("swupd ", env!("CARGO_PKG_VERSION")));
    } else if let Err(help) = Arguments::command().try_get_matches_from(["swupd", "--help"]) {
        output.help(&help);
    }
    output.end(Exit::Ok)
}

/// Runs a subcommand that works on a tree, as often as it says that there is more to do.
fn in_session(
    command: &Command,
    given: &(CommonFlags, Policy),
    output: &Arc<Output>,
    (typed, moment): (&[OsString], Moment),
) -> u8 {
    let begun = Instant::now();
    let (mut exit, mut again) = once(command, given, output, &moment);
    while again == Again::Here {
        (exit, again) = once(command, given, output, &moment);
    }
    if again == Again::Anew {
        again::anew(&moment.program, typed, output);
    }
    output.tell_time(begun);
    output.end(exit)
}

fn once(
    command: &Command,
    given: &(CommonFlags, Policy),
    output: &Arc<Output>,
    moment: &Moment,
) -> (Exit, Again) {
    let mut again = Again::No;
    let result = settings(command, given.clone(), moment.clone()).and_then(|settings| {
        let noted = Noted::of(command);
        let session = Session::new(settings, Arc::clone(output), moment.clone());
        let noting = Noting::begin(noted, &session);
        let result = perform(command, &session);
        if let Err(failure) = &result {
            session.remember_failure(failure);
        }
        noting.end(&session, &result);
        motd::renew(command, &session);
        again = session.again();
        result
    });
    match result {
        Ok(exit) => (exit, again),
        Err(failure) => {
            output.error(&failure, failure.hint());
            (failure.exit(), Again::No)
        }
    }
}

fn settings(
    command: &Command,
    (mut common, policy): (CommonFlags, Policy),
    moment: Moment,
) -> Result<Settings, Failure> {
    let is_older_install = matches!(command, Command::Verify(flags) if flags.install);
    if is_older_install && common.global.path.is_none() {
        // Nobody means the running system by not naming it.
        return Err(Failure::NoTarget);
    }
    if needs_root(command) && !moment.surroundings.is_root {
        let path = common.global.path.as_ref();
        let tree = match command {
            // Without a directory it means none, not the running system.
            Command::OsInstall(flags) => {
                Some(flags.target.as_ref().or(path).ok_or(Failure::NoTarget)?)
            }
            _ => path,
        };
        let command = name(command);
        match tree {
            Some(tree) if tree.as_os_str() != "/" => {
                if machine::is_of_another_user(tree) {
                    return Err(Failure::NotYours { command, tree: tree.clone() });
                }
            }
            _ => return Err(Failure::NotRoot { command }),
        }
    }
    if let Command::OsInstall(flags) = command {
        common = os_install::flags_for_target(flags, common)?;
    }
    Ok(Settings::new(common, policy, moment.surroundings)?)
}

fn perform(command: &Command, session: &Session) -> Result<Exit, Failure> {
    match command {
        Command::Info(_) => info::run(session),
        Command::CheckUpdate(_) => check_update::run(session),
        Command::Status(_) => status::run(session),
        Command::Plan(flags) => plan::run(session, flags),
        Command::Diff(flags) => diff::run(session, flags),
        Command::Why(flags) => why::run(session, flags),
        Command::Update(flags) => update::run_system(session, flags),
        Command::BundleAdd(flags) => bundle_add::run(session, flags),
        Command::BundleRemove(flags) => bundle_remove::run(session, flags),
        Command::BundleList(flags) => bundle_list::run(session, flags),
        Command::BundleInfo(flags) => bundle_info::run(session, flags),
        Command::SearchFile(flags) => search_file::run(session, flags),
        Command::Diagnose(flags) => diagnose::diagnose(session, &flags.whole()),
        Command::Repair(flags) => diagnose::repair(session, &flags.whole()),
        Command::Verify(flags) if flags.install => os_install::run_legacy(session, &flags.verify),
        Command::Verify(flags) if flags.fix => diagnose::repair(session, &flags.verify),
        Command::Verify(flags) => diagnose::diagnose(session, &flags.verify),
        Command::OsInstall(flags) => os_install::run(session, flags),
        Command::Rollback(flags) => rollback::run(session, flags),
        Command::History(flags) => history::run(session, flags),
        Command::Recover(_) => recover::run(session),
        Command::Clean(flags) => clean::run(session, flags),
        Command::Mirror(flags) => mirror::run(session, flags),
        Command::Autoupdate(flags) => autoupdate::run(session, flags),
        Command::ThirdParty(flags) => third_party::run(session, &flags.command),
        // They work without a session: see `run`.
        Command::Hashdump(_) | Command::Search(_) => Ok(Exit::Unexpected),
    }
}

fn common_flags(command: &Command) -> CommonFlags {
    match command {
        Command::Info(flags) => flags.common.clone(),
        Command::CheckUpdate(flags) => flags.common.clone(),
        Command::Status(flags) => flags.common.clone(),
        Command::Plan(flags) => flags.common.clone(),
        Command::Diff(flags) => flags.common.clone(),
        Command::Why(flags) => flags.common.clone(),
        Command::Update(flags) => flags.update.common.clone(),
        Command::BundleAdd(flags) => flags.common.clone(),
        Command::BundleRemove(flags) => flags.common.clone(),
        Command::BundleList(flags) => flags.common.clone(),
        Command::BundleInfo(flags) => flags.common.clone(),
        Command::SearchFile(flags) => flags.common.clone(),
        Command::Diagnose(flags) | Command::Repair(flags) => flags.verify.common.clone(),
        Command::Verify(flags) => flags.verify.common.clone(),
        Command::OsInstall(flags) => flags.common.clone(),
        Command::Rollback(flags) => flags.common.clone(),
        Command::History(flags) => flags.common.clone(),
        Command::Recover(flags) => flags.common.clone(),
        Command::Clean(flags) => flags.common.clone(),
        Command::Mirror(flags) => flags.common.clone(),
        Command::Autoupdate(flags) => flags.common.clone(),
        Command::ThirdParty(flags) => flags.command.common().clone(),
        Command::Hashdump(_) | Command::Search(_) => CommonFlags::default(),
    }
}

fn name(command: &Command) -> &'static str {
    match command {
        Command::Info(_) => "info",
        Command::CheckUpdate(_) => "check-update",
        Command::Status(_) => "status",
        Command::Plan(_) => "plan",
        Command::Diff(_) => "diff",
        Command::Why(_) => "why",
        Command::Update(_) => "update",
        Command::BundleAdd(_) => "bundle-add",
        Command::BundleRemove(_) => "bundle-remove",
        Command::BundleList(_) => "bundle-list",
        Command::BundleInfo(_) => "bundle-info",
        Command::Search(_) => "search",
        Command::SearchFile(_) => "search-file",
        Command::Diagnose(_) => "diagnose",
        Command::Repair(_) => "repair",
        Command::Verify(_) => "verify",
        Command::OsInstall(_) => "os-install",
        Command::Clean(_) => "clean",
        Command::Mirror(_) => "mirror",
        Command::Autoupdate(_) => "autoupdate",
        Command::Rollback(_) => "rollback",
        Command::History(_) => "history",
        Command::Recover(_) => "recover",
        Command::ThirdParty(flags) => flags.command.name(),
        Command::Hashdump(_) => "hashdump",
    }
}

/// Says which commands only root may run on the running system.
fn needs_root(command: &Command) -> bool {
    match command {
        Command::Info(_)
        | Command::CheckUpdate(_)
        | Command::History(_)
        | Command::Status(_)
        | Command::Diff(_)
        | Command::Why(_)
        | Command::Hashdump(_)
        | Command::Search(_) => false,
        Command::BundleList(flags) => flags.is_more_than_local(),
        Command::Mirror(flags) => flags.set.is_some() || flags.unset,
        Command::Autoupdate(flags) => flags.enable || flags.disable,
        Command::ThirdParty(flags) => flags.command.needs_root(),
        _ => true,
    }
}

fn manner(flags: &GlobalFlags) -> Manner {
    Manner {
        quiet: flags.quiet,
        verbose: flags.verbose,
        debug: flags.debug,
        json: flags.json_output,
        times: flags.time,
        progress: !flags.no_progress,
        goes_on: false,
        journal: None,
    }
}

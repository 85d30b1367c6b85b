//! `3rd-party`: the commands of the OS, for repositories that are no part of it. Each runs in a
//! session of the repository's own.

mod add;
mod bundles;
mod failure;
mod list;
mod remove;

use swupd_protocol::bundle::BundleName;

pub use self::failure::ThirdPartyFailure;
use super::{
    again::Again,
    arguments::{ThirdPartyCommand, UpdateFlags, VerifyFlags},
    bundle_info, bundle_list, check_update, clean, diagnose,
    failure::Failure,
    info,
    output::Exit,
    session::Session,
    update,
};
use crate::{
    settings::VersionWish,
    third_party::{Register, Repository},
};

/// Runs a subcommand.
pub(super) fn run(session: &Session, command: &ThirdPartyCommand) -> Result<Exit, Failure> {
    match command {
        ThirdPartyCommand::Add(flags) => add::run(session, flags),
        ThirdPartyCommand::Remove(flags) => remove::run(session, flags),
        ThirdPartyCommand::List(_) => list::run(session),
        ThirdPartyCommand::Info(flags) => each(session, flags.repo.as_deref(), Exit::Ok, info::run),
        ThirdPartyCommand::CheckUpdate(flags) => {
            each(session, flags.repo.as_deref(), Exit::No, check_update::run)
        }
        ThirdPartyCommand::Update(of) => {
            refuse_version(of.repo.as_deref(), of.flags.version)?;
            update_each(session, of.repo.as_deref(), &of.flags)
        }
        ThirdPartyCommand::BundleAdd(of) => bundles::add(session, of.repo.as_deref(), &of.flags),
        ThirdPartyCommand::BundleRemove(of) => {
            bundles::remove(session, of.repo.as_deref(), &of.flags)
        }
        ThirdPartyCommand::BundleList(of) => {
            let flags = &of.flags;
            let about = flags.deps.as_ref().or(flags.has_dep.as_ref());
            let list = |session: &Session| bundle_list::run(session, flags);
            match about.filter(|_| of.repo.is_none()) {
                Some(bundle) => within(session, &bundles::holder(session, bundle)?, list),
                None => each(session, of.repo.as_deref(), Exit::Ok, list),
            }
        }
        ThirdPartyCommand::BundleInfo(of) => {
            refuse_version(of.repo.as_deref(), of.flags.version)?;
            let repository = match &of.repo {
                Some(repo) => named(session, repo)?,
                None => bundles::holder(session, &of.flags.bundle)?,
            };
            within(session, &repository, |session| bundle_info::run(session, &of.flags))
        }
        ThirdPartyCommand::Diagnose(of) => {
            let (repo, flags) = (of.repo.as_deref(), of.flags.whole());
            refuse_particulars(repo, &flags)?;
            each(session, repo, Exit::Ok, |session| diagnose::diagnose(session, &flags))
        }
        ThirdPartyCommand::Repair(of) => {
            let (repo, flags) = (of.repo.as_deref(), of.flags.whole());
            refuse_particulars(repo, &flags)?;
            let _lock = session.lock(&session.os()?)?;
            each(session, repo, Exit::Ok, |session| diagnose::repair(session, &flags))
        }
        ThirdPartyCommand::Clean(of) => {
            let repo = of.repo.as_deref();
            each(session, repo, Exit::Ok, |session| clean::run(session, &of.flags))
        }
    }
}

/// Updates the repositories after the OS, of whose update this came.
pub(super) fn update_with_system(
    session: &Session,
    flags: &UpdateFlags,
    updated: Exit,
) -> Result<Exit, Failure> {
    // The version is one of the OS.
    let flags = UpdateFlags { version: None, common: flags.common.clone(), ..*flags };
    let followed = update_each(session, None, &flags)?;
    Ok(if followed == expected(&flags) { updated } else { followed })
}

fn update_each(
    session: &Session,
    repo: Option<&str>,
    flags: &UpdateFlags,
) -> Result<Exit, Failure> {
    let _lock = if flags.status { None } else { Some(session.lock(&session.os()?)?) };
    each(session, repo, expected(flags), |session| update::run(session, flags, false))
}

/// Returns how an update ends where nothing is to be said of it.
fn expected(flags: &UpdateFlags) -> Exit {
    if flags.status { Exit::No } else { Exit::Ok }
}

/// Runs a command for the repository that is named, else for each of them. The exit code is what is
/// expected, or that of the last for which it is another one.
fn each(
    session: &Session,
    repo: Option<&str>,
    expected: Exit,
    run: impl Fn(&Session) -> Result<Exit, Failure>,
) -> Result<Exit, Failure> {
    if let Some(repo) = repo {
        return within(session, &named(session, repo)?, run);
    }
    let mut exit = expected;
    let register = register(session)?;
    for repository in register.repositories() {
        session.output.answer(&format!("[{}]", repository.name));
        let ended = within(session, repository, &run).unwrap_or_else(|failure| {
            session.output.error(&failure, failure.hint());
            failure.exit()
        });
        if ended != expected {
            exit = ended;
        }
    }
    if register.repositories().is_empty() {
        session.output.info(list::NONE);
    }
    Ok(exit)
}

/// Runs a command in a repository's own session, as often as it says that there is more to do.
fn within(
    session: &Session,
    repository: &Repository,
    run: impl Fn(&Session) -> Result<Exit, Failure>,
) -> Result<Exit, Failure> {
    loop {
        let guest = session.of_repository(repository)?;
        let result = run(&guest);
        if let Err(failure) = &result {
            guest.remember_failure(failure);
        }
        if guest.again() == Again::No || result.is_err() {
            return result;
        }
    }
}

/// Reads which repositories there are, and tells what is wrong with the list.
fn register(session: &Session) -> Result<Register, Failure> {
    let register = Register::of(&session.os()?).map_err(ThirdPartyFailure::from)?;
    for wrong in register.wrong() {
        session.output.warning(&format!("left out of the repositories: {wrong}"));
    }
    Ok(register)
}

fn named(session: &Session, name: &str) -> Result<Repository, Failure> {
    let register = register(session)?;
    let unknown = || ThirdPartyFailure::Unknown { name: name.into() };
    Ok(register.get(name).cloned().ok_or_else(unknown)?)
}

/// Refuses a version's number where it is not said whose it is: each repository has its own.
fn refuse_version(repo: Option<&str>, version: Option<VersionWish>) -> Result<(), Failure> {
    if repo.is_none() && matches!(version, Some(VersionWish::Number(_))) {
        return Err(ThirdPartyFailure::NeedsRepository { flag: "--version" }.into());
    }
    Ok(())
}

/// Refuses what only makes sense for one repository, where none is named.
fn refuse_particulars(repo: Option<&str>, flags: &VerifyFlags) -> Result<(), Failure> {
    refuse_version(repo, flags.version)?;
    if repo.is_none() && !flags.bundles.is_empty() {
        return Err(ThirdPartyFailure::NeedsRepository { flag: "--bundles" }.into());
    }
    Ok(())
}

/// Returns the name of a bundle, where it can be one.
fn bundle_name(typed: &str) -> Option<BundleName> {
    typed.parse().ok()
}

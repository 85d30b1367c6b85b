//! Which repository has a bundle, where nobody says so.

use super::{ThirdPartyFailure, bundle_name, each, named, register, within};
use crate::{
    cli::{
        arguments::{BundleAddFlags, BundleRemoveFlags},
        bundle_add, bundle_list, bundle_remove,
        failure::Failure,
        output::Exit,
        session::Session,
    },
    report::with_causes,
    third_party::Repository,
};

/// Installs bundles, each from the repository that has it, or from the one that is named.
pub(super) fn add(
    session: &Session,
    repo: Option<&str>,
    flags: &BundleAddFlags,
) -> Result<Exit, Failure> {
    let _lock = session.lock(&session.os()?)?;
    in_each(session, (repo, &flags.bundles), holder, |guest, bundles| {
        let common = flags.common.clone();
        bundle_add::run(guest, &BundleAddFlags { bundles, common, ..*flags })
    })
}

/// Removes bundles, each from the repository that has it, or from the one that is named.
pub(super) fn remove(
    session: &Session,
    repo: Option<&str>,
    flags: &BundleRemoveFlags,
) -> Result<Exit, Failure> {
    let _lock = session.lock(&session.os()?)?;
    if flags.orphans {
        return each(session, repo, Exit::Ok, |guest| bundle_remove::run(guest, flags));
    }
    in_each(session, (repo, &flags.bundles), installer, |guest, bundles| {
        let common = flags.common.clone();
        bundle_remove::run(guest, &BundleRemoveFlags { bundles, common, ..*flags })
    })
}

/// Runs a command once for each repository of the bundles, with those that are its own. The exit
/// code is that of the last that fails.
fn in_each(
    session: &Session,
    (repo, bundles): (Option<&str>, &[String]),
    find: impl Fn(&Session, &str) -> Result<Repository, Failure>,
    run: impl Fn(&Session, Vec<String>) -> Result<Exit, Failure>,
) -> Result<Exit, Failure> {
    if let Some(repo) = repo {
        let repository = named(session, repo)?;
        return within(session, &repository, |guest| run(guest, bundles.to_vec()));
    }
    let mut exit = Exit::Ok;
    let told = |failure: &Failure| {
        session.output.error(failure, failure.hint());
        failure.exit()
    };
    let mut shares: Vec<(Repository, Vec<String>)> = Vec::new();
    for bundle in bundles {
        match find(session, bundle) {
            Ok(repository) => match shares.iter_mut().find(|(other, _)| *other == repository) {
                Some((_, share)) => share.push(bundle.clone()),
                None => shares.push((repository, vec![bundle.clone()])),
            },
            Err(failure) => exit = told(&failure),
        }
    }
    for (repository, share) in &shares {
        session.output.info(&format!("In repository `{}`: {}", repository.name, share.join(", ")));
        let ended = within(session, repository, |guest| run(guest, share.clone()));
        match ended.unwrap_or_else(|failure| told(&failure)) {
            Exit::Ok => {}
            other => exit = other,
        }
    }
    Ok(exit)
}

/// Returns the one repository whose installed version has a bundle.
pub(super) fn holder(session: &Session, bundle: &str) -> Result<Repository, Failure> {
    let mut holders = Vec::new();
    for repository in register(session)?.repositories() {
        match has(session, repository, bundle) {
            Ok(true) => holders.push(repository.clone()),
            Ok(false) => {}
            Err(failure) => session.output.warning(&format!(
                "repository `{}` is not looked into: {}",
                repository.name,
                with_causes(&failure)
            )),
        }
    }
    one_of(holders, bundle)
}

/// Returns the one repository from which a bundle is installed; where it is from none, the one that
/// has it.
fn installer(session: &Session, bundle: &str) -> Result<Repository, Failure> {
    let mut installers = Vec::new();
    for repository in register(session)?.repositories() {
        let guest = session.of_repository(repository)?;
        let inventory = bundle_list::Inventory::look(&guest);
        let is_installed = inventory.is_ok_and(|inventory| {
            bundle_name(bundle).is_some_and(|name| inventory.installed.contains(&name))
        });
        if is_installed {
            installers.push(repository.clone());
        }
    }
    if installers.is_empty() { holder(session, bundle) } else { one_of(installers, bundle) }
}

fn has(session: &Session, repository: &Repository, bundle: &str) -> Result<bool, Failure> {
    let Some(bundle) = bundle_name(bundle) else { return Ok(false) };
    let guest = session.of_repository(repository)?;
    let version = guest.installed_version()?;
    let server = guest.server()?;
    let machine = guest.machine()?;
    let metadata = guest.metadata(&server, &machine)?.of_what_is_installed();
    Ok(metadata.mom(version)?.bundle(&bundle).is_some())
}

fn one_of(mut found: Vec<Repository>, bundle: &str) -> Result<Repository, Failure> {
    let bundle = bundle.to_owned();
    match (found.pop(), found.is_empty()) {
        (Some(one), true) => Ok(one),
        (None, _) => Err(ThirdPartyFailure::InNone { bundle }.into()),
        (Some(last), false) => {
            let names = found.iter().chain([&last]).map(|found| found.name.to_string());
            Err(ThirdPartyFailure::InSeveral { bundle, names: names.collect() }.into())
        }
    }
}

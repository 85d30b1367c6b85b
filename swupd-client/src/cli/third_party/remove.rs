//! `3rd-party remove`: takes a repository away, with everything that came from it.

use std::collections::BTreeMap;

use super::{ThirdPartyFailure, register};
use crate::{
    cli::{arguments::RemoveFlags, failure::Failure, output::Exit, session::Session},
    third_party::{Offer, Repository},
};

/// Removes it. The list names it until everything else is gone, so that it can be removed again
/// where that was interrupted.
pub(super) fn run(session: &Session, flags: &RemoveFlags) -> Result<Exit, Failure> {
    let unknown = || ThirdPartyFailure::Unknown { name: flags.name.clone() };
    let os = session.os()?;
    let _lock = session.lock(&os)?;
    let register = register(session)?;
    let listed = register.get(&flags.name).cloned();
    let repository = match (&listed, flags.force) {
        (Some(listed), _) => listed.clone(),
        (None, true) => {
            let name = flags.name.parse().map_err(|_| unknown())?;
            Repository { name, url: String::new() }
        }
        (None, false) => return Err(unknown().into()),
    };
    let places = session.places_of(&repository);
    let offer = Offer { repository: &repository, os: &os, tree: &places.tree };
    let settled = offer.settle(&BTreeMap::new())?;
    let was_there = places.remove(&os)?;
    if listed.is_some() {
        register.without(&repository.name).write(&os).map_err(ThirdPartyFailure::from)?;
    } else if !was_there && settled.removed.is_empty() {
        return Err(unknown().into());
    }
    session.output.info(&format!("Removed repository `{}` and what came from it", repository.name));
    Ok(Exit::Ok)
}

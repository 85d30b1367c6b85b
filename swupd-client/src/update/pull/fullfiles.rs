//! What nothing else gave, object by object. Here a failure is final.

use std::{
    io,
    sync::atomic::{AtomicU64, Ordering},
};

use swupd_protocol::{
    fullfile::{Fullfile, FullfileError},
    layout,
    object::Kind,
};

use super::{
    super::obtain::Wanted,
    Misfit, Missing, Places, PullError,
    missing::{Claim, Way},
};
use crate::{
    host::store::StoreError,
    remote::{Base, FetchError, Source, Verdict, each},
    report::Unit,
};

/// Fetches every object that is still missing.
pub(super) fn fetch(missing: &Missing<'_>, places: &Places<'_>) -> Result<(), PullError> {
    let left = missing.list();
    if left.is_empty() {
        return Ok(());
    }
    let total = left.len() as u64;
    let done = AtomicU64::new(0);
    places.observer.stage("downloading files", Unit::Items, Some(total));
    let fetched = each(&left, places.remote.parallel(), |hash| {
        if let Some(claim) = missing.claim(*hash) {
            fetch_one(claim, places)?;
        }
        places.observer.progress(done.fetch_add(1, Ordering::Relaxed) + 1, Some(total));
        Ok(())
    });
    places.observer.stage_done();
    fetched
}

/// Fetches one object from where it can be had, from a lone place once more where it came damaged:
/// that may have been on the way.
fn fetch_one(claim: Claim<'_>, places: &Places<'_>) -> Result<(), PullError> {
    let mut asked = Source::from(Base::Content);
    let attempt = |source| {
        asked = source;
        try_to_fetch(&claim, source, places)
    };
    let outcome = places.remote.try_each(Base::Content, attempt, Flaw::verdict);
    let (hash, path) = (claim.hash, claim.wanted.path.clone());
    let url = || places.remote.url(asked, &layout::fullfile(hash, claim.wanted.version));
    match outcome {
        Ok(()) => {
            claim.brought(Way::Fetched);
            Ok(())
        }
        Err(Flaw::Fetch(source)) => Err(PullError::Fetch { hash, path, source }),
        Err(Flaw::Damaged(source)) => Err(PullError::Damaged { hash, path, url: url(), source }),
        Err(Flaw::Misfit(what)) => Err(PullError::Misfit { path, url: url(), what }),
        Err(Flaw::Store(error)) => Err(error.into()),
        Err(Flaw::Write(error)) => Err(PullError::Spool(error)),
    }
}

fn try_to_fetch(claim: &Claim<'_>, source: Source, places: &Places<'_>) -> Result<(), Flaw> {
    let (hash, wanted) = (claim.hash, claim.wanted);
    let path = layout::fullfile(hash, wanted.version);
    let body = places.remote.stream(source, &path, limit_of(wanted))?;
    let fullfile = Fullfile::open(body, hash)?;
    let object = fullfile.object().clone();
    claim.check(&object).map_err(Flaw::Misfit)?;
    if object.kind() != Kind::File {
        fullfile.copy_to(&mut io::sink())?;
        return Ok(places.store.put_without_content(hash, &object)?);
    }
    let mut writer = places.store.writer(hash, &object)?;
    fullfile.copy_to(&mut writer)?;
    Ok(writer.commit()?)
}

/// The most bytes that the archive of an object may have: a compressor that finds nothing adds a
/// little, headers and padding come on top.
fn limit_of(wanted: &Wanted) -> u64 {
    wanted.limit.saturating_add(wanted.limit / 64).saturating_add(ROOM_FOR_HEADERS)
}

/// What went wrong with one object.
#[derive(Debug, thiserror::Error)]
enum Flaw {
    #[error(transparent)]
    Fetch(FetchError),
    #[error(transparent)]
    Damaged(Box<FullfileError>),
    #[error(transparent)]
    Misfit(Misfit),
    #[error(transparent)]
    Store(StoreError),
    #[error(transparent)]
    Write(io::Error),
}

impl Flaw {
    fn verdict(&self) -> Verdict {
        match self {
            Self::Fetch(error) => error.verdict(),
            // Another place may have the right one; the same will not.
            Self::Misfit(_) => Verdict::Failing,
            Self::Store(StoreError::Io { .. }) | Self::Write(_) => Verdict::Final,
            // The object is checked as it is kept.
            Self::Damaged(_) | Self::Store(_) => Verdict::Damaged,
        }
    }
}

impl From<FetchError> for Flaw {
    fn from(error: FetchError) -> Self {
        Self::Fetch(error)
    }
}

impl From<FullfileError> for Flaw {
    fn from(error: FullfileError) -> Self {
        if let Some(fetch) = FetchError::among_causes_of(&error) {
            return Self::Fetch(fetch.clone());
        }
        match error {
            FullfileError::Write(error) => Self::Write(error),
            other => Self::Damaged(other.into()),
        }
    }
}

impl From<StoreError> for Flaw {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

const ROOM_FOR_HEADERS: u64 = 1 << 20;

//! Makes a new file from an installed one and a delta. The old file is hashed first, through the
//! very descriptor that it is then read from; the result is hashed as it is written.

use std::{error::Error, io::BufReader};

use swupd_protocol::{
    delta::{self, ApplyError, Delta, DeltaError},
    object::Object,
    path::TreePath,
};

use super::{
    Misfit, Places, PullError,
    missing::{Claim, Way},
    spool::Spool,
};
use crate::host::store::StoreError;

/// A delta that arrived, and the file that it starts from.
pub(super) struct Patch<'a> {
    pub(super) claim: Claim<'a>,
    pub(super) from: swupd_protocol::hash::ContentHash,
    pub(super) base: &'a TreePath,
    pub(super) delta: Spool,
}

impl Patch<'_> {
    /// Makes the file. Whatever is wrong with the delta or its base is told to whoever looks for
    /// faults, and the object stays missing; only what is wrong with this machine is an error.
    pub(super) fn apply(self, places: &Places<'_>) -> Result<(), PullError> {
        let (hash, base) = (self.claim.hash, self.base);
        match self.try_to_apply(places) {
            Ok(()) => Ok(()),
            Err(Flaw::Fatal(error)) => Err(error),
            Err(Flaw::Unusable(why)) => {
                let why = reasons(why.as_ref());
                places.observer.debug(format!("no object {hash} from {base} by its delta: {why}"));
                Ok(())
            }
        }
    }

    fn try_to_apply(self, places: &Places<'_>) -> Result<(), Flaw> {
        let Self { claim, from, base, delta } = self;
        let Delta::Container(container) = delta::open(delta)? else {
            return Err(Flaw::Unusable("there is no delta".into()));
        };
        let (attributes, size) = (container.attributes(), container.new_size());
        let object = Object::File { attributes, size };
        claim.check(&object)?;
        let old = places.root.open_verified(base, &from);
        let old = old.map_err(|error| Flaw::Unusable(error.into()))?;
        let old = old.ok_or_else(|| Flaw::Unusable("the file was changed".into()))?;
        let mut writer = places.store.writer(claim.hash, &object)?;
        container.apply(&mut BufReader::new(old), &mut writer)?;
        writer.commit()?;
        claim.brought(Way::Patched);
        Ok(())
    }
}

/// Whether anything else can still go well.
enum Flaw {
    Unusable(Box<dyn Error + Send + Sync>),
    Fatal(PullError),
}

impl From<DeltaError> for Flaw {
    fn from(error: DeltaError) -> Self {
        Self::Unusable(error.into())
    }
}

impl From<Misfit> for Flaw {
    fn from(misfit: Misfit) -> Self {
        Self::Unusable(misfit.into())
    }
}

impl From<ApplyError> for Flaw {
    fn from(error: ApplyError) -> Self {
        match error {
            ApplyError::Output(error) => Self::Fatal(PullError::Spool(error)),
            other => Self::Unusable(other.into()),
        }
    }
}

impl From<StoreError> for Flaw {
    fn from(error: StoreError) -> Self {
        match error {
            error @ StoreError::Io { .. } => Self::Fatal(error.into()),
            other => Self::Unusable(other.into()),
        }
    }
}

/// Returns an error and what led to it, for a line of a log.
pub(super) fn reasons(error: &(dyn Error + 'static)) -> String {
    let chain = std::iter::successors(Some(error), |&error| error.source());
    chain.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

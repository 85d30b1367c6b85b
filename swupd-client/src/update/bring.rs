//! One file of a version, to be read instead of put anywhere.

use std::collections::BTreeMap;

use swupd_protocol::{object::Kind, path::TreePath};

use super::{
    Target, Trip, UpdateError,
    fetch::Metadata,
    order::{Packs, order},
    pull,
};
use crate::host::machine::Machine;

impl Trip<'_> {
    /// Brings a file of at most `limit` bytes and returns what it holds; none where the version has
    /// no file there.
    pub fn bring_file(
        &self,
        target: &Target,
        path: &TreePath,
        limit: u64,
    ) -> Result<Option<Vec<u8>>, UpdateError> {
        let entry = target.content.get(path);
        let entry = entry.filter(|entry| entry.is_present() && entry.kind == Some(Kind::File));
        let Some(entry) = entry else { return Ok(None) };
        let Machine { root, store, .. } = self.machine;
        let puts = [entry.clone()];
        let order = order(&puts, &target.release, Packs::None, BTreeMap::new());
        let Metadata { remote, observer, .. } = self.metadata;
        let pulled = pull::pull(&order, remote, store, root, observer)?;
        observer.debug(format!("{:?}", pulled.tally()));
        Ok(store.read(&entry.hash, limit).map_err(pull::PullError::from)?)
    }
}

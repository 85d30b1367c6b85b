//! What is on this machine already: objects that an earlier run left in the store, and files of
//! the tree that lie at another path.

use std::{
    fs::File,
    io::{self, Read},
    os::unix::fs::MetadataExt,
};

use rayon::prelude::*;
use swupd_protocol::{
    hash::ContentHash,
    object::{Attributes, Kind, Object},
};

use super::{
    Missing, Places, PullError,
    missing::Way,
    spool::{SpoolError, copy},
};
use crate::host::{
    root::{Ownership, Root},
    store::StoreError,
};

/// Finds what the store has.
pub(super) fn find_stored(missing: &Missing<'_>, places: &Places<'_>) {
    missing.list().into_par_iter().filter(|hash| places.store.has(hash)).for_each(|hash| {
        if let Some(claim) = missing.claim(hash) {
            claim.brought(Way::Stored);
        }
    });
}

/// Copies what the tree has at another path. A file there that is not what it should be is no
/// error: the object comes another way.
pub(super) fn copy_installed(missing: &Missing<'_>, places: &Places<'_>) -> Result<(), PullError> {
    missing.list().into_par_iter().try_for_each(|hash| {
        if try_to_copy(hash, missing, places)? == Some(Copy::NotTheObject) {
            places.observer.debug(format!("the file to copy object {hash} from was changed"));
        }
        Ok(())
    })
}

#[derive(Debug, PartialEq, Eq)]
enum Copy {
    Made,
    NotTheObject,
}

fn try_to_copy(
    hash: ContentHash,
    missing: &Missing<'_>,
    places: &Places<'_>,
) -> Result<Option<Copy>, PullError> {
    let Some(path) = missing.installed(hash) else { return Ok(None) };
    let Some(claim) = missing.claim(hash) else { return Ok(None) };
    if claim.wanted.kind != Kind::File {
        return Ok(None);
    }
    // Whatever keeps it from being read, it is not needed from there.
    let Ok(Some(file)) = places.root.open_file(path) else { return Ok(Some(Copy::NotTheObject)) };
    let Ok(object) = object_of(&file, hash, places.root) else {
        return Ok(Some(Copy::NotTheObject));
    };
    let mut writer = places.store.writer(hash, &object)?;
    match copy(&mut file.take(object.content_size()), &mut writer) {
        Ok(()) => {}
        Err(SpoolError::Read(_)) => return Ok(Some(Copy::NotTheObject)),
        Err(SpoolError::Write(error)) => return Err(PullError::Spool(error)),
    }
    match writer.commit() {
        Ok(()) => {
            claim.brought(Way::Copied);
            Ok(Some(Copy::Made))
        }
        Err(error @ StoreError::Io { .. }) => Err(error.into()),
        Err(_) => Ok(Some(Copy::NotTheObject)),
    }
}

/// Returns what an open file would be as an object: the writer finds out whether it is.
fn object_of(file: &File, hash: ContentHash, root: &Root) -> io::Result<Object> {
    let metadata = file.metadata()?;
    let on_disk = Attributes::new(metadata.mode(), metadata.uid(), metadata.gid());
    let attributes = match root.ownership() {
        Ownership::AsStated => on_disk,
        Ownership::OfTheUser => root
            .record()
            .and_then(|record| record.attributes(&hash))
            .unwrap_or(Attributes { uid: 0, gid: 0, ..on_disk }),
    };
    Ok(Object::File { attributes, size: metadata.len() })
}

//! Every object of the version on its own, for clients that no pack serves.

use std::{
    io::{self, BufWriter, Write},
    sync::atomic::{AtomicU64, Ordering},
};

use fs_err::File;
use rayon::prelude::*;
use swupd_protocol::{
    archive::Unhashed,
    fullfile::{self, Stored},
    hash::ContentHash,
    layout,
};

use super::{EncodeError, Summary, content, encoding};
use crate::{
    release::{
        describe::{Content, Described, NewObject},
        work::Workshop,
    },
    report::Meter,
};

/// Writes the fullfiles, or links those that an earlier version has.
pub(super) fn write(
    described: &Described,
    shop: &Workshop<'_>,
    meter: &Meter<'_>,
) -> Result<Summary, EncodeError> {
    let mut jobs = Vec::with_capacity(described.objects.len());
    for (hash, new) in &described.objects {
        let content = described.contents.get(hash).ok_or(EncodeError::Unknown { hash: *hash })?;
        jobs.push((*hash, new, content));
    }
    // The largest first, so that none of them is left for one thread at the end.
    jobs.sort_by_key(|(hash, _, content)| (u64::MAX - content.object.content_size(), *hash));
    let (linked, bytes) = (AtomicU64::new(0), AtomicU64::new(0));
    jobs.par_iter().with_max_len(1).try_for_each(|(hash, new, content)| {
        if link(*hash, new, shop) {
            linked.fetch_add(1, Ordering::Relaxed);
        } else {
            let written = write_one(*hash, content, shop)
                .map_err(|source| EncodeError::Object { path: new.path.clone(), source })?;
            bytes.fetch_add(written, Ordering::Relaxed);
        }
        meter.add(content.object.content_size());
        Ok(())
    })?;
    Ok(Summary {
        fullfiles: jobs.len() as u64,
        linked_fullfiles: linked.into_inner(),
        fullfile_bytes: bytes.into_inner(),
        ..Summary::default()
    })
}

/// Gives the fullfile of an earlier version another name, where there is one and the file system
/// can; else it is written anew.
fn link(hash: ContentHash, new: &NewObject, shop: &Workshop<'_>) -> bool {
    let Some(published) = new.published else { return false };
    let earlier = shop.repo.path(&layout::fullfile(hash, published));
    let here = shop.work.path(&layout::fullfile(hash, shop.work.version()));
    fs_err::hard_link(earlier, here).is_ok()
}

/// Writes one fullfile; returns its size.
fn write_one(hash: ContentHash, content: &Content, shop: &Workshop<'_>) -> io::Result<u64> {
    let mut reader = content::open(shop.tree, hash, content)?;
    let file = File::create(shop.work.path(&layout::fullfile(hash, shop.work.version())))?;
    let unhashed = Unhashed { mtime: content.mtime, xattrs: &content.xattrs };
    let stored = Stored { hash, object: &content.object, unhashed };
    let how = encoding(shop.compression.fullfiles);
    let mut written = fullfile::write(BufWriter::new(file), stored, &mut reader, how)?;
    written.flush()?;
    Ok(written.get_ref().metadata()?.len())
}

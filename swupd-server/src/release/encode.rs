//! Writes each object that this version has to publish, whole and as the difference to older ones.

mod budget;
mod content;
mod deltas;
mod fullfiles;

use std::{collections::BTreeMap, io};

use swupd_protocol::{compression::Encoding, hash::ContentHash, path::TreePath};

pub(super) use self::content::open as open_content;
use super::{describe::Described, work::Workshop};
use crate::{report::Meter, settings::Compression};

/// A version whose objects are written: fullfiles in its directory, deltas in the room that is
/// kept.
#[derive(Debug)]
pub struct Encoded {
    pub(super) described: Described,
    pub(super) deltas: Deltas,
    pub(super) summary: Summary,
}

/// The deltas that are worth sending, by the objects that they start from and make, each with its
/// size in bytes.
pub(super) type Deltas = BTreeMap<(ContentHash, ContentHash), u64>;

/// What was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Objects that are published alone.
    pub fullfiles: u64,
    /// Of these, those that an earlier version had already.
    pub linked_fullfiles: u64,
    /// Bytes of those that are new.
    pub fullfile_bytes: u64,
    /// Deltas that are smaller than the object that they make.
    pub deltas: u64,
    /// Deltas that were tried and are not.
    pub refused_deltas: u64,
    /// Packs of whole bundles.
    pub zero_packs: u64,
    /// Their bytes.
    pub zero_pack_bytes: u64,
    /// Packs of what changed.
    pub delta_packs: u64,
    /// Their bytes.
    pub delta_pack_bytes: u64,
}

/// Writes the objects and deltas of a version.
///
/// A file that changed since it was scanned ends the build: what is described is what is published.
pub fn encode(described: Described, shop: &Workshop<'_>) -> Result<Encoded, EncodeError> {
    let meter = Meter::new(shop.observer, amount(&described));
    let mut summary = fullfiles::write(&described, shop, &meter)?;
    let deltas = deltas::make(&described, shop, &meter)?;
    summary.deltas = deltas.len() as u64;
    summary.refused_deltas = described.deltas.len() as u64 - summary.deltas;
    Ok(Encoded { described, deltas, summary })
}

/// Returns how a setting compresses one object or a whole archive.
pub(super) fn encoding(compression: Compression) -> Encoding {
    match compression {
        Compression::None => Encoding::none(),
        Compression::Zstd(level) => Encoding::zstd(level),
        Compression::Xz(preset) => Encoding::xz(preset),
    }
}

/// Returns how many bytes there are to deal with.
fn amount(described: &Described) -> u64 {
    let size = |hash| described.contents.get(hash).map_or(0, |c| c.object.content_size());
    let whole = described.objects.keys().map(size);
    let deltas = described.deltas.iter().map(|pair| size(&pair.to));
    whole.chain(deltas).sum()
}

/// Why the objects of a version cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    /// An object of the tree cannot be read again as it was scanned, or cannot be written.
    #[error("{path} cannot be published")]
    Object {
        /// Where it stands.
        path: TreePath,
        /// Why.
        source: io::Error,
    },
    /// The description names an object that it does not have.
    #[error("the object {hash} is not described")]
    Unknown {
        /// Its name.
        hash: ContentHash,
    },
    /// A delta cannot be stored.
    #[error("the delta of {path} cannot be stored")]
    Delta {
        /// A path of the object that it makes.
        path: TreePath,
        /// Why.
        source: io::Error,
    },
}

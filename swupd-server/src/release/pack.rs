//! Gathers objects and deltas into packs, and writes the manifests that describe them.

pub(super) mod manifests;

use std::{
    fmt,
    io::{self, BufWriter, Write},
    sync::atomic::{AtomicU64, Ordering},
};

use fs_err::File;
use rayon::prelude::*;
use swupd_protocol::{
    archive::Unhashed, bundle::BundleName, compression::Encoding, fullfile::Stored, layout,
    pack::PackWriter, path::TreePath, version::Version,
};

use super::{
    describe::{Described, PackMember, PackPlan},
    encode::{Deltas, Encoded, Summary, encoding, open_content},
    work::Workshop,
};
use crate::{repo::RepoError, report::Meter};

/// A version that is complete but for its signatures.
#[derive(Debug)]
pub struct Packed {
    pub(super) described: Described,
    pub(super) summary: Summary,
}

/// Writes the packs and manifests of a version.
pub fn pack(encoded: Encoded, shop: &Workshop<'_>) -> Result<Packed, PackError> {
    let Encoded { described, deltas, mut summary } = encoded;
    let counter = Counter::default();
    {
        let meter = Meter::new(shop.observer, described.packs.iter().map(size(&described)).sum());
        let press =
            Press { described: &described, deltas: &deltas, shop, meter, counter: &counter };
        press.write_all()?;
    }
    counter.add_to(&mut summary);
    manifests::write(&described, shop)?;
    Ok(Packed { described, summary })
}

/// Writes packs.
struct Press<'a> {
    described: &'a Described,
    deltas: &'a Deltas,
    shop: &'a Workshop<'a>,
    meter: Meter<'a>,
    counter: &'a Counter,
}

#[derive(Default)]
struct Counter {
    zero: (AtomicU64, AtomicU64),
    delta: (AtomicU64, AtomicU64),
}

impl Counter {
    fn count(&self, plan: &PackPlan, bytes: u64) {
        let (packs, sum) = if plan.from.is_none() { &self.zero } else { &self.delta };
        packs.fetch_add(1, Ordering::Relaxed);
        sum.fetch_add(bytes, Ordering::Relaxed);
    }

    fn add_to(&self, summary: &mut Summary) {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        (summary.zero_packs, summary.zero_pack_bytes) = (read(&self.zero.0), read(&self.zero.1));
        (summary.delta_packs, summary.delta_pack_bytes) =
            (read(&self.delta.0), read(&self.delta.1));
    }
}

impl Press<'_> {
    /// Writes the huge packs one after the other, each with all cores, then the others side by side,
    /// each as one block: that takes a sixth less time in all, a third of the memory, and no more
    /// bytes. Which way a pack is written depends on its content alone, and so do its bytes.
    fn write_all(&self) -> Result<(), PackError> {
        let cores = u32::try_from(rayon::current_num_threads()).unwrap_or(u32::MAX);
        let plans = self.described.packs.iter();
        let (huge, mut others): (Vec<_>, Vec<_>) =
            plans.partition(|plan| self.content(plan) > HUGE);
        for plan in huge {
            self.write(plan, cores.min(MOST_WORKERS))?;
        }
        // Those that take longest first, so that none of them is left for one core at the end.
        others.sort_by_key(|plan| u64::MAX - self.effort(plan));
        others.par_iter().with_max_len(1).try_for_each(|plan| self.write(plan, 0))
    }

    fn write(&self, plan: &PackPlan, workers: u32) -> Result<(), PackError> {
        let path = layout::pack(&plan.bundle, plan.from, plan.to);
        let failed = |source| PackError::Pack { pack: PackName::of(plan), source };
        let file = File::create(self.shop.work.path(&path)).map_err(failed)?;
        let settings = self.shop.compression;
        let how = if plan.from.is_none() { settings.zero_packs } else { settings.delta_packs };
        let how = windowed(encoding(how)).workers(workers);
        let mut pack =
            PackWriter::new(BufWriter::new(file), how, self.described.timestamp).map_err(failed)?;
        for member in &plan.members {
            self.append(&mut pack, member).map_err(|source| PackError::Member {
                path: member.path.clone(),
                pack: PackName::of(plan),
                source,
            })?;
        }
        let mut file = pack.finish().map_err(failed)?;
        file.flush().map_err(failed)?;
        let bytes = file.get_ref().metadata().map_err(failed)?.len();
        self.counter.count(plan, bytes);
        Ok(())
    }

    /// Adds one object: as a delta where there is one, else whole.
    fn append<W: Write>(&self, pack: &mut PackWriter<W>, member: &PackMember) -> io::Result<()> {
        let PackMember { hash, base, .. } = member;
        let Some(content) = self.described.contents.get(hash) else {
            return Err(io::Error::other("the object is not described"));
        };
        self.meter.add(content.object.content_size());
        let delta = base.and_then(|base| Some((base, *self.deltas.get(&(base, *hash))?)));
        if let Some((base, size)) = delta {
            let mut file = File::open(self.shop.work.delta(base, *hash))?;
            return pack.delta(base, *hash, size, &mut file);
        }
        let unhashed = Unhashed { mtime: content.mtime, xattrs: &content.xattrs };
        let stored = Stored { hash: *hash, object: &content.object, unhashed };
        pack.whole(stored, &mut open_content(self.shop.tree, *hash, content)?)
    }

    fn content(&self, plan: &PackPlan) -> u64 {
        size(self.described)(plan)
    }

    /// Estimates how long a pack takes: packs of what changed are compressed harder.
    fn effort(&self, plan: &PackPlan) -> u64 {
        self.content(plan) * if plan.from.is_none() { 1 } else { 5 }
    }
}

/// Returns a function that says how many bytes the objects of a pack have.
fn size(described: &Described) -> impl Fn(&PackPlan) -> u64 + '_ {
    |plan| {
        let contents = plan.members.iter().filter_map(|m| described.contents.get(&m.hash));
        contents.map(|content| content.object.content_size()).sum()
    }
}

/// Lets zstd look back as far as pays for what clients have to hold in memory; what xz looks back
/// is part of its preset.
fn windowed(encoding: Encoding) -> Encoding {
    match encoding.compression() {
        swupd_protocol::compression::Compression::Zstd => encoding.window_log(ZSTD_WINDOW_LOG),
        _ => encoding,
    }
}

/// Which pack an error is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackName {
    /// Its bundle.
    pub bundle: BundleName,
    /// The version that it starts from; none for a pack of the whole bundle.
    pub from: Option<Version>,
}

impl PackName {
    fn of(plan: &PackPlan) -> Self {
        Self { bundle: plan.bundle.clone(), from: plan.from }
    }
}

impl fmt::Display for PackName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.from {
            Some(from) => write!(f, "the pack of bundle {} from version {from}", self.bundle),
            None => write!(f, "the pack of the whole bundle {}", self.bundle),
        }
    }
}

/// Why packs or manifests cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// A pack cannot be written.
    #[error("{pack} cannot be written")]
    Pack {
        /// The pack.
        pack: PackName,
        /// Why.
        source: io::Error,
    },
    /// An object cannot be read again as it was scanned, or cannot be written.
    #[error("{path} cannot be put into {pack}")]
    Member {
        /// Where it stands.
        path: TreePath,
        /// The pack.
        pack: PackName,
        /// Why.
        source: io::Error,
    },
    /// A manifest cannot be written.
    #[error("the manifests cannot be written")]
    Manifest(#[from] io::Error),
    /// An earlier manifest, which a manifest delta starts from, cannot be read.
    #[error("the earlier manifest of bundle {bundle} cannot be read")]
    Earlier {
        /// The bundle.
        bundle: BundleName,
        /// Why.
        source: Box<RepoError>,
    },
}

/// Packs with more content than this, in bytes, get all cores for themselves.
const HUGE: u64 = 1 << 30;
/// Each worker takes a hundred megabytes at the highest levels.
const MOST_WORKERS: u32 = 16;
/// 8 MiB: larger windows make packs smaller by a third of a percent only.
const ZSTD_WINDOW_LOG: u32 = 23;

//! The single steps of bringing a bundle's content, each independent of the others.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, PoisonError},
};

use swupd_protocol::{
    bundle::BundleName,
    delta,
    fullfile::Fullfile,
    hash::ContentHash,
    layout::{self, RepoPath},
    limits::{MAX_DELTA, MAX_MANIFEST},
    manifest::Manifest,
    mom::MomEntry,
    pack::{PackMember, PackReader},
    version::Version,
};

use super::{
    MirrorError, Order,
    bring::{BringError, Bringer, Piece, Stream, whole},
    content::room,
    metadata::Listed,
};
use crate::{
    proof::{self, Bases},
    report::causes,
};

/// A step.
#[derive(Debug, Clone, Copy)]
pub(super) enum Task<'a> {
    /// A pack, and the difference of the manifests that it goes with.
    Pack { listed: &'a Listed, from: Option<Version> },
    /// An object as a whole.
    Object { listed: &'a Listed, version: Version, hash: ContentHash },
}

/// A delta in a pack, which may also lie beside it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FileDelta {
    name: String,
    bundle: BundleName,
    from: Version,
    manifest: RepoPath,
}

/// Does the steps, from any thread.
#[derive(Debug)]
pub(super) struct Tasks<'a> {
    order: Order<'a>,
    bringer: &'a Bringer<'a>,
    deltas: Mutex<BTreeMap<Version, Vec<FileDelta>>>,
}

impl<'a> Tasks<'a> {
    pub(super) fn new(order: Order<'a>, bringer: &'a Bringer<'a>) -> Self {
        Self { order, bringer, deltas: Mutex::default() }
    }

    pub(super) fn run(&self, task: &Task<'_>) -> Result<(), MirrorError> {
        match *task {
            Task::Object { listed, version, hash } => self.object(listed, version, hash),
            Task::Pack { listed, from } => {
                self.pack(listed, from)?;
                from.map_or(Ok(()), |from| self.manifest_delta(&listed.line, from))
            }
        }
    }

    /// Returns the deltas that packs had, by the version in whose directory they may lie.
    pub(super) fn into_deltas(self) -> BTreeMap<Version, Vec<FileDelta>> {
        let mut deltas = self.deltas.into_inner().unwrap_or_else(PoisonError::into_inner);
        for deltas in deltas.values_mut() {
            deltas.sort();
            deltas.dedup_by(|one, other| one.name == other.name);
        }
        deltas
    }

    fn object(
        &self,
        listed: &Listed,
        version: Version,
        hash: ContentHash,
    ) -> Result<(), MirrorError> {
        let limit = room(&listed.manifest);
        let path = layout::fullfile(hash, version);
        let proof = |stream: &mut Stream<'_>| {
            let fullfile = Fullfile::open(stream, hash).map_err(|error| causes(&error))?;
            fullfile.copy_to(&mut std::io::sink()).map_err(|error| causes(&error))
        };
        let piece = Piece { path: path.clone(), limit };
        if self.bringer.bring(&piece, proof)? {
            return Ok(());
        }
        if self.order.wishes.allow_missing {
            let why = "it is missing upstream".into();
            self.bringer.leave_out(&listed.path(), &path, why);
            return Ok(());
        }
        let hint = Some("; --allow-missing copies what there is");
        Err(MirrorError::Missing { url: self.bringer.url(&path), hint })
    }

    fn pack(&self, listed: &Listed, from: Option<Version>) -> Result<(), MirrorError> {
        let MomEntry { name, version, .. } = &listed.line;
        let path = layout::pack(name, from, *version);
        let limit = room(&listed.manifest);
        let bases = self.bases(name, from);
        let proof = |stream: &mut Stream<'_>| {
            let deltas = read_pack(stream, limit, &bases)?;
            if let Some(from) = from {
                self.note_deltas(listed, from, deltas);
            }
            Ok(())
        };
        let brought = self.bringer.bring(&Piece { path: path.clone(), limit }, proof);
        self.bringer.or_leave_out(&listed.path(), &path, brought).map(drop)
    }

    /// Takes note of deltas, which lie in the directories of the versions that have what they make.
    fn note_deltas(&self, listed: &Listed, from: Version, found: Vec<(ContentHash, String)>) {
        let entries = listed.manifest.present();
        let versions: HashMap<_, _> = entries.map(|entry| (entry.hash, entry.version)).collect();
        let mut deltas = self.deltas.lock().unwrap_or_else(PoisonError::into_inner);
        for (to, name) in found {
            let Some(version) = versions.get(&to) else { continue };
            let bundle = listed.line.name.clone();
            let delta = FileDelta { name, bundle, from, manifest: listed.path() };
            deltas.entry(*version).or_default().push(delta);
        }
    }

    /// Brings the difference of two versions of a manifest. It is made from what is here only: where
    /// the older manifest is not, it could not be proven.
    fn manifest_delta(&self, line: &MomEntry, from: Version) -> Result<(), MirrorError> {
        let older = layout::manifest(&line.name, from);
        let Some(older) = self.order.repo.manifest_text(&older)? else { return Ok(()) };
        let path = layout::manifest_delta(&line.name, from, line.version);
        let proof =
            |stream: &mut Stream<'_>| proof::manifest_delta(&whole(stream)?, &older, line.hash);
        let brought = self.bringer.bring(&Piece { path: path.clone(), limit: MAX_MANIFEST }, proof);
        let manifest = layout::manifest(&line.name, line.version);
        self.bringer.or_leave_out(&manifest, &path, brought).map(drop)
    }

    /// Brings a delta that lies beside its pack; says whether there is one.
    pub(super) fn file_delta(
        &self,
        version: Version,
        wanted: &FileDelta,
    ) -> Result<bool, MirrorError> {
        let path = layout::delta_named(&wanted.name, version);
        let Some((from, to)) = layout::parse_delta_file(&wanted.name) else { return Ok(false) };
        let bases = self.bases(&wanted.bundle, Some(wanted.from));
        let proof = |stream: &mut Stream<'_>| apply(&bases, stream, from, to);
        let brought: Result<bool, BringError> =
            self.bringer.bring(&Piece { path: path.clone(), limit: MAX_DELTA }, proof);
        // One that is damaged says that there are some.
        Ok(self.bringer.or_leave_out(&wanted.manifest, &path, brought)?.unwrap_or(true))
    }

    /// Returns what deltas of a bundle may start from.
    fn bases(&self, bundle: &BundleName, from: Option<Version>) -> Bases<'a> {
        let repo = self.order.repo;
        let text =
            from.and_then(|from| repo.manifest_text(&layout::manifest(bundle, from)).ok()?);
        let manifest = text.and_then(|text| Manifest::parse(&text).ok());
        let entries = manifest.iter().flat_map(Manifest::present);
        Bases::among(repo, entries.map(|entry| (entry.hash, entry.version)))
    }
}

/// Reads a pack to its end, and proves each member; returns its deltas, by what they make and
/// by name.
fn read_pack(
    stream: &mut Stream<'_>,
    limit: u64,
    bases: &Bases<'_>,
) -> Result<Vec<(ContentHash, String)>, String> {
    let mut pack = PackReader::bounded(stream, limit).map_err(|error| causes(&error))?;
    let mut deltas = Vec::new();
    while let Some(member) = pack.next_member().map_err(|error| causes(&error))? {
        let name = String::from_utf8_lossy(pack.file_name()).into_owned();
        let proven = match member {
            PackMember::Whole { hash, object } => {
                proof::whole(&mut pack, hash, object.hasher()).map(drop)
            }
            PackMember::Delta { from, to, .. } => {
                deltas.push((to, name.clone()));
                apply(bases, &mut pack, from, to)
            }
        };
        proven.map_err(|why| format!("its member {name} cannot be used: {why}"))?;
    }
    pack.finish().map_err(|error| causes(&error))?;
    Ok(deltas)
}

/// Proves a delta, where what it starts from is here: else a client will that has it.
fn apply(
    bases: &Bases<'_>,
    mut content: &mut (impl std::io::Read + ?Sized),
    from: ContentHash,
    to: ContentHash,
) -> Result<(), String> {
    if bases.has(from) {
        return bases.apply(&mut content, from, to).map(drop);
    }
    let mut spooled = tempfile::SpooledTempFile::new(IN_MEMORY);
    std::io::copy(&mut std::io::Read::take(content, MAX_DELTA), &mut spooled)
        .map_err(|error| causes(&error))?;
    delta::open(spooled).map(drop).map_err(|error| causes(&error))
}

/// Larger deltas lie on disk while they are looked at, in bytes.
const IN_MEMORY: usize = 16 << 20;

//! A version's content: what its bundles' manifests name, then the manifests, then its MoM.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    sync::{Mutex, PoisonError},
};

use swupd_protocol::{
    bundle::BundleName,
    hash::ContentHash,
    layout,
    manifest::Manifest,
    mom::{Mom, MomEntry},
    trust::Trusted,
    version::Version,
};
use swupd_remote::each;

use super::{
    MirrorError, Order,
    bring::Bringer,
    full,
    metadata::{self, Listed, Told},
    tasks::{FileDelta, Task, Tasks},
};

/// Brings the content of versions, from the oldest on.
#[derive(Debug)]
pub(super) struct Content<'a> {
    order: Order<'a>,
    bringer: &'a Bringer<'a>,
    /// Which versions of each bundle there are.
    history: BTreeMap<BundleName, BTreeSet<Version>>,
    /// The versions of bundles that were wanted so far.
    bundles: BTreeSet<(BundleName, Version)>,
    /// Objects that are known to be here.
    here: HashSet<(Version, ContentHash)>,
}

impl<'a> Content<'a> {
    pub(super) fn new(
        order: Order<'a>,
        bringer: &'a Bringer<'a>,
        history: BTreeMap<BundleName, BTreeSet<Version>>,
    ) -> Self {
        Self { order, bringer, history, bundles: BTreeSet::new(), here: HashSet::new() }
    }

    /// Returns the versions of bundles that were wanted.
    pub(super) fn bundles(&self) -> &BTreeSet<(BundleName, Version)> {
        &self.bundles
    }

    /// Brings a version.
    pub(super) fn bring(&mut self, told: &mut Told) -> Result<(), MirrorError> {
        let lists = self.new_manifests(&told.mom)?;
        if lists.is_empty() && told.staged.is_empty() {
            return Ok(());
        }
        self.objects_and_packs(&lists)?;
        let full = full::fetch(self.order, self.bringer, &told.mom, &lists)?;
        let inbox = self.bringer.inbox;
        for listed in &lists {
            inbox.owed.settle(&listed.path());
        }
        inbox.owed.settle(&layout::mom(told.mom.header.version));
        inbox.sync()?;
        let manifests = lists.into_iter().flat_map(|listed| listed.staged);
        manifests.chain(full).try_for_each(|staged| inbox.place(staged))?;
        inbox.sync()?;
        told.staged.drain(..).try_for_each(|staged| inbox.place(staged))
    }

    /// Returns the manifests that are wanted and not here: what they name may be missing, too.
    fn new_manifests(&mut self, mom: &Trusted<Mom>) -> Result<Vec<Listed>, MirrorError> {
        let all = self.order.wanted.bundles.is_empty();
        let mut ahead: BTreeSet<BundleName> = if all {
            mom.bundles.iter().map(|line| line.name.clone()).collect()
        } else {
            let named = self.order.wanted.bundles.iter().cloned();
            named.chain([BundleName::os_core()]).collect()
        };
        let (mut seen, mut new) = (BTreeSet::new(), Vec::new());
        while !ahead.is_empty() {
            let lines: Vec<&MomEntry> = ahead.iter().filter_map(|name| mom.bundle(name)).collect();
            seen.append(&mut ahead);
            for listed in self.manifests(mom, lines, all)? {
                let header = &listed.manifest.header;
                let included = header.includes.iter().filter(|&name| !seen.contains(name));
                ahead.extend(included.cloned());
                let is_first = self.bundles.insert((listed.line.name.clone(), listed.line.version));
                if is_first && !listed.staged.is_empty() {
                    new.push(listed);
                }
            }
        }
        Ok(new)
    }

    /// Reads manifests; where what they include does not matter, only those that are not here.
    fn manifests(
        &mut self,
        mom: &Trusted<Mom>,
        mut lines: Vec<&MomEntry>,
        all: bool,
    ) -> Result<Vec<Listed>, MirrorError> {
        if all {
            let has = |line: &MomEntry| {
                let path = layout::manifest(&line.name, line.version);
                self.order.repo.has(&path.tar()) && !self.bringer.inbox.owed.has(&path)
            };
            let again = self.order.wishes.again;
            let bundles = &mut self.bundles;
            lines.retain(|line| {
                let key = (line.name.clone(), line.version);
                !bundles.contains(&key)
                    && (again || !has(line) || {
                        bundles.insert(key);
                        false
                    })
            });
        }
        let brought = Mutex::new(Vec::new());
        each(&lines, self.order.remote.parallel(), |line| {
            let listed = metadata::manifest(self.order, self.bringer, mom, line)?;
            brought.lock().unwrap_or_else(PoisonError::into_inner).push(listed);
            Ok::<(), MirrorError>(())
        })?;
        Ok(brought.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    /// Brings what these manifests name.
    fn objects_and_packs(&mut self, lists: &[Listed]) -> Result<(), MirrorError> {
        let mut tasks: Vec<Task<'_>> = Vec::new();
        for listed in lists {
            let MomEntry { name, version, .. } = &listed.line;
            let earlier = self.earlier(name, *version);
            if let Some(before) = earlier.first().filter(|_| !self.order.wishes.again) {
                self.note_objects_of(name, *before);
            }
            let back = earlier.into_iter().take(self.order.wishes.packs_back);
            let from = back.map(Some).chain([None]);
            tasks.extend(from.map(|from| Task::Pack { listed, from }));
        }
        // Packs first: they take longest.
        for listed in lists {
            for entry in listed.manifest.present() {
                if self.here.insert((entry.version, entry.hash)) {
                    let (version, hash) = (entry.version, entry.hash);
                    tasks.push(Task::Object { listed, version, hash });
                }
            }
        }
        let worker = Tasks::new(self.order, self.bringer);
        each(&tasks, self.order.remote.parallel(), |task| worker.run(task))?;
        let deltas: BTreeMap<Version, Vec<FileDelta>> = worker.into_deltas();
        for (version, deltas) in deltas {
            self.file_deltas(version, &deltas)?;
        }
        Ok(())
    }

    /// Brings deltas that lie beside the packs that they are in. Few publishers keep them, and no
    /// client asks for one: where some are missing, the others are not asked for.
    fn file_deltas(&self, version: Version, deltas: &[FileDelta]) -> Result<(), MirrorError> {
        let worker = Tasks::new(self.order, self.bringer);
        let (first, others) = deltas.split_at(deltas.len().min(PROBES));
        let mut found = false;
        for delta in first {
            found |= worker.file_delta(version, delta)?;
        }
        if !found {
            return Ok(());
        }
        each(others, self.order.remote.parallel(), |delta| {
            worker.file_delta(version, delta).map(drop)
        })
    }

    /// Returns the versions of a bundle before one that packs may start from, newest first.
    fn earlier(&self, bundle: &BundleName, version: Version) -> Vec<Version> {
        let before =
            |versions: &BTreeSet<Version>| versions.range(..version).rev().copied().collect();
        self.history.get(bundle).map(before).unwrap_or_default()
    }

    /// Takes note that what an earlier manifest names is here, if the manifest is.
    fn note_objects_of(&mut self, bundle: &BundleName, version: Version) {
        let path = layout::manifest(bundle, version);
        if self.bringer.inbox.owed.has(&path) {
            return;
        }
        let repo = self.order.repo;
        let text = repo.has(&path.tar()).then(|| repo.manifest_text(&path).ok()?).flatten();
        let manifest = text.and_then(|text| Manifest::parse(&text).ok());
        let entries = manifest.iter().flat_map(Manifest::present);
        self.here.extend(entries.map(|entry| (entry.version, entry.hash)));
    }
}

/// Returns how many bytes something of a bundle may have: its manifest says how large all of it is.
pub(super) fn room(manifest: &Manifest) -> u64 {
    let entries = manifest.entries.len() as u64;
    let content = manifest.header.content_size;
    content.saturating_mul(2).saturating_add(entries.saturating_mul(PER_ENTRY)).max(LEAST_ROOM)
}

/// How many deltas are asked for before there are taken to be none.
const PROBES: usize = 3;
const PER_ENTRY: u64 = 4 << 10;
/// What is said of sizes is not always so.
const LEAST_ROOM: u64 = 1 << 30;

//! Which versions there are: from the newest back, as each one's MoM names the one before.

use std::collections::{BTreeMap, BTreeSet};

use swupd_protocol::{
    bundle::BundleName,
    layout,
    version::{Format, FormatNumber, Version},
};
use swupd_remote::Base;

use super::{
    MirrorError, Order, Selection,
    bring::Bringer,
    metadata::{self, Told},
    pointers::{self, Pointer},
};
use crate::report::Event;

/// The versions that are copied.
#[derive(Debug)]
pub(super) struct Chosen {
    pub(super) pointers: Vec<Pointer>,
    pub(super) versions: BTreeMap<Version, Told>,
    /// Whether upstream lacks one that follows one which it has: so nobody drops old versions.
    pub(super) has_holes: bool,
    /// The versions of bundles that earlier runs brought.
    earlier: BTreeMap<BundleName, BTreeSet<Version>>,
}

impl Chosen {
    /// Returns which versions of each bundle there are.
    pub(super) fn history(&self) -> BTreeMap<BundleName, BTreeSet<Version>> {
        let mut history = self.earlier.clone();
        for line in self.versions.values().flat_map(|told| &told.mom.bundles) {
            history.entry(line.name.clone()).or_default().insert(line.version);
        }
        history
    }

    /// Says whether one of the versions has a bundle.
    pub(super) fn has_bundle(&self, bundle: &BundleName) -> bool {
        self.versions.values().any(|told| told.mom.bundle(bundle).is_some())
    }

    /// Returns the formats of the versions.
    pub(super) fn formats(&self) -> BTreeSet<FormatNumber> {
        self.versions.values().map(|told| told.mom.header.format).collect()
    }
}

/// Reads pointers and MoMs as far as they are wanted; all again where a version was announced
/// between one pointer and another.
pub(super) fn choose(order: Order<'_>, bringer: &Bringer<'_>) -> Result<Chosen, MirrorError> {
    let mut walk = Walk::through(order, bringer, BTreeMap::new())?;
    for _ in 1..TRIES {
        if !walk.met_a_move() {
            break;
        }
        walk = Walk::through(order, bringer, walk.versions)?;
    }
    let has_holes = walk.tell_of_holes();
    let earlier = earlier(order, &walk.versions)?;
    Ok(Chosen { pointers: walk.pointers, versions: walk.versions, has_holes, earlier })
}

struct Walk<'a> {
    order: Order<'a>,
    bringer: &'a Bringer<'a>,
    pointers: Vec<Pointer>,
    versions: BTreeMap<Version, Told>,
    /// Those that an earlier walk read.
    known: BTreeMap<Version, Told>,
    /// Those that are not published, though others lead to them.
    gone: BTreeSet<Version>,
}

impl<'a> Walk<'a> {
    fn through(
        order: Order<'a>,
        bringer: &'a Bringer<'a>,
        known: BTreeMap<Version, Told>,
    ) -> Result<Self, MirrorError> {
        let (pointers, versions, gone) = (Vec::new(), BTreeMap::new(), BTreeSet::new());
        let mut walk = Self { order, bringer, pointers, versions, known, gone };
        let path = layout::latest_version();
        let all = match pointers::read(order, &path) {
            // Publishers of one format may never have signed what leads to all: nobody follows it.
            Err(MirrorError::Unsigned { .. }) if !order.repo.has(&path) => None,
            read => read?,
        };
        if order.wanted.formats.is_empty() {
            let url = order.remote.url(Base::Version, &path);
            let newest = all.as_ref().map(Pointer::newest).ok_or(MirrorError::NoPointer { url })?;
            walk.back_from(BTreeSet::from([newest]), None)?;
            walk.follow_formats_of_the_copy()?;
        }
        for format in &order.wanted.formats {
            let ahead = walk.pointer(*format)?.ok_or_else(|| {
                let path = layout::latest(Format::Number(*format));
                let url = order.remote.url(Base::Version, &path);
                MirrorError::NoFormat { url, format: *format }
            })?;
            walk.back_from(ahead, Some(*format))?;
        }
        // What clients follow comes last: where files are replaced one by one, all else is there.
        walk.pointers.splice(..0, all);
        Ok(walk)
    }

    /// Says whether the pointer to the newest version of all, which is read first, is older than
    /// that of a format: clients take such a pair for an old answer.
    fn met_a_move(&self) -> bool {
        let of_all = self.pointers.iter().find(|one| *one.path() == layout::latest_version());
        of_all.is_some_and(|all| self.pointers.iter().any(|one| one.newest() > all.newest()))
    }

    /// Reads the pointer of a format, and returns the versions that it lists.
    fn pointer(&mut self, format: FormatNumber) -> Result<Option<BTreeSet<Version>>, MirrorError> {
        let path = layout::latest(Format::Number(format));
        if self.pointers.iter().any(|pointer| *pointer.path() == path) {
            return Ok(None);
        }
        let Some(pointer) = pointers::read(self.order, &path)? else { return Ok(None) };
        let listed = pointer.earlier.iter().copied().chain([pointer.newest()]).collect();
        self.pointers.push(pointer);
        Ok(Some(listed))
    }

    /// Goes back from these versions, of one format or through all.
    fn back_from(
        &mut self,
        mut ahead: BTreeSet<Version>,
        only: Option<FormatNumber>,
    ) -> Result<(), MirrorError> {
        let mut count = 0;
        while let Some(version) = ahead.pop_last() {
            let enough = match self.order.wanted.versions {
                Selection::All => false,
                Selection::Newest(most) => count >= most,
                Selection::From(oldest) => version < oldest,
            };
            if enough {
                return Ok(());
            }
            if self.versions.contains_key(&version) {
                continue;
            }
            let Some(told) = self.told(version)? else {
                self.gone.insert(version);
                // What is here of it leads on to those before it.
                let before = self.order.repo.mom(version).ok().and_then(|mom| mom.header.previous);
                ahead.extend(before.filter(|before| *before < version));
                continue;
            };
            let header = &told.mom.header;
            if only.is_some_and(|format| format != header.format) {
                continue;
            }
            ahead.extend(header.previous.filter(|previous| *previous < version));
            let format = header.format;
            self.versions.insert(version, told);
            count += 1;
            if only.is_none() {
                let listed = self.pointer(format)?.unwrap_or_default();
                // A version that was announced meanwhile comes before those that it follows.
                ahead.extend(listed.into_iter().filter(|v| !self.versions.contains_key(v)));
            }
        }
        Ok(())
    }

    /// Reads what is new in the formats that the copy announces already, where only the newest
    /// versions are wanted and have another one by now: clients that follow it must get to its end.
    fn follow_formats_of_the_copy(&mut self) -> Result<(), MirrorError> {
        if !matches!(self.order.wanted.versions, Selection::Newest(_)) {
            return Ok(());
        }
        for format in self.order.repo.formats()? {
            if let Some(listed) = self.pointer(format)? {
                self.back_from(listed, Some(format))?;
            }
        }
        Ok(())
    }

    /// Tells of versions that are missing between others, and says whether there are some.
    fn tell_of_holes(&self) -> bool {
        let mut found = false;
        for version in &self.gone {
            if let Some((older, _)) = self.versions.range(..version).next_back() {
                found = true;
                let why = format!("it is missing upstream, where version {older} before it is not");
                let mom = layout::mom(*version);
                self.bringer.leave_out(&mom, &mom.tar(), why);
            }
        }
        found
    }

    /// Reads the MoM of a version; none where the version is not published any more.
    fn told(&mut self, version: Version) -> Result<Option<Told>, MirrorError> {
        if let Some(known) = self.known.remove(&version) {
            return Ok(Some(known));
        }
        let told = metadata::mom(self.order, self.bringer, version)?;
        if told.is_none() {
            let path = layout::mom(version).tar();
            if self.pointers.iter().any(|pointer| pointer.newest() == version)
                || self.versions.is_empty()
            {
                return Err(MirrorError::Missing { url: self.bringer.url(&path), hint: None });
            }
            let text = format!("version {version} is not published any more");
            self.order.observer.event(Event::Info(text));
        }
        Ok(told)
    }
}

/// Returns the versions of bundles in the MoMs that are here and were not chosen.
fn earlier(
    order: Order<'_>,
    chosen: &BTreeMap<Version, Told>,
) -> Result<BTreeMap<BundleName, BTreeSet<Version>>, MirrorError> {
    let mut earlier: BTreeMap<BundleName, BTreeSet<Version>> = BTreeMap::new();
    for version in order.repo.directories()?.into_iter().filter(|v| !chosen.contains_key(v)) {
        // A directory that only has objects which later versions still use has none.
        let Ok(mom) = order.repo.mom(version) else { continue };
        for line in mom.bundles {
            earlier.entry(line.name).or_default().insert(line.version);
        }
    }
    Ok(earlier)
}

/// How often pointers are read that move meanwhile.
const TRIES: usize = 3;

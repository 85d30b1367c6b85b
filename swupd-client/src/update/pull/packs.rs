//! Packs, several at once, unpacked while they arrive. What is not wanted is passed over, what is
//! damaged is dropped, and what fails as a whole is made up for by fullfiles.

use std::{
    collections::BTreeSet,
    io::{self, Read},
    sync::atomic::{AtomicU64, AtomicUsize, Ordering},
};

use rayon::Scope;
use swupd_protocol::{
    hash::ContentHash,
    layout,
    limits::MAX_PACK,
    object::{Kind, Object},
    pack::{PackError, PackMember, PackReader},
};

use super::{
    super::obtain::PackRequest,
    Missing, Places, PullError,
    missing::Way,
    patch::{Patch, reasons},
    spool::{Spool, SpoolError, copy},
};
use crate::{
    host::store::StoreError,
    remote::{Base, Body, Failure, FetchError, FetchErrorKind, Source, Verdict, each},
    report::Unit,
};

/// Takes from the packs whatever is missing.
pub(super) fn take(
    packs: &[PackRequest],
    missing: &Missing<'_>,
    places: &Places<'_>,
) -> Result<(), PullError> {
    let left: BTreeSet<ContentHash> = missing.list().into_iter().collect();
    let packs: Vec<&PackRequest> =
        packs.iter().filter(|pack| pack.is_worth_it(|hash| left.contains(hash))).collect();
    if packs.is_empty() {
        return Ok(());
    }
    places.observer.stage("downloading packs", Unit::Bytes, None);
    let stream = Stream { missing, places, meter: Meter::default(), patching: AtomicUsize::new(0) };
    let taken = each(&packs, places.remote.parallel(), |pack| stream.take(pack));
    places.observer.stage_done();
    taken
}

struct Stream<'a> {
    missing: &'a Missing<'a>,
    places: &'a Places<'a>,
    meter: Meter,
    /// How many deltas are being applied beside the threads that read.
    patching: AtomicUsize,
}

impl Stream<'_> {
    /// Takes one pack from where it can be had; where its content changed on the way, from the same
    /// place once more.
    fn take(&self, pack: &PackRequest) -> Result<(), PullError> {
        let read = |source| self.read(source, pack);
        let outcome = self.places.remote.try_each(Base::Content, read, Trouble::verdict);
        let bundle = &pack.bundle;
        match outcome {
            Ok(()) => Ok(()),
            Err(Trouble::Fatal(error)) => Err(error),
            Err(Trouble::Fetch(FetchError { kind: FetchErrorKind::NotFound, .. })) => {
                self.places.observer.debug(format!("the server has no such pack of {bundle}"));
                Ok(())
            }
            Err(trouble) => {
                let why = reasons(&trouble);
                let text = format!("a pack of {bundle} cannot be used to its end: {why}");
                self.places.observer.warning(text);
                Ok(())
            }
        }
    }

    fn read(&self, source: Source, pack: &PackRequest) -> Result<(), Trouble> {
        if self.missing.is_empty() {
            return Ok(());
        }
        let path = layout::pack(&pack.bundle, pack.from, pack.to);
        let body = self.places.remote.stream(source, &path, MAX_PACK)?;
        self.meter.total.fetch_add(body.size().unwrap_or(0), Ordering::Relaxed);
        let metered = Metered { body, stream: self, untold: 0 };
        let mut reader = PackReader::bounded(metered, pack.limit)?;
        let failure = Failure::default();
        let read = rayon::in_place_scope(|scope| {
            while !failure.happened()
                && let Some(member) = reader.next_member()?
            {
                self.take_member(member, &mut reader, scope, &failure)?;
            }
            Ok::<(), Trouble>(())
        });
        failure.into_result().map_err(Trouble::Fatal)?;
        read?;
        Ok(reader.finish()?)
    }

    fn take_member<'s>(
        &'s self,
        member: PackMember,
        content: &mut impl Read,
        scope: &Scope<'s>,
        failure: &'s Failure<PullError>,
    ) -> Result<(), Trouble> {
        match member {
            PackMember::Whole { hash, object } => self.take_whole(hash, &object, content),
            PackMember::Delta { from, to, size } => {
                let Some(patch) = self.receive(from, to, size, content)? else { return Ok(()) };
                self.apply(patch, scope, failure);
                Ok(())
            }
        }
    }

    fn take_whole(
        &self,
        hash: ContentHash,
        object: &Object,
        content: &mut impl Read,
    ) -> Result<(), Trouble> {
        let Some(claim) = self.missing.claim(hash) else { return Ok(()) };
        if let Err(misfit) = claim.check(object) {
            self.dropped(hash, &misfit.to_string());
            return Ok(());
        }
        let store = self.places.store;
        let kept = if object.kind() == Kind::File {
            let mut writer = store.writer(hash, object).map_err(fatal)?;
            copy(content, &mut writer)?;
            writer.commit()
        } else {
            store.put_without_content(hash, object)
        };
        match kept {
            Ok(()) => claim.brought(Way::Packed),
            Err(error @ StoreError::Io { .. }) => return Err(fatal(error)),
            Err(error) => self.dropped(hash, &reasons(&error)),
        }
        Ok(())
    }

    /// Receives a delta, if it makes something that is missing from something that is installed.
    fn receive(
        &self,
        from: ContentHash,
        to: ContentHash,
        size: u64,
        content: &mut impl Read,
    ) -> Result<Option<Patch<'_>>, Trouble> {
        let Some(base) = self.missing.installed(from) else { return Ok(None) };
        let Some(claim) = self.missing.claim(to) else { return Ok(None) };
        let delta = Spool::read(content, size, || self.places.store.scratch_file())?;
        Ok(Some(Patch { claim, from, base, delta }))
    }

    /// Applies a delta beside the thread that reads on, or here where enough are under way: what
    /// waits takes memory.
    fn apply<'s>(&'s self, patch: Patch<'s>, scope: &Scope<'s>, failure: &'s Failure<PullError>) {
        if self.patching.load(Ordering::Relaxed) >= rayon::current_num_threads() {
            failure.note(patch.apply(self.places));
            return;
        }
        self.patching.fetch_add(1, Ordering::Relaxed);
        scope.spawn(move |_| {
            failure.note(patch.apply(self.places));
            self.patching.fetch_sub(1, Ordering::Relaxed);
        });
    }

    fn dropped(&self, hash: ContentHash, why: &str) {
        self.places.observer.debug(format!("object {hash} of a pack is not used: {why}"));
    }
}

/// Why a pack was not read to its end.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error("{0}")]
    Damaged(String),
    #[error(transparent)]
    Fatal(PullError),
}

impl Trouble {
    fn verdict(&self) -> Verdict {
        match self {
            Self::Fetch(error) => error.verdict(),
            // The same place has the same pack; what is missing comes alone.
            Self::Damaged(_) => Verdict::Failing,
            Self::Fatal(_) => Verdict::Final,
        }
    }
}

fn fatal(error: StoreError) -> Trouble {
    Trouble::Fatal(error.into())
}

impl From<PackError> for Trouble {
    fn from(error: PackError) -> Self {
        match FetchError::among_causes_of(&error) {
            Some(fetch) => Self::Fetch(fetch.clone()),
            None => Self::Damaged(reasons(&error)),
        }
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        match FetchError::among_causes_of(&error) {
            Some(fetch) => Self::Fetch(fetch.clone()),
            None => Self::Damaged(reasons(&error)),
        }
    }
}

impl From<SpoolError> for Trouble {
    fn from(error: SpoolError) -> Self {
        match error {
            SpoolError::Read(error) => error.into(),
            SpoolError::Write(error) => Self::Fatal(PullError::Spool(error)),
        }
    }
}

/// How many bytes of packs came, and how many there are as far as is known.
#[derive(Debug, Default)]
struct Meter {
    done: AtomicU64,
    total: AtomicU64,
}

/// A body that tells of its progress.
struct Metered<'a> {
    body: Body,
    stream: &'a Stream<'a>,
    untold: u64,
}

impl Metered<'_> {
    fn tell(&mut self) {
        let Meter { done, total } = &self.stream.meter;
        let done = done.fetch_add(self.untold, Ordering::Relaxed) + self.untold;
        self.untold = 0;
        let total = total.load(Ordering::Relaxed);
        self.stream.places.observer.progress(done, Some(total.max(done)));
    }
}

impl Read for Metered<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.body.read(buffer)?;
        self.untold += length as u64;
        if self.untold >= TOLD_AT_ONCE || length == 0 {
            self.tell();
        }
        Ok(length)
    }
}

const TOLD_AT_ONCE: u64 = 128 << 10;

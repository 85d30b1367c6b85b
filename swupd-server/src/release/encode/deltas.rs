//! The differences between objects that clients may have and those of this version. Each is tried
//! out as a client would use it before anyone gets it, and kept for later builds.

use std::{
    io::{self, Cursor, Read, Write},
    path::{Path, PathBuf},
};

use fs_err::File;
use rayon::prelude::*;
use swupd_protocol::{
    compression::{Encoding, encoder},
    delta::{self, Blocks, Delta, Encoded},
    limits::MAX_DELTA_RESULT,
    object::Object,
};

use super::{
    Deltas, EncodeError,
    budget::{Budget, Share},
    content,
};
use crate::{
    hashing::Hashing,
    release::{
        describe::{Content, DeltaPair, Described},
        work::Workshop,
    },
    repo::RepoError,
    report::{Event, Meter},
};

/// Makes the deltas that are described; those that do not pay, or do not work, are not returned.
pub(super) fn make(
    described: &Described,
    shop: &Workshop<'_>,
    meter: &Meter<'_>,
) -> Result<Deltas, EncodeError> {
    let mut jobs = Vec::with_capacity(described.deltas.len());
    for pair in &described.deltas {
        let to = described.contents.get(&pair.to);
        jobs.push((pair, to.ok_or(EncodeError::Unknown { hash: pair.to })?));
    }
    jobs.sort_by_key(|(pair, to)| (u64::MAX - to.object.content_size(), pair.to, pair.from));
    let budget = Budget::new(MEMORY);
    let made = jobs.par_iter().with_max_len(1).map(|(pair, to)| {
        let size = Job { pair, to, shop, budget: &budget }.run()?;
        meter.add(to.object.content_size());
        Ok(size.map(|size| ((pair.from, pair.to), size)))
    });
    made.filter_map(Result::transpose).collect()
}

struct Job<'a> {
    pair: &'a DeltaPair,
    to: &'a Content,
    shop: &'a Workshop<'a>,
    budget: &'a Budget,
}

impl Job<'_> {
    /// Returns the size of the delta, if there is one to be used.
    fn run(&self) -> Result<Option<u64>, EncodeError> {
        let Object::File { size: new_size, .. } = self.to.object else { return Ok(None) };
        if self.is_known_not_to_pay() || !delta::is_candidate(MAX_DELTA_RESULT, new_size) {
            return Ok(None);
        }
        // What was published cannot be helped now; the object then travels whole.
        let old = match self.base(new_size) {
            Ok(base) => base,
            Err(error) => {
                self.warn(format!("has no delta, its base is damaged: {}", chain(&error)));
                return Ok(None);
            }
        };
        let Some((old, _share)) = old else { return Ok(None) };
        let stored = |source| EncodeError::Delta { path: self.pair.path.clone(), source };
        if let Some(size) = self.kept(&old).map_err(stored)? {
            return Ok(Some(size));
        }
        let mut new = Vec::with_capacity(usize::try_from(new_size).unwrap_or(0));
        content::open(self.shop.tree, self.pair.to, self.to)
            .and_then(|mut content| content.read_to_end(&mut new))
            .map_err(|source| EncodeError::Object { path: self.pair.path.clone(), source })?;
        self.find(&old, &new).map_err(stored)
    }

    /// Reads the old file, once there is memory for it and all that follows.
    fn base(&self, new_size: u64) -> Result<Option<(Vec<u8>, Share<'_>)>, RepoError> {
        let DeltaPair { from, from_version, .. } = *self.pair;
        let Object::File { size, .. } = self.shop.repo.object(from, from_version)? else {
            return Ok(None);
        };
        if size > MAX_DELTA_RESULT || !delta::is_candidate(size, new_size) {
            return Ok(None);
        }
        let Some(share) = self.budget.take(memory(size, new_size)) else { return Ok(None) };
        let mut old = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
        self.shop.repo.copy_object(from, from_version, &mut old)?;
        Ok(Some((old, share)))
    }

    /// Says whether an earlier build found that the object is better sent whole.
    fn is_known_not_to_pay(&self) -> bool {
        let known = File::open(self.path());
        known.is_ok_and(|file| matches!(delta::open(file), Ok(Delta::UseFullfile)))
    }

    /// Returns the size of the delta that an earlier build kept, if it still works.
    fn kept(&self, old: &[u8]) -> io::Result<Option<u64>> {
        let path = self.path();
        Ok(match File::open(&path) {
            Ok(file) if self.works(&file, old) => Some(file.metadata()?.len()),
            _ => None,
        })
    }

    /// Makes the delta, tries it out, and keeps it or the knowledge that there is none.
    fn find(&self, old: &[u8], new: &[u8]) -> io::Result<Option<u64>> {
        let difference = delta::diff(old, new);
        let delta = delta::encode(&difference, self.to.object.attributes(), Blocks::Raw)?;
        if !pays(&delta, new)? {
            keep(&self.path(), &mut |file| file.write_all(NO_DELTA))?;
            return Ok(None);
        }
        let file = keep(&self.path(), &mut |file| delta.write_to(file))?;
        if self.works(&file, old) {
            return Ok(Some(delta.size()));
        }
        self.warn("has no delta: the one that was made does not give the file".into());
        fs_err::remove_file(self.path())?;
        Ok(None)
    }

    /// Applies a delta and says whether the result is the object.
    fn works(&self, delta: &File, old: &[u8]) -> bool {
        let Ok(Delta::Container(container)) = delta::open(delta) else { return false };
        // The client sets what the container says: it must say the same as the object.
        let attributes = container.attributes();
        if attributes != self.to.object.attributes() {
            return false;
        }
        let mut hasher = Object::File { attributes, size: container.new_size() }.hasher();
        let applied = container.apply(&mut Cursor::new(old), &mut Hashing(&mut hasher));
        applied.is_ok() && hasher.finish() == self.pair.to
    }

    fn path(&self) -> PathBuf {
        self.shop.work.delta(self.pair.from, self.pair.to)
    }

    fn warn(&self, text: String) {
        self.shop.observer.event(Event::Warning(format!("{} {text}", self.pair.path)));
    }
}

/// Says whether a delta travels cheaper than the file, as far as a fast compression can tell.
fn pays(delta: &Encoded<'_>, new: &[u8]) -> io::Result<bool> {
    let as_delta = compressed_size(&mut delta.reader(), delta.size())?;
    Ok(as_delta < compressed_size(&mut &new[..], new.len() as u64)?)
}

fn compressed_size(content: &mut dyn Read, size: u64) -> io::Result<u64> {
    let mut encoder = encoder(Counting(0), Encoding::zstd(3).of_size(size))?;
    io::copy(content, &mut encoder)?;
    Ok(encoder.finish()?.0)
}

/// Writes a file of the kept room so that it is there as a whole or not at all, and opens it.
fn keep(path: &Path, write: &mut dyn FnMut(&mut File) -> io::Result<()>) -> io::Result<File> {
    let unfinished = path.with_extension("new");
    write(&mut File::create(&unfinished)?)?;
    fs_err::rename(&unfinished, path)?;
    File::open(path)
}

/// Returns a bound on the bytes that it takes to make a delta of files of these sizes: both files,
/// the index of the old one, and the streams that the difference consists of.
fn memory(old_size: u64, new_size: u64) -> u64 {
    old_size + (12 * old_size).min(LARGEST_INDEX) + 2 * new_size + new_size / 8
}

fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// Counts what is written to it.
struct Counting(u64);

impl Write for Counting {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What is kept in place of a delta that does not pay: the protocol's own word for it.
const NO_DELTA: &[u8] = b"FULLV20U";
/// Memory for all deltas in the making, in bytes: enough for one of the largest that may be.
const MEMORY: u64 = 2 << 30;
/// The index of an old file takes no more than this, in bytes.
const LARGEST_INDEX: u64 = 360 << 20;

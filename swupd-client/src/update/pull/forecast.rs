//! What a pull would fetch, without fetching it: the same order, the same ways in the same turn, and
//! the server's word for how large each thing is.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

use swupd_protocol::{
    bundle::BundleName, hash::ContentHash, layout, layout::RepoPath, object::Kind,
    release::Release, version::Version,
};

use super::{Missing, Obtain, Places, disk};
use crate::{
    remote::{Base, FetchError, FetchErrorKind, each},
    update::obtain::PackRequest,
};

/// What a pull would fetch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Forecast {
    /// Packs that the server has and that would be read.
    pub packs: Vec<PackSize>,
    /// How many objects would come alone.
    pub files: u64,
    /// Their bytes.
    pub file_bytes: u64,
    /// How many objects are here already, or are made from what is.
    pub here: u64,
    /// How many of the figures are no more than guesses: nobody says them.
    pub guessed: u64,
}

/// A pack that would be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackSize {
    /// The bundle.
    pub bundle: BundleName,
    /// The version of the bundle that is here; none for the pack with everything.
    pub from: Option<Version>,
    /// The version of the bundle that is wanted.
    pub to: Version,
    /// Its bytes; none where nobody says.
    pub bytes: Option<u64>,
}

impl Forecast {
    /// Returns all bytes that would be fetched, as far as somebody says.
    pub fn bytes(&self) -> u64 {
        self.packs.iter().filter_map(|pack| pack.bytes).sum::<u64>() + self.file_bytes
    }
}

/// Foresees what the order would fetch. What nobody says counts as a guess, and is no error.
pub(super) fn forecast(order: &Obtain, release: &Release, places: &Places<'_>) -> Forecast {
    let missing = Missing::of(order);
    disk::find_stored(&missing, places);
    let needed = missing.list();
    let is_copied = |hash: &ContentHash| {
        let is_file = order.objects.get(hash).is_some_and(|wanted| wanted.kind == Kind::File);
        is_file && missing.installed(*hash).is_some()
    };
    let mut left: BTreeSet<ContentHash> = needed.into_iter().filter(|h| !is_copied(h)).collect();
    let here = (order.objects.len() - left.len()) as u64;
    let mut forecast = Forecast { here, ..Forecast::default() };
    if left.is_empty() {
        return forecast;
    }
    let worth_it = order.packs.iter().filter(|pack| pack.is_worth_it(|hash| left.contains(hash)));
    forecast.packs = sizes_of_packs(&worth_it.collect::<Vec<_>>(), places);
    for PackSize { bundle, from, .. } in &forecast.packs {
        let Some(manifest) = release.manifest(bundle) else { continue };
        let is_new = |version: Version| from.is_none_or(|from| version > from);
        for entry in manifest.present().filter(|entry| is_new(entry.version)) {
            left.remove(&entry.hash);
        }
    }
    forecast.guessed = forecast.packs.iter().filter(|pack| pack.bytes.is_none()).count() as u64;
    forecast.add_files(&left, order, places);
    forecast
}

impl Forecast {
    fn add_files(&mut self, left: &BTreeSet<ContentHash>, order: &Obtain, places: &Places<'_>) {
        self.files = left.len() as u64;
        let wanted = left.iter().filter_map(|hash| Some((hash, order.objects.get(hash)?)));
        let paths: Vec<RepoPath> = wanted
            .take(MOST_ASKED)
            .map(|(hash, wanted)| layout::fullfile(*hash, wanted.version))
            .collect();
        let known: Vec<u64> =
            sizes(&paths, places).into_iter().filter_map(|size| size.ok().flatten()).collect();
        let (count, sum) = (known.len() as u64, known.iter().sum::<u64>());
        let unknown = self.files - count;
        self.guessed += unknown;
        self.file_bytes = sum + unknown * sum.checked_div(count).unwrap_or(0);
    }
}

/// Returns the packs that the server has.
fn sizes_of_packs(packs: &[&PackRequest], places: &Places<'_>) -> Vec<PackSize> {
    let paths: Vec<RepoPath> =
        packs.iter().map(|pack| layout::pack(&pack.bundle, pack.from, pack.to)).collect();
    let found = packs.iter().zip(sizes(&paths, places));
    let there = found.filter_map(|(pack, size)| match size {
        Err(FetchError { kind: FetchErrorKind::NotFound, .. }) => None,
        size => Some(PackSize {
            bundle: pack.bundle.clone(),
            from: pack.from,
            to: pack.to,
            bytes: size.ok().flatten(),
        }),
    });
    there.collect()
}

/// Asks how large things are, several at once; the answers are in the order of the paths.
fn sizes(paths: &[RepoPath], places: &Places<'_>) -> Vec<Result<Option<u64>, FetchError>> {
    let numbered: Vec<usize> = (0..paths.len()).collect();
    let answers = Mutex::new(vec![Ok(None); paths.len()]);
    let remote = places.remote;
    let asked: Result<(), std::convert::Infallible> = each(&numbered, remote.parallel(), |n| {
        let ask = |source| remote.size(source, &paths[*n]);
        let answer = remote.try_each(Base::Content, ask, FetchError::verdict);
        answers.lock().unwrap_or_else(PoisonError::into_inner)[*n] = answer;
        Ok(())
    });
    let Ok(()) = asked;
    answers.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// Of how many objects the size is asked for; of the others it is taken to be the same on average.
const MOST_ASKED: usize = 1000;

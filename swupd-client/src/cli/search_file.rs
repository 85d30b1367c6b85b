//! `search-file`: which bundles hold a file.

use std::collections::BTreeSet;

use indicatif::HumanBytes;
use swupd_protocol::{
    bundle::BundleName, manifest::Status, mom::Mom, trust::Trusted, version::Version,
};

use super::{
    arguments::{Order, SearchFileFlags},
    failure::Failure,
    output::Exit,
    session::Session,
};
use crate::{
    host::machine::Machine,
    report::with_causes,
    search::{
        self, Answer, Built, Hit,
        index::NotAnIndex,
        query::{Place, Query},
    },
    update::fetch::Metadata,
};

/// Tells which bundles hold what is looked for; exit 1 if none does.
pub(super) fn run(session: &Session, flags: &SearchFileFlags) -> Result<Exit, Failure> {
    let query = query(flags)?;
    let server = session.server()?;
    let machine = session.machine()?;
    let metadata = session.metadata(&server, &machine)?;
    let (version, metadata) = session.meant(flags.version, metadata)?;
    let mom = metadata.mom(version)?;
    let library = Library { session, machine: &machine, metadata, mom: &mom };
    let Some(query) = query else {
        let is_whole = library.look(version, |index| search::check(index, &mom))?.is_whole;
        session.output.info(&format!("The search index of version {version} is here"));
        return Ok(if is_whole { Exit::Ok } else { Exit::ManifestRecursion });
    };
    let Looked { found: answer, is_whole } =
        library.look(version, |index| search::ask(index, &mom, &query))?;
    let installed = machine.installed_bundles()?;
    let told = Told { session, flags, mom: &mom, answer: &answer, installed: &installed };
    told.hits();
    Ok(match (is_whole, answer.hits.is_empty()) {
        (false, _) => Exit::ManifestRecursion,
        (true, true) => Exit::No,
        (true, false) => Exit::Ok,
    })
}

/// Makes the index of a version, for the searches to come.
pub(super) fn prepare(
    session: &Session,
    machine: &Machine,
    metadata: Metadata<'_>,
    version: Version,
) -> Result<(), Failure> {
    let mom = metadata.mom(version)?;
    let library = Library { session, machine, metadata, mom: &mom };
    library.look(version, |index| search::check(index, &mom)).map(drop)
}

fn query(flags: &SearchFileFlags) -> Result<Option<Query>, Failure> {
    let Some(term) = &flags.term else { return Ok(None) };
    let place = match (flags.library, flags.binary) {
        (true, _) => Place::Libraries,
        (_, true) => Place::Programs,
        _ => Place::Anywhere,
    };
    let query =
        if flags.regexp { Query::expression(term, place) } else { Query::text(term, place) };
    let not_one =
        |error: regex::Error| Failure::Expression { pattern: term.clone(), source: error.into() };
    query.map(Some).map_err(not_one)
}

/// Where indexes come from.
struct Library<'a> {
    session: &'a Session,
    machine: &'a Machine,
    metadata: Metadata<'a>,
    mom: &'a Trusted<Mom>,
}

/// What an index said.
struct Looked<T> {
    found: T,
    /// Whether the index has all bundles.
    is_whole: bool,
}

impl Library<'_> {
    /// Looks into the index of the version: the one in the cache, or one that is built for it. One
    /// that lacks bundles is not kept.
    fn look<T>(
        &self,
        version: Version,
        look: impl Fn(&[u8]) -> Result<T, NotAnIndex>,
    ) -> Result<Looked<T>, Failure> {
        let output = &self.session.output;
        if let Some(index) = self.machine.cache.metadata(version, search::FILE)? {
            match look(&index) {
                Ok(found) => return Ok(Looked { found, is_whole: true }),
                Err(error) => output.verbose(&with_causes(&error)),
            }
        }
        let Built { index, missing } =
            search::build(&self.metadata, self.mom, self.session.runnable())?;
        for error in &missing {
            output.warning(&with_causes(error));
        }
        if missing.is_empty() {
            self.machine.cache.keep_metadata(version, search::FILE, &index)?;
        } else {
            let count = missing.len();
            output.warning(&format!("{count} manifests are missing: bundles may be left out"));
        }
        Ok(Looked { found: look(&index)?, is_whole: missing.is_empty() })
    }
}

/// What was found, and how it is told.
struct Told<'a> {
    session: &'a Session,
    flags: &'a SearchFileFlags,
    mom: &'a Mom,
    answer: &'a Answer,
    installed: &'a BTreeSet<BundleName>,
}

impl Told<'_> {
    fn hits(&self) {
        let output = &self.session.output;
        let mut hits: Vec<&Hit> = self.answer.hits.iter().collect();
        if self.flags.order == Order::Size {
            let none = BTreeSet::new();
            hits.sort_by_key(|hit| (self.answer.size(&hit.bundle, &none), &hit.bundle));
        }
        for hit in &hits {
            let most = self.flags.top.unwrap_or(usize::MAX);
            let paths = hit.paths.iter().take(most);
            if self.flags.csv {
                paths.for_each(|path| output.answer(&format!("{path},{}", hit.bundle)));
                continue;
            }
            output.answer(&self.title(&hit.bundle));
            paths.for_each(|path| output.answer(&path.to_string()));
            let left_out = hit.paths.len().saturating_sub(most);
            if left_out > 0 {
                output.info(&format!("and {left_out} more"));
            }
            output.info("");
        }
        if hits.is_empty() {
            output.info("No bundle holds such a file");
        }
    }

    fn title(&self, bundle: &BundleName) -> String {
        let manner = self.session.output.manner();
        if manner.quiet || manner.json {
            return format!("[{bundle}]");
        }
        let listed = self.mom.bundle(bundle).map(|listed| listed.status);
        let experimental = if listed == Some(Status::Experimental) { ", experimental" } else { "" };
        if self.installed.contains(bundle) {
            return format!("Bundle {bundle} (installed{experimental})");
        }
        let size = HumanBytes(self.answer.size(bundle, self.installed));
        format!("Bundle {bundle} ({size} to install{experimental})")
    }
}

//! The page: how a version is made. Each stage takes what the one before gives, so that the story
//! cannot be told in another order; clients see nothing of it before the last one ends.

pub mod describe;
pub mod encode;
pub mod furnish;
pub mod pack;
pub mod publish;
pub mod scan;
pub mod sign;
pub mod work;

use std::collections::{BTreeMap, BTreeSet};

use swupd_protocol::{
    bundle::BundleName,
    version::{FormatNumber, Version},
};

use crate::{
    bundles::{self, BundleContent, Sharing, SharingError, definition::PackagePattern, packages},
    keys::Keys,
    repo::{Repo, RepoError},
    report::{Event, Observer},
    source::SourceTree,
    tree::Tree,
    working_directory::{DirectoryError, WorkingDirectory},
};

use self::{
    describe::{DescribeError, Past, Request, describe},
    encode::{EncodeError, encode},
    furnish::{FurnishError, Identity, furnish, of_interest, state_attributes},
    pack::{PackError, pack},
    publish::{PublishError, Published, publish},
    scan::{ScanError, Scanned, Wanted, scan},
    sign::{Hand, SignError, sign},
    work::{Work, WorkError, Workshop},
};

/// What is to become a version, and where.
pub struct Order<'a> {
    /// The working directory.
    pub directory: &'a WorkingDirectory,
    /// The number of the version.
    pub version: Version,
    /// The tree that it is made from.
    pub tree: &'a SourceTree,
    /// The tree whose package database names files; the same one where that is none.
    pub packages: Option<&'a SourceTree>,
    /// The time of the version, in seconds since 1970.
    pub timestamp: u64,
    /// The present, in seconds since 1970: what certificates are judged by.
    pub now: u64,
    /// Who watches.
    pub observer: &'a dyn Observer,
}

impl std::fmt::Debug for Order<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Order").field("version", &self.version).finish_non_exhaustive()
    }
}

/// Makes a version of a tree and publishes it.
pub fn release(order: &Order<'_>) -> Result<Published, ReleaseError> {
    let settings = order.directory.settings();
    let keys = order.directory.keys()?;
    let repo = Repo::new(order.directory.published());
    let work = Work::begin(order.directory.root(), order.version)?;
    let history = history(&repo, settings.delta_packs_from.max(1))?;
    // What cannot follow is refused before the tree is read, not after.
    describe::check_numbers(order.version, settings.format, &history)?;

    order.stage(1, "scanning the tree");
    let wanted = Wanted {
        etc: &settings.content.etc,
        leave_out: &settings.content.leave_out,
        kept: &of_interest()?,
    };
    let scanned = scan(order.tree, &wanted, order.observer)?;

    order.stage(2, "describing the version");
    let (tree, bundles) = share_out(order, &keys, scanned)?;
    let described = describe(&Request {
        version: order.version,
        format: settings.format,
        timestamp: order.timestamp,
        tree: &tree,
        bundles: &bundles,
        history: &history,
        delta_packs_from: settings.delta_packs_from,
    })?;
    drop((tree, bundles, history));

    let shop = Workshop {
        work: &work,
        repo: &repo,
        tree: order.tree,
        compression: settings.compression,
        observer: order.observer,
    };
    order.stage(3, "encoding objects and deltas");
    let encoded = encode(described, &shop)?;
    order.stage(4, "packing");
    let packed = pack(encoded, &shop)?;
    order.stage(5, "signing");
    let hand = Hand { signer: &*keys.signer, authority: &keys.authority, now: order.now };
    let signed = sign(packed, &shop, hand)?;
    order.stage(6, "publishing");
    Ok(publish(signed, &shop)?)
}

impl Order<'_> {
    fn stage(&self, number: u32, name: &'static str) {
        self.observer.event(Event::Stage { number, of: STAGES, name });
    }

    fn warn(&self, warnings: impl IntoIterator<Item = String>) {
        for warning in warnings {
            self.observer.event(Event::Warning(warning));
        }
    }
}

/// Adds to a tree what a system has to know of itself, and shares it out among the bundles.
fn share_out(
    order: &Order<'_>,
    keys: &Keys,
    mut scanned: Scanned,
) -> Result<(Tree, BTreeMap<BundleName, BundleContent>), ReleaseError> {
    let settings = order.directory.settings();
    let definitions = order.directory.definitions()?;
    let names: BTreeSet<BundleName> =
        definitions.keys().cloned().chain([BundleName::os_core()]).collect();
    let format = settings.announced_format.unwrap_or(settings.format);
    let identity = Identity {
        version: order.version,
        format,
        next_format: next(format).filter(|_| settings.announced_format.is_none()),
        content_url: settings.content_url.as_deref(),
        version_url: settings.version_url.as_deref(),
        certificate: &keys.trusted,
        bundles: &names,
    };
    let furnished = furnish(&mut scanned, &identity)?;
    for note in furnished.notes {
        order.observer.event(Event::Info(note));
    }
    order.warn(furnished.warnings);
    let mut tree = scanned.tree;
    let wanted: Vec<&PackagePattern> = definitions.values().flat_map(|d| &d.packages).collect();
    let packages = packages::Packages::read(order.packages.unwrap_or(order.tree), &wanted, &tree)?;
    let shared = bundles::share(&Sharing {
        definitions: &definitions,
        packages: &packages,
        unclaimed: &settings.content.unclaimed,
        tree: &tree,
        reserved: &furnished.reserved,
    })?;
    order.warn(shared.warnings);
    let mut bundles = shared.bundles;
    state_attributes(&mut tree, &mut bundles)?;
    Ok((tree, bundles))
}

/// Reads what is published of the newest versions, newest first.
fn history(repo: &Repo, versions: usize) -> Result<Vec<Past>, RepoError> {
    let newest = repo.versions()?.into_iter().rev().take(versions);
    let past = |version| {
        let mom = repo.mom(version)?;
        let manifests = repo.manifests(&mom)?;
        Ok(Past { version, mom, manifests })
    };
    newest.map(past).collect()
}

fn next(format: FormatNumber) -> Option<FormatNumber> {
    FormatNumber::new(format.number() + 1).ok()
}

/// Why no version was made: the stage that failed.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseError {
    /// Settings, definitions or keys.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// Another build, or no room for one.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// What is published cannot be read.
    #[error("what is published already cannot be read")]
    Repo(#[from] RepoError),
    /// The tree.
    #[error("the tree cannot be published")]
    Scan(#[from] ScanError),
    /// What is added to the tree.
    #[error("the tree cannot be furnished")]
    Furnish(#[from] FurnishError),
    /// The package database.
    #[error("the files of packages are not known")]
    Packages(#[from] packages::PackagesError),
    /// The bundles.
    #[error("the bundles cannot be made")]
    Bundles(#[from] SharingError),
    /// What the version would be.
    #[error("the version cannot be made")]
    Describe(#[from] DescribeError),
    /// Objects and deltas.
    #[error("objects cannot be written")]
    Encode(#[from] EncodeError),
    /// Packs and manifests.
    #[error("packs cannot be written")]
    Pack(#[from] PackError),
    /// Signatures.
    #[error("nothing was published")]
    Sign(#[from] SignError),
    /// The last step.
    #[error("publishing failed")]
    Publish(#[from] PublishError),
}

const STAGES: u32 = 6;

#[cfg(test)]
#[path = "release/stages_tests.rs"]
mod stages_tests;

#[cfg(test)]
#[path = "release_tests.rs"]
mod tests;

//! `bundle-list`: which bundles there are, which of them are installed, and which need which.

mod relations;

use std::{collections::BTreeSet, path::Path};

use swupd_protocol::{bundle::BundleName, manifest::Status, mom::Mom, trust::Trusted};

use super::{arguments::BundleListFlags, failure::Failure, output::Exit, session::Session};
use crate::{
    host::{
        machine,
        obstacle::Obstacle,
        root::Root,
        state::{Cache, Data, StateError},
    },
    report::with_causes,
    update::fetch::Metadata,
};

/// Lists what the flags ask for; without any, the bundles that are installed.
pub(super) fn run(session: &Session, flags: &BundleListFlags) -> Result<Exit, Failure> {
    match flags {
        BundleListFlags { deps: Some(bundle), .. } => relations::needed(session, bundle),
        BundleListFlags { has_dep: Some(bundle), all, .. } => {
            relations::needing(session, bundle, *all)
        }
        BundleListFlags { orphans: true, .. } => relations::orphans(session, flags.status),
        BundleListFlags { all: true, .. } => published(session, flags.status),
        _ => installed(session, flags.status),
    }
}

/// Lists the bundles that are installed. Nothing is changed and nobody waited for.
fn installed(session: &Session, with_status: bool) -> Result<Exit, Failure> {
    let inventory = Inventory::look(session)?;
    let mom = mom_at_hand(session);
    if mom.is_none() {
        session.output.verbose("which of them are experimental is not known without a server");
    }
    let listed: Vec<(BundleName, bool)> = inventory
        .installed
        .iter()
        .map(|name| (name.clone(), mom.as_deref().is_some_and(|mom| is_experimental(mom, name))))
        .collect();
    session.output.info("Installed bundles:");
    tell(session, &listed, with_status.then_some(&inventory));
    Ok(Exit::Ok)
}

/// Lists the bundles of the installed version.
fn published(session: &Session, with_status: bool) -> Result<Exit, Failure> {
    let version = session.installed_version()?;
    let server = session.server()?;
    let machine = session.machine()?;
    let mom = session.metadata(&server, &machine)?.of_what_is_installed().mom(version)?;
    let present = mom.bundles.iter().filter(|bundle| bundle.is_present());
    let mut listed: Vec<(BundleName, bool)> = present
        .map(|bundle| (bundle.name.clone(), bundle.status == Status::Experimental))
        .collect();
    listed.sort();
    let inventory = with_status.then(|| Inventory::look(session)).transpose()?;
    session.output.info(&format!("Bundles of version {version}:"));
    tell(session, &listed, inventory.as_ref());
    Ok(Exit::Ok)
}

fn tell(session: &Session, listed: &[(BundleName, bool)], inventory: Option<&Inventory>) {
    for (name, is_experimental) in listed {
        let standing = inventory.and_then(|inventory| inventory.recorded(name));
        let status = standing.map(|standing| match standing {
            Standing::AskedFor => "explicitly installed",
            Standing::CameAlong => "installed",
        });
        let experimental = is_experimental.then_some("experimental");
        let words: Vec<&str> = status.into_iter().chain(experimental).collect();
        let behind =
            if words.is_empty() { String::new() } else { format!(": {}", words.join(", ")) };
        session.output.answer(&format!("{name}{behind}"));
    }
    session.output.info(&format!("Total: {}", listed.len()));
}

fn is_experimental(mom: &Mom, name: &BundleName) -> bool {
    mom.bundle(name).is_some_and(|bundle| bundle.status == Status::Experimental)
}

/// Returns what the installed version has, from the cache, else from a server that answers at once.
fn mom_at_hand(session: &Session) -> Option<Trusted<Mom>> {
    let settings = &session.settings;
    let version = session.installed_version().ok()?;
    let server = session.brief_server().ok()?;
    let url = &settings.urls.as_ref().ok()?.content;
    let cache = Cache::look(&settings.cache_dir, url).ok().flatten();
    let metadata = Metadata { cache: cache.as_ref(), ..session.without_cache(&server).ok()? };
    metadata.of_what_is_installed().mom(version).ok()
}

/// The bundles of a machine, as one sees them without changing anything.
#[derive(Debug)]
pub(super) struct Inventory {
    pub(super) installed: BTreeSet<BundleName>,
    /// Those that somebody asked for: where nothing is remembered, all that are installed.
    pub(super) tracked: BTreeSet<BundleName>,
    /// Those of which it is remembered that somebody asked for them.
    marked: BTreeSet<BundleName>,
}

impl Inventory {
    /// Looks at the tree and its state.
    pub(super) fn look(session: &Session) -> Result<Self, Failure> {
        let tree = &session.settings.tree;
        let root =
            Root::open(tree).map_err(|source| Failure::Tree { path: tree.clone(), source })?;
        let installed = machine::installed_bundles(&root)?;
        let marked = marked(&session.settings.data_dir).or_else(|error| {
            // The list of what is installed is everybody's, whoever the state belongs to.
            if error.obstacle() == Some(Obstacle::NoPermission) {
                session.output.verbose(&with_causes(&error));
                Ok(BTreeSet::new())
            } else {
                Err(error)
            }
        })?;
        let tracked = if marked.is_empty() { installed.clone() } else { marked.clone() };
        Ok(Self { installed, tracked, marked })
    }

    /// Says how a bundle is installed; none if it is not.
    pub(super) fn standing(&self, name: &BundleName) -> Option<Standing> {
        self.standing_by(&self.tracked, name)
    }

    /// Says the same by what is remembered alone, as lists show it.
    pub(super) fn recorded(&self, name: &BundleName) -> Option<Standing> {
        self.standing_by(&self.marked, name)
    }

    fn standing_by(&self, asked_for: &BTreeSet<BundleName>, name: &BundleName) -> Option<Standing> {
        match (self.installed.contains(name), asked_for.contains(name)) {
            (false, _) => None,
            (true, true) => Some(Standing::AskedFor),
            (true, false) => Some(Standing::CameAlong),
        }
    }
}

fn marked(data_dir: &Path) -> Result<BTreeSet<BundleName>, StateError> {
    let data = Data::look(data_dir)?;
    Ok(data.map(|data| data.tracked()).transpose()?.unwrap_or_default())
}

/// How a bundle is installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Somebody asked for it.
    AskedFor,
    /// Another one needs it, or did.
    CameAlong,
}

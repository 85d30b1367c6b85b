//! `bundle-list`: which bundles there are, and which of them are installed.

use std::collections::BTreeSet;

use swupd_protocol::bundle::BundleName;

use super::{arguments::BundleListFlags, failure::Failure, output::Exit, session::Session};
use crate::host::{machine, root::Root, state::Data};

/// Lists the installed bundles, or with `--all` those of the installed version.
pub(super) fn run(session: &Session, flags: &BundleListFlags) -> Result<Exit, Failure> {
    let tree = &session.settings.tree;
    let root = Root::open(tree).map_err(|source| Failure::Tree { path: tree.clone(), source })?;
    let installed = machine::installed_bundles(&root)?;
    let tracked = match Data::look(&session.settings.data_dir)? {
        Some(data) => data.tracked()?,
        None => BTreeSet::new(),
    };
    let tracked = if tracked.is_empty() { &installed } else { &tracked };
    let listed = if flags.all { published(session)? } else { with_no_flags(&installed) };
    if !session.output.manner().quiet {
        let what = if flags.all { "Bundles of this version" } else { "Installed bundles" };
        session.output.info(&format!("{what}:"));
    }
    for (name, is_experimental) in &listed {
        let mut words = Vec::new();
        if flags.status && installed.contains(name) {
            let asked = tracked.contains(name);
            words.push(if asked { "explicitly installed" } else { "installed" });
        }
        if *is_experimental {
            words.push("experimental");
        }
        let status =
            if words.is_empty() { String::new() } else { format!(": {}", words.join(", ")) };
        session.output.answer(&format!("{name}{status}"));
    }
    Ok(Exit::Ok)
}

fn with_no_flags(names: &BTreeSet<BundleName>) -> Vec<(BundleName, bool)> {
    names.iter().map(|name| (name.clone(), false)).collect()
}

/// Returns the bundles of the installed version, sorted, each with whether it is experimental.
fn published(session: &Session) -> Result<Vec<(BundleName, bool)>, Failure> {
    let version = session.installed_version()?;
    let server = session.server()?;
    let mom = session.metadata(&server, &session.machine()?)?.mom(version)?;
    let present = mom.bundles.iter().filter(|bundle| bundle.is_present());
    let is_experimental = |status| status == swupd_protocol::manifest::Status::Experimental;
    let mut names: Vec<(BundleName, bool)> =
        present.map(|bundle| (bundle.name.clone(), is_experimental(bundle.status))).collect();
    names.sort();
    Ok(names)
}

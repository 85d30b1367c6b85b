//! What bundles are to each other: `--deps`, `--has-dep`, `--orphans`.

use std::collections::{BTreeMap, BTreeSet};

use swupd_protocol::{bundle::BundleName, manifest::Manifest, release::Release};

use super::{Failure, Inventory, Session};
use crate::{
    bundles::{
        needs::{Needs, Towards},
        removal,
    },
    cli::{output::Exit, session::Server},
    host::machine::Machine,
    update::{
        UpdateError,
        fetch::{MetadataError, Named},
    },
};

/// Lists what a bundle needs, whether it is installed or not.
pub(super) fn needed(session: &Session, name: &str) -> Result<Exit, Failure> {
    let bundle: BundleName = name.parse()?;
    let library = Library { session, server: session.server()?, machine: session.machine()? };
    let release = library.release(|_| Ok(BTreeSet::from([bundle.clone()])))?;
    let needs = needs_of(&release);
    session.output.info(&format!("Bundles that `{bundle}` needs:"));
    let mut needed = needs.closure([&bundle]);
    needed.remove(&bundle);
    tell(session, &needs, (&bundle, Towards::Needed), &needed);
    Ok(Exit::Ok)
}

/// Lists the installed bundles that need a bundle, or all that do.
pub(super) fn needing(session: &Session, name: &str, all: bool) -> Result<Exit, Failure> {
    let bundle: BundleName = name.parse()?;
    let installed = Inventory::look(session)?.installed;
    if !all && !installed.contains(&bundle) {
        return Err(Failure::BundleNotInstalled { bundle });
    }
    let library = Library { session, server: session.server()?, machine: session.machine()? };
    let release = library.release(|release| {
        if release.bundle(&bundle).is_none() {
            let version = release.version();
            return Err(MetadataError::UnknownBundle { bundle: bundle.clone(), version });
        }
        let listed = release.mom().bundles.iter().filter(|bundle| bundle.is_present());
        let listed = listed.map(|bundle| bundle.name.clone());
        Ok(listed.filter(|name| all || installed.contains(name)).collect())
    });
    let needs = needs_of(&release.map_err(of_several)?);
    session.output.info(&format!("Bundles that need `{bundle}`:"));
    let needing = needs.needing(&BTreeSet::from([bundle.clone()]));
    tell(session, &needs, (&bundle, Towards::Needing), &needing);
    Ok(Exit::Ok)
}

/// Lists the bundles that nobody asked for and that nothing needs.
pub(super) fn orphans(session: &Session, with_status: bool) -> Result<Exit, Failure> {
    let Inventory { installed, tracked, .. } = Inventory::look(session)?;
    let library = Library { session, server: session.server()?, machine: session.machine()? };
    let release = library.release(|release| {
        Ok(installed.iter().filter(|name| release.bundle(name).is_some()).cloned().collect())
    });
    let release = release.map_err(of_several)?;
    let needs = needs_of(&release);
    let manifests = release.manifests().map(|(name, manifest)| (name, &**manifest as &Manifest));
    let brought = Needs::with_suggestions(manifests);
    let inventory = removal::Inventory { installed: &needs, brought: &brought, tracked: &tracked };
    let orphans = inventory.orphans();
    session.output.info("Bundles that nobody asked for and that nothing needs:");
    for name in &orphans {
        let status = if with_status { ": installed" } else { "" };
        session.output.answer(&format!("{name}{status}"));
    }
    session.output.info(&format!("Total: {}", orphans.len()));
    Ok(Exit::Ok)
}

/// Where the manifests of the installed version come from.
struct Library<'a> {
    session: &'a Session,
    server: Server,
    machine: Machine,
}

impl Library<'_> {
    /// Returns the installed version with the manifests of the bundles that are chosen, and of all
    /// that those need.
    fn release(
        &self,
        chosen: impl FnOnce(&Release) -> Result<BTreeSet<BundleName>, MetadataError>,
    ) -> Result<Release, Failure> {
        let version = self.session.installed_version()?;
        let metadata = self.session.metadata(&self.server, &self.machine)?;
        let metadata = metadata.of_what_is_installed();
        let mom = metadata.mom(version)?;
        let chosen = chosen(&Release::new(mom.clone()))?;
        Ok(metadata.release(mom, &chosen, Named::Required, &BTreeMap::new())?)
    }
}

/// Tells a manifest that cannot be had as one of several that belong together.
fn of_several(failure: Failure) -> Failure {
    match failure {
        Failure::Metadata(error) => UpdateError::from(error).into(),
        other => other,
    }
}

fn needs_of(release: &Release) -> Needs {
    Needs::of(release.manifests().map(|(name, manifest)| (name, &**manifest as &Manifest)))
}

/// Prints names, or the tree that leads to them where more is wanted.
fn tell(
    session: &Session,
    needs: &Needs,
    (root, towards): (&BundleName, Towards),
    names: &BTreeSet<BundleName>,
) {
    let manner = session.output.manner();
    if manner.verbose && !manner.quiet && !manner.json {
        session.output.answer(&format!("  {root}"));
        for line in needs.tree(root, towards).lines() {
            session.output.answer(&format!("    {line}"));
        }
    } else {
        for name in names {
            session.output.answer(name.as_str());
        }
    }
    session.output.info(&format!("Total: {}", names.len()));
}

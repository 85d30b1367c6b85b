//! `bundle-info`: what one bundle is, needs and holds.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Display,
};

use indicatif::HumanBytes;
use jiff::Timestamp;
use swupd_protocol::{
    bundle::BundleName,
    manifest::{Manifest, Status},
    release::Release,
};

use super::{
    arguments::BundleInfoFlags,
    bundle_list::{Inventory, Standing},
    failure::Failure,
    output::Exit,
    session::Session,
};
use crate::update::{
    content::{Content, Layer},
    fetch::Named,
};

/// Tells of the bundle as the installed version has it, or the version that is named.
pub(super) fn run(session: &Session, flags: &BundleInfoFlags) -> Result<Exit, Failure> {
    let name: BundleName = flags.bundle.parse()?;
    let server = session.server()?;
    let machine = session.machine()?;
    let metadata = session.metadata(&server, &machine)?;
    let (version, metadata) = session.meant(flags.version, metadata)?;
    let mom = metadata.mom(version)?;
    let asked = BTreeSet::from([name.clone()]);
    let release = metadata.release(mom, &asked, Named::Required, &BTreeMap::new())?;
    let told = Told { session, release, inventory: Inventory::look(session)?, name };
    let asks_for_lists = flags.dependencies || flags.files;
    if !(session.output.manner().quiet && asks_for_lists) {
        told.status();
    }
    told.figures();
    if flags.dependencies {
        told.dependencies();
    }
    if flags.files {
        told.files(flags.dependencies);
    }
    Ok(Exit::Ok)
}

/// One bundle of one version.
struct Told<'a> {
    session: &'a Session,
    /// With the manifests of the bundle and of all that it needs.
    release: Release,
    inventory: Inventory,
    name: BundleName,
}

impl Told<'_> {
    fn status(&self) {
        let status = match self.inventory.recorded(&self.name) {
            None => "Not installed",
            Some(Standing::CameAlong) => "Installed",
            Some(Standing::AskedFor) => "Explicitly installed",
        };
        let listed = self.release.bundle(&self.name).map(|listed| listed.status);
        let experimental = if listed == Some(Status::Experimental) { ", experimental" } else { "" };
        self.session.output.answer(&format!("{status}{experimental}"));
    }

    /// Tells what is known besides.
    fn figures(&self) {
        let output = &self.session.output;
        let Some(manifest) = self.release.manifest(&self.name) else { return };
        let header = &manifest.header;
        let line = |key: &str, value: &dyn Display| output.info(&format!("{key:<18}{value}"));
        line("Version:", &self.release.version());
        line("Last changed in:", &format_args!("{}{}", header.version, date(header.timestamp)));
        line("Size:", &HumanBytes(header.content_size));
        let sizes = |is_counted: &dyn Fn(&BundleName) -> bool| {
            let counted = self.release.manifests().filter(|(name, _)| is_counted(name));
            HumanBytes(counted.map(|(_, manifest)| manifest.header.content_size).sum())
        };
        line("With its needs:", &sizes(&|_| true));
        if !self.inventory.installed.contains(&self.name) {
            line("To be installed:", &sizes(&|name| !self.inventory.installed.contains(name)));
        }
        if !header.also_add.is_empty() {
            line("Suggests:", &joined(&header.also_add));
        }
    }

    fn dependencies(&self) {
        let output = &self.session.output;
        output.info("Bundles that it needs:");
        let here = self.release.manifests().map(|(name, _)| name.clone());
        let mut needed: BTreeSet<BundleName> = here.chain([BundleName::os_core()]).collect();
        needed.remove(&self.name);
        for name in &needed {
            output.answer(name.as_str());
        }
        output.info(&format!("Total: {}", needed.len()));
    }

    /// Tells the paths of the bundle, or also those of all that it needs.
    fn files(&self, with_needed: bool) {
        let output = &self.session.output;
        let of_needed = if with_needed { " and of what it needs" } else { "" };
        output.info(&format!("Files of the bundle{of_needed}:"));
        let told = self.release.manifests().filter(|(name, _)| with_needed || **name == self.name);
        let layers =
            told.map(|(_, manifest)| Layer { manifest: manifest as &Manifest, tracked: true });
        let content = Content::of(layers, self.session.runnable());
        let mut count = 0;
        for entry in content.present() {
            output.answer(&entry.path.to_string());
            count += 1;
        }
        output.info(&format!("Total: {count}"));
    }
}

fn joined(names: &[BundleName]) -> String {
    names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Returns a day in brackets; nothing where the number is none.
fn date(seconds: u64) -> String {
    let timestamp = i64::try_from(seconds).ok().and_then(|s| Timestamp::from_second(s).ok());
    timestamp.map_or_else(String::new, |timestamp| format!(" ({})", timestamp.strftime("%F")))
}

//! `why`: whose a path is, and why a bundle is here.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use swupd_protocol::{
    bundle::BundleName,
    manifest::{Entry, Manifest},
    path::TreePath,
    release::Release,
    territory::{self, Territory},
    version::Version,
};

use super::{
    arguments::WhyFlags,
    bundle_list::{Inventory, Standing},
    failure::Failure,
    library::Library,
    output::Exit,
    session::Session,
};
use crate::bundles::needs::{Branch, Needs, Towards};

/// Tells it; a path begins with `/`, everything else is a bundle.
pub(super) fn run(session: &Session, flags: &WhyFlags) -> Result<Exit, Failure> {
    let inventory = Inventory::look(session)?;
    let version = session.installed_version()?;
    let library = Library::open(session)?;
    if !flags.what.starts_with('/') {
        let name: BundleName = flags.what.parse()?;
        let bundles = inventory.installed.iter().chain([&name]).cloned().collect();
        let release = library.release(version, &bundles)?;
        if release.bundle(&name).is_none() {
            return Err(Failure::UnknownBundle { bundle: name, version });
        }
        if !inventory.installed.contains(&name) {
            return Err(Failure::BundleNotInstalled { bundle: name });
        }
        let known = Known::of(&release, inventory);
        tell(session, &[known.bundle(&name)], None);
        return Ok(Exit::Ok);
    }
    let release = library.release(version, &inventory.installed)?;
    let known = Known::of(&release, inventory);
    for path in places(session, &flags.what)? {
        let found = known.owners(&path);
        if !found.is_empty() {
            let owners: Vec<Owner> = found.iter().map(|(bundle, _)| known.bundle(bundle)).collect();
            tell(session, &owners, Some((&path, &found)));
            return Ok(Exit::Ok);
        }
    }
    Err(Failure::NobodysPath {
        path: flags.what.clone(),
        is_of_the_machine: is_of_the_machine(&flags.what),
    })
}

/// Returns the path that is typed, and the one that it leads to through links of the tree.
fn places(session: &Session, typed: &str) -> Result<Vec<TreePath>, Failure> {
    let path = TreePath::parse(typed.trim_end_matches('/').as_bytes());
    let path =
        path.map_err(|_| Failure::NobodysPath { path: typed.into(), is_of_the_machine: false })?;
    let tree = &session.settings.tree;
    let above = tree.join(path.relative());
    let behind = above.parent().and_then(|above| above.canonicalize().ok());
    let tree = tree.canonicalize().ok();
    let behind = behind.zip(tree).and_then(|(behind, tree)| {
        let below = behind.strip_prefix(tree).ok()?.join(path.relative().file_name()?);
        TreePath::from_relative(&below).ok()
    });
    Ok([Some(path), behind].into_iter().flatten().collect())
}

fn is_of_the_machine(path: &str) -> bool {
    TreePath::parse(path.as_bytes())
        .is_ok_and(|path| matches!(territory::of(&path), Territory::State | Territory::Config))
}

/// The installed bundles, and what their manifests say.
struct Known<'a> {
    release: &'a Release,
    inventory: Inventory,
    needs: Needs,
}

/// A bundle, and why it is here.
struct Owner {
    name: BundleName,
    standing: Option<Standing>,
    /// The version in which it was last changed.
    version: Option<Version>,
    /// Those that need it, through others, too.
    needed_by: BTreeSet<BundleName>,
    /// Those of them that somebody asked for.
    asked: BTreeSet<BundleName>,
    tree: Branch,
}

impl<'a> Known<'a> {
    fn of(release: &'a Release, inventory: Inventory) -> Self {
        let installed = |name: &&BundleName| inventory.installed.contains(*name);
        let manifests = release.manifests().filter(|(name, _)| installed(name));
        let needs = Needs::of(manifests.map(|(name, manifest)| (name, manifest as &Manifest)));
        Self { release, inventory, needs }
    }

    /// Returns the bundles that have a path, with what each says of it; those that no longer have
    /// it only where nobody has.
    fn owners(&self, path: &TreePath) -> Vec<(BundleName, Entry)> {
        let entries = self.release.manifests().filter_map(|(name, manifest)| {
            let entry = manifest.entries.iter().find(|entry| entry.path == *path)?;
            Some((name.clone(), entry.clone()))
        });
        let (present, gone): (Vec<_>, Vec<_>) = entries.partition(|(_, entry)| entry.is_present());
        if present.is_empty() { gone } else { present }
    }

    fn bundle(&self, name: &BundleName) -> Owner {
        let needed_by = self.needs.needing(&BTreeSet::from([name.clone()]));
        let asked = needed_by.intersection(&self.inventory.tracked).cloned().collect();
        Owner {
            name: name.clone(),
            standing: self.inventory.standing(name),
            version: self.release.manifest(name).map(|manifest| manifest.header.version),
            tree: self.needs.tree(name, Towards::Needing),
            needed_by,
            asked,
        }
    }
}

impl Owner {
    /// Returns why it is here.
    fn reason(&self) -> String {
        let asked = names(&self.asked);
        match self.standing {
            _ if self.name == BundleName::os_core() => "every system has it".into(),
            Some(Standing::AskedFor) if asked.is_empty() => "somebody asked for it".into(),
            Some(Standing::AskedFor) => format!("somebody asked for it, and {asked} needs it"),
            _ if !asked.is_empty() => format!("it came along with {asked}"),
            _ if !self.needed_by.is_empty() => format!("{} needs it", names(&self.needed_by)),
            _ => "nobody asked for it and nothing needs it: `swupd bundle-remove --orphans` \
                  would remove it"
                .into(),
        }
    }

    fn json(&self) -> Value {
        let list = |names: &BTreeSet<BundleName>| {
            names.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        json!({
            "bundle": self.name.as_str(),
            "installed": self.standing.is_some(),
            "tracked": self.standing == Some(Standing::AskedFor),
            "since": self.version.map(Version::number),
            "neededBy": list(&self.needed_by),
            "because": list(&self.asked),
            "msg": self.reason(),
        })
    }
}

fn tell(session: &Session, owners: &[Owner], path: Option<(&TreePath, &[(BundleName, Entry)])>) {
    let output = &session.output;
    let manner = output.manner();
    if manner.json {
        output.object(&described(owners, path));
        return;
    }
    if manner.quiet {
        for owner in owners {
            output.answer(owner.name.as_str());
        }
        return;
    }
    for (at, owner) in owners.iter().enumerate() {
        if let Some((path, entry)) = path.and_then(|(path, found)| Some((path, &found.get(at)?.1)))
        {
            let Entry { version, .. } = entry;
            let what = if entry.is_present() { "as it is" } else { "gone" };
            output.answer(&format!(
                "{path} is of bundle `{}`, {what} since version {version}",
                owner.name
            ));
        } else {
            let since = owner.version.map_or_else(String::new, |v| format!(", version {v}"));
            output.answer(&format!("Bundle `{}`{since}", owner.name));
        }
        output.answer(&format!("  {}", owner.reason()));
        for line in owner.tree.lines() {
            output.answer(&format!("    {line}"));
        }
    }
}

/// Returns everything for programs to read: docs/schemas/why-1.json.
fn described(owners: &[Owner], path: Option<(&TreePath, &[(BundleName, Entry)])>) -> Value {
    let path = path.map(|(path, found)| {
        let says = found.iter().map(|(bundle, entry)| {
            json!({
                "bundle": bundle.as_str(),
                "present": entry.is_present(),
                "since": entry.version.number(),
                "hash": entry.hash.to_string(),
            })
        });
        json!({ "path": path.to_string(), "entries": says.collect::<Vec<_>>() })
    });
    json!({
        "type": "why",
        "schema": SCHEMA,
        "path": path,
        "bundles": owners.iter().map(Owner::json).collect::<Vec<_>>(),
    })
}

fn names(names: &BTreeSet<BundleName>) -> String {
    names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// The version of the form that programs read.
const SCHEMA: u32 = 1;

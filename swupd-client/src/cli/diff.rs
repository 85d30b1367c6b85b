//! `diff`: what differs between two versions, or between two that are kept on the disk.

use serde_json::{Value, json};
use swupd_protocol::version::Version;

use super::{
    arguments::DiffFlags, bundle_list::Inventory, failure::Failure, library::Library, output::Exit,
    session::Session, side::Side,
};
use crate::{
    host::{generations::Number, root::Root},
    update::{
        difference::{Difference, Differences, State, without_versions},
        switch::exchange::Shelf,
    },
};

/// Tells what differs.
pub(super) fn run(session: &Session, flags: &DiffFlags) -> Result<Exit, Failure> {
    let (a, b) = match (flags.first, flags.second) {
        (None, _) => (Side::Installed, Side::Latest),
        (Some(one), None) => (Side::Installed, one),
        (Some(a), Some(b)) => (a, b),
    };
    let mut sight = Sight { session, library: None };
    let (a, b) = (sight.look(a)?, sight.look(b)?);
    let difference = Difference::between(&a.state, &b.state);
    tell(session, (&a, &b), &difference);
    Ok(Exit::Ok)
}

/// One side, found.
struct Found {
    name: String,
    version: Option<Version>,
    generation: Option<Number>,
    state: State,
}

/// What is looked through; the server is asked only for what is not on the disk.
struct Sight<'a> {
    session: &'a Session,
    library: Option<Library<'a>>,
}

impl<'a> Sight<'a> {
    fn look(&mut self, side: Side) -> Result<Found, Failure> {
        let session = self.session;
        match side {
            Side::Installed => self.version(session.installed_version()?),
            Side::Latest => {
                let newest = self.library()?.metadata()?.latest()?;
                self.version(newest)
            }
            Side::Version(version) => self.version(version),
            Side::Generation(number) => self.generation(number),
        }
    }

    fn library(&mut self) -> Result<&Library<'a>, Failure> {
        let library = match self.library.take() {
            Some(library) => library,
            None => Library::open(self.session)?,
        };
        Ok(self.library.insert(library))
    }

    /// Returns what a version has of the bundles that are installed.
    fn version(&mut self, version: Version) -> Result<Found, Failure> {
        let bundles = Inventory::look(self.session)?.installed;
        let state = self.library()?.state(version, &bundles)?;
        let name = format!("version {version}");
        Ok(Found { name, version: Some(version), generation: None, state })
    }

    fn generation(&self, number: Number) -> Result<Found, Failure> {
        let tree = &self.session.settings.tree;
        let unreadable = |source| Failure::Tree { path: tree.clone(), source };
        let root = Root::open(tree).map_err(unreadable)?;
        let shelf = Shelf::of(&root);
        let listed = shelf.generations().map_err(unreadable)?;
        let listed = listed.into_iter().find(|listed| listed.number == Some(number));
        let listed = listed.ok_or(Failure::NoSuchGeneration { number })?;
        let content = shelf.content(number).map_err(unreadable)?;
        let content = content.ok_or(Failure::GenerationUnknown { number })?;
        let state = State { bundles: without_versions(&listed.bundles), content };
        let version = listed.version.map_or_else(String::new, |v| format!(" (version {v})"));
        let name = format!("generation {number}{version}");
        Ok(Found { name, version: listed.version, generation: Some(number), state })
    }
}

fn tell(session: &Session, (a, b): (&Found, &Found), difference: &Difference) {
    let output = &session.output;
    let headline = format!("From {} to {}", a.name, b.name);
    if output.manner().json {
        output.object(&described((a, b), difference, &headline));
        return;
    }
    output.info(&headline);
    let Difference { bundles, packages, paths } = difference;
    if difference.is_empty() {
        output.info("Nothing differs");
    }
    for (what, lists) in [("bundle", shown(bundles)), ("package", shown(packages))] {
        if !output.manner().quiet {
            for (mark, names) in lists {
                for name in names {
                    output.info(&format!("{mark} {what} {name}"));
                }
            }
        }
    }
    let mut lines: Vec<(String, char)> = Vec::new();
    for (mark, names) in shown(paths) {
        lines.extend(names.into_iter().map(|name| (name, mark)));
    }
    lines.sort();
    for (path, mark) in &lines {
        output.answer(&format!("{mark} {path}"));
    }
    output.info(&format!(
        "{} files changed, {} new, {} gone",
        paths.changed.len(),
        paths.new.len(),
        paths.gone.len()
    ));
}

/// Returns everything for programs to read: docs/schemas/diff-1.json.
fn described((a, b): (&Found, &Found), difference: &Difference, headline: &str) -> Value {
    let side = |found: &Found| {
        json!({
            "version": found.version.map(Version::number),
            "generation": found.generation.map(Number::get),
        })
    };
    let Difference { bundles, packages, paths } = difference;
    json!({
        "type": "diff",
        "schema": SCHEMA,
        "msg": headline,
        "from": side(a),
        "to": side(b),
        "bundles": lists(bundles),
        "packages": lists(packages),
        "paths": lists(paths),
    })
}

fn shown<T: ToString>(found: &Differences<T>) -> [(char, Vec<String>); 3] {
    [('-', &found.gone), ('+', &found.new), ('~', &found.changed)]
        .map(|(mark, list)| (mark, list.iter().map(ToString::to_string).collect()))
}

fn lists<T: ToString>(found: &Differences<T>) -> Value {
    let [(_, gone), (_, new), (_, changed)] = shown(found);
    json!({ "gone": gone, "new": new, "changed": changed })
}

/// The version of the form that programs read.
const SCHEMA: u32 = 1;

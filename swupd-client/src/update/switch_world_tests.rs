//! A tree, its state and versions of it, for engines to be tried on.

use std::{collections::BTreeMap, io::Write, os::unix::fs::MetadataExt, path::PathBuf, sync::Arc};

use fs_err as fs;
use swupd_protocol::{
    hash::ContentHash,
    object::{Attributes, Kind, Object},
    path::TreePath,
};

use crate::{
    host::{
        journal::{self, Fetched, Intent, Trip},
        root::{Found, Ownership, Root},
        scan::Expected,
        state::{Cache, Data},
        store::Store,
    },
    report::Silent,
    update::{
        step::{Change, Step},
        switch::{Engine, PerFile, Switched},
    },
};

pub(super) const NOW: u64 = 1_700_000_000;
pub(super) const TIMESTAMP: u64 = 1_600_000_000;

/// What a version has at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    File(&'static str, u32),
    Directory(u32),
    Link(&'static str),
}
use Node::{Directory, File, Link};

pub(super) type Tree = BTreeMap<String, Node>;

pub(super) fn tree<const N: usize>(nodes: [(&str, Node); N]) -> Tree {
    nodes.into_iter().map(|(path, node)| (path.to_owned(), node)).collect()
}

pub(super) fn path(text: &str) -> TreePath {
    TreePath::parse(text.as_bytes()).unwrap()
}

impl Node {
    pub(super) fn kind(&self) -> Kind {
        match self {
            File(..) => Kind::File,
            Directory(_) => Kind::Directory,
            Link(_) => Kind::Symlink,
        }
    }

    pub(super) fn object(&self) -> Object {
        match self {
            File(content, mode) => Object::File {
                attributes: Attributes::new(*mode, 0, 0),
                size: content.len() as u64,
            },
            Directory(mode) => Object::Directory { attributes: Attributes::new(*mode, 0, 0) },
            Link(target) => Object::Symlink { uid: 0, gid: 0, target: target.as_bytes().to_vec() },
        }
    }

    pub(super) fn hash(&self) -> ContentHash {
        let mut hasher = self.object().hasher();
        if let File(content, _) = self {
            hasher.update(content.as_bytes());
        }
        hasher.finish()
    }
}

/// A machine without a server.
pub(super) struct World {
    pub(super) scratch: tempfile::TempDir,
    pub(super) ownership: Ownership,
}

/// What one run of the program has open.
pub(super) struct Run {
    pub(super) root: Root,
    pub(super) store: Store,
    pub(super) data: Data,
}

impl World {
    pub(super) fn new(ownership: Ownership) -> Self {
        // In memory where that is possible: these tests sync often.
        let scratch = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        fs::create_dir_all(scratch.path().join("root")).unwrap();
        Self { scratch, ownership }
    }

    pub(super) fn anyone() -> Self {
        Self::new(Ownership::of_this_process())
    }

    pub(super) fn at(&self, path: &str) -> PathBuf {
        self.scratch.path().join("root").join(path.trim_start_matches('/'))
    }

    pub(super) fn run(&self) -> Run {
        let root = Root::open_with(&self.at("/"), self.ownership).unwrap();
        let data = Data::open(&self.scratch.path().join("data"), &root).unwrap();
        let record = data.record().unwrap();
        let cache = Cache::open(&self.scratch.path().join("cache"), "http://x", &root).unwrap();
        let store = cache.store(self.ownership, Arc::clone(&record)).unwrap();
        Run { root: root.with_record(record), store, data }
    }

    /// Brings the tree from one version to another.
    pub(super) fn update(&self, had: &Tree, wanted: &Tree) -> Switched {
        let run = self.run();
        let change = change(had, wanted);
        run.provide(wanted);
        let switched = run.go(run.engine(), &change).unwrap();
        run.assert_holds(wanted);
        switched
    }

    /// Everything in the tree as one can see it.
    pub(super) fn seen(&self) -> BTreeMap<String, String> {
        let mut seen = BTreeMap::new();
        let mut open = vec![self.at("/")];
        while let Some(directory) = open.pop() {
            for entry in fs::read_dir(&directory).unwrap() {
                let path = entry.unwrap().path();
                let metadata = fs::symlink_metadata(&path).unwrap();
                let mode = metadata.mode() & 0o7777;
                let text = if metadata.is_dir() {
                    open.push(path.clone());
                    format!("d {mode:o}")
                } else if metadata.is_symlink() {
                    format!("l {}", fs::read_link(&path).unwrap().display())
                } else {
                    let caps = xattr::get(&path, "user.test").unwrap_or_default();
                    format!("f {mode:o} {:?} {caps:?}", fs::read_to_string(&path).unwrap())
                };
                let name = path.strip_prefix(self.at("/")).unwrap().display().to_string();
                seen.insert(format!("/{name}"), text);
            }
        }
        seen
    }
}

impl Run {
    pub(super) fn engine(&self) -> PerFile<'_> {
        PerFile::new(&self.root, &self.store, &self.data, &Silent)
    }

    pub(super) fn provide(&self, tree: &Tree) {
        for node in tree.values() {
            match node {
                File(content, _) => {
                    let mut writer = self.store.writer(node.hash(), &node.object()).unwrap();
                    writer.write_all(content.as_bytes()).unwrap();
                    writer.commit().unwrap();
                }
                _ => self.store.put_without_content(node.hash(), &node.object()).unwrap(),
            }
        }
    }

    pub(super) fn trip(&self) -> Trip<Fetched> {
        journal::begin(&self.data, intent()).unwrap().fetched().unwrap()
    }

    pub(super) fn go(
        &self,
        mut engine: PerFile,
        change: &Change,
    ) -> Result<Switched, Box<dyn std::error::Error>> {
        let staged = engine.stage(self.trip(), change)?;
        Ok(engine.commit(staged)?)
    }

    pub(super) fn assert_holds(&self, tree: &Tree) {
        let expected: Vec<Expected> = tree
            .iter()
            .map(|(at, node)| Expected {
                path: path(at),
                kind: Some(node.kind()),
                hash: node.hash(),
            })
            .collect();
        let engine = self.engine();
        let running = engine.generations().unwrap().pop().unwrap();
        let found = engine.verify(&running, &expected, &|_| {});
        for (expected, found) in expected.iter().zip(found) {
            assert!(matches!(found, Found::Same), "{}: {found:?}", expected.path);
        }
        assert_eq!(running.version, Some(intent().to));
    }
}

pub(super) fn intent() -> Intent {
    Intent {
        from: None,
        to: "20".parse().unwrap(),
        track: ["editors".parse().unwrap()].into(),
        untrack: ["games".parse().unwrap()].into(),
        now: NOW,
        why: "a test".into(),
        hold: None,
    }
}

pub(super) fn change(had: &Tree, wanted: &Tree) -> Change {
    let puts = wanted.iter().filter(|(at, node)| had.get(*at) != Some(node));
    let puts =
        puts.map(|(at, node)| Step::Put { path: path(at), kind: node.kind(), hash: node.hash() });
    let gone = had.keys().filter(|at| !wanted.contains_key(*at));
    let steps = puts.chain(gone.map(|at| Step::Remove { path: path(at) })).collect();
    Change { steps, timestamp: TIMESTAMP, ..Change::default() }
}

pub(super) fn old() -> Tree {
    tree([
        ("/bin", Link("usr/bin")),
        ("/usr", Directory(0o755)),
        ("/usr/bin", Directory(0o755)),
        ("/usr/bin/same", File("same", 0o755)),
        ("/usr/bin/tool", File("old tool", 0o755)),
        ("/usr/bin/gone", File("gone", 0o755)),
        ("/usr/dir-to-file", Directory(0o755)),
        ("/usr/dir-to-file/inside", File("inside", 0o644)),
        ("/usr/dir-to-link", Directory(0o755)),
        ("/usr/dir-to-link/inside", File("inside", 0o644)),
        ("/usr/file-to-dir", File("file", 0o644)),
        ("/usr/link-to-file", Link("bin/tool")),
        ("/usr/old", Directory(0o700)),
        ("/usr/old/deep", Directory(0o755)),
        ("/usr/old/deep/file", File("deep", 0o644)),
    ])
}

pub(super) fn new() -> Tree {
    tree([
        ("/bin", Link("usr/bin")),
        ("/usr", Directory(0o755)),
        ("/usr/bin", Directory(0o711)),
        ("/usr/bin/same", File("same", 0o755)),
        ("/usr/bin/tool", File("new tool", 0o4755)),
        ("/usr/bin/twin", File("new tool", 0o4755)),
        ("/usr/dir-to-file", File("a file now", 0o644)),
        ("/usr/dir-to-link", Link("new")),
        ("/usr/file-to-dir", Directory(0o755)),
        ("/usr/file-to-dir/inside", File("new inside", 0o600)),
        ("/usr/link-to-file", File("file", 0o644)),
        ("/usr/new", Directory(0o1777)),
        ("/usr/new/link", Link("/anywhere")),
        ("/opt", Directory(0o755)),
    ])
}

/// Both kinds of ownership where the first can be had.
pub(super) fn ownerships() -> impl Iterator<Item = Ownership> {
    let is_possible = |o: &Ownership| {
        *o == Ownership::OfTheUser || Ownership::of_this_process() == Ownership::AsStated
    };
    [Ownership::AsStated, Ownership::OfTheUser].into_iter().filter(is_possible)
}

//! Which object of an older manifest a new one is most like: the start of its delta. Paths decide,
//! since content is not at hand.

use std::{cell::OnceCell, collections::HashMap};

use swupd_protocol::{
    hash::ContentHash,
    manifest::{Entry, Manifest},
    object::Kind,
    path::TreePath,
};

/// The files of an older manifest, as candidates.
#[derive(Debug)]
pub(super) struct Bases<'a> {
    files: Vec<&'a Entry>,
    by_hash: HashMap<ContentHash, &'a Entry>,
    by_path: HashMap<&'a TreePath, &'a Entry>,
    /// Made when first needed: most updates move few files.
    by_shape: OnceCell<[Shapes<'a>; 2]>,
}

impl<'a> Bases<'a> {
    /// Takes the files of a manifest.
    pub(super) fn new(manifest: &'a Manifest) -> Self {
        let is_file = |entry: &&Entry| entry.kind == Some(Kind::File);
        let mut files: Vec<&Entry> = manifest.present().filter(is_file).collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let mut by_hash = HashMap::with_capacity(files.len());
        for file in &files {
            by_hash.entry(file.hash).or_insert(*file);
        }
        let by_path = files.iter().map(|file| (&file.path, *file)).collect();
        Self { files, by_hash, by_path, by_shape: OnceCell::new() }
    }

    /// Returns the file to start from, if there is a likely one: the same content under another
    /// path, the same path, the same path but for digits and dots, or but for hexadecimal digits.
    pub(super) fn find(&self, hash: ContentHash, path: &TreePath) -> Option<&'a Entry> {
        let known = self.by_hash.get(&hash).or_else(|| self.by_path.get(path)).copied();
        known.or_else(|| {
            let [plain, hexadecimal] = self.by_shape.get_or_init(|| {
                [Shapes::new(&self.files, DIGITS), Shapes::new(&self.files, HEX_DIGITS)]
            });
            plain.find(path).or_else(|| hexadecimal.find(path))
        })
    }
}

/// Files by what is left of their paths when numbers are taken out.
#[derive(Debug)]
struct Shapes<'a> {
    stripped: &'static [u8],
    /// Each group in the order of paths.
    groups: HashMap<Vec<u8>, Vec<&'a Entry>>,
    /// The same, but for files that also have the same name: those that only moved.
    moved: HashMap<Vec<u8>, Vec<&'a Entry>>,
}

impl<'a> Shapes<'a> {
    fn new(files: &[&'a Entry], stripped: &'static [u8]) -> Self {
        let mut shapes = Self { stripped, groups: HashMap::new(), moved: HashMap::new() };
        for file in files {
            shapes.groups.entry(shapes.shape(&file.path)).or_default().push(*file);
            shapes.moved.entry(shapes.place(&file.path)).or_default().push(*file);
        }
        shapes
    }

    fn find(&self, path: &TreePath) -> Option<&'a Entry> {
        let moved = self.moved.get(&self.place(path));
        moved.or_else(|| self.groups.get(&self.shape(path))).and_then(|group| nearest(group, path))
    }

    fn shape(&self, path: &TreePath) -> Vec<u8> {
        strip(path.as_bytes(), self.stripped).collect()
    }

    /// The directory without numbers, the name with them.
    fn place(&self, path: &TreePath) -> Vec<u8> {
        let (bytes, name) = (path.as_bytes(), path.name());
        let directory = &bytes[..bytes.len() - name.len()];
        strip(directory, self.stripped).chain(name.iter().copied()).collect()
    }
}

/// Returns the file whose path begins most like this one; in sorted order that is a neighbour.
fn nearest<'a>(group: &[&'a Entry], path: &TreePath) -> Option<&'a Entry> {
    let at = group.partition_point(|entry| entry.path < *path);
    let neighbours = group[at.saturating_sub(1)..].iter().take(2);
    let shared = |entry: &&&Entry| {
        let pairs = entry.path.as_bytes().iter().zip(path.as_bytes());
        pairs.take_while(|(a, b)| a == b).count()
    };
    // Of equals the last counts: the newer of two numbers.
    neighbours.max_by_key(shared).copied()
}

fn strip<'a>(bytes: &'a [u8], stripped: &'static [u8]) -> impl Iterator<Item = u8> + 'a {
    bytes.iter().copied().filter(|byte| !stripped.contains(byte))
}

const DIGITS: &[u8] = b"0123456789.";
const HEX_DIGITS: &[u8] = b"0123456789abcdefABCDEF.";

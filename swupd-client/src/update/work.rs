//! What is left to do once everything is staged, as a value that the journal keeps.

use std::collections::{BTreeMap, BTreeSet};

use swupd_protocol::{attributes::AttributeTable, hash::ContentHash, object::Kind, path::TreePath};

use crate::host::journal::Detail;

/// What is done to the tree. The place of a put in the list is its number, and the name under
/// which it is staged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Work {
    /// Where things are staged: the tree's root (none) and mount points in it.
    pub(crate) areas: Vec<Option<TreePath>>,
    /// By path, so that a directory comes before what is in it.
    pub(crate) puts: Vec<Put>,
    /// By path.
    pub(crate) removes: Vec<TreePath>,
    /// What paths get that are not put.
    pub(crate) attributes: AttributeTable,
    /// Paths that lose their extended attributes and are not put.
    pub(crate) bare: BTreeSet<TreePath>,
}

/// Something that is staged and moves to its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Put {
    /// The index of the area where it is staged.
    pub(crate) area: usize,
    pub(crate) path: TreePath,
    pub(crate) kind: Kind,
    pub(crate) hash: ContentHash,
    pub(crate) why: Why,
}

/// Why something is put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// A step says so.
    Asked,
    /// It is the directory, missing so far, that something else lies in. What stands in its place
    /// is nothing that we know.
    NeededAsParent,
}

impl Work {
    /// Returns the lines for the areas, which are written before anything is created.
    pub(crate) fn area_details(&self) -> Vec<Detail> {
        let places =
            self.areas.iter().map(|area| area.as_ref().map_or(&[][..], TreePath::as_bytes));
        places.map(|place| detail(AREA, place)).collect()
    }

    /// Returns the lines for everything else.
    pub(crate) fn details(&self) -> Vec<Detail> {
        let puts = self.puts.iter().map(Put::detail);
        let removes = self.removes.iter().map(|path| detail(REMOVE, path.as_bytes()));
        let bare = self.bare.iter().map(|path| detail(BARE, path.as_bytes()));
        let table = self.attributes.to_text();
        let lines = table.split(|b| *b == b'\n').filter(|line| !line.is_empty());
        let attributes = lines.map(|line| detail(ATTRIBUTE, line));
        puts.chain(removes).chain(bare).chain(attributes).collect()
    }

    /// Reads the lines back; none where they cannot be ours.
    pub(crate) fn from_details(details: &[Detail]) -> Option<Self> {
        let mut work = Self { areas: areas_of(details), ..Self::default() };
        let mut table = Vec::new();
        for Detail { word, bytes } in details {
            match word.as_str() {
                PUT => work.puts.push(Put::parse(bytes, work.areas.len())?),
                REMOVE => work.removes.push(TreePath::parse(bytes).ok()?),
                BARE => drop(work.bare.insert(TreePath::parse(bytes).ok()?)),
                ATTRIBUTE => table.extend_from_slice(&[bytes, &b"\n"[..]].concat()),
                _ => {}
            }
        }
        work.attributes = AttributeTable::parse(&table).ok()?;
        Some(work)
    }

    /// Says whether there is nothing to do.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self { areas: self.areas.clone(), ..Self::default() }
    }

    /// Keeps of the attributes of what is not put those of some paths.
    pub(crate) fn keep_attributes_of(&mut self, keep: impl Fn(&TreePath) -> bool) {
        let mut kept = AttributeTable::default();
        for (path, said) in self.attributes.iter().filter(|(path, _)| keep(path)) {
            super::step::add(&mut kept, path, said);
        }
        self.attributes = kept;
        self.bare.retain(keep);
    }

    /// Returns the puts that replace something by a file or a link, by path: what was in a
    /// directory there must be looked for elsewhere.
    pub(crate) fn non_directories(&self) -> BTreeMap<&TreePath, usize> {
        let puts = self.puts.iter().enumerate();
        puts.filter(|(_, put)| put.kind != Kind::Directory).map(|(n, put)| (&put.path, n)).collect()
    }
}

/// Returns the areas that a journal names.
pub(crate) fn areas_of(details: &[Detail]) -> Vec<Option<TreePath>> {
    let areas = details.iter().filter(|detail| detail.word == AREA);
    areas.map(|detail| TreePath::parse(&detail.bytes).ok()).collect()
}

impl Put {
    fn detail(&self) -> Detail {
        let kind = match self.kind {
            Kind::File => 'f',
            Kind::Directory => 'd',
            Kind::Symlink => 'l',
        };
        let why = match self.why {
            Why::Asked => '.',
            Why::NeededAsParent => 'p',
        };
        let mut bytes = format!("{kind}{why} {} {} ", self.area, self.hash).into_bytes();
        bytes.extend_from_slice(self.path.as_bytes());
        detail(PUT, &bytes)
    }

    fn parse(bytes: &[u8], areas: usize) -> Option<Self> {
        let mut fields = bytes.splitn(4, |b| *b == b' ');
        let &[kind, why] = fields.next()? else { return None };
        let kind = match kind {
            b'f' => Kind::File,
            b'd' => Kind::Directory,
            b'l' => Kind::Symlink,
            _ => return None,
        };
        let why = match why {
            b'.' => Why::Asked,
            b'p' => Why::NeededAsParent,
            _ => return None,
        };
        let area = std::str::from_utf8(fields.next()?).ok()?.parse().ok()?;
        let hash = ContentHash::parse(fields.next()?).ok()?;
        let path = TreePath::parse(fields.next()?).ok()?;
        (area < areas).then_some(Self { area, path, kind, hash, why })
    }
}

fn detail(word: &str, bytes: &[u8]) -> Detail {
    Detail { word: word.to_owned(), bytes: bytes.to_vec() }
}

const AREA: &str = "area";
const PUT: &str = "put";
const REMOVE: &str = "remove";
const BARE: &str = "bare";
const ATTRIBUTE: &str = "attribute";

#[cfg(test)]
#[path = "work_tests.rs"]
mod tests;

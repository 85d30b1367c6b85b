//! The text of an index: a line for each bundle, and below it a line for each of its paths, all of
//! it compressed. Pure.
//!
//! ```text
//! swupd search index 1 <hash of the MoM>
//! [editors]<tab>1234<tab>languages<tab>os-core
//! /usr/share/editors/one
//! ```
//! It ends with a line `.`, so that one that was cut off is told from a whole one.

use std::{
    collections::BTreeSet,
    io::{self, BufRead, BufReader, Write},
};

use swupd_protocol::{
    bundle::BundleName,
    compression::{Encoder, Encoding, decoder, encoder},
    hash::ManifestHash,
    limits::MAX_MANIFEST_LINE,
    path::TreePath,
};

/// What an index holds of one bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shelf {
    /// The bundle.
    pub bundle: BundleName,
    /// Bytes of what is in it.
    pub size: u64,
    /// The bundles that it names as needed.
    pub needed: BTreeSet<BundleName>,
    /// Its files and links.
    pub paths: Vec<TreePath>,
}

/// Writes an index.
pub struct Writer(Encoder<Vec<u8>>);

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Writer")
    }
}

impl Writer {
    /// Begins the index of the version with this MoM.
    pub fn new(mom: ManifestHash) -> Result<Self, NotAnIndex> {
        let mut writer = Self(encoder(Vec::new(), Encoding::zstd(LEVEL))?);
        writeln!(writer.0, "{HEAD}{mom}")?;
        Ok(writer)
    }

    /// Adds a bundle.
    pub fn add(&mut self, shelf: &Shelf) -> Result<(), NotAnIndex> {
        write!(self.0, "[{}]\t{}", shelf.bundle, shelf.size)?;
        for needed in &shelf.needed {
            write!(self.0, "\t{needed}")?;
        }
        self.0.write_all(b"\n")?;
        for path in &shelf.paths {
            self.0.write_all(path.as_bytes())?;
            self.0.write_all(b"\n")?;
        }
        Ok(())
    }

    /// Returns the index.
    pub fn finish(mut self) -> Result<Vec<u8>, NotAnIndex> {
        self.0.write_all(END)?;
        Ok(self.0.finish()?)
    }
}

/// A line of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line<'a> {
    /// The paths of another bundle follow.
    Shelf {
        /// The bundle.
        bundle: BundleName,
        /// Bytes of what is in it.
        size: u64,
        /// The bundles that it names as needed.
        needed: BTreeSet<BundleName>,
    },
    /// A path of the bundle that was named last.
    Path(&'a [u8]),
}

/// Reads an index of the version with this MoM, line by line.
pub fn read(
    index: &[u8],
    mom: ManifestHash,
    each: &mut dyn FnMut(Line<'_>),
) -> Result<(), NotAnIndex> {
    let mut reader = BufReader::new(decoder(index)?);
    let mut line = Vec::new();
    next(&mut reader, &mut line)?;
    if line != format!("{HEAD}{mom}").as_bytes() {
        return Err(NotAnIndex::OfAnotherVersion);
    }
    loop {
        next(&mut reader, &mut line)?;
        match line.first() {
            Some(b'/') => each(Line::Path(&line)),
            Some(b'[') => each(shelf_line(&line).ok_or(NotAnIndex::Unreadable)?),
            Some(b'.') if line == b"." => return Ok(()),
            _ => return Err(NotAnIndex::Unreadable),
        }
    }
}

/// Reads a line without its end.
fn next(reader: &mut impl BufRead, line: &mut Vec<u8>) -> Result<(), NotAnIndex> {
    line.clear();
    let limit = LONGEST_LINE as u64;
    io::Read::take(reader, limit).read_until(b'\n', line)?;
    if line.pop() == Some(b'\n') { Ok(()) } else { Err(NotAnIndex::Unreadable) }
}

fn shelf_line(line: &[u8]) -> Option<Line<'_>> {
    let mut fields = std::str::from_utf8(line).ok()?.split('\t');
    let name = fields.next()?.strip_prefix('[')?.strip_suffix(']')?;
    let size = fields.next()?.parse().ok()?;
    let needed = fields.map(str::parse).collect::<Result<_, _>>().ok()?;
    Some(Line::Shelf { bundle: name.parse().ok()?, size, needed })
}

/// Bytes that are not the index that was asked for, or that could not be made one.
#[derive(Debug, thiserror::Error)]
pub enum NotAnIndex {
    /// It is of a version that is no longer published like that.
    #[error("the search index is of another version")]
    OfAnotherVersion,
    /// It is damaged.
    #[error("the search index is damaged")]
    Unreadable,
    /// It cannot be packed or unpacked.
    #[error("the search index cannot be packed or unpacked")]
    Compression(#[from] io::Error),
}

const HEAD: &str = "swupd search index 1 ";
const END: &[u8] = b".\n";
/// Fast, and small enough: paths repeat each other.
const LEVEL: i32 = 6;
/// A path, or a bundle with all that it needs.
const LONGEST_LINE: usize = MAX_MANIFEST_LINE + (4 << 20);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn mom() -> ManifestHash {
        ManifestHash::of(b"a MoM")
    }

    fn read_all(index: &[u8]) -> Result<Vec<Shelf>, NotAnIndex> {
        let mut shelves: Vec<Shelf> = Vec::new();
        read(index, mom(), &mut |line| match line {
            Line::Shelf { bundle, size, needed } => {
                shelves.push(Shelf { bundle, size, needed, paths: Vec::new() });
            }
            Line::Path(path) => {
                shelves.last_mut().unwrap().paths.push(TreePath::parse(path).unwrap());
            }
        })?;
        Ok(shelves)
    }

    fn ignored(_: Line<'_>) {}

    fn written(shelves: &[Shelf]) -> Vec<u8> {
        let mut writer = Writer::new(mom()).unwrap();
        for shelf in shelves {
            writer.add(shelf).unwrap();
        }
        writer.finish().unwrap()
    }

    prop_compose! {
        fn shelf()(
            bundle in "[a-z\\[\\]+#,;ü]{1,8}",
            size in any::<u64>(),
            needed in prop::collection::btree_set("[a-z]{1,3}", 0..3),
            paths in prop::collection::vec("/[ -~&&[^/]]{3,9}(/\\[[a-z\t]{1,9})?", 0..5),
        ) -> Shelf {
            let paths = paths.iter().map(|path| TreePath::parse(path.as_bytes()).unwrap());
            Shelf {
                bundle: bundle.parse().unwrap(),
                size,
                needed: needed.iter().map(|name| name.parse().unwrap()).collect(),
                paths: paths.collect(),
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn what_is_written_reads_back(shelves in prop::collection::vec(shelf(), 0..5)) {
            let index = written(&shelves);
            prop_assert_eq!(read_all(&index).unwrap(), shelves);
            prop_assert!(read_all(&index[..index.len() - 1]).is_err());
            let other = ManifestHash::of(b"another MoM");
            let of_other = read(&index, other, &mut ignored);
            prop_assert!(of_other.is_err());
        }

        #[test]
        fn anything_is_an_index_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            drop(read(&bytes, mom(), &mut ignored));
            let head = format!("{HEAD}{}\n", mom()).into_bytes();
            drop(read(&[head, bytes].concat(), mom(), &mut ignored));
        }
    }

    #[test]
    fn one_that_is_cut_off_is_no_index() {
        let head = format!("{HEAD}{}\n", mom());
        for (text, is_whole) in [
            ("[a]\t1\n/x\n.\n", true),
            ("[a]\t1\tb\tc\n.\n", true),
            ("[a]\t1\n/x\n", false),
            ("[a]\t1\n/x", false),
            ("[a]\n.\n", false),
            ("[a]\tx\n.\n", false),
            ("[a b]\t1\n.\n", false),
            ("\n.\n", false),
            ("nonsense\n.\n", false),
        ] {
            let whole = format!("{head}{text}");
            assert_eq!(read(whole.as_bytes(), mom(), &mut ignored).is_ok(), is_whole, "{text:?}");
        }
    }
}

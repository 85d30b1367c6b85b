//! Owner and mode of objects in a tree where they cannot be had: an ordinary user's. They are part
//! of an object's name but in no manifest, so what is verified later must be remembered now.
//!
//! `<data>/attributes`, one line an object: hash, mode in octal, owner, group. Lines are only ever
//! added. A line that a crash cut off is dropped.

use std::{
    collections::HashMap,
    fs::File,
    io::{self, Read, Seek, Write},
    path::Path,
    sync::Mutex,
};

use swupd_protocol::{hash::ContentHash, object::Attributes};

use super::directory::Directory;

/// What is remembered, and the file that it is added to.
#[derive(Debug)]
pub struct Record(Mutex<Inner>);

#[derive(Debug)]
struct Inner {
    known: HashMap<ContentHash, Attributes>,
    file: File,
}

impl Record {
    pub(crate) fn open(directory: &Directory) -> io::Result<Self> {
        let mut file = directory.append_own(Path::new(NAME), 0o600)?;
        let mut text = Vec::new();
        file.read_to_end(&mut text)?;
        let whole = text.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
        if whole < text.len() {
            file.set_len(whole as u64)?;
            file.seek(io::SeekFrom::End(0))?;
        }
        let known = text[..whole].split(|b| *b == b'\n').filter_map(parse).collect();
        Ok(Self(Mutex::new(Inner { known, file })))
    }

    /// Returns the attributes that the object of this name has where it can have them.
    pub fn attributes(&self, hash: &ContentHash) -> Option<Attributes> {
        self.0.lock().ok()?.known.get(hash).copied()
    }

    /// Remembers the attributes of an object whose hash was checked.
    pub fn remember(&self, hash: ContentHash, attributes: Attributes) -> io::Result<()> {
        let mut inner = self.0.lock().map_err(|_| io::Error::other("a writer of it failed"))?;
        if inner.known.insert(hash, attributes) == Some(attributes) {
            return Ok(());
        }
        let Attributes { mode, uid, gid } = attributes;
        // One write a line, so that a crash cuts off the last one at most.
        inner.file.write_all(format!("{hash} {mode:o} {uid} {gid}\n").as_bytes())
    }

    /// Brings what is remembered to the disk.
    pub fn sync(&self) -> io::Result<()> {
        let inner = self.0.lock().map_err(|_| io::Error::other("a writer of it failed"))?;
        inner.file.sync_data()
    }
}

fn parse(line: &[u8]) -> Option<(ContentHash, Attributes)> {
    let mut fields = std::str::from_utf8(line).ok()?.split(' ');
    let hash = fields.next()?.parse().ok()?;
    let mode = u32::from_str_radix(fields.next()?, 8).ok()?;
    let (uid, gid) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    let fits = fields.next().is_none() && mode <= Attributes::PERMISSIONS;
    fits.then(|| (hash, Attributes::new(mode, uid, gid)))
}

const NAME: &str = "attributes";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hash(seed: u8) -> ContentHash {
        ContentHash::from_bytes([seed; 32])
    }

    #[test]
    fn a_torn_line_is_dropped_and_the_file_goes_on() {
        let scratch = tempfile::tempdir().unwrap();
        let directory = Directory::open_anywhere(scratch.path()).unwrap();
        let set = Attributes::new(0o4755, 0, 12);
        let record = Record::open(&directory).unwrap();
        record.remember(hash(1), set).unwrap();
        record.remember(hash(1), set).unwrap();
        record.sync().unwrap();
        let path = scratch.path().join(NAME);
        let whole = fs_err::read(&path).unwrap();
        assert_eq!(whole, format!("{} 4755 0 12\n", hash(1)).as_bytes());
        for cut in 0..whole.len() {
            let torn = [&whole[..], &whole[..cut]].concat();
            fs_err::write(&path, torn).unwrap();
            let record = Record::open(&directory).unwrap();
            assert_eq!(record.attributes(&hash(1)), Some(set));
            record.remember(hash(2), set).unwrap();
            let record = Record::open(&directory).unwrap();
            assert_eq!(record.attributes(&hash(2)), Some(set), "cut at {cut}");
        }
    }

    proptest! {
        #[test]
        fn a_line_round_trips(bytes: [u8; 32], mode in 0..=0o7777_u32, uid: u32, gid: u32) {
            let hash = ContentHash::from_bytes(bytes);
            let line = format!("{hash} {mode:o} {uid} {gid}");
            prop_assert_eq!(
                parse(line.as_bytes()),
                Some((hash, Attributes::new(mode, uid, gid)))
            );
        }

        #[test]
        fn nonsense_is_no_line(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            prop_assert_eq!(parse(&bytes), None);
        }
    }
}

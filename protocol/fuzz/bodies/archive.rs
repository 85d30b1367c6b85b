//! Errors are fine, panics are bugs. No member has a name that leads elsewhere, none gives more
//! bytes than it states or than the archive has, and what is read is written so that it reads as
//! the same again. Memory stays bounded, whatever a compressed stream unpacks to.

use std::io::{self, Read, Write};

use swupd_protocol::{
    archive::{ArchiveError, ArchiveReader, ArchiveWriter, Member, Unhashed, read_files},
    fullfile::Fullfile,
    hash::ContentHash,
    object::Object,
    pack::{PackMember, PackReader},
};

/// Keeps the promises for one input: as it is, and with right checksums, which nobody guesses.
pub(crate) fn check(data: &[u8]) {
    check_archive(data);
    check_compressed(data);
    let repaired = with_checksums(data);
    check_archive(&repaired);
    check_compressed(&repaired);
}

/// An archive that is not compressed.
fn check_archive(data: &[u8]) {
    let Ok(members) = read_members(data) else { return };
    let contents: usize = members.iter().map(|(_, content)| content.len()).sum();
    assert!(contents <= data.len(), "more content than there is archive");
    let mut writer = ArchiveWriter::new(Vec::new());
    for (Member { name, object }, content) in &members {
        assert!(!name.is_empty() && !name.starts_with(b"/") && !name.contains(&0));
        assert!(!name.split(|b| *b == b'/').any(|component| component == b".."));
        let written = writer.append(name, object, Unhashed::default(), &mut &content[..]);
        assert!(written.is_ok(), "what is read cannot be written: {written:?}");
    }
    let again = writer.finish().ok().and_then(|bytes| read_members(&bytes).ok());
    assert_eq!(again, Some(members), "a written archive reads as another");
}

fn read_members(data: &[u8]) -> Result<Vec<(Member, Vec<u8>)>, ArchiveError> {
    let mut archive = ArchiveReader::new(data);
    let mut members = Vec::new();
    while let Some(member) = archive.next_member()? {
        let mut content = Vec::new();
        archive.read_to_end(&mut content)?;
        let size = content.len() as u64;
        assert!(!matches!(member.object, Object::File { size: stated, .. } if stated != size));
        members.push((member, content));
    }
    archive.finish()?;
    Ok(members)
}

/// Whatever travels in an archive that may be compressed.
fn check_compressed(data: &[u8]) {
    if let Ok(files) = read_files(data, FILES) {
        let size: usize = files.iter().map(|file| file.content.len()).sum();
        assert!(size as u64 <= FILES);
    }
    let hash = first_whole(data).unwrap_or(ContentHash::ABSENT);
    if let Ok(fullfile) = Fullfile::open(data, hash) {
        let object = fullfile.object().clone();
        let mut output = Counted::default();
        if fullfile.copy_to(&mut output).is_ok() {
            let stated = if let Object::File { size, .. } = object { size } else { 0 };
            assert_eq!(output.0, stated);
        }
    }
}

/// Reads a pack, as far as it is not too much for one run; returns the first object it names.
fn first_whole(data: &[u8]) -> Option<ContentHash> {
    let mut pack = PackReader::new(data).ok()?;
    let (mut first, mut left) = (None, MOST);
    while let Ok(Some(member)) = pack.next_member() {
        let stated = match &member {
            PackMember::Delta { size, .. }
            | PackMember::Whole { object: Object::File { size, .. }, .. } => *size,
            PackMember::Whole { .. } => 0,
        };
        if let PackMember::Whole { hash, .. } = member {
            first = first.or(Some(hash));
        }
        let copied = io::copy(&mut pack.by_ref().take(left), &mut io::sink());
        let copied = copied.unwrap_or(left);
        assert!(copied <= stated || copied == left);
        left -= copied;
        if left == 0 {
            return first;
        }
    }
    first
}

/// A place for content that ends before a run takes too long.
#[derive(Default)]
struct Counted(u64);

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        if self.0 > MOST { Err(io::ErrorKind::StorageFull.into()) } else { Ok(bytes.len()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Returns the input with the checksum of every block that has one set right, as if the block were
/// a header.
fn with_checksums(data: &[u8]) -> Vec<u8> {
    let mut data = data.to_vec();
    for block in data.as_chunks_mut::<512>().0 {
        if block[257..262] == *b"ustar" {
            block[148..156].fill(b' ');
            let sum: u32 = block.iter().map(|b| u32::from(*b)).sum();
            block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        }
    }
    data
}

/// Bytes of small files that are read whole.
const FILES: u64 = 64 << 10;
/// Bytes that one run unpacks before it ends.
const MOST: u64 = 4 << 20;

//! Keeps a bad state in a file, with all that is needed to look at it again: the disks as they
//! were, what happened to them, and the cut.

use std::{
    io::{self, BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::{
    check::{Engine, Judge, Side},
    file_system::FileSystem,
    image::{BLOCK, Image},
    lane::Apart,
    record::{Event, Recording},
    scenario::Scenario,
    states::Cut,
    trial::Trial,
    trouble::Trouble,
};

/// What a state is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct About {
    /// A name for people.
    pub(crate) name: String,
    pub(crate) file_system: FileSystem,
    pub(crate) scenario: Scenario,
    pub(crate) engine: Engine,
    pub(crate) apart: Apart,
    pub(crate) before: Option<Side>,
    pub(crate) after: Side,
}

/// A state that was kept.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) about: About,
    recording: Recording,
    cut: Cut,
}

/// The first line of the file.
#[derive(Debug, Serialize, Deserialize)]
struct Head {
    about: About,
    cut: Cut,
    disks: Vec<DiskHead>,
    events: usize,
}

#[derive(Debug, Serialize, Deserialize)]
struct DiskHead {
    blocks: usize,
    held: usize,
}

impl Kept {
    /// Returns a trial of this state alone.
    pub(crate) fn trial<'a>(&'a self, judge: Judge<'a>) -> Trial<'a> {
        Trial {
            recording: &self.recording,
            cuts: vec![self.cut.clone()],
            judge,
            before: self.about.before,
            after: self.about.after,
        }
    }

    /// Writes the disks as images that can be mounted, the first to `path`.
    pub(crate) fn write_images(&self, path: &Path) -> Result<(), Trouble> {
        for (disk, image) in self.recording.images(&self.cut).iter().enumerate() {
            let mut name = path.to_owned().into_os_string();
            if disk > 0 {
                name.push(format!(".{disk}"));
            }
            write_image(Path::new(&name), image).map_err(Trouble::when("write an image"))?;
        }
        Ok(())
    }
}

/// Keeps a state in a directory, and returns the file.
pub(crate) fn keep(
    directory: &Path,
    about: About,
    recording: &Recording,
    cut: &Cut,
) -> Result<PathBuf, Trouble> {
    let name = about.name.replace([' ', ','], "-");
    let path = directory.join(format!("powercut-{name}"));
    let head = Head {
        about,
        cut: cut.clone(),
        disks: recording.bases.iter().map(head_of).collect(),
        events: recording.events.len(),
    };
    let write = || {
        let mut file = BufWriter::new(fs_err::File::create(&path)?);
        write_all(&mut file, &head, recording)?;
        file.flush()
    };
    write().map_err(Trouble::when("keep a bad state"))?;
    Ok(path)
}

/// Reads a state that was kept.
pub(crate) fn read(path: &Path) -> Result<Kept, Trouble> {
    let read = || read_all(&mut BufReader::new(fs_err::File::open(path)?));
    read().map_err(Trouble::when("read a state that was kept"))
}

fn head_of(image: &Image) -> DiskHead {
    DiskHead { blocks: image.blocks(), held: image.held().count() }
}

fn write_all(out: &mut impl Write, head: &Head, recording: &Recording) -> io::Result<()> {
    serde_json::to_writer(&mut *out, head)?;
    out.write_all(b"\n")?;
    for image in &recording.bases {
        for (number, block) in image.held() {
            out.write_all(&(number as u64).to_le_bytes())?;
            out.write_all(block)?;
        }
    }
    for event in &recording.events {
        let (kind, disk, at, bytes): (u8, usize, u64, &[u8]) = match event {
            Event::Write { disk, at, bytes } => (WRITE, *disk, *at, bytes),
            Event::Flush { disk } => (FLUSH, *disk, 0, &[]),
            Event::Visible => (VISIBLE, 0, 0, &[]),
            Event::Done => (DONE, 0, 0, &[]),
        };
        out.write_all(&[kind])?;
        for number in [disk as u64, at, bytes.len() as u64] {
            out.write_all(&number.to_le_bytes())?;
        }
        out.write_all(bytes)?;
    }
    Ok(())
}

fn read_all(from: &mut impl BufRead) -> io::Result<Kept> {
    let mut line = Vec::new();
    from.read_until(b'\n', &mut line)?;
    let Head { about, cut, disks, events } = serde_json::from_slice(&line)?;
    let bases = disks.iter().map(|disk| read_image(from, disk)).collect::<io::Result<_>>()?;
    let events = (0..events).map(|_| read_event(from)).collect::<io::Result<_>>()?;
    Ok(Kept { about, recording: Recording { bases, events }, cut })
}

fn read_image(from: &mut impl Read, head: &DiskHead) -> io::Result<Image> {
    let mut image = Image::of_zeros(head.blocks);
    let mut block = [0; BLOCK];
    for _ in 0..head.held {
        let number = number(from)?;
        from.read_exact(&mut block)?;
        image.write(number * BLOCK as u64, &block);
    }
    Ok(image)
}

fn read_event(from: &mut impl Read) -> io::Result<Event> {
    let mut kind = [0];
    from.read_exact(&mut kind)?;
    let (disk, at, length) = (number(from)?, number(from)?, number(from)?);
    let mut bytes = vec![0; usize::try_from(length).unwrap_or(0).min(BLOCK)];
    from.read_exact(&mut bytes)?;
    let disk = usize::try_from(disk).unwrap_or(usize::MAX);
    match kind[0] {
        WRITE => Ok(Event::Write { disk, at, bytes: bytes.into() }),
        FLUSH => Ok(Event::Flush { disk }),
        VISIBLE => Ok(Event::Visible),
        DONE => Ok(Event::Done),
        _ => Err(io::Error::other("it is not a state that was kept")),
    }
}

fn number(from: &mut impl Read) -> io::Result<u64> {
    let mut bytes = [0; 8];
    from.read_exact(&mut bytes)?;
    Ok(u64::from_le_bytes(bytes))
}

fn write_image(path: &Path, image: &Image) -> io::Result<()> {
    let mut file = fs_err::File::create(path)?;
    file.set_len((image.blocks() * BLOCK) as u64)?;
    for (number, block) in image.held() {
        file.seek(SeekFrom::Start((number * BLOCK) as u64))?;
        file.write_all(block)?;
    }
    Ok(())
}

const WRITE: u8 = b'W';
const FLUSH: u8 = b'F';
const VISIBLE: u8 = b'V';
const DONE: u8 = b'D';

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_again() {
        let mut base = Image::of_zeros(4);
        base.write(5000, b"old");
        let recording = Recording {
            bases: vec![base, Image::of_zeros(2)],
            events: vec![
                Event::Write { disk: 1, at: 512, bytes: Arc::from(*b"new") },
                Event::Flush { disk: 1 },
                Event::Visible,
                Event::Done,
            ],
        };
        let about = About {
            name: "ext4 update quiet state 7".into(),
            file_system: FileSystem::Ext4,
            scenario: Scenario::Update,
            engine: Engine::PerFile,
            apart: Apart::State,
            before: None,
            after: Side::New,
        };
        let cut = Cut { after: 2, lost: [0].into() };
        let directory = tempfile::tempdir().unwrap();
        let path = keep(directory.path(), about.clone(), &recording, &cut).unwrap();
        let kept = read(&path).unwrap();
        assert_eq!((kept.about, kept.cut, kept.recording.events), (about, cut, recording.events));
        assert_eq!(kept.recording.bases, recording.bases);
    }

    use std::sync::Arc;
}

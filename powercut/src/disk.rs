//! Disks in memory, served as files of a FUSE file system, that remember what was written to them
//! and in which order. A loop device makes a block device of each.

use std::{
    ffi::OsStr,
    io,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, UNIX_EPOCH},
};

use fuser::{
    BackgroundSession, Config, Errno, FileAttr, FileHandle, FileType, Filesystem, FopenFlags,
    Generation, INodeNo, LockOwner, MountOption, OpenFlags, ReplyAttr, ReplyData, ReplyEmpty,
    ReplyEntry, ReplyOpen, ReplyWrite, Request, TimeOrNow, WriteFlags,
};

use crate::{
    image::{BLOCK, Image, pieces},
    record::{Event, Recording},
};

/// The disks of one machine.
#[derive(Debug)]
pub(crate) struct Disks(Mutex<Held>);

#[derive(Debug)]
struct Held {
    images: Vec<Image>,
    recording: Option<Recording>,
}

impl Disks {
    /// Returns empty disks of these many blocks.
    pub(crate) fn new(blocks: &[usize]) -> Arc<Self> {
        let images = blocks.iter().map(|blocks| Image::of_zeros(*blocks)).collect();
        Arc::new(Self(Mutex::new(Held { images, recording: None })))
    }

    /// Exchanges the disks. Nothing may be mounted.
    pub(crate) fn load(&self, images: Vec<Image>) {
        *self.held() = Held { images, recording: None };
    }

    /// Returns what is on the disks.
    pub(crate) fn images(&self) -> Vec<Image> {
        self.held().images.clone()
    }

    /// Records from now on.
    pub(crate) fn begin(&self) {
        let mut held = self.held();
        held.recording = Some(Recording { bases: held.images.clone(), events: Vec::new() });
    }

    /// Notes in the recording that a name that everybody sees is about to change.
    pub(crate) fn visible(&self) {
        self.note([Event::Visible]);
    }

    /// Notes in the recording that something was reported as done.
    pub(crate) fn done(&self) {
        self.note([Event::Done]);
    }

    /// Ends recording, and returns what was recorded.
    pub(crate) fn end(&self) -> Option<Recording> {
        self.held().recording.take()
    }

    fn note(&self, events: impl IntoIterator<Item = Event>) {
        self.held().note(events);
    }

    fn write(&self, disk: usize, at: u64, bytes: &[u8]) {
        let mut held = self.held();
        if let Some(image) = held.images.get_mut(disk) {
            image.write(at, bytes);
        }
        if held.recording.is_some() {
            let mut rest = bytes;
            held.note(pieces(at, bytes.len()).map(|piece| {
                let (part, more) = rest.split_at(piece.to - piece.from);
                rest = more;
                Event::Write { disk, at: piece.at(), bytes: part.into() }
            }));
        }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn note(&mut self, events: impl IntoIterator<Item = Event>) {
        if let Some(recording) = &mut self.recording {
            recording.events.extend(events);
        }
    }
}

/// Serves disks as the files `0`, `1`… of a directory, until what is returned is dropped.
pub(crate) fn serve(disks: &Arc<Disks>, directory: &Path) -> io::Result<BackgroundSession> {
    let mut config = Config::default();
    config.mount_options = vec![MountOption::FSName("swupd-powercut".into())];
    fuser::spawn_mount(Served(Arc::clone(disks)), directory, &config)
}

/// The file system: one directory with a file for each disk. One thread serves it, so that there is
/// an order in which things happen.
struct Served(Arc<Disks>);

impl Served {
    fn attributes(&self, node: INodeNo) -> Option<FileAttr> {
        let size = match disk(node) {
            None => 0,
            Some(disk) => (self.0.held().images.get(disk)?.blocks() * BLOCK) as u64,
        };
        let is_disk = disk(node).is_some();
        Some(FileAttr {
            ino: node,
            size,
            blocks: size / 512,
            atime: UNIX_EPOCH,
            mtime: UNIX_EPOCH,
            ctime: UNIX_EPOCH,
            crtime: UNIX_EPOCH,
            kind: if is_disk { FileType::RegularFile } else { FileType::Directory },
            perm: if is_disk { 0o600 } else { 0o700 },
            nlink: 1,
            uid: 0,
            gid: 0,
            rdev: 0,
            blksize: 4096,
            flags: 0,
        })
    }

    fn tell(&self, node: INodeNo, reply: ReplyAttr) {
        match self.attributes(node) {
            Some(attributes) => reply.attr(&LONG, &attributes),
            None => reply.error(Errno::ENOENT),
        }
    }
}

impl Filesystem for Served {
    fn lookup(&self, _: &Request, _: INodeNo, name: &OsStr, reply: ReplyEntry) {
        let disk = name.to_str().and_then(|name| name.parse::<u64>().ok());
        let node = disk.map(|disk| INodeNo(disk.saturating_add(FIRST)));
        match node.and_then(|node| self.attributes(node)) {
            Some(attributes) => reply.entry(&LONG, &attributes, Generation(0)),
            None => reply.error(Errno::ENOENT),
        }
    }

    fn getattr(&self, _: &Request, node: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        self.tell(node, reply);
    }

    fn setattr(
        &self,
        _: &Request,
        node: INodeNo,
        _: Option<u32>,
        _: Option<u32>,
        _: Option<u32>,
        _: Option<u64>,
        _: Option<TimeOrNow>,
        _: Option<TimeOrNow>,
        _: Option<std::time::SystemTime>,
        _: Option<FileHandle>,
        _: Option<std::time::SystemTime>,
        _: Option<std::time::SystemTime>,
        _: Option<std::time::SystemTime>,
        _: Option<fuser::BsdFileFlags>,
        reply: ReplyAttr,
    ) {
        // A disk has no times and keeps its size.
        self.tell(node, reply);
    }

    fn open(&self, _: &Request, _: INodeNo, _: OpenFlags, reply: ReplyOpen) {
        // Nothing of a disk is cached outside it.
        reply.opened(FileHandle(0), FopenFlags::FOPEN_DIRECT_IO);
    }

    fn read(
        &self,
        _: &Request,
        node: INodeNo,
        _: FileHandle,
        offset: u64,
        size: u32,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyData,
    ) {
        let held = self.0.held();
        match disk(node).and_then(|disk| held.images.get(disk)) {
            Some(image) => reply.data(&image.read(offset, size as usize)),
            None => reply.error(Errno::ENOENT),
        }
    }

    fn write(
        &self,
        _: &Request,
        node: INodeNo,
        _: FileHandle,
        offset: u64,
        data: &[u8],
        _: WriteFlags,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyWrite,
    ) {
        let Some(disk) = disk(node) else { return reply.error(Errno::EISDIR) };
        self.0.write(disk, offset, data);
        reply.written(u32::try_from(data.len()).unwrap_or(u32::MAX));
    }

    fn flush(&self, _: &Request, _: INodeNo, _: FileHandle, _: LockOwner, reply: ReplyEmpty) {
        // A file is closed: that brings nothing to a disk.
        reply.ok();
    }

    fn fsync(&self, _: &Request, node: INodeNo, _: FileHandle, _: bool, reply: ReplyEmpty) {
        if let Some(disk) = disk(node) {
            self.0.note([Event::Flush { disk }]);
        }
        reply.ok();
    }

    fn fallocate(
        &self,
        _: &Request,
        node: INodeNo,
        _: FileHandle,
        offset: u64,
        length: u64,
        _: i32,
        reply: ReplyEmpty,
    ) {
        // Loop devices ask for nothing but zeros: a discard, or a write of them.
        let Some(disk) = disk(node) else { return reply.error(Errno::EISDIR) };
        let end = offset.saturating_add(length);
        let mut at = offset;
        while at < end {
            let count = usize::try_from(end - at).unwrap_or(usize::MAX).min(ZEROS.len());
            self.0.write(disk, at, &ZEROS[..count]);
            at += count as u64;
        }
        reply.ok();
    }
}

/// Returns the disk of a node; none for the directory.
fn disk(node: INodeNo) -> Option<usize> {
    usize::try_from(node.0.checked_sub(FIRST)?).ok()
}

static ZEROS: [u8; 256 * BLOCK] = [0; 256 * BLOCK];
/// The node of the first disk.
const FIRST: u64 = 2;
/// Nothing that is told of a disk ever changes.
const LONG: Duration = Duration::from_hours(1);

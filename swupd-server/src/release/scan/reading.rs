//! One object is read and hashed, with a buffer that does not grow with it, and compared with what
//! its directory showed of it before and with itself after.

use std::{
    collections::BTreeSet,
    fs::File,
    io::{self, Read as _},
};

use swupd_protocol::{attributes::XattrName, hash::ContentHash, object::Object, path::TreePath};
use xattr::FileExt;

use super::{ScanError, listing::Listed};
use crate::{
    python::CompiledFrom,
    report::Meter,
    source::{SourceTree, Stamp},
};

/// What reading an object gave.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) hash: ContentHash,
    pub(super) xattrs: Vec<(Vec<u8>, Vec<u8>)>,
    /// The content, where it was to be kept.
    pub(super) kept: Option<Vec<u8>>,
    /// What a compiled Python file says of its source.
    pub(super) compiled_from: Option<CompiledFrom>,
}

/// Reads and hashes an object.
pub(super) fn read(
    source: &SourceTree,
    listed: &Listed,
    kept: &BTreeSet<TreePath>,
    meter: &Meter<'_>,
) -> Result<Read, ScanError> {
    let failed = ScanError::io(Some(&listed.path));
    match listed.object {
        Object::File { .. } => {
            let file = source.open_file(&listed.path).map_err(&failed)?;
            let keep = kept.contains(&listed.path);
            if keep && listed.stamp.size > MOST_KEPT {
                return Err(ScanError::TooLarge { path: listed.path.to_string() });
            }
            read_file(&file, listed, keep, meter).map_err(failed)?
        }
        Object::Directory { .. } => {
            let directory = source.open_directory(Some(&listed.path)).map_err(&failed)?;
            let xattrs = xattrs(&File::from(directory)).map_err(failed)?;
            Some(without_content(listed, xattrs))
        }
        Object::Symlink { .. } => Some(without_content(listed, Vec::new())),
    }
    .ok_or_else(|| ScanError::Changed { path: listed.path.to_string() })
}

fn without_content(listed: &Listed, xattrs: Vec<(Vec<u8>, Vec<u8>)>) -> Read {
    let hash = listed.object.hasher().finish();
    Read { hash, xattrs, kept: None, compiled_from: None }
}

/// Returns none where the file is not what it was when it was listed.
fn read_file(
    mut file: &File,
    listed: &Listed,
    keep: bool,
    meter: &Meter<'_>,
) -> io::Result<Option<Read>> {
    if Stamp::of_open(file)? != listed.stamp {
        return Ok(None);
    }
    let mut hasher = listed.object.hasher();
    let mut kept = Vec::new();
    let mut start = Vec::new();
    let mut buffer = vec![0; usize::try_from(listed.stamp.size + 1).unwrap_or(BUFFER).min(BUFFER)];
    loop {
        let length = match file.read(&mut buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            other => other?,
        };
        if length == 0 {
            break;
        }
        let content = &buffer[..length];
        hasher.update(content);
        if keep {
            kept.extend_from_slice(content);
        }
        let missing = CompiledFrom::LENGTH.saturating_sub(start.len()).min(length);
        start.extend_from_slice(&content[..missing]);
        meter.add(length as u64);
    }
    let xattrs = xattrs(file)?;
    if Stamp::of_open(file)? != listed.stamp {
        return Ok(None);
    }
    Ok(Some(Read {
        hash: hasher.finish(),
        xattrs,
        kept: keep.then_some(kept),
        compiled_from: CompiledFrom::read(&listed.path, &start),
    }))
}

/// Reads the extended attributes that a table can state.
fn xattrs(file: &File) -> io::Result<Vec<(Vec<u8>, Vec<u8>)>> {
    use std::os::unix::ffi::OsStrExt;
    let names = match file.list_xattr() {
        Err(error) if error.kind() == io::ErrorKind::Unsupported => return Ok(Vec::new()),
        other => other?,
    };
    let mut found = Vec::new();
    for name in names {
        let is_content = XattrName::parse(name.as_bytes()).is_ok();
        if is_content && let Some(value) = file.get_xattr(&name)? {
            found.push((name.as_bytes().to_vec(), value));
        }
    }
    found.sort();
    Ok(found)
}

const BUFFER: usize = 128 << 10;
/// Most bytes of a file that the build looks at: nothing of that kind is larger than a few pages.
const MOST_KEPT: u64 = 1 << 20;

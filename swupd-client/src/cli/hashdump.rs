//! `hashdump`: the hash of a file, as a manifest would state it.

use std::{
    io::{self, Read},
    os::unix::fs::MetadataExt,
    path::Path,
};

use swupd_protocol::{
    hash::{ContentHash, ContentHasher, Xattrs},
    object::Attributes,
};

use super::{
    arguments::HashdumpFlags,
    failure::Failure,
    output::{Exit, Manner, Output},
};
use crate::report::Observer;

/// Prints the hash, of what is not there that of an absent file; exit 30 where none can be had.
pub(super) fn run(flags: &HashdumpFlags) -> u8 {
    let manner = Manner { quiet: flags.quiet, debug: flags.debug, ..Manner::default() };
    let output = Output::begin("hashdump", manner);
    let file = match &flags.path {
        Some(tree) => tree.join(flags.file.strip_prefix("/").unwrap_or(&flags.file)),
        None => flags.file.clone(),
    };
    let exit = match hash(&file, flags.no_xattrs, &output) {
        Ok(hash) => {
            if hash == ContentHash::ABSENT {
                output.warning(&format!("nothing stands at {}", file.display()));
            }
            output.answer(&hash.to_string());
            Exit::Ok
        }
        Err(source) => {
            let failure = Failure::Hash { path: file, source };
            output.error(&failure, failure.hint());
            failure.exit()
        }
    };
    output.end(exit)
}

fn hash(path: &Path, no_xattrs: bool, observer: &dyn Observer) -> io::Result<ContentHash> {
    let meta = match fs_err::symlink_metadata(path) {
        Err(error) if is_absence(&error) => return Ok(ContentHash::ABSENT),
        meta => meta?,
    };
    let (mode, uid, gid) = (meta.mode(), meta.uid(), meta.gid());
    let (size, shown) = (meta.len(), path.display());
    observer.debug(format!("{shown}: mode {mode:o}, owner {uid}:{gid}, {size} bytes"));
    let attributes = Attributes::new(mode, uid, gid);
    if meta.is_symlink() {
        let target = fs_err::read_link(path)?;
        observer.debug(format!("a link to {}", target.display()));
        let target = target.as_os_str().as_encoded_bytes();
        return Ok(ContentHasher::symlink(uid, gid, target).finish());
    }
    if !meta.is_dir() && !meta.is_file() {
        return Err(io::Error::other("it is neither a file, a directory nor a link"));
    }
    let xattrs = if no_xattrs { Xattrs::NONE } else { xattrs_of(path, observer)? };
    if meta.is_dir() {
        return Ok(ContentHasher::directory_with_xattrs(attributes, &xattrs).finish());
    }
    content(path, ContentHasher::file_with_xattrs(attributes, meta.len(), &xattrs))
}

fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn content(path: &Path, mut hasher: ContentHasher) -> io::Result<ContentHash> {
    let mut file = fs_err::File::open(path)?;
    let mut buffer = vec![0; 1 << 18];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hasher.finish()),
            count => hasher.update(&buffer[..count]),
        }
    }
}

fn xattrs_of(path: &Path, observer: &dyn Observer) -> io::Result<Xattrs> {
    let mut pairs = Vec::new();
    let names = match xattr::list(path) {
        // The file system has none.
        Err(error) if error.kind() == io::ErrorKind::Unsupported => return Ok(Xattrs::NONE),
        names => names?,
    };
    for name in names {
        observer.debug(format!("extended attribute {}", name.display()));
        let value = xattr::get(path, &name)?.unwrap_or_default();
        pairs.push((name.as_encoded_bytes().to_vec(), value));
    }
    Ok(Xattrs::new(pairs))
}

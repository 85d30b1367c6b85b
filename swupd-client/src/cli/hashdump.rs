//! `hashdump`: the hash of a file, as a manifest would state it.

use std::{io::Read, os::unix::fs::MetadataExt, path::Path};

use swupd_protocol::{
    hash::{ContentHash, ContentHasher, Xattrs},
    object::Attributes,
};

use super::{
    arguments::HashdumpFlags,
    failure::Failure,
    output::{Exit, Manner, Output},
};

/// Prints the hash; exit 30 where there is none to be had.
pub(super) fn run(flags: &HashdumpFlags) -> u8 {
    let manner = Manner { quiet: flags.quiet, debug: flags.debug, ..Manner::default() };
    let output = Output::begin("hashdump", manner);
    let file = match &flags.path {
        Some(tree) => tree.join(flags.file.strip_prefix("/").unwrap_or(&flags.file)),
        None => flags.file.clone(),
    };
    if flags.debug {
        tell_what_is_hashed(&output, &file, flags.no_xattrs);
    }
    let result = hash(&file, flags.no_xattrs);
    let exit = match result {
        Ok(hash) => {
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

/// Tells what goes into the hash besides the content; whoever hashes tells what fails.
fn tell_what_is_hashed(output: &Output, path: &Path, no_xattrs: bool) {
    let Ok(meta) = fs_err::symlink_metadata(path) else { return };
    let (mode, uid, gid, size) = (meta.mode(), meta.uid(), meta.gid(), meta.len());
    output.info(&format!("{}: mode {mode:o}, owner {uid}:{gid}, {size} bytes", path.display()));
    if no_xattrs || meta.is_symlink() {
        return;
    }
    for name in xattr::list(path).into_iter().flatten() {
        output.info(&format!("extended attribute {}", name.display()));
    }
}

fn hash(path: &Path, no_xattrs: bool) -> std::io::Result<ContentHash> {
    let meta = fs_err::symlink_metadata(path)?;
    let attributes = Attributes::new(meta.mode(), meta.uid(), meta.gid());
    let xattrs = || if no_xattrs { Ok(Xattrs::NONE) } else { xattrs_of(path) };
    if meta.is_symlink() {
        let target = fs_err::read_link(path)?;
        let target = target.as_os_str().as_encoded_bytes();
        return Ok(ContentHasher::symlink(meta.uid(), meta.gid(), target).finish());
    }
    if meta.is_dir() {
        return Ok(ContentHasher::directory_with_xattrs(attributes, &xattrs()?).finish());
    }
    if !meta.is_file() {
        return Err(std::io::Error::other("it is neither a file, a directory nor a link"));
    }
    let mut file = fs_err::File::open(path)?;
    let mut hasher = ContentHasher::file_with_xattrs(attributes, meta.len(), &xattrs()?);
    let mut buffer = vec![0; 1 << 18];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hasher.finish()),
            count => hasher.update(&buffer[..count]),
        }
    }
}

fn xattrs_of(path: &Path) -> std::io::Result<Xattrs> {
    let mut pairs = Vec::new();
    for name in xattr::list(path)? {
        let value = xattr::get(path, &name)?.unwrap_or_default();
        pairs.push((name.as_encoded_bytes().to_vec(), value));
    }
    Ok(Xattrs::new(pairs))
}

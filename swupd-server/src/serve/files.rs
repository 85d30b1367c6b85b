//! The files that may be seen: regular ones below one directory, reached without a link.

use std::{
    fs::File,
    io,
    os::{
        fd::OwnedFd,
        unix::{ffi::OsStrExt, fs::MetadataExt},
    },
    path::Path,
    sync::Arc,
};

use nix::{
    errno::Errno,
    fcntl::{OFlag, OpenHow, ResolveFlag, openat2},
};

/// A directory, held open: what it is replaced by later is not seen.
#[derive(Debug, Clone)]
pub(super) struct Files(Arc<OwnedFd>);

/// A file that was found.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) file: File,
    pub(super) size: u64,
    /// Changes with every change of the file, quoted.
    pub(super) tag: String,
    /// When it was last changed, in seconds since 1970.
    pub(super) changed: i64,
}

impl Files {
    pub(super) fn below(directory: &Path) -> io::Result<Self> {
        Ok(Self(Arc::new(fs_err::File::open(directory)?.into_file().into())))
    }

    /// Opens a file by the path of a request; none where there is nothing to be seen.
    pub(super) fn find(&self, path: &str) -> io::Result<Option<Found>> {
        let Some(relative) = relative(path) else { return Ok(None) };
        let opened = retry(|| {
            // Opening a fifo or a device that someone left there must not block.
            let flags = OFlag::O_RDONLY | OFlag::O_CLOEXEC | OFlag::O_NONBLOCK | OFlag::O_NOCTTY;
            let beneath = ResolveFlag::RESOLVE_BENEATH
                | ResolveFlag::RESOLVE_NO_SYMLINKS
                | ResolveFlag::RESOLVE_NO_MAGICLINKS;
            let how = OpenHow::new().flags(flags).resolve(beneath);
            openat2(&*self.0, Path::new(std::ffi::OsStr::from_bytes(&relative)), how)
        });
        let file = match opened {
            Ok(descriptor) => File::from(descriptor),
            Err(Errno::ENOENT | Errno::ENOTDIR | Errno::ELOOP | Errno::EXDEV | Errno::ENXIO) => {
                return Ok(None);
            }
            Err(Errno::ENAMETOOLONG | Errno::EINVAL | Errno::EACCES) => return Ok(None),
            Err(errno) => return Err(errno.into()),
        };
        let found = file.metadata()?;
        if !found.is_file() {
            return Ok(None);
        }
        // The inode tells apart two files of one size that a clock too coarse gave one time.
        let (size, nanoseconds) = (found.len(), found.mtime_nsec());
        let tag = format!("\"{size:x}-{:x}-{nanoseconds:x}-{:x}\"", found.mtime(), found.ino());
        Ok(Some(Found { size, tag, changed: found.mtime(), file }))
    }
}

/// Turns the path of a request into one below the directory; none for one that no file of ours has.
fn relative(path: &str) -> Option<Vec<u8>> {
    let decoded = percent_decoded(path.strip_prefix('/')?)?;
    let sound = |part: &[u8]| !part.is_empty() && part != b"." && part != b"..";
    let fits = !decoded.contains(&0) && decoded.split(|b| *b == b'/').all(sound);
    fits.then_some(decoded)
}

fn percent_decoded(text: &str) -> Option<Vec<u8>> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => digit(bytes.next()?)? << 4 | digit(bytes.next()?)?,
            other => other,
        });
    }
    Some(decoded)
}

fn digit(ascii: u8) -> Option<u8> {
    char::from(ascii).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// The kernel asks to try again where something was renamed meanwhile.
fn retry<T>(mut attempt: impl FnMut() -> nix::Result<T>) -> nix::Result<T> {
    for _ in 0..MOST_ATTEMPTS {
        match attempt() {
            Err(Errno::EAGAIN | Errno::EINTR) => {}
            other => return other,
        }
    }
    Err(Errno::EAGAIN)
}

const MOST_ATTEMPTS: u32 = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_paths_mean_a_file() {
        let same = |path: &str| relative(path).map(|bytes| String::from_utf8(bytes).unwrap());
        assert_eq!(same("/10/Manifest.MoM"), Some("10/Manifest.MoM".into()));
        assert_eq!(same("/10/Manifest.c%2b%2B"), Some("10/Manifest.c++".into()));
        for bad in [
            "",
            "/",
            "x",
            "//x",
            "/x/",
            "/../x",
            "/x/..",
            "/./x",
            "/%2e%2e/x",
            "/x%2f..%2fy",
            "/x%00",
            "/%",
            "/%2",
            "/%zz",
            "*",
        ] {
            assert_eq!(same(bad), None, "{bad:?}");
        }
    }
}

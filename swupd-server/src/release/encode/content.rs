//! The content of an object, read again and compared with what was scanned.

use std::io::{self, Read};

use swupd_protocol::{
    hash::{ContentHash, ContentHasher},
    object::{Kind, Object},
};

use crate::{release::describe::Content, source::SourceTree};

/// Opens an object's content. Reading fails at its end where it is not what the hash names.
pub(in crate::release) fn open<'a>(
    tree: &SourceTree,
    hash: ContentHash,
    content: &'a Content,
) -> io::Result<Checked<'a>> {
    let inner: Box<dyn Read + Send + 'a> = match content.object.kind() {
        Kind::File => tree.open_content(&content.source)?,
        Kind::Directory | Kind::Symlink => Box::new(io::empty()),
    };
    Ok(Checked::new(inner, hash, &content.object))
}

/// A reader that compares the hash of all it read at the end.
pub(in crate::release) struct Checked<'a> {
    inner: Box<dyn Read + Send + 'a>,
    hasher: ContentHasher,
    hash: ContentHash,
}

impl<'a> Checked<'a> {
    fn new(inner: Box<dyn Read + Send + 'a>, hash: ContentHash, object: &Object) -> Self {
        Self { inner, hasher: object.hasher(), hash }
    }
}

impl Read for Checked<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.hasher.update(&buffer[..read]);
        if read == 0 && !buffer.is_empty() && self.hasher.clone().finish() != self.hash {
            return Err(io::Error::new(io::ErrorKind::InvalidData, Changed));
        }
        Ok(read)
    }
}

/// A file is not what it was.
#[derive(Debug, thiserror::Error)]
#[error("it changed while the build ran")]
pub(in crate::release) struct Changed;

#[cfg(test)]
mod tests {
    use super::*;
    use swupd_protocol::object::Attributes;

    #[test]
    fn changed_content_is_never_read_to_its_end() {
        let object = Object::File { attributes: Attributes::new(0o644, 0, 0), size: 4 };
        let mut hasher = object.hasher();
        hasher.update(b"good");
        let hash = hasher.finish();
        let read =
            |bytes: &'static [u8]| io::read_to_string(Checked::new(Box::new(bytes), hash, &object));
        assert_eq!(read(b"good").unwrap(), "good");
        for changed in [&b"evil"[..], b"goo", b"goods", b""] {
            assert!(read(changed).unwrap_err().get_ref().unwrap().is::<Changed>());
        }
    }
}

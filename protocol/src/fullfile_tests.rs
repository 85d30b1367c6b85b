use super::*;
use crate::object::Attributes;

fn hash_of(object: &Object, content: &[u8]) -> ContentHash {
    let mut hasher = object.hasher();
    hasher.update(content);
    hasher.finish()
}

fn stored(hash: ContentHash, object: &Object) -> Stored<'_> {
    Stored { hash, object, unhashed: Unhashed { mtime: 1_700_000_000, xattrs: &[] } }
}

fn file(content: &[u8]) -> Object {
    Object::File { attributes: Attributes::new(0o4755, 3, 70_000), size: content.len() as u64 }
}

fn packed(object: &Object, content: &[u8], encoding: Encoding) -> (ContentHash, Vec<u8>) {
    let hash = hash_of(object, content);
    let bytes = write(Vec::new(), stored(hash, object), &mut &content[..], encoding).unwrap();
    (hash, bytes)
}

fn read(bytes: &[u8], hash: ContentHash) -> Result<(Object, Vec<u8>), FullfileError> {
    let fullfile = Fullfile::open(bytes, hash)?;
    let object = fullfile.object().clone();
    let mut content = Vec::new();
    fullfile.copy_to(&mut content)?;
    Ok((object, content))
}

#[test]
fn objects_of_every_kind_travel_alone() {
    let long = vec![b'x'; 300];
    let objects = [
        (file(b""), &b""[..]),
        (file(b"content"), b"content"),
        (Object::Directory { attributes: Attributes::new(0o1777, 0, 0) }, b""),
        (Object::Symlink { uid: 5, gid: 7, target: b"../target".to_vec() }, b""),
        (Object::Symlink { uid: 0, gid: 0, target: long }, b""),
    ];
    let encodings = [Encoding::none(), Encoding::gzip(9), Encoding::xz(6), Encoding::zstd(19)];
    for (object, content) in objects {
        for encoding in encodings {
            // The hash of a link covers its target, which the hasher already has.
            let (hash, bytes) = packed(&object, content, encoding);
            assert_eq!(read(&bytes, hash).unwrap(), (object.clone(), content.to_vec()));
        }
    }
}

#[test]
fn extended_attributes_travel_and_are_not_taken() {
    let object = Object::Symlink { uid: 3_000_000, gid: 0, target: vec![b'y'; 200] };
    let hash = hash_of(&object, b"");
    let xattrs = [(b"security.capability".to_vec(), vec![1, 0, 0, 2, b'\n', b'='])];
    let unhashed = Unhashed { mtime: 5, xattrs: &xattrs };
    let stored = Stored { hash, object: &object, unhashed };
    let bytes = write(Vec::new(), stored, &mut io::empty(), Encoding::zstd(3)).unwrap();
    assert_eq!(read(&bytes, hash).unwrap(), (object, Vec::new()));
    let unpacked = zstd::decode_all(&bytes[..]).unwrap();
    let record = b"SCHILY.xattr.security.capability=\x01\0\0\x02\n=\n";
    assert!(unpacked.windows(record.len()).any(|window| window == record));
}

#[test]
fn a_fullfile_that_lies_is_refused() {
    let object = file(b"content");
    let (hash, bytes) = packed(&object, b"content", Encoding::none());
    let other = ContentHash::from_bytes([1; 32]);
    assert!(matches!(read(&bytes, other), Err(FullfileError::OtherName)));
    let changed = write(Vec::new(), stored(hash, &object), &mut &b"CONTENT"[..], Encoding::none());
    let refused = read(&changed.unwrap(), hash);
    assert!(matches!(refused, Err(FullfileError::OtherHash { .. })));

    let mut empty = ArchiveWriter::new(Vec::new()).finish().unwrap();
    assert!(matches!(read(&empty, hash), Err(FullfileError::Empty)));
    empty.truncate(0);
    assert!(matches!(read(&empty, hash), Err(FullfileError::Archive(_))));

    let mut two = ArchiveWriter::new(Vec::new());
    for name in [&hash.to_hex()[..], b"second"] {
        two.append(name, &object, Unhashed::default(), &mut &b"content"[..]).unwrap();
    }
    let refused = read(&two.finish().unwrap(), hash);
    assert!(matches!(refused, Err(FullfileError::Archive(ArchiveError::UnexpectedMember))));
}

#[test]
fn a_fullfile_that_ends_too_early_is_refused_at_every_byte() {
    let object = file(b"content");
    for encoding in [Encoding::none(), Encoding::gzip(6), Encoding::xz(1), Encoding::zstd(3)] {
        let (hash, bytes) = packed(&object, b"content", encoding);
        for length in 0..bytes.len() {
            assert!(read(&bytes[..length], hash).is_err(), "{encoding:?} {length}");
        }
    }
}

#[test]
fn content_must_be_as_long_as_it_was_said_to_be() {
    let object = file(b"content");
    let hash = hash_of(&object, b"content");
    for content in [&b"conten"[..], b"contents", b""] {
        let written = write(Vec::new(), stored(hash, &object), &mut { content }, Encoding::none());
        assert!(written.is_err(), "{content:?}");
    }
}

#[test]
fn a_full_disk_is_told_from_a_bad_fullfile() {
    let object = file(b"content");
    let (hash, bytes) = packed(&object, b"content", Encoding::none());
    let refused = Fullfile::open(&bytes[..], hash).unwrap().copy_to(&mut &mut [0; 3][..]);
    assert!(matches!(refused, Err(FullfileError::Write(_))));
}

use std::{ffi::OsStr, io::Read, os::unix::ffi::OsStrExt};

use proptest::prelude::*;

use super::{header::*, *};
use crate::{compression::Encoding, limits::MAX_OBJECT, object::Attributes};

type Members = Vec<(Vec<u8>, Object, Vec<u8>)>;
type Xattrs = Vec<(Vec<u8>, Vec<u8>)>;

fn read(bytes: &[u8]) -> Result<Members, ArchiveError> {
    let mut archive = ArchiveReader::new(bytes);
    let mut members = Vec::new();
    while let Some(Member { name, object }) = archive.next_member()? {
        let mut content = Vec::new();
        archive.read_to_end(&mut content)?;
        members.push((name, object, content));
    }
    archive.finish()?;
    Ok(members)
}

fn write(members: &Members, xattrs: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let mut archive = ArchiveWriter::new(Vec::new());
    for (name, object, content) in members {
        let unhashed = Unhashed { mtime: 1_700_000_000, xattrs };
        archive.append(name, object, unhashed, &mut &content[..]).unwrap();
    }
    archive.finish().unwrap()
}

fn file(size: u64) -> Object {
    Object::File { attributes: Attributes::new(0o644, 0, 0), size }
}

/// A header of a file of 3 bytes, changed, and with the right checksum.
fn header(change: impl FnOnce(&mut Header)) -> [u8; BLOCK] {
    let mut header = Header::new(Dialect::Ustar);
    header.put(NAME, b"name");
    for (field, number) in [(MODE, 0o644), (UID, 0), (GID, 0), (SIZE, 3), (MTIME, 0)] {
        header.put_number(field, number);
    }
    header.0[TYPE] = b'0';
    change(&mut header);
    header.seal()
}

/// An archive of these blocks, the content of a file and an end marker.
fn archive(blocks: &[&[u8]]) -> Vec<u8> {
    let mut bytes = blocks.concat();
    bytes.extend_from_slice(b"abc");
    bytes.resize(bytes.len().next_multiple_of(BLOCK) + 2 * BLOCK, 0);
    bytes
}

/// An extended header with its content.
fn extension(letter: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = header(|h| {
        h.0[TYPE] = letter;
        h.put_number(SIZE, content.len() as u64);
    })
    .to_vec();
    bytes.extend_from_slice(content);
    bytes.resize(bytes.len().next_multiple_of(BLOCK), 0);
    bytes
}

fn records(pairs: &[(&str, &str)]) -> Vec<u8> {
    let mut records = Vec::new();
    for (key, value) in pairs {
        pax::write_record(key.as_bytes(), value.as_bytes(), &mut records);
    }
    extension(b'x', &records)
}

fn names(bytes: &[u8]) -> Vec<String> {
    let members = read(bytes).unwrap();
    members.into_iter().map(|(name, _, _)| String::from_utf8(name).unwrap()).collect()
}

#[test]
fn the_header_used_for_lies_is_true_without_them() {
    let members = read(&archive(&[&header(|_| ())])).unwrap();
    assert_eq!(members, [(b"name".to_vec(), file(3), b"abc".to_vec())]);
}

#[test]
fn headers_that_lie_are_refused() {
    let link = |h: &mut Header| {
        h.0[TYPE] = b'2';
        h.put_number(SIZE, 0);
    };
    let lies: [(&str, [u8; BLOCK]); 21] = [
        ("checksum", {
            let mut block = header(|_| ());
            block[0] = b'N';
            block
        }),
        ("magic", header(|h| h.0[257] = b'U')),
        ("fields of another format", header(|h| h.0[508..].copy_from_slice(b"tar\0"))),
        ("hard link", header(|h| h.0[TYPE] = b'1')),
        ("device", header(|h| h.0[TYPE] = b'3')),
        ("pipe", header(|h| h.0[TYPE] = b'6')),
        ("sparse file", header(|h| h.0[TYPE] = b'S')),
        ("next volume", header(|h| h.0[TYPE] = b'M')),
        ("no digits", header(|h| h.put(SIZE, b"00000000x03"))),
        ("digits behind a blank", header(|h| h.put(SIZE, b"3 3"))),
        ("negative", header(|h| h.put(SIZE, &[0xff; 12]))),
        ("binary beyond 64 bits", header(|h| h.put(SIZE, &[0x81; 12]))),
        ("larger than anything", header(|h| h.put_number(SIZE, MAX_OBJECT + 1))),
        ("owner beyond 32 bits", header(|h| h.put_number(UID, 1 << 32))),
        ("owner that means none", header(|h| h.put_number(GID, u64::from(u32::MAX)))),
        ("absolute name", header(|h| h.put(NAME, b"/name"))),
        ("name that climbs", header(|h| h.put(NAME, b"a/../../name"))),
        ("directory with content", header(|h| h.0[TYPE] = b'5')),
        ("link without target", header(link)),
        (
            "link with the name of a directory",
            header(|h| {
                h.put(NAME, b"name/");
                h.put(LINK, b"target");
                link(h);
            }),
        ),
        ("no name", header(|h| h.put(NAME, &[0; 100]))),
    ];
    for (lie, header) in lies {
        assert!(read(&archive(&[&header])).is_err(), "{lie}");
    }
}

#[test]
fn extended_headers_that_lie_are_refused() {
    let plain = header(|_| ());
    let long = extension(b'L', b"long\0");
    let path = records(&[("path", "other")]);
    let raw = |text: &str| extension(b'x', text.as_bytes());
    let lies: Vec<(&str, Vec<u8>)> = vec![
        ("another size", records(&[("size", "4")])),
        ("repeated record", records(&[("path", "a"), ("path", "b")])),
        ("repeated header", [&path[..], &path].concat()),
        ("repeated long name", [&long[..], &long].concat()),
        ("long name and records", [&long[..], &path].concat()),
        ("records and long name", [&path[..], &long].concat()),
        ("length beyond the end", raw("99 path=x\n")),
        ("length too short", raw("5 path=x\n")),
        ("length zero", raw("0 path=x\n")),
        ("length with a sign", raw("+9 path=x\n")),
        ("length not a number", raw("x path=x\n")),
        ("length that overflows", raw("99999999999999999999999 path=x\n")),
        ("no equals sign", raw("9 path-x\n")),
        ("no newline", raw("9 path=xy")),
        ("no key", raw("5 =x\n")),
        ("empty path", records(&[("path", "")])),
        ("path with NUL", records(&[("path", "a\0b")])),
        ("absolute path", records(&[("path", "/etc/passwd")])),
        ("path that climbs", records(&[("path", "../x")])),
        ("size with a sign", records(&[("size", "+3")])),
        ("owner beyond 32 bits", records(&[("uid", "4294967296")])),
        ("negative owner", records(&[("gid", "-1")])),
        ("pieces", records(&[("GNU.sparse.major", "1")])),
        ("pieces of all", extension(b'g', b"22 GNU.sparse.size=1\n\n")),
        ("path for all", extension(b'g', b"9 path=x\n")),
        ("long name with something behind", extension(b'L', b"a\0b\0")),
        ("long name that is none", extension(b'L', b"\0")),
        ("too long a name", extension(b'L', &[b'x'; 4098])),
        ("too long a header", extension(b'x', &vec![b'x'; (1 << 20) + 1])),
    ];
    for (lie, blocks) in lies {
        assert!(read(&archive(&[&blocks, &plain])).is_err(), "{lie}");
    }
    let alone = [&path[..], &[0; 2 * BLOCK]].concat();
    assert!(matches!(read(&alone), Err(ArchiveError::Extension(_))));
}

#[test]
fn extended_headers_that_fit_are_followed() {
    let plain = header(|_| ());
    let no_size = header(|h| h.put_number(SIZE, 0));
    assert_eq!(names(&archive(&[&extension(b'L', b"long\0"), &plain])), ["long"]);
    assert_eq!(names(&archive(&[&records(&[("path", "other")]), &plain])), ["other"]);
    assert_eq!(names(&archive(&[&extension(b'g', b"13 comment=x\n"), &plain])), ["name"]);
    let described = records(&[("size", "3"), ("uid", "9"), ("gid", "3000000"), ("mtime", "1.5")]);
    for header in [plain, no_size] {
        let object = Object::File { attributes: Attributes::new(0o644, 9, 3_000_000), size: 3 };
        let members = read(&archive(&[&described, &header])).unwrap();
        assert_eq!(members, [(b"name".to_vec(), object, b"abc".to_vec())]);
    }
}

#[test]
fn headers_of_all_dialects_are_read() {
    let prefixed = |magic: &'static [u8]| {
        header(move |h| {
            h.0[345..348].copy_from_slice(b"dir");
            h.0[257..257 + magic.len()].copy_from_slice(magic);
        })
    };
    assert_eq!(names(&archive(&[&prefixed(b"ustar\x0000")])), ["dir/name"]);
    assert_eq!(names(&archive(&[&prefixed(b"ustar  \0")])), ["name"]);
    assert_eq!(names(&archive(&[&prefixed(&[0; 8])])), ["name"]);
    // Numbers as different programs write them.
    for size in [&b"3"[..], b"          3 ", b"00000000003\0", b"00000000003 ", b"000000000003"] {
        assert_eq!(
            names(&archive(&[&header(|h| {
                h.put(SIZE, &[0; 12]);
                h.put(SIZE, size);
            })])),
            ["name"]
        );
    }
    let binary = header(|h| h.put(SIZE, &[0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3]));
    assert_eq!(names(&archive(&[&binary])), ["name"]);
    // A directory from before there was a letter for it.
    let old = header(|h| {
        h.put(NAME, b"dir//");
        h.0[TYPE] = 0;
        h.put_number(SIZE, 0);
    });
    let bytes = [&old[..], &[0; 2 * BLOCK]].concat();
    let directory = Object::Directory { attributes: Attributes::new(0o644, 0, 0) };
    assert_eq!(read(&bytes).unwrap(), [(b"dir".to_vec(), directory, vec![])]);
}

#[test]
fn an_archive_ends_with_its_marker_and_nothing_but_zeros() {
    let bytes = write(&vec![(b"name".to_vec(), file(3), b"abc".to_vec())], &[]);
    for length in 0..bytes.len() {
        assert!(read(&bytes[..length]).is_err(), "{length}");
    }
    let padded = |zeros: usize| [&bytes[..], &vec![0; zeros]].concat();
    assert!(read(&padded(9000)).is_ok());
    assert!(matches!(read(&padded(2 << 20)), Err(ArchiveError::Trailing)));
    let garbage = [&bytes[..], b"x"].concat();
    assert!(matches!(read(&garbage), Err(ArchiveError::Trailing)));
    let lone = [&[0; BLOCK][..], &bytes].concat();
    assert!(matches!(read(&lone), Err(ArchiveError::Header(_))));
}

#[test]
fn after_an_error_nothing_is_read() {
    let bytes = archive(&[&header(|h| h.0[TYPE] = b'1'), &header(|_| ())]);
    let mut archive = ArchiveReader::new(&bytes[..]);
    assert!(matches!(archive.next_member(), Err(ArchiveError::Type { letter: '1' })));
    assert!(matches!(archive.next_member(), Err(ArchiveError::Damaged)));
    assert!(matches!(archive.finish(), Err(ArchiveError::Damaged)));
}

#[test]
fn the_longest_names_and_targets_round_trip() {
    let attributes = Attributes::new(0o755, 0, 0);
    let directory = Object::Directory { attributes };
    let link = Object::Symlink { uid: 0, gid: 0, target: vec![b't'; 4095] };
    let name = vec![b'n'; 4095];
    let members = vec![(name.clone(), directory, vec![]), (name, link, vec![])];
    for xattrs in [&[][..], &[(b"user.a".to_vec(), b"b".to_vec())]] {
        assert_eq!(read(&write(&members, xattrs)).unwrap(), members);
    }
}

#[test]
fn what_readers_would_refuse_is_not_written() {
    let link = |target: &[u8]| Object::Symlink { uid: 0, gid: 0, target: target.to_vec() };
    let nobody = Object::Directory { attributes: Attributes::new(0, u32::MAX, 0) };
    let good = b"name".as_slice();
    let unfit = [
        (b"".as_slice(), file(0)),
        (b"/name", file(0)),
        (b"a/..", file(0)),
        (b"name/", file(0)),
        (b"a\0", file(0)),
        (&[b'x'; 4096], file(0)),
        (good, file(MAX_OBJECT + 1)),
        (good, link(b"")),
        (good, link(b"a\0b")),
        (good, link(&[b'x'; 4096])),
        (good, nobody),
    ];
    let append = |name: &[u8], object: &Object, unhashed: Unhashed<'_>| {
        ArchiveWriter::new(io::sink()).append(name, object, unhashed, &mut io::empty())
    };
    for (name, object) in unfit {
        assert!(append(name, &object, Unhashed::default()).is_err(), "{name:?} {object:?}");
    }
    let late = Unhashed { mtime: 1 << 33, xattrs: &[] };
    assert!(append(good, &file(0), late).is_err());
    for (name, value) in [("", 1), ("user.a=b", 1), ("user.a\0", 1), ("user.a", 1 << 20)] {
        let xattrs = [(name.as_bytes().to_vec(), vec![b'x'; value])];
        let unhashed = Unhashed { mtime: 0, xattrs: &xattrs };
        assert!(append(good, &file(0), unhashed).is_err(), "{name}");
    }
}

#[test]
fn small_files_are_read_whole_within_a_limit() {
    let files: [(&str, &[u8]); 2] = [("Manifest.MoM", b"MANIFEST"), ("Manifest.MoM.sig", b"sig")];
    let packed = write_files(Vec::new(), Encoding::xz(6), 7, &files).unwrap();
    let read = read_files(&packed[..], 11).unwrap();
    let pairs: Vec<(&[u8], &[u8])> = read.iter().map(|f| (&f.name[..], &f.content[..])).collect();
    assert_eq!(pairs, files.map(|(name, content)| (name.as_bytes(), content)));
    assert!(matches!(read_files(&packed[..], 10), Err(ArchiveError::TooLarge { size: 3 })));
    let many = write_files(Vec::new(), Encoding::none(), 7, &[files[0]; 17]).unwrap();
    assert!(matches!(read_files(&many[..], 4096), Err(ArchiveError::UnexpectedMember)));
}

fn objects() -> impl Strategy<Value = (Object, Vec<u8>)> {
    let id = prop_oneof![0..5_u32, 2_097_150..2_097_155_u32, 0..u32::MAX];
    let attributes = (0..0o10000_u32, id.clone(), id)
        .prop_map(|(mode, uid, gid)| Attributes::new(mode, uid, gid));
    let content = prop::collection::vec(any::<u8>(), 0..1200);
    let target = prop_oneof![
        prop::collection::vec(1..=255_u8, 1..20),
        prop::collection::vec(1..=255_u8, 90..400)
    ];
    prop_oneof![
        (attributes.clone(), content).prop_map(|(attributes, content)| {
            (Object::File { attributes, size: content.len() as u64 }, content)
        }),
        attributes.clone().prop_map(|attributes| (Object::Directory { attributes }, vec![])),
        (attributes, target).prop_map(|(Attributes { uid, gid, .. }, target)| {
            (Object::Symlink { uid, gid, target }, vec![])
        }),
    ]
}

fn members() -> impl Strategy<Value = Members> {
    let name = prop_oneof![
        "[a-z.é]{1,8}x(/[a-z]{1,9}){0,3}",
        "[a-z]{95,104}",
        "(dir/){24,40}[a-z]{1,140}"
    ];
    let member = (name, objects())
        .prop_map(|(name, (object, content))| (name.into_bytes(), object, content));
    prop::collection::vec(member, 0..6)
}

fn some_xattrs() -> impl Strategy<Value = Xattrs> {
    let pair = ("user\\.[a-z]{1,9}", prop::collection::vec(any::<u8>(), 0..120));
    prop::collection::btree_map(pair.0, pair.1, 0..3)
        .prop_map(|map| map.into_iter().map(|(name, value)| (name.into_bytes(), value)).collect())
}

/// Reads with the other reader: what it sees of each member, and the extended attributes of all.
fn read_by_tar(bytes: &[u8]) -> (Members, Xattrs) {
    let mut archive = ::tar::Archive::new(bytes);
    let (mut members, mut xattrs) = (Vec::new(), Vec::new());
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let pax = entry.pax_extensions().unwrap().into_iter().flatten().map(Result::unwrap);
        xattrs.extend(pax.filter_map(|record| {
            let name = record.key_bytes().strip_prefix(b"SCHILY.xattr.")?;
            Some((name.to_vec(), record.value_bytes().to_vec()))
        }));
        let (uid, gid) = (entry.header().uid().unwrap(), entry.header().gid().unwrap());
        let (uid, gid) = (owner(uid), owner(gid));
        let attributes = Attributes::new(entry.header().mode().unwrap(), uid, gid);
        let object = match entry.header().entry_type() {
            ::tar::EntryType::Regular => Object::File { attributes, size: entry.size() },
            ::tar::EntryType::Directory => Object::Directory { attributes },
            _ => {
                let target = entry.link_name_bytes().unwrap().into_owned();
                Object::Symlink { uid, gid, target }
            }
        };
        let name = entry.path_bytes().into_owned();
        let name = name.strip_suffix(b"/").unwrap_or(&name).to_vec();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        members.push((name, object, content));
    }
    (members, xattrs)
}

fn owner(number: u64) -> u32 {
    u32::try_from(number).unwrap()
}

fn written_by_tar(members: &Members, dialect: fn() -> ::tar::Header) -> Vec<u8> {
    let mut builder = ::tar::Builder::new(Vec::new());
    for (name, object, content) in members {
        let mut header = dialect();
        let attributes = object.attributes();
        header.set_mode(attributes.mode);
        header.set_uid(u64::from(attributes.uid));
        header.set_gid(u64::from(attributes.gid));
        header.set_mtime(9);
        header.set_size(content.len() as u64);
        let name = std::str::from_utf8(name).unwrap();
        if let Object::Symlink { target, .. } = object {
            header.set_entry_type(::tar::EntryType::Symlink);
            let target = OsStr::from_bytes(target);
            builder.append_link(&mut header, name, target).unwrap();
        } else {
            let is_directory = matches!(object, Object::Directory { .. });
            let kind =
                if is_directory { ::tar::EntryType::Directory } else { ::tar::EntryType::Regular };
            header.set_entry_type(kind);
            builder.append_data(&mut header, name, &content[..]).unwrap();
        }
    }
    builder.into_inner().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn archives_round_trip(members in members(), xattrs in some_xattrs()) {
        let bytes = write(&members, &xattrs);
        prop_assert_eq!(read(&bytes).unwrap(), members.clone());
        prop_assert_eq!(bytes, write(&members, &xattrs));
    }

    #[test]
    fn the_other_reader_sees_the_same(members in members(), xattrs in some_xattrs()) {
        // The other reader ends every record at the first newline, also within a value.
        let newline = |bytes: &[u8]| bytes.contains(&b'\n');
        prop_assume!(!xattrs.iter().any(|(_, value)| newline(value)));
        prop_assume!(!members.iter().any(|(_, object, _)| {
            matches!(object, Object::Symlink { target, .. } if newline(target))
        }));
        let (seen, attributes) = read_by_tar(&write(&members, &xattrs));
        prop_assert_eq!(attributes, vec![xattrs; members.len()].concat());
        prop_assert_eq!(seen, members);
    }

    #[test]
    fn what_the_other_writer_writes_is_read(members in members()) {
        for dialect in [::tar::Header::new_gnu, ::tar::Header::new_ustar] {
            prop_assert_eq!(read(&written_by_tar(&members, dialect)).unwrap(), members.clone());
        }
    }

    #[test]
    fn records_round_trip(value in prop::collection::vec(1..=255_u8, 1..1100)) {
        let mut bytes = Vec::new();
        pax::write_record(b"linkpath", &value, &mut bytes);
        let digits = bytes.iter().position(|b| *b == b' ').unwrap();
        let length: usize = std::str::from_utf8(&bytes[..digits]).unwrap().parse().unwrap();
        prop_assert_eq!(length, bytes.len());
        let mut extensions = pax::Extensions::default();
        extensions.take_records(&bytes).unwrap();
        prop_assert_eq!(extensions.link.unwrap(), value);
    }
}

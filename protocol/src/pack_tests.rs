use super::*;
use proptest::prelude::*;

fn file(size: usize) -> Object {
    Object::File { attributes: Attributes::new(0o644, 0, 0), size: size as u64 }
}

fn hash(number: u8) -> ContentHash {
    ContentHash::from_bytes([number; 32])
}

fn whole(pack: &mut PackWriter<Vec<u8>>, hash: ContentHash, object: &Object, content: &[u8]) {
    let stored = Stored { hash, object, unhashed: Unhashed { mtime: 9, xattrs: &[] } };
    pack.whole(stored, &mut { content }).unwrap();
}

fn read(bytes: &[u8]) -> Result<Vec<(PackMember, Vec<u8>)>, PackError> {
    let mut pack = PackReader::new(bytes).map_err(ArchiveError::Read)?;
    let mut members = Vec::new();
    while let Some(member) = pack.next_member()? {
        let mut content = Vec::new();
        pack.read_to_end(&mut content).map_err(ArchiveError::Read)?;
        members.push((member, content));
    }
    pack.finish()?;
    Ok(members)
}

#[test]
fn a_pack_holds_whole_objects_and_deltas() {
    let directory = Object::Directory { attributes: Attributes::new(0o755, 0, 0) };
    let link = Object::Symlink { uid: 0, gid: 0, target: b"there".to_vec() };
    for encoding in [Encoding::none(), Encoding::xz(1), Encoding::zstd(3).workers(2)] {
        let mut pack = PackWriter::new(Vec::new(), encoding, 1_700_000_000).unwrap();
        whole(&mut pack, hash(1), &file(5), b"whole");
        whole(&mut pack, hash(2), &directory, b"");
        whole(&mut pack, hash(3), &link, b"");
        pack.delta(hash(1), hash(4), 7, &mut &b"BSDIFF4"[..]).unwrap();
        let members = read(&pack.finish().unwrap()).unwrap();
        let expected = [
            (PackMember::Whole { hash: hash(1), object: file(5) }, b"whole".to_vec()),
            (PackMember::Whole { hash: hash(2), object: directory.clone() }, vec![]),
            (PackMember::Whole { hash: hash(3), object: link.clone() }, vec![]),
            (PackMember::Delta { from: hash(1), to: hash(4), size: 7 }, b"BSDIFF4".to_vec()),
        ];
        assert_eq!(members, expected);
    }
}

#[test]
fn content_may_be_left_unread() {
    let mut pack = PackWriter::new(Vec::new(), Encoding::zstd(1), 0).unwrap();
    for number in 0..4 {
        whole(&mut pack, hash(number), &file(100_000), &vec![number; 100_000]);
    }
    let bytes = pack.finish().unwrap();
    let mut pack = PackReader::new(&bytes[..]).unwrap();
    let mut seen = 0;
    while let Some(member) = pack.next_member().unwrap() {
        let PackMember::Whole { hash: found, .. } = member else { panic!("a delta") };
        assert_eq!(found, hash(seen));
        let mut some = vec![0; usize::from(seen) * 700];
        pack.read_exact(&mut some).unwrap();
        assert!(some.iter().all(|b| *b == seen));
        seen += 1;
    }
    assert_eq!(seen, 4);
    pack.finish().unwrap();
}

#[test]
fn what_a_pack_has_no_use_for_is_passed_over() {
    let (one, two) = (hash(1).to_string(), hash(2).to_string());
    let link = Object::Symlink { uid: 0, gid: 0, target: b"x".to_vec() };
    let mut archive = ArchiveWriter::new(Vec::new());
    let mut add = |name: &str, object: &Object| {
        let content = b"content";
        let unhashed = Unhashed::default();
        archive.append(name.as_bytes(), object, unhashed, &mut &content[..]).unwrap();
    };
    for name in [
        "README".into(),
        "staged".into(),
        format!("staged/{one}x"),
        format!("staged/sub/{one}"),
        format!("other/{one}"),
        one.clone(),
        format!("delta/{one}"),
        format!("delta/{one}-{two}-{one}"),
        format!("delta/x-20-{one}-{two}"),
    ] {
        add(&name, &file(7));
    }
    add(&format!("delta/{one}-{two}"), &link);
    add(&format!("./staged/{one}"), &file(7));
    add(&format!("delta/10-20-{one}-{two}"), &file(7));
    let members = read(&archive.finish().unwrap()).unwrap();
    let kinds: Vec<PackMember> = members.into_iter().map(|(member, _)| member).collect();
    let whole = PackMember::Whole { hash: hash(1), object: file(7) };
    let delta = PackMember::Delta { from: hash(1), to: hash(2), size: 7 };
    assert_eq!(kinds, [whole, delta]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn packs_round_trip(members in prop::collection::vec((any::<[u8; 32]>(), any::<Option<[u8; 32]>>(),
                        prop::collection::vec(any::<u8>(), 0..700)), 0..12)) {
        let mut pack = PackWriter::new(Vec::new(), Encoding::zstd(1), 7).unwrap();
        let mut expected = Vec::new();
        for (to, from, content) in members {
            let (to, size) = (ContentHash::from_bytes(to), content.len());
            let member = if let Some(from) = from.map(ContentHash::from_bytes) {
                pack.delta(from, to, size as u64, &mut &content[..]).unwrap();
                PackMember::Delta { from, to, size: size as u64 }
            } else {
                whole(&mut pack, to, &file(size), &content);
                PackMember::Whole { hash: to, object: file(size) }
            };
            expected.push((member, content));
        }
        let bytes = pack.finish().unwrap();
        prop_assert_eq!(read(&bytes).unwrap(), expected);
        let cut = bytes.len() / 2;
        prop_assert!(read(&bytes[..cut]).is_err());
    }
}

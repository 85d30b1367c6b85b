//! Keeps the promises of the fuzz targets in every test run: on good artifacts, and on the same
//! with damage of every kind.

use std::io;

use proptest::prelude::*;
use swupd_protocol::{
    archive::{ArchiveWriter, Unhashed, write_files},
    compression::Encoding,
    delta::{Blocks, diff, encode},
    fullfile::{self, Stored},
    object::{Attributes, Object},
    pack::PackWriter,
};

#[path = "../fuzz/bodies/archive.rs"]
mod archive;
#[path = "../fuzz/bodies/delta.rs"]
mod delta;
#[path = "../fuzz/bodies/manifest.rs"]
mod manifest;

/// One way to damage an input; places are counted from its beginning and wrap around.
#[derive(Debug, Clone)]
enum Damage {
    Set(usize, u8),
    Flip(usize, u8),
    Cut(usize),
    Remove(usize, usize),
    Repeat(usize, usize),
    Insert(usize, Vec<u8>),
    Overwrite(usize, Vec<u8>),
}

fn damage() -> impl Strategy<Value = Damage> {
    // Anywhere, or where the headers of archives stand.
    let header = (0..8_usize, 0..160_usize).prop_map(|(block, at)| block * 512 + at);
    let place = prop_oneof![0..4096_usize, header].boxed();
    let interesting = prop_oneof![
        Just(b"0".to_vec()),
        Just(b"\t".to_vec()),
        Just(b"\n".to_vec()),
        Just(b"/../".to_vec()),
        Just(b"99999999999".to_vec()),
        Just(vec![0xff; 8]),
        Just(vec![0; 512]),
        prop::collection::vec(any::<u8>(), 1..16),
    ];
    prop_oneof![
        (place.clone(), any::<u8>()).prop_map(|(at, byte)| Damage::Set(at, byte)),
        (place.clone(), 0..8_u8).prop_map(|(at, bit)| Damage::Flip(at, bit)),
        place.clone().prop_map(Damage::Cut),
        (place.clone(), 1..600_usize).prop_map(|(at, length)| Damage::Remove(at, length)),
        (place.clone(), 1..600_usize).prop_map(|(at, length)| Damage::Repeat(at, length)),
        (place.clone(), interesting.clone()).prop_map(|(at, bytes)| Damage::Insert(at, bytes)),
        (place, interesting).prop_map(|(at, bytes)| Damage::Overwrite(at, bytes)),
    ]
}

fn damaged(seed: &[u8], damages: &[Damage]) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for damage in damages {
        if bytes.is_empty() {
            break;
        }
        let length = bytes.len();
        let end = |at: usize, many: usize| (at % length + many).min(length);
        match damage {
            Damage::Set(at, byte) => bytes[at % length] = *byte,
            Damage::Flip(at, bit) => bytes[at % length] ^= 1 << bit,
            Damage::Cut(at) => bytes.truncate(at % length),
            Damage::Remove(at, many) => drop(bytes.drain(at % length..end(*at, *many))),
            Damage::Repeat(at, many) => bytes.extend_from_within(at % length..end(*at, *many)),
            Damage::Insert(at, new) => {
                let at = at % length;
                drop(bytes.splice(at..at, new.iter().copied()));
            }
            Damage::Overwrite(at, new) => {
                drop(bytes.splice(at % length..end(*at, new.len()), new.iter().copied()));
            }
        }
    }
    bytes
}

fn manifests() -> Vec<Vec<u8>> {
    let header = "MANIFEST\t30\nversion:\t20\nprevious:\t10\nfilecount:\t4\ntimestamp:\t1700000000\n\
                  contentsize:\t7\nincludes:\tos-core\nalso-add:\tvim\n\n";
    let (hash, none) = ("ab".repeat(32), "0".repeat(64));
    let entries = format!(
        "D...\t{hash}\t10\t/usr\nF..x\t{hash}\t20\t/usr/bin\nL...\t{hash}\t20\t/usr/bin/sh\n\
         .d..\t{none}\t20\t/usr/gone\nI...\t{hash}\t20\t/old\n"
    );
    let bundles = format!("M...\t{hash}\t10\tos-core\nM.e.\t{hash}\t20\tvim\n");
    vec![
        [header, &entries].concat().into_bytes(),
        [header, &bundles].concat().into_bytes(),
        header.as_bytes().to_vec(),
    ]
}

fn objects() -> Vec<(Object, Vec<u8>)> {
    let attributes = Attributes::new(0o4755, 3_000_000, 5);
    let file = |content: &[u8]| {
        (Object::File { attributes, size: content.len() as u64 }, content.to_vec())
    };
    vec![
        file(b"content"),
        file(&[b'x'; 700]),
        (Object::Directory { attributes }, vec![]),
        (Object::Symlink { uid: 0, gid: 0, target: b"../lib".to_vec() }, vec![]),
        (Object::Symlink { uid: 0, gid: 0, target: vec![b't'; 150] }, vec![]),
    ]
}

fn archives() -> io::Result<Vec<Vec<u8>>> {
    let encodings = [Encoding::none(), Encoding::gzip(6), Encoding::xz(0), Encoding::zstd(3)];
    let xattrs = [(b"user.name".to_vec(), b"value".to_vec())];
    let (mut all, objects) = (Vec::new(), objects());
    for xattrs in [&[][..], &xattrs] {
        let unhashed = Unhashed { mtime: 1_700_000_000, xattrs };
        let mut archive = ArchiveWriter::new(Vec::new());
        for (number, (object, content)) in objects.iter().enumerate() {
            let name = format!("{number}/n{}", "n".repeat(number * 40));
            archive.append(name.as_bytes(), object, unhashed, &mut &content[..])?;
        }
        all.push(archive.finish()?);
    }
    for encoding in encodings {
        all.push(write_files(Vec::new(), encoding, 7, &[("Manifest.MoM", b"MANIFEST\t30\n")])?);
        let mut pack = PackWriter::new(Vec::new(), encoding, 7)?;
        for (object, content) in &objects {
            let mut hasher = object.hasher();
            hasher.update(content);
            let stored = Stored { hash: hasher.finish(), object, unhashed: Unhashed::default() };
            pack.whole(stored, &mut &content[..])?;
            pack.delta(stored.hash, stored.hash, 7, &mut &b"BSDIFF4"[..])?;
            all.push(fullfile::write(Vec::new(), stored, &mut &content[..], encoding)?);
        }
        all.push(pack.finish()?);
    }
    Ok(all)
}

fn deltas() -> io::Result<Vec<Vec<u8>>> {
    let old: Vec<u8> = (0..200).collect();
    let new = [&old[50..], b"something new in between", &old[..150], &[0; 300]].concat();
    let difference = diff(&old, &new);
    let mut all = Vec::new();
    for blocks in [Blocks::Raw, Blocks::Compressed] {
        let delta = encode(&difference, Attributes::new(0o644, 0, 0), blocks)?.to_vec();
        all.push([&[200], &old[..], &delta].concat());
    }
    all.push(b"\0FULLV20U".to_vec());
    Ok(all)
}

/// Checks the inputs as they are, and then with damage.
fn keep_promises(check: fn(&[u8]), seeds: &[Vec<u8>], cases: u32) {
    for seed in seeds {
        check(seed);
    }
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    let inputs = (0..seeds.len(), prop::collection::vec(damage(), 1..6));
    proptest!(config, |((seed, damages) in inputs)| check(&damaged(&seeds[seed], &damages)));
}

#[test]
fn manifests_keep_their_promises() {
    keep_promises(manifest::check, &manifests(), 2000);
}

#[test]
fn archives_keep_their_promises() {
    keep_promises(archive::check, &archives().unwrap(), 6000);
}

#[test]
fn deltas_keep_their_promises() {
    keep_promises(delta::check, &deltas().unwrap(), 1000);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_keep_the_promises(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        manifest::check(&bytes);
        archive::check(&bytes);
        delta::check(&bytes);
    }
}

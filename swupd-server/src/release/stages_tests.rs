use std::{
    collections::BTreeMap,
    io::{Cursor, Read},
    os::unix::fs::symlink,
};

use swupd_protocol::{
    bundle::BundleName,
    delta::{self, Delta},
    fullfile::Fullfile,
    hash::{ContentHash, ManifestHash},
    layout,
    limits::MAX_MANIFEST,
    manifest::Manifest,
    object::Object,
    pack::{PackMember, PackReader},
    trust::Signed,
    version::{Format, Version},
};

use super::{
    encode::{EncodeError, encode},
    pack::pack,
    publish::{PublishError, publish},
    sign::{Hand, SignError, sign},
    work::{Work, Workshop},
};
use crate::{
    check::Check,
    repo::Repo,
    report::Event,
    trial::{NOW, Trial, noise},
};

fn version(number: u32) -> Version {
    Version::new(number).unwrap()
}

fn first_tree(trial: &Trial) {
    trial.put("/usr/lib/big", &noise(1, 100_000));
    trial.put("/usr/lib/moved-1.0", &noise(2, 5_000));
    trial.put("/usr/share/editors/vi", &noise(3, 20_000));
    trial.put("/usr/share/empty", b"");
    symlink("big", trial.tree().join("usr/lib/link")).unwrap();
}

/// Changes a few bytes of one file, moves one, adds one.
fn second_tree(trial: &Trial) {
    let mut big = noise(1, 100_000);
    big[5_000] ^= 1;
    big.splice(70_000..70_000, *b"some more");
    trial.put("/usr/lib/big", &big);
    let lib = trial.tree().join("usr/lib");
    fs_err::rename(lib.join("moved-1.0"), lib.join("moved-1.1")).unwrap();
    trial.put("/usr/lib/new", &noise(4, 3_000));
}

/// Reads all fullfiles of a version, by hash.
fn fullfiles(repo: &Repo, number: u32) -> BTreeMap<ContentHash, (Object, Vec<u8>)> {
    let directory = repo.path(&layout::fullfile_directory(version(number)));
    let read = |entry: std::io::Result<fs_err::DirEntry>| {
        let path = entry.unwrap().path();
        let hash: ContentHash = path.file_stem().unwrap().to_str().unwrap().parse().unwrap();
        let fullfile = Fullfile::open(fs_err::File::open(&path).unwrap(), hash).unwrap();
        let (object, mut content) = (fullfile.object().clone(), Vec::new());
        fullfile.copy_to(&mut content).unwrap();
        (hash, (object, content))
    };
    fs_err::read_dir(directory).unwrap().map(read).collect()
}

/// Unpacks a pack as a client would that has these objects; says how many deltas it had.
fn unpack(
    path: &std::path::Path,
    have: &BTreeMap<ContentHash, (Object, Vec<u8>)>,
) -> (BTreeMap<ContentHash, Vec<u8>>, usize) {
    let mut pack = PackReader::new(fs_err::File::open(path).unwrap()).unwrap();
    let (mut objects, mut deltas) = (BTreeMap::new(), 0);
    while let Some(member) = pack.next_member().unwrap() {
        let mut content = Vec::new();
        pack.read_to_end(&mut content).unwrap();
        let (hash, object, content) = match member {
            PackMember::Whole { hash, object } => (hash, object, content),
            PackMember::Delta { from, to, .. } => {
                deltas += 1;
                let Delta::Container(container) = delta::open(Cursor::new(content)).unwrap() else {
                    panic!("a pack with an empty delta");
                };
                let (attributes, size) = (container.attributes(), container.new_size());
                let mut new = Vec::new();
                container.apply(&mut Cursor::new(&have[&from].1), &mut new).unwrap();
                (to, Object::File { attributes, size }, new)
            }
        };
        let mut hasher = object.hasher();
        hasher.update(&content);
        assert_eq!(hasher.finish(), hash);
        objects.insert(hash, content);
    }
    pack.finish().unwrap();
    (objects, deltas)
}

#[test]
fn two_versions_are_published_and_read_back() {
    let trial = Trial::new();
    first_tree(&trial);
    trial.build(10);
    let repo = trial.repo();
    let old = fullfiles(&repo, 10);
    second_tree(&trial);
    let published = trial.build(20);
    assert_eq!(repo.newest().unwrap(), Some(version(20)));
    assert_eq!((published.summary.deltas, published.summary.refused_deltas), (2, 0));

    // The way of a client: pointer, MoM, manifest, pack, fullfiles.
    let read = |path: &layout::RepoPath| fs_err::read(repo.path(path)).unwrap();
    let format = Format::Number("30".parse().unwrap());
    let latest = layout::latest(format);
    let (text, signature) = (read(&latest), read(&latest.signature()));
    let signed = Signed { text: &text, signature: &signature };
    let authority = trial.authority();
    assert_eq!(*authority.trust_latest(signed, NOW).unwrap(), [version(20)]);
    let tar = repo.read_tar(&layout::mom(version(20)).tar(), MAX_MANIFEST).unwrap().unwrap();
    let signed = Signed { text: &tar[0].content, signature: &tar[1].content };
    let mom = authority.trust_mom(signed, version(20), format, NOW).unwrap();
    let line = mom.bundle(&BundleName::os_core()).unwrap();
    let tar = repo.read_tar(&layout::manifest(&line.name, line.version).tar(), MAX_MANIFEST);
    let manifest = mom.trust_manifest(&line.name, &tar.unwrap().unwrap()[0].content).unwrap();

    let new = fullfiles(&repo, 20);
    let pack = layout::pack(&line.name, Some(version(10)), version(20));
    let (objects, deltas) = unpack(&repo.path(&pack), &old);
    assert_eq!(deltas, 2);
    for entry in manifest.present() {
        if entry.version == version(20) {
            assert!(objects.contains_key(&entry.hash), "{}", entry.path);
            assert!(new.contains_key(&entry.hash), "{}", entry.path);
        } else {
            assert!(old.contains_key(&entry.hash), "{}", entry.path);
        }
    }
    assert!(fs_err::metadata(repo.path(&pack)).unwrap().len() < 6_000);
    let (objects, _) =
        unpack(&repo.path(&layout::pack(&line.name, None, version(20))), &BTreeMap::new());
    assert!(manifest.present().all(|entry| objects.contains_key(&entry.hash)));
}

#[test]
fn a_manifest_delta_gives_the_manifest() {
    let trial = Trial::new();
    (0..100).for_each(|number| trial.put(&format!("/usr/share/{number}"), &noise(number, 10)));
    trial.build(10);
    trial.put("/usr/share/50", b"changed");
    trial.build(20);
    let (repo, core) = (trial.repo(), BundleName::os_core());
    let text =
        |number| repo.manifest_text(&layout::manifest(&core, version(number))).unwrap().unwrap();
    let delta = fs_err::read(repo.path(&layout::manifest_delta(&core, version(10), version(20))));
    let new = delta::apply_in_memory(&delta.unwrap(), &text(10), MAX_MANIFEST).unwrap().unwrap();
    assert_eq!(ManifestHash::of(&new), ManifestHash::of(&text(20)));
    assert_eq!(Manifest::parse(&new).unwrap().header.version, version(20));
}

#[test]
fn the_same_input_gives_the_same_packs() {
    let bytes = |_: u32| {
        let trial = Trial::new();
        first_tree(&trial);
        trial.build(10);
        second_tree(&trial);
        trial.build(20);
        let repo = trial.repo();
        let core = BundleName::os_core();
        [None, Some(version(10))]
            .map(|from| fs_err::read(repo.path(&layout::pack(&core, from, version(20)))).unwrap())
    };
    assert_eq!(bytes(1), bytes(2));
}

#[test]
fn a_file_that_changes_under_the_build_ends_it() {
    let trial = Trial::new();
    first_tree(&trial);
    trial.build(10);
    second_tree(&trial);
    let described = trial.describe(20);
    trial.put("/usr/lib/new", &noise(5, 3_000));
    let error = trial.shop(20, |shop| encode(described, shop).unwrap_err());
    let EncodeError::Object { path, .. } = error else { panic!("{error}") };
    assert_eq!(path.to_string(), "/usr/lib/new");
    assert_eq!(trial.repo().newest().unwrap(), Some(version(10)));
    assert!(!trial.repo().path(&layout::version_directory(version(20))).exists());
    // It can be run again.
    trial.build(20);
    assert_eq!(trial.repo().newest().unwrap(), Some(version(20)));
}

#[test]
fn deltas_are_kept_and_a_spoiled_one_is_made_again() {
    let trial = Trial::new();
    first_tree(&trial);
    trial.build(10);
    second_tree(&trial);
    let described = trial.describe(20);
    let deltas = |shop: &Workshop<'_>| encode(described.clone(), shop).unwrap().deltas;
    let first = trial.shop(20, deltas);
    let kept = trial.path().join("work/deltas");
    let files = || fs_err::read_dir(&kept).unwrap().map(|entry| entry.unwrap().path());
    assert_eq!(files().count(), 2);
    for path in files() {
        let mut spoiled = fs_err::read(&path).unwrap();
        *spoiled.last_mut().unwrap() ^= 1;
        fs_err::write(path, spoiled).unwrap();
    }
    assert_eq!(trial.shop(20, deltas), first);
    trial.build(20);
    // A version later nobody asks for them but for what still leads to what is there.
    trial.put("/usr/lib/big", b"small now");
    trial.build(30);
    trial.build(40);
    assert!(files().count() < 2);
}

#[test]
fn an_object_goes_whole_where_its_base_is_damaged_or_a_delta_does_not_pay() {
    let trial = Trial::new();
    first_tree(&trial);
    trial.build(10);
    let base = trial
        .describe(20)
        .contents
        .into_iter()
        .find(|(_, content)| content.object.content_size() == 100_000);
    let fullfile = trial.repo().path(&layout::fullfile(base.unwrap().0, version(10)));
    let cut = fs_err::read(&fullfile).unwrap();
    fs_err::write(&fullfile, &cut[..cut.len() / 2]).unwrap();
    second_tree(&trial);
    trial.put("/usr/share/editors/vi", &noise(6, 20_000));
    let published = trial.build(20);
    assert_eq!((published.summary.deltas, published.summary.refused_deltas), (1, 2));
    let warned = |event: &Event| matches!(event, Event::Warning(text) if text.contains("damaged"));
    assert!(trial.observer.events().iter().any(warned));
}

#[test]
fn a_signature_that_clients_would_refuse_ends_the_build() {
    let (trial, other) = (Trial::new(), Trial::of_a_stranger());
    first_tree(&trial);
    let described = trial.describe(10);
    let error = trial.shop(10, |shop| {
        let hand = Hand { signer: other.key(), authority: &trial.authority(), now: NOW };
        sign(pack(encode(described, shop).unwrap(), shop).unwrap(), shop, hand).unwrap_err()
    });
    assert!(matches!(error, SignError::Refused(_)), "{error}");
    assert_eq!(trial.repo().newest().unwrap(), None);
}

#[test]
fn a_version_that_was_never_announced_is_replaced_and_an_announced_one_is_not() {
    let trial = Trial::new();
    first_tree(&trial);
    let left = trial.repo().path(&layout::version_directory(version(10)));
    fs_err::create_dir_all(left.join("files")).unwrap();
    fs_err::write(left.join("rest"), "of an interrupted build").unwrap();
    assert_eq!(trial.repo().versions().unwrap().len(), 0);
    let described = trial.describe(10);
    trial.build(10);
    assert!(!left.join("rest").exists());
    let names = |path| crate::repo::names(&trial.path().join(path)).unwrap();
    assert_eq!(names("work"), ["deltas", "lock"]);

    let error = trial.shop(10, |shop| {
        let hand = Hand { signer: trial.key(), authority: &trial.authority(), now: NOW };
        let packed = pack(encode(described, shop).unwrap(), shop).unwrap();
        publish(sign(packed, shop, hand).unwrap(), shop).unwrap_err()
    });
    assert!(matches!(error, PublishError::NotNewer { .. }), "{error}");
    drop(Work::begin(&trial.path(), version(20)).unwrap());
    assert_eq!(names("work"), ["20.partial", "deltas", "lock"]);
    assert_eq!(names("www"), ["10", "version"]);
}

/// A repository that somebody put pointers of an older format into, and other things.
fn with_other_pointers(trial: &Trial) {
    let version = trial.repo().path(&layout::pointers());
    fs_err::create_dir_all(version.join("format29")).unwrap();
    fs_err::write(version.join("format29/latest"), "5\n").unwrap();
    symlink("format29", version.join("formatold")).unwrap();
}

#[test]
fn the_pointers_change_together_and_others_stay() {
    let trial = Trial::new();
    first_tree(&trial);
    with_other_pointers(&trial);
    let version = trial.repo().path(&layout::pointers());
    trial.build(10);
    let before = fs_err::File::open(version.join("format30/latest")).unwrap();
    trial.build(20);
    assert_eq!(fs_err::read(version.join("formatold/latest")).unwrap(), b"5\n");
    assert_eq!(fs_err::read(version.join("format30/latest")).unwrap(), b"20\n");
    assert_eq!(fs_err::read(version.join("latest_version")).unwrap(), b"20\n");
    // Whoever has the old one open still reads the old one.
    assert_eq!(std::io::read_to_string(before).unwrap(), "10\n");
}

#[test]
fn pointers_behind_a_link_are_replaced_where_they_are() {
    let trial = Trial::new();
    first_tree(&trial);
    trial.build(10);
    let version = trial.repo().path(&layout::pointers());
    fs_err::rename(&version, trial.path().join("elsewhere")).unwrap();
    symlink("../elsewhere", &version).unwrap();
    trial.build(20);
    assert!(version.is_symlink());
    assert_eq!(trial.repo().newest().unwrap(), Some(self::version(20)));
    check_all(&trial);
}

#[test]
fn a_build_that_was_interrupted_before_the_pointers_is_run_again() {
    let trial = Trial::new();
    first_tree(&trial);
    trial.build(10);
    let pointers = trial.repo().path(&layout::pointers());
    let before = trial.path().join("before");
    let copied = std::process::Command::new("cp").arg("-a").args([&pointers, &before]).status();
    assert!(copied.unwrap().success());
    second_tree(&trial);
    trial.build(20);
    // The state right before the last rename: all is there but what clients follow.
    fs_err::remove_dir_all(&pointers).unwrap();
    fs_err::rename(before, &pointers).unwrap();
    assert_eq!(trial.repo().newest().unwrap(), Some(version(10)));
    check_all(&trial);
    trial.build(20);
    assert_eq!(trial.repo().newest().unwrap(), Some(version(20)));
    check_all(&trial);
}

fn check_all(trial: &Trial) {
    let (repo, authority) = (&trial.repo(), &trial.authority());
    let check = Check { repo, authority, version: None, now: NOW, observer: &trial.observer };
    assert_eq!(crate::check::check(check).unwrap().findings, []);
}

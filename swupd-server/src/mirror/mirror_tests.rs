use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use swupd_fixtures::{
    data::{self, GOLDEN_NOW},
    faults::{Fault, FaultyServer, Request, files_below, honest},
};
use swupd_protocol::{layout, trust::TrustAnchor, version::Format};
use swupd_remote::{PlainHttp, RemoteSettings, Retries, Word};

use super::*;
use crate::{
    check::{Check, check},
    report::Silent,
    trial::{NOW, Trial, noise},
};

/// A publisher of versions 10 and 20, and a place for a copy.
struct Scene {
    trial: Trial,
    copy: Repo,
    wanted: Wanted,
    wishes: Wishes,
}

impl Scene {
    /// Returns a publisher who has one version yet.
    fn of_one() -> Self {
        let trial = Trial::new();
        (0..9).for_each(|number| trial.put(&format!("/usr/share/{number}"), &noise(number, 10)));
        trial.put("/usr/lib/big", &noise(1, 50_000));
        trial.put("/usr/share/editors/vi", &noise(2, 20_000));
        trial.build(10);
        let copy = Repo::new(trial.path().join("copy"));
        Self { trial, copy, wanted: Wanted::default(), wishes: Wishes::default() }
    }

    fn new() -> Self {
        let scene = Self::of_one();
        scene.publish_second();
        scene
    }

    fn publish_second(&self) {
        let mut big = noise(1, 50_000);
        big[500] ^= 1;
        self.trial.put("/usr/lib/big", &big);
        self.trial.put("/usr/share/new", b"new");
        self.trial.build(20);
    }

    /// Returns an empty place for another copy.
    fn place(&self, name: &str) -> Repo {
        Repo::new(self.trial.path().join("copies").join(name))
    }

    fn url(&self) -> String {
        format!("file://{}", self.trial.repo().root().display())
    }

    fn run(&self, url: &str) -> Result<Mirrored, MirrorError> {
        self.run_into(&self.copy, url)
    }

    /// Copies to another place.
    fn run_into(&self, copy: &Repo, url: &str) -> Result<Mirrored, MirrorError> {
        self.run_as(copy, url, &self.trial.authority(), NOW)
    }

    fn run_as(
        &self,
        copy: &Repo,
        url: &str,
        who: &Authority,
        now: u64,
    ) -> Result<Mirrored, MirrorError> {
        let no_time = Retries { most: 0, delay: Duration::ZERO, longest_delay: Duration::ZERO };
        let settings = RemoteSettings {
            plain_http: PlainHttp::Allowed,
            retries: no_time,
            ..RemoteSettings::new(url, url)
        };
        let remote = Remote::new(&settings, Arc::new(|_: Word| {})).unwrap();
        mirror(Order {
            remote: &remote,
            repo: copy,
            authority: who,
            now,
            wanted: &self.wanted,
            wishes: self.wishes,
            observer: &Silent,
        })
    }

    /// Panics unless the copy has what upstream has, byte for byte, and nothing else.
    #[track_caller]
    fn must_be_whole(&self) {
        assert_eq!(differences(self.trial.repo().root(), self.copy.root()), [""; 0]);
    }

    /// Returns the newest version that the copy announces; all of it must be there.
    #[track_caller]
    fn announced(&self) -> Option<u32> {
        let newest = self.copy.newest().unwrap()?;
        let (repo, authority) = (&self.copy, &self.trial.authority());
        let order = Check { repo, authority, version: Some(newest), now: NOW, observer: &Silent };
        assert_eq!(check(order).unwrap().findings, []);
        Some(newest.number())
    }
}

fn version(number: u32) -> Version {
    Version::new(number).unwrap()
}

fn files(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut ahead = vec![root.to_owned()];
    while let Some(directory) = ahead.pop() {
        for entry in fs_err::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                ahead.push(path);
            } else {
                let below = path.strip_prefix(root).unwrap().to_owned();
                files.insert(below, fs_err::read(&path).unwrap());
            }
        }
    }
    files
}

/// Returns the files that are not in both directories, or not the same.
fn differences(one: &Path, other: &Path) -> Vec<String> {
    let (one, other) = (files(one), files(other));
    let names = one.keys().chain(other.keys()).collect::<BTreeSet<_>>();
    let differ = names.into_iter().filter(|name| one.get(*name) != other.get(*name));
    differ.map(|name| name.display().to_string()).collect()
}

/// Returns a server of a directory that gives only so many good answers.
fn ending_after(root: &Path, last: usize, fault: Fault) -> FaultyServer {
    let asked = AtomicUsize::new(0);
    let faults = move |_: &Request| {
        let is_over = asked.fetch_add(1, Ordering::Relaxed) >= last;
        if is_over { vec![fault.clone()] } else { vec![] }
    };
    FaultyServer::start(files_below(root), faults).unwrap()
}

/// Returns a server of a directory that commits a fault at one path.
fn liar(scene: &Scene, path: &RepoPath, fault: Fault) -> FaultyServer {
    let path = format!("/{path}");
    let faults =
        move |request: &Request| if request.path == path { vec![fault.clone()] } else { vec![] };
    FaultyServer::start(files_below(scene.trial.repo().root()), faults).unwrap()
}

#[test]
fn a_copy_is_upstream_byte_for_byte_and_the_second_run_fetches_nothing() {
    let scene = Scene::new();
    let server = FaultyServer::start(files_below(scene.trial.repo().root()), honest).unwrap();
    let first = scene.run(&server.url()).unwrap();
    scene.must_be_whole();
    assert_eq!(first.versions, [version(10), version(20)].into());
    assert_eq!(first.new_versions, 2);
    assert_eq!(scene.announced(), Some(20));
    let before = server.requests().len();
    let second = scene.run(&server.url()).unwrap();
    assert_eq!((second.new_versions, second.fetched, second.left_out), (0, 0, vec![]));
    // Two pointers and their signatures.
    assert_eq!(server.requests().len() - before, 4);
}

#[test]
fn content_of_the_original_server_is_copied_as_it_is() {
    let upstream = data::golden_repository();
    let mut scene = Scene::of_one();
    // Of the large objects only the manifests are kept among the fixtures.
    scene.wishes.allow_missing = true;
    let anchor = TrustAnchor::from_pem(&data::golden_certificate().unwrap(), None).unwrap();
    let url = format!("file://{}", upstream.display());
    let mirrored = scene.run_as(&scene.copy, &url, &Authority::Anchor(anchor), GOLDEN_NOW).unwrap();
    assert_eq!(mirrored.versions.len(), 4);
    assert!(mirrored.left_out.iter().all(|left_out| left_out.why.contains("missing upstream")));
    assert_eq!(differences(&upstream, scene.copy.root()), [".incoming/owed"]);
}

#[test]
fn a_run_that_ends_anywhere_announces_nothing_and_is_gone_on_with() {
    let scene = Scene::new();
    let root = scene.trial.repo().root().to_owned();
    let server = FaultyServer::start(files_below(&root), honest).unwrap();
    let in_all = scene.run(&server.url()).unwrap().fetched;
    let all = server.requests().len();
    for point in 0..50 {
        let last = point * all / 50;
        let fault = if point % 2 == 0 { Fault::HangUp } else { Fault::CutAfter(7) };
        let server = ending_after(&root, last, fault);
        let copy = scene.place(&point.to_string());
        let ended = scene.run_into(&copy, &server.url());
        assert!(ended.is_err(), "point {point}: {ended:?}");
        assert_eq!(copy.newest().unwrap(), None, "point {point}");
        let before = files(copy.root()).len() as u64;
        let mirrored = scene.run_into(&copy, &scene.url()).unwrap();
        assert_eq!(differences(&root, copy.root()), [""; 0], "point {point}");
        // Of what had got its place nothing is fetched again.
        assert_eq!(mirrored.fetched + before, in_all, "point {point}");
    }
}

/// What is done to the beginning of a file.
type Spoil = fn(&mut Vec<u8>);

#[test]
fn a_large_file_is_gone_on_with_where_the_last_run_ended() {
    let scene = Scene::of_one();
    scene.trial.put("/usr/lib/large", &noise(5, 4 << 20));
    scene.trial.build(20);
    let root = scene.trial.repo().root().to_owned();
    let pack = layout::pack(&BundleName::os_core(), None, version(20));
    let cutting = liar(&scene, &pack, Fault::CutAfter(3 << 20));
    // What to do with the beginning, what the server does, and what of it is of use.
    let cases: [(Spoil, Option<Fault>, bool); 5] = [
        (|_| {}, None, true),
        (|_| {}, Some(Fault::NoValidator), true),
        (|_| {}, Some(Fault::IgnoreRange), true),
        (|beginning| beginning[500_000] ^= 1, None, false),
        (|beginning| beginning.resize(9 << 20, 0), None, false),
    ];
    for (number, (spoil, fault, is_of_use)) in cases.into_iter().enumerate() {
        let copy = scene.place(&number.to_string());
        let ended = scene.run_into(&copy, &cutting.url());
        assert!(ended.is_err(), "{number}: {ended:?}");
        let left = copy.root().join(".incoming").join(pack.as_str().replace('/', " "));
        let mut beginning = fs_err::read(&left).unwrap();
        assert!((1 << 20..=3 << 20).contains(&beginning.len()), "{number}: {}", beginning.len());
        let whole = fs_err::read(root.join(pack.as_str())).unwrap();
        assert!(whole.starts_with(&beginning), "{number}");
        let begun = beginning.len() as u64;
        spoil(&mut beginning);
        fs_err::write(&left, &beginning).unwrap();
        let server = match fault {
            Some(fault) => liar(&scene, &pack, fault),
            None => FaultyServer::start(files_below(&root), honest).unwrap(),
        };
        scene.run_into(&copy, &server.url()).unwrap();
        assert_eq!(differences(&root, copy.root()), [""; 0], "{number}");
        let asked = server.requests().into_iter().filter(|r| r.path.ends_with(pack.as_str()));
        let asked: Vec<Option<u64>> = asked.map(|request| request.from).collect();
        if is_of_use {
            assert_eq!(asked, [Some(begun)], "{number}");
        } else {
            assert_eq!(asked, [Some(beginning.len() as u64), None], "{number}");
        }
    }
}

#[test]
fn a_server_that_cannot_begin_in_the_middle_is_asked_for_the_whole() {
    let scene = Scene::of_one();
    scene.trial.put("/usr/lib/large", &noise(5, 4 << 20));
    scene.trial.build(20);
    let root = scene.trial.repo().root().to_owned();
    let pack = layout::pack(&BundleName::os_core(), None, version(20));
    let cutting = liar(&scene, &pack, Fault::CutAfter(3 << 20));
    for fault in [
        Fault::Status(400),
        Fault::Status(403),
        Fault::Status(404),
        Fault::Status(416),
        Fault::Status(501),
        Fault::ShiftedRange(7),
        Fault::OtherContent(b"short".to_vec()),
    ] {
        let copy = scene.place(&format!("{fault:?}"));
        scene.run_into(&copy, &cutting.url()).unwrap_err();
        let told = fault.clone();
        let faults = move |request: &Request| {
            if request.from.is_some() { vec![told.clone()] } else { vec![] }
        };
        let server = FaultyServer::start(files_below(&root), faults).unwrap();
        let ended = scene.run_into(&copy, &server.url());
        assert!(ended.is_ok(), "{fault:?}: {ended:?}");
        assert_eq!(differences(&root, copy.root()), [""; 0], "{fault:?}");
    }
}

#[test]
fn pointers_that_move_while_they_are_read_are_read_again() {
    let mut scene = Scene::of_one();
    let root = scene.trial.repo().root().to_owned();
    let old = files(&root.join("version"));
    scene.publish_second();
    // What the server gives before the move; all else comes after it.
    let cases: [&[&str]; 3] =
        [&["latest_version"], &["format30/latest"], &["latest_version", "latest_version.sig"]];
    for (number, early) in cases.into_iter().enumerate() {
        let old = old.clone();
        let faults = move |request: &Request| {
            let name = request.path.strip_prefix("/version/").unwrap_or_default();
            let is_early = early.contains(&name) && request.number == 0;
            if is_early { vec![Fault::OtherContent(old[Path::new(name)].clone())] } else { vec![] }
        };
        for wanted in [Selection::All, Selection::Newest(2)] {
            let server = FaultyServer::start(files_below(&root), faults.clone()).unwrap();
            let copy = scene.place(&format!("{number} {wanted:?}"));
            scene.wanted.versions = wanted;
            scene.run_into(&copy, &server.url()).unwrap();
            assert_eq!(differences(&root, copy.root()), [""; 0], "{early:?} {wanted:?}");
        }
    }
}

#[test]
fn a_pointer_whose_signature_is_kept_back_is_told() {
    let scene = Scene::of_one();
    scene.run(&scene.url()).unwrap();
    scene.publish_second();
    let latest = layout::latest(Format::Number("30".parse().unwrap()));
    for pointer in [latest, layout::latest_version()] {
        let server = liar(&scene, &pointer.signature(), Fault::Status(404));
        let ended = scene.run(&server.url());
        assert!(matches!(ended, Err(MirrorError::Unsigned { .. })), "{pointer}: {ended:?}");
        assert_eq!(scene.announced(), Some(10), "{pointer}");
    }
}

#[test]
fn what_is_left_out_is_asked_for_until_it_is_there() {
    let mut scene = Scene::new();
    let pack = layout::pack(&BundleName::os_core(), None, version(20));
    let server = liar(&scene, &pack, Fault::OtherContent("no pack".into()));
    for _ in 0..2 {
        let mirrored = scene.run(&server.url()).unwrap();
        let left_out: Vec<&RepoPath> = mirrored.left_out.iter().map(|one| &one.path).collect();
        assert_eq!(left_out, [&pack]);
    }
    assert_eq!(scene.run(&scene.url()).unwrap().left_out, []);
    scene.must_be_whole();
    // What a copy needs, too.
    let entry = {
        let mom = scene.copy.mom(version(20)).unwrap();
        let line = mom.bundle(&BundleName::os_core()).unwrap();
        scene.copy.manifest(line).unwrap().present().last().unwrap().clone()
    };
    let object = layout::fullfile(entry.hash, entry.version);
    let server = liar(&scene, &object, Fault::Status(404));
    let copy = scene.place("lacking");
    scene.wishes.allow_missing = true;
    assert_eq!(scene.run_into(&copy, &server.url()).unwrap().left_out.len(), 1);
    scene.wishes.allow_missing = false;
    let ended = scene.run_into(&copy, &server.url());
    assert!(matches!(ended, Err(MirrorError::Missing { .. })), "{ended:?}");
    assert_eq!(scene.run_into(&copy, &scene.url()).unwrap().left_out, []);
    assert_eq!(differences(scene.trial.repo().root(), copy.root()), [""; 0]);
}

#[test]
fn what_clients_see_stays_whole_while_a_version_comes() {
    let scene = Scene::of_one();
    scene.run(&scene.url()).unwrap();
    scene.publish_second();
    let root = scene.trial.repo().root().to_owned();
    let mut point = 0;
    loop {
        let server = ending_after(&root, point, Fault::HangUp);
        match scene.run(&server.url()) {
            Ok(_) => break,
            Err(_) => assert_eq!(scene.announced(), Some(10), "request {point}"),
        }
        point += 1;
    }
    assert!(point > 10, "{point}");
    assert_eq!(scene.announced(), Some(20));
    scene.must_be_whole();
}

#[test]
fn what_is_not_what_it_should_be_is_refused() {
    let scene = Scene::new();
    scene.run(&scene.url()).unwrap();
    let entry = {
        let mom = scene.copy.mom(version(20)).unwrap();
        let line = mom.bundle(&BundleName::os_core()).unwrap();
        scene.copy.manifest(line).unwrap().present().next().unwrap().clone()
    };
    let necessary = [
        layout::mom(version(20)).tar(),
        layout::mom(version(20)),
        layout::mom(version(10)).signature(),
        layout::manifest(&BundleName::os_core(), version(20)).tar(),
        layout::manifest(&BundleName::os_core(), version(10)),
        layout::fullfile(entry.hash, entry.version),
        layout::latest_version(),
        layout::latest(Format::Number("30".parse().unwrap())).signature(),
    ];
    for (number, path) in necessary.iter().enumerate() {
        for fault in [Fault::Flip(1), Fault::Portal, Fault::OtherContent(vec![])] {
            let server = liar(&scene, path, fault.clone());
            let copy = scene.place(&number.to_string());
            let ended = scene.run_into(&copy, &server.url());
            assert!(ended.is_err(), "{path} {fault:?}: {ended:?}");
            assert_eq!(copy.newest().unwrap(), None, "{path} {fault:?}");
        }
    }
    let stranger = Trial::of_a_stranger().authority();
    let ended = scene.run_as(&scene.place("strange"), &scene.url(), &stranger, NOW);
    assert!(matches!(ended, Err(MirrorError::Untrusted { .. })), "{ended:?}");
}

#[test]
fn a_transfer_of_what_is_refused_ends_at_once() {
    let scene = Scene::new();
    let pack = format!("/{}", layout::pack(&BundleName::os_core(), None, version(20)));
    let faults = move |request: &Request| {
        let is_it = request.path == pack;
        if is_it { vec![Fault::OtherContent(vec![0; 512]), Fault::Endless] } else { vec![] }
    };
    let repo = scene.trial.repo();
    let server = FaultyServer::start(files_below(repo.root()), faults).unwrap();
    let mirrored = scene.run(&server.url()).unwrap();
    let why: Vec<&str> = mirrored.left_out.iter().map(|one| &one.why[..]).collect();
    assert!(matches!(why[..], [why] if !why.contains("larger than")), "{why:?}");
}

#[test]
fn what_clients_can_do_without_is_left_out_where_it_is_damaged() {
    let mut scene = Scene::new();
    let os_core = BundleName::os_core();
    let full = layout::full_manifest(version(10));
    let strange = fs_err::read_to_string(scene.trial.repo().path(&full)).unwrap();
    let strange = strange.replace("/usr/lib/big", "/usr/lib/bad");
    for (path, content) in [
        (layout::pack(&os_core, None, version(20)), "no pack"),
        (layout::pack(&os_core, Some(version(10)), version(20)), "no pack"),
        (layout::manifest_delta(&os_core, version(10), version(20)), "no delta"),
        (layout::format_of(version(20)), "31"),
        (full, &strange),
    ] {
        let server = liar(&scene, &path, Fault::OtherContent(content.into()));
        let copy = scene.place(&path.to_string());
        let mirrored = scene.run_into(&copy, &server.url()).unwrap();
        let left_out: Vec<&RepoPath> = mirrored.left_out.iter().map(|one| &one.path).collect();
        assert_eq!(left_out, [&path]);
        assert!(!copy.has(&path));
        assert_eq!(copy.newest().unwrap(), Some(version(20)));
        scene.wishes.again = true;
        scene.run_into(&copy, &scene.url()).unwrap();
        assert_eq!(differences(scene.trial.repo().root(), copy.root()), [""; 0]);
        scene.wishes.again = false;
    }
}

#[test]
fn what_is_here_and_damaged_is_replaced_when_asked() {
    let mut scene = Scene::new();
    scene.run(&scene.url()).unwrap();
    for (path, _) in files(scene.copy.root()) {
        let path = scene.copy.root().join(path);
        if !path.to_string_lossy().contains("/version/") {
            fs_err::write(path, "damaged").unwrap();
        }
    }
    scene.wishes.again = true;
    scene.run(&scene.url()).unwrap();
    scene.must_be_whole();
}

#[test]
fn a_pointer_goes_back_only_when_told() {
    let mut scene = Scene::of_one();
    let place = scene.trial.repo().path(&layout::pointers());
    let older = files(&place);
    scene.publish_second();
    scene.run(&scene.url()).unwrap();
    for (name, text) in older {
        fs_err::write(place.join(name), text).unwrap();
    }
    let ended = scene.run(&scene.url());
    assert!(matches!(ended, Err(MirrorError::Older { .. })), "{ended:?}");
    assert_eq!(scene.announced(), Some(20));
    scene.wishes.accept_older = true;
    scene.run(&scene.url()).unwrap();
    assert_eq!(scene.announced(), Some(10));
}

#[test]
fn a_part_can_be_wanted_and_the_rest_removed() {
    let mut scene = Scene::new();
    scene.wanted.versions = Selection::Newest(1);
    let mirrored = scene.run(&scene.url()).unwrap();
    assert_eq!(mirrored.versions, [version(20)].into());
    assert_eq!(scene.announced(), Some(20));
    assert!(!scene.copy.has(&layout::mom(version(10)).tar()));
    let one = files(scene.copy.root()).len();
    scene.wanted.versions = Selection::From(version(10));
    assert_eq!(scene.run(&scene.url()).unwrap().new_versions, 1);
    scene.wanted.versions = Selection::From(version(11));
    assert_eq!(scene.run(&scene.url()).unwrap().removed, 0);
    assert!(scene.copy.has(&layout::mom(version(10)).tar()));
    scene.wishes.delete = true;
    let mirrored = scene.run(&scene.url()).unwrap();
    assert!(mirrored.removed > 5, "{mirrored:?}");
    assert_eq!(scene.announced(), Some(20));
    assert!(!scene.copy.has(&layout::mom(version(10)).tar()));
    // Packs from the version before, which only the run that had it asked for, stay.
    assert!(files(scene.copy.root()).len() >= one);
    // What upstream has dropped is known by asking for it.
    scene.wanted.versions = Selection::All;
    scene.run(&scene.url()).unwrap();
    assert!(scene.copy.has(&layout::mom(version(10)).tar()));
    let gone = layout::mom(version(10)).tar();
    fs_err::remove_file(scene.trial.repo().path(&gone)).unwrap();
    assert_eq!(scene.run(&scene.url()).unwrap().versions, [version(20)].into());
    assert!(!scene.copy.has(&gone));
}

#[test]
fn some_bundles_come_with_what_they_include() {
    let mut scene = Scene::new();
    let [editors, unknown]: [BundleName; 2] =
        ["editors", "games"].map(|name| name.parse().unwrap());
    scene.wanted.bundles = [BundleName::os_core()].into();
    scene.run(&scene.url()).unwrap();
    let manifest = layout::manifest(&editors, version(10)).tar();
    assert!(scene.copy.has(&layout::mom(version(20)).tar()));
    assert!(!scene.copy.has(&manifest));
    scene.wanted.bundles = [editors].into();
    scene.run(&scene.url()).unwrap();
    assert!(scene.copy.has(&manifest));
    assert!(scene.copy.has(&layout::manifest(&BundleName::os_core(), version(20)).tar()));
    scene.wanted.bundles = [unknown].into();
    assert!(matches!(scene.run(&scene.url()), Err(MirrorError::UnknownBundle { .. })));
}

#[test]
fn a_signature_that_is_missing_is_told_until_it_is_there() {
    let scene = Scene::new();
    let signature = layout::mom(version(10)).signature();
    let lacking = liar(&scene, &signature, Fault::Status(404));
    for _ in 0..2 {
        let mirrored = scene.run(&lacking.url()).unwrap();
        let left_out: Vec<&RepoPath> = mirrored.left_out.iter().map(|one| &one.path).collect();
        assert_eq!(left_out, [&signature]);
    }
    assert_eq!(scene.run(&scene.url()).unwrap().left_out, []);
    scene.must_be_whole();
}

#[test]
fn a_version_that_is_missing_between_others_leads_to_no_removal() {
    let mut scene = Scene::new();
    scene.trial.put("/usr/share/newest", b"30");
    scene.trial.build(30);
    scene.run(&scene.url()).unwrap();
    scene.wishes.delete = true;
    let mom = layout::mom(version(20)).tar();
    let lacking = liar(&scene, &mom, Fault::Status(404));
    let mirrored = scene.run(&lacking.url()).unwrap();
    assert_eq!(mirrored.removed, 0);
    assert_eq!(mirrored.left_out.iter().map(|one| &one.path).collect::<Vec<_>>(), [&mom]);
    for number in [10, 20, 30] {
        assert!(scene.copy.has(&layout::mom(version(number)).tar()), "{number}");
    }
    // Old versions go from the oldest on: that is no hole.
    let oldest = layout::mom(version(10)).tar();
    let dropping = liar(&scene, &oldest, Fault::Status(404));
    let mirrored = scene.run(&dropping.url()).unwrap();
    assert!(mirrored.removed > 0 && mirrored.left_out.is_empty());
    assert_eq!(mirrored.versions, [version(20), version(30)].into());
}

#[test]
fn the_newest_of_a_format_that_is_here_comes_too() {
    let upstream = data::golden_repository();
    let mut scene = Scene::of_one();
    scene.wishes.allow_missing = true;
    let anchor = TrustAnchor::from_pem(&data::golden_certificate().unwrap(), None).unwrap();
    let url = format!("file://{}", upstream.display());
    let who = Authority::Anchor(anchor);
    let format = |number: &str| number.parse().unwrap();
    scene.wanted.versions = Selection::Newest(1);
    scene.run_as(&scene.copy, &url, &who, GOLDEN_NOW).unwrap();
    assert_eq!(scene.copy.formats().unwrap(), [format("31")].into());
    // Clients of the format before came to the copy when that was the newest.
    let older = layout::latest(Format::Number(format("30")));
    let place = scene.copy.path(&older);
    fs_err::create_dir_all(place.parent().unwrap()).unwrap();
    fs_err::write(place, "10\n").unwrap();
    scene.run_as(&scene.copy, &url, &who, GOLDEN_NOW).unwrap();
    let newest = Repo::new(&upstream).newest_of(format("30")).unwrap();
    assert_eq!(scene.copy.newest_of(format("30")).unwrap(), newest);
    assert!(scene.copy.has(&layout::mom(newest.unwrap()).tar()));
}

#[test]
fn two_runs_do_not_meet() {
    let scene = Scene::of_one();
    let first = Inbox::open(&scene.copy).unwrap();
    assert!(matches!(scene.run(&scene.url()), Err(MirrorError::Busy { .. })));
    drop(first);
    scene.run(&scene.url()).unwrap();
    scene.must_be_whole();
}

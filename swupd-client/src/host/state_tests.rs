use std::{
    collections::BTreeSet,
    fs::Permissions,
    io::{Read, Seek, Write},
    os::unix::fs::PermissionsExt,
};

use fs_err as fs;
use swupd_protocol::{bundle::BundleName, version::Version};

use super::*;
use crate::host::{lock::LockError, record::Record, root::Ownership};

struct World(tempfile::TempDir);

impl World {
    fn new() -> Self {
        let scratch = tempfile::tempdir().unwrap();
        fs::create_dir(scratch.path().join("root")).unwrap();
        Self(scratch)
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn root(&self) -> Root {
        Root::open(&self.at("root")).unwrap()
    }

    fn cache(&self) -> Cache {
        Cache::open(&self.at("cache"), "https://x/y/", &self.root()).unwrap()
    }
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
}

fn version(number: u32) -> Version {
    Version::new(number).unwrap()
}

fn bundles(names: &[&str]) -> BTreeSet<BundleName> {
    names.iter().map(|name| name.parse().unwrap()).collect()
}

#[test]
fn data_is_laid_out_as_the_reference_client_has_it() {
    let world = World::new();
    let path = world.at("root/var/lib/swupd");
    assert!(Data::look(&path).unwrap().is_none());
    let data = Data::open(&path, &world.root()).unwrap();
    assert_eq!((data.version().unwrap(), data.tracked().unwrap()), (None, bundles(&[])));
    data.set_version(version(120)).unwrap();
    data.track(&bundles(&["os-core", "editors"])).unwrap();
    data.track(&bundles(&["games"])).unwrap();
    data.untrack(&bundles(&["editors", "unknown"])).unwrap();
    assert_eq!(fs::read_to_string(path.join("version")).unwrap(), "120\n");
    assert_eq!(mode(&path.join("bundles")), 0o755);
    assert!(path.join("bundles/games").is_file());
    fs::write(path.join("bundles/-no name"), "").unwrap();
    let data = Data::look(&path).unwrap().unwrap();
    assert_eq!(data.version().unwrap(), Some(version(120)));
    assert_eq!(data.tracked().unwrap(), bundles(&["os-core", "games"]));
    let _lock = data.lock().unwrap();
    assert!(matches!(data.lock(), Err(LockError::Held { .. })));
}

#[test]
fn garbage_in_the_data_directory_blocks_nothing() {
    let world = World::new();
    let path = world.at("data");
    let data = Data::open(&path, &world.root()).unwrap();
    for garbage in ["", "x", "-1\n", "99999999999999999999", "1\n2\n"] {
        fs::write(path.join("version"), garbage).unwrap();
        assert_eq!(data.version().unwrap(), None, "{garbage:?}");
    }
    fs::write(path.join("bundles"), "a file").unwrap();
    assert!(data.tracked().unwrap().is_empty());
    data.track(&bundles(&["games"])).unwrap();
    assert_eq!(data.tracked().unwrap(), bundles(&["games"]));
    fs::set_permissions(path.join("bundles"), Permissions::from_mode(0o777)).unwrap();
    data.track(&bundles(&["tools"])).unwrap();
    assert_eq!(mode(&path.join("bundles")), 0o755);
    assert_eq!(data.tracked().unwrap(), bundles(&["games", "tools"]), "no mark was lost");
}

#[test]
fn planted_links_are_removed_not_followed() {
    let world = World::new();
    let outside = world.at("outside");
    fs::create_dir_all(outside.join("staged")).unwrap();
    fs::write(outside.join("staged/precious"), "x").unwrap();
    let data = Data::open(&world.at("data"), &world.root()).unwrap();
    fs::os::unix::fs::symlink(&outside, world.at("data/bundles")).unwrap();
    data.track(&bundles(&["games"])).unwrap();

    let cache = world.cache();
    let one = cache.path().to_owned();
    assert_eq!(one, world.at("cache/cache/https___x_y"));
    for planted in ["staged", "manifest", "temp", "delta", "download"] {
        fs::remove_dir(one.join(planted)).unwrap();
        fs::os::unix::fs::symlink(&outside, one.join(planted)).unwrap();
    }
    let cache = world.cache();
    let record = data.record().unwrap();
    cache.store(Ownership::OfTheUser, record).unwrap();
    cache.keep_metadata(version(10), "Manifest.MoM", b"text").unwrap();
    fs::os::unix::fs::symlink(outside.join("staged/precious"), one.join("manifest/10/Manifest.x"))
        .unwrap();
    assert!(cache.metadata(version(10), "Manifest.x").unwrap().is_none());
    cache.keep_metadata(version(10), "Manifest.x", b"text").unwrap();
    for (name, wanted) in [("staged", 0o700), ("manifest", 0o755), ("temp", 0o700)] {
        assert_eq!(mode(&one.join(name)), wanted, "{name}");
    }
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 1);
    assert_eq!(fs::read_to_string(outside.join("staged/precious")).unwrap(), "x");
}

#[test]
fn a_cache_directory_with_a_wrong_mode_is_emptied() {
    let world = World::new();
    let staged = world.cache().path().join("staged");
    fs::write(staged.join("planted"), "x").unwrap();
    fs::set_permissions(&staged, Permissions::from_mode(0o777)).unwrap();
    world.cache();
    assert_eq!((mode(&staged), fs::read_dir(&staged).unwrap().count()), (0o700, 0));
}

#[test]
fn state_never_lies_where_more_than_state_lies() {
    let world = World::new();
    let root = world.root();
    for bad in ["/", "/var", "/usr", "/usr/", "/var/lib/..", "relative"] {
        let refused = Data::open(Path::new(bad), &root);
        assert!(matches!(refused, Err(StateError::Unsuitable { .. })), "{bad}");
        let refused = Cache::open(Path::new(bad), "https://x", &root);
        assert!(matches!(refused, Err(StateError::Unsuitable { .. })), "{bad}");
    }
    fs::os::unix::fs::symlink("/var", world.at("link")).unwrap();
    let refused = Data::open(&world.at("link"), &root);
    assert!(matches!(refused, Err(StateError::Unsuitable { .. })));
    // Below another tree no link is followed, wherever it leads.
    fs::os::unix::fs::symlink(world.at("root"), world.at("root/var")).unwrap();
    let refused = Data::open(&world.at("root/var/lib/swupd"), &root);
    assert!(matches!(refused, Err(StateError::Io { .. })));
    // What others may write in is taken back.
    fs::create_dir(world.at("data")).unwrap();
    fs::set_permissions(world.at("data"), Permissions::from_mode(0o777)).unwrap();
    Data::open(&world.at("data"), &root).unwrap();
    assert_eq!(mode(&world.at("data")), 0o755);
}

#[test]
fn a_strangers_directory_is_refused() {
    let world = World::new();
    let path = world.at("data");
    fs::create_dir(&path).unwrap();
    if std::os::unix::fs::chown(&path, Some(12_345), None).is_err() {
        return; // Only root can give a directory away.
    }
    let refused = Data::open(&path, &world.root());
    assert!(matches!(refused, Err(StateError::Foreign { uid: 12_345, .. })));
}

#[test]
fn metadata_and_packs_are_remembered_and_cleaned() {
    let world = World::new();
    let cache = world.cache();
    for number in [10, 20] {
        cache.keep_metadata(version(number), "Manifest.MoM", b"mom").unwrap();
        cache.keep_metadata(version(number), "Manifest.games", b"games").unwrap();
    }
    assert_eq!(cache.metadata(version(10), "Manifest.MoM").unwrap().unwrap(), b"mom");
    cache.forget_metadata(version(10), "Manifest.MoM").unwrap();
    assert!(cache.metadata(version(10), "Manifest.MoM").unwrap().is_none());
    let pack = "pack-games-from-10-to-20.tar";
    assert!(!cache.has_pack(pack));
    cache.mark_pack(pack).unwrap();
    assert!(cache.has_pack(pack));
    fs::write(cache.path().join("staged/object"), "x".repeat(5000)).unwrap();
    fs::create_dir_all(world.at("cache/cache/https___other/staged")).unwrap();
    fs::write(world.at("cache/cache/https___other/staged/object"), "x").unwrap();

    // What nobody of us has made stays.
    for strange in ["strange", "manifest/strange", "manifest/10/strange"] {
        fs::write(cache.path().join(strange), "x").unwrap();
    }

    let caches = cache.all().unwrap();
    assert_eq!(caches.metadata(version(20), "Manifest.MoM").unwrap(), [b"mom"]);
    assert!(caches.metadata(version(10), "Manifest.MoM").unwrap().is_empty());
    let keep = |v: Version, name: &str| v == version(20) && name == "Manifest.MoM";
    let clean = |act| {
        let mut paths = Vec::new();
        let mut note = |path: &Path| {
            let path = path.strip_prefix(world.at("cache/cache")).unwrap();
            paths.push(path.display().to_string());
        };
        let cleaned = caches.clean(act, &keep, &mut note).unwrap();
        assert_eq!(cleaned.files, paths.len() as u64);
        (cleaned, paths)
    };
    let (told, paths) = clean(Act::Tell);
    assert_eq!(
        paths,
        [
            "https___other/staged/object",
            "https___x_y/pack-games-from-10-to-20.tar",
            "https___x_y/manifest/10/Manifest.games",
            "https___x_y/manifest/20/Manifest.games",
            "https___x_y/staged/object",
        ]
    );
    assert!(told.bytes >= 5000);
    assert_eq!(clean(Act::Do), (told, paths));
    assert_eq!(clean(Act::Do).0, Cleaned::default());
    assert!(!cache.has_pack(pack));
    assert!(cache.metadata(version(20), "Manifest.MoM").unwrap().is_some());
    for strange in ["strange", "manifest/strange", "manifest/10/strange"] {
        fs::remove_file(cache.path().join(strange)).unwrap();
    }
    clean(Act::Do);
    assert!(!cache.path().join("manifest/10").exists());
}

#[test]
fn a_scratch_file_leaves_no_trace() {
    let world = World::new();
    let cache = world.cache();
    let mut file = cache.scratch().unwrap();
    file.write_all(b"content").unwrap();
    file.rewind().unwrap();
    let mut text = String::new();
    file.read_to_string(&mut text).unwrap();
    assert_eq!(text, "content");
    assert_eq!(fs::read_dir(cache.path().join("temp")).unwrap().count(), 0);
}

#[test]
fn every_content_url_has_a_cache_of_its_own_within_the_cache() {
    let world = World::new();
    let long = format!("https://x/{}", "y".repeat(300));
    for url in ["https://x", "..", "/", ".", "", "file:///srv/../www", &long] {
        let cache = Cache::open(&world.at("cache"), url, &world.root()).unwrap();
        assert_eq!(cache.path().parent(), Some(&*world.at("cache/cache")), "{url}");
        assert!(cache.path().join("staged").is_dir());
    }
    assert_eq!(fs::read_dir(world.at("cache")).unwrap().count(), 1);
    let record = Record::open(&Directory::open_anywhere(&world.at("cache")).unwrap());
    assert!(record.is_ok());
}

#[test]
fn what_another_run_uses_is_not_cleaned_away() {
    let world = World::new();
    let (ours, theirs) = (world.cache(), world.cache());
    let object = ours.path().join("staged/object");
    fs::write(&object, "object").unwrap();
    // One that is just being made.
    let making = ours.path().join("staged/.new.1.1");
    fs::write(&making, "half").unwrap();
    let clean =
        |cache: &Cache| cache.all().unwrap().clean(Act::Do, &|_, _| false, &mut |_| {}).unwrap();
    assert_eq!(clean(&ours), Cleaned { busy: 1, ..Cleaned::default() });
    let third = world.cache();
    assert!(object.exists() && making.exists());
    drop((theirs, third));
    assert_eq!(clean(&ours).files, 2);
    assert!(!object.exists());
    fs::write(&making, "left").unwrap();
    drop(ours);
    drop(world.cache());
    assert!(!making.exists());
}

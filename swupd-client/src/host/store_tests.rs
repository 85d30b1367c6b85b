use std::{
    io::Write,
    os::unix::fs::{MetadataExt, PermissionsExt},
};

use swupd_protocol::object::Attributes;

use super::*;

struct World {
    scratch: tempfile::TempDir,
    ownership: Ownership,
}

impl World {
    fn new(ownership: Ownership) -> Self {
        let scratch = tempfile::tempdir().unwrap();
        fs_err::create_dir(scratch.path().join("staged")).unwrap();
        Self { scratch, ownership }
    }

    fn store(&self) -> Store {
        let top = Directory::open_anywhere(self.scratch.path()).unwrap();
        let record = Arc::new(Record::open(&top).unwrap());
        let path = self.at("");
        let directory = Directory::open_anywhere(&path).unwrap();
        Store::tidy(&directory).unwrap();
        Store::new(directory, path, self.ownership, record)
    }

    fn at(&self, name: &str) -> PathBuf {
        self.scratch.path().join("staged").join(name)
    }
}

/// Both kinds of ownership where the first can be had.
fn worlds() -> Vec<World> {
    let all = [Ownership::AsStated, Ownership::OfTheUser];
    let possible = all.into_iter().filter(|o| *o == Ownership::OfTheUser || sys::user() == 0);
    possible.map(World::new).collect()
}

fn file(content: &[u8], mode: u32) -> (ContentHash, Object) {
    let size = content.len() as u64;
    let object = Object::File { attributes: Attributes::new(mode, 0, 42), size };
    let mut hasher = object.hasher();
    hasher.update(content);
    (hasher.finish(), object)
}

fn put(
    store: &Store,
    hash: ContentHash,
    object: &Object,
    content: &[u8],
) -> Result<(), StoreError> {
    let mut writer = store.writer(hash, object)?;
    writer.write_all(content).unwrap();
    writer.commit()
}

#[test]
fn a_verified_file_is_there_for_this_run_and_the_next() {
    for world in worlds() {
        let store = world.store();
        let (hash, object) = file(b"content", 0o4755);
        assert!(!store.has(&hash));
        put(&store, hash, &object, b"content").unwrap();
        put(&store, hash, &object, b"content").unwrap();
        let metadata = fs_err::metadata(world.at(&hash.to_string())).unwrap();
        match world.ownership {
            Ownership::AsStated => {
                assert_eq!((metadata.mode() & 0o7777, metadata.gid()), (0o4755, 42));
            }
            Ownership::OfTheUser => assert_eq!(metadata.mode() & 0o7777, 0o755),
        }
        let next = world.store();
        assert!(next.has(&hash));
        assert_eq!(next.object(&hash).unwrap(), Some(object));
        assert_eq!(fs_err::read_dir(world.at("")).unwrap().count(), 1, "no temporary file stays");
    }
}

#[test]
fn what_is_not_the_object_is_refused() {
    for world in worlds() {
        let store = world.store();
        let (hash, object) = file(b"content", 0o644);
        let error = put(&store, hash, &object, b"CONTENT").unwrap_err();
        assert!(matches!(error, StoreError::WrongHash { wanted, .. } if wanted == hash));
        let error = put(&store, hash, &object, b"con").unwrap_err();
        assert!(matches!(error, StoreError::Short { missing: 4, .. }));
        let mut writer = store.writer(hash, &object).unwrap();
        let error = writer.write_all(b"content and more").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
        drop(writer);
        let (_, other) = file(b"content", 0o755);
        assert!(put(&store, hash, &other, b"content").is_err(), "the mode is part of the name");
        assert!(!store.has(&hash));
        assert_eq!(fs_err::read_dir(world.at("")).unwrap().count(), 0);
    }
}

#[test]
fn directories_and_links_are_kept_as_such() {
    for world in worlds() {
        let store = world.store();
        let directory = Object::Directory { attributes: Attributes::new(0o1777, 0, 0) };
        let link = Object::Symlink { uid: 0, gid: 3, target: b"/some/where".to_vec() };
        for object in [directory, link] {
            let hash = object.hash_without_content().unwrap();
            let wrong = store.put_without_content(ContentHash::from_bytes([9; 32]), &object);
            assert!(matches!(wrong.unwrap_err(), StoreError::WrongHash { .. }));
            store.put_without_content(hash, &object).unwrap();
            store.put_without_content(hash, &object).unwrap();
            assert!(matches!(store.writer(hash, &object), Err(StoreError::NotAFile { .. })));
            assert_eq!(world.store().object(&hash).unwrap(), Some(object));
        }
        let empty = file(b"", 0o600);
        store.put_without_content(empty.0, &empty.1).unwrap();
        assert!(world.store().has(&empty.0));
    }
}

#[test]
fn a_left_over_that_is_something_else_is_removed() {
    for world in worlds() {
        let (hash, object) = file(b"content", 0o644);
        let (name, outside) = (world.at(&hash.to_string()), world.scratch.path().join("outside"));
        let spoil: [&dyn Fn(); 5] = [
            &|| fs_err::write(&name, "CONTENT").unwrap(),
            &|| fs_err::set_permissions(&name, PermissionsExt::from_mode(0o666)).unwrap(),
            &|| {
                fs_err::remove_file(&name).unwrap();
                fs_err::create_dir_all(name.join("deep/er")).unwrap();
            },
            &|| {
                fs_err::rename(&name, &outside).unwrap();
                fs_err::os::unix::fs::symlink(&outside, &name).unwrap();
            },
            &|| xattr::set(&name, "user.more", b"x").unwrap(),
        ];
        for spoil in spoil {
            put(&world.store(), hash, &object, b"content").unwrap();
            spoil();
            assert!(!world.store().has(&hash));
            assert!(fs_err::symlink_metadata(&name).is_err());
            // A writer replaces it, too, though nobody asked before.
            put(&world.store(), hash, &object, b"content").unwrap();
            spoil();
            put(&world.store(), hash, &object, b"content").unwrap();
            assert_eq!(fs_err::read(&name).unwrap(), b"content");
            fs_err::remove_file(&name).unwrap();
        }
        assert_eq!(fs_err::read(&outside).unwrap(), b"content");
    }
}

#[test]
fn many_threads_may_bring_the_same_object() {
    let world = World::new(Ownership::OfTheUser);
    let store = world.store();
    let content = vec![7; 100_000];
    let (hash, object) = file(&content, 0o755);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| put(&store, hash, &object, &content).unwrap());
        }
    });
    assert!(world.store().has(&hash));
}

#[test]
fn what_a_crash_left_half_written_is_removed() {
    let world = World::new(Ownership::OfTheUser);
    fs_err::write(world.at(".new.1.1"), "half").unwrap();
    world.store();
    assert!(!world.at(".new.1.1").exists());
}

#[test]
fn what_several_threads_bring_at_once_stays() {
    let directory = Object::Directory { attributes: Attributes::new(0o755, 0, 0) };
    let hash = directory.hasher().finish();
    let Some(world) = worlds().into_iter().next() else { return };
    for round in 0..1000 {
        let store = world.store();
        if round % 2 == 0 {
            // An earlier run left something else.
            fs_err::write(world.at(&file_name(&hash)), "spoilt").unwrap();
        }
        let barrier = std::sync::Barrier::new(8);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    barrier.wait();
                    store.put_without_content(hash, &directory).unwrap();
                    assert_eq!(store.object(&hash).unwrap().as_ref(), Some(&directory));
                });
            }
        });
        assert!(world.at(&file_name(&hash)).is_dir(), "round {round}");
        store.empty().unwrap();
    }
}

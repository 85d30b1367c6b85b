use std::{os::unix::fs::symlink, path::Path};

use swupd_fixtures::keys::{Identity, NOW};
use swupd_protocol::{
    attributes::table_path,
    hash::ContentHash,
    manifest::{Manifest, Status},
    object::Kind,
    path::TreePath,
};

use super::*;
use crate::{report::Recorded, settings::SETTINGS_FILE, working_directory::create};

/// A working directory with a bundle `vi` by package, and a tree with a package database.
struct Shop {
    place: tempfile::TempDir,
    observer: Recorded,
}

impl Shop {
    fn new() -> Self {
        let shop = Self { place: tempfile::tempdir().unwrap(), observer: Recorded::default() };
        let identity = Identity::self_signed("shop");
        shop.write("srv/keys/cert.pem", &identity.certificate_pem);
        shop.write("srv/keys/key.pem", &identity.key_pem);
        create(&shop.root(), FormatNumber::new(30).unwrap(), NOW).unwrap();
        let settings = shop.root().join(SETTINGS_FILE);
        let text = fs_err::read_to_string(&settings).unwrap();
        let text = text.replace("-url = \"\"", "-url = \"http://localhost\"");
        // Keys of the settings' last table.
        fs_err::write(&settings, text.replace("etc = []", "etc = [\"/etc/vimrc\"]")).unwrap();
        shop.write("srv/bundles/vi.toml", "packages = [\"vim\"]");
        shop.write("tree/usr/lib/os-release", "ID=trial\nVERSION_ID=1\n");
        shop.write("tree/usr/bin/vi", "vi 1\n".repeat(100));
        shop.write("tree/usr/bin/sh", "shell");
        shop.write("tree/etc/vimrc", "set nocompatible");
        shop.write("tree/etc/passwd", "root");
        shop.write("tree/usr/share/clear/bundles/gone", "");
        symlink("usr/bin", shop.place.path().join("tree/bin")).unwrap();
        shop.write("tree/var/lib/dpkg/status", "Package: vim\nStatus: install ok installed\n");
        shop.write("tree/var/lib/dpkg/info/vim.list", "/.\n/bin\n/bin/vi\n/etc/vimrc\n");
        shop
    }

    fn root(&self) -> std::path::PathBuf {
        self.place.path().join("srv")
    }

    fn write(&self, file: &str, text: impl AsRef<[u8]>) {
        let path = self.place.path().join(file);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
    }

    fn release(&self, version: u32) -> Result<Published, ReleaseError> {
        let directory = WorkingDirectory::open(&self.root()).unwrap();
        release(&Order {
            directory: &directory,
            version: Version::new(version).unwrap(),
            tree: &SourceTree::open(&self.place.path().join("tree")).unwrap(),
            packages: None,
            timestamp: 1_700_000_000,
            now: NOW,
            observer: &self.observer,
        })
    }

    fn manifest(&self, version: u32, bundle: &str) -> BTreeMap<String, (Status, u32)> {
        let text = fs_err::read(self.root().join(format!("www/{version}/Manifest.{bundle}")));
        let entries = Manifest::parse(&text.unwrap()).unwrap().entries;
        entries.iter().map(|e| (e.path.to_string(), (e.status, e.version.number()))).collect()
    }

    fn warnings(&self) -> Vec<String> {
        let warning = |event| match event {
            Event::Warning(text) => Some(text),
            _ => None,
        };
        self.observer.events().into_iter().filter_map(warning).collect()
    }
}

fn names(root: &Path) -> BTreeSet<String> {
    let entries = fs_err::read_dir(root).unwrap();
    entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn two_versions_of_a_tree_become_content() {
    let shop = Shop::new();
    shop.release(10).unwrap();
    let present = (Status::Present, 10);
    let vi: BTreeMap<String, _> = ["/etc/vimrc", "/usr/bin/vi", "/usr/share/clear/bundles/vi"]
        .map(|p| (p.into(), present))
        .into();
    assert_eq!(shop.manifest(10, "vi"), vi);
    let core = shop.manifest(10, "os-core");
    for path in ["/bin", "/etc", "/usr/bin/sh", "/usr/share/defaults/swupd/format", "/var"] {
        assert_eq!(core.get(path), Some(&present), "{path}");
    }
    assert!(!core.keys().any(|path| path.contains("passwd") || path.contains("gone")));
    assert_eq!(shop.warnings().len(), 1, "{:?}", shop.warnings());

    shop.write("tree/usr/bin/vi", "vi 1\n".repeat(101));
    fs_err::remove_file(shop.place.path().join("tree/usr/bin/sh")).unwrap();
    shop.release(20).unwrap();
    let vi = shop.manifest(20, "vi");
    assert_eq!(vi["/usr/bin/vi"], (Status::Present, 20));
    assert_eq!(vi["/etc/vimrc"], present);
    let core = shop.manifest(20, "os-core");
    assert_eq!(core["/usr/bin/sh"], (Status::Deleted, 20));
    assert_eq!(core["/usr/lib/os-release"], (Status::Present, 20));
    let published = names(&shop.root().join("www/20"));
    for file in ["pack-vi-from-0.tar", "pack-vi-from-10.tar", "Manifest.MoM.sig", "Manifest.full"] {
        assert!(published.contains(file), "{published:?}");
    }
    // The tree itself is as it was.
    let release = shop.place.path().join("tree/usr/lib/os-release");
    assert_eq!(fs_err::read_to_string(release).unwrap(), "ID=trial\nVERSION_ID=1\n");
    assert!(!shop.place.path().join("tree/usr/share/defaults").exists());
}

#[test]
fn the_same_tree_gives_the_same_bytes() {
    let files = |shop: &Shop| {
        shop.release(10).unwrap();
        let version = shop.root().join("www/10");
        let read = |name: String| fs_err::read(version.join(&name)).ok().map(|text| (name, text));
        // The certificate, and so os-core's, differs between any two working directories.
        names(&version)
            .into_iter()
            .filter(|name| name.contains("-vi-") || name.contains(".vi"))
            .filter_map(read)
            .collect()
    };
    let (one, two): (BTreeMap<String, Vec<u8>>, _) = (files(&Shop::new()), files(&Shop::new()));
    assert_eq!(one, two);
    assert_eq!(one.len(), 3);
}

#[test]
fn what_cannot_follow_is_refused_before_the_tree_is_read() {
    let shop = Shop::new();
    shop.release(10).unwrap();
    let before = names(&shop.root().join("www"));
    let told = shop.observer.events().len();
    let error = shop.release(10).unwrap_err();
    assert!(matches!(error, ReleaseError::Describe(DescribeError::NotNewer { .. })));
    assert_eq!(shop.observer.events().len(), told);
    assert_eq!(names(&shop.root().join("www")), before);
}

#[test]
fn a_key_that_clients_do_not_trust_publishes_nothing() {
    let shop = Shop::new();
    shop.write("srv/keys/root.pem", &Identity::self_signed("other").certificate_pem);
    let settings = shop.root().join(SETTINGS_FILE);
    let text = fs_err::read_to_string(&settings).unwrap();
    let text = text.replace("#trusted = \"keys/cert.pem\"", "trusted = \"keys/root.pem\"");
    fs_err::write(&settings, text).unwrap();
    assert!(matches!(shop.release(10), Err(ReleaseError::Sign(SignError::Refused(_)))));
    assert!(names(&shop.root().join("www")).is_empty());
}

#[test]
fn attributes_travel_as_content() {
    let shop = Shop::new();
    let vi = shop.place.path().join("tree/usr/bin/vi");
    if xattr::set(&vi, "user.trial", b"value").is_err() {
        // Not every file system has them; what would be tested is then not there.
        return;
    }
    shop.release(10).unwrap();
    let table = table_path(&"vi".parse().unwrap());
    assert_eq!(shop.manifest(10, "vi")[&table.to_string()], (Status::Present, 10));
    let directory = table.parent().unwrap();
    assert!(shop.manifest(10, "os-core").contains_key(&directory.to_string()));
    let text = fs_err::read(shop.root().join("www/10/Manifest.vi")).unwrap();
    let entries = Manifest::parse(&text).unwrap().entries;
    let path: &TreePath = &table;
    let entry = entries.iter().find(|entry| entry.path == *path).unwrap();
    assert_eq!(entry.kind, Some(Kind::File));
    assert_ne!(entry.hash, ContentHash::ABSENT);
}

use super::*;
use crate::trial::{Trial, noise};

fn version(number: u32) -> Version {
    Version::new(number).unwrap()
}

#[test]
fn nothing_is_published_in_an_empty_or_absent_directory() {
    let directory = tempfile::tempdir().unwrap();
    for root in [directory.path().to_owned(), directory.path().join("absent")] {
        let repo = Repo::new(root);
        assert_eq!(repo.newest().unwrap(), None);
        assert!(repo.versions().unwrap().is_empty());
        assert!(matches!(repo.mom(version(10)), Err(RepoError::Missing { .. })));
    }
}

#[test]
fn the_newest_version_is_the_one_that_is_announced() {
    let directory = tempfile::tempdir().unwrap();
    let repo = Repo::new(directory.path());
    for path in ["10", "20", "30", "40", "version/format30", "version/format31", "x"] {
        fs_err::create_dir_all(directory.path().join(path)).unwrap();
    }
    let put = |path: &str, text: &str| fs_err::write(directory.path().join(path), text).unwrap();
    put("version/format30/latest", "20\n10\n");
    put("version/format31/latest", "30");
    assert_eq!(repo.newest().unwrap(), Some(version(30)));
    assert_eq!(repo.newest_of(FormatNumber::new(30).unwrap()).unwrap(), Some(version(20)));
    assert_eq!(repo.newest_of(FormatNumber::new(29).unwrap()).unwrap(), None);
    assert_eq!(repo.versions().unwrap(), [10, 20, 30].map(version).into());
    put("version/format31/latest", "thirty");
    assert!(matches!(repo.newest(), Err(RepoError::Latest { .. })));
}

#[test]
fn manifests_are_read_from_either_form_and_believed_by_their_hash() {
    let trial = Trial::new();
    trial.put("/usr/lib/x", &noise(1, 1000));
    trial.build(10);
    let repo = trial.repo();
    let mom = repo.mom(version(10)).unwrap();
    let whole = repo.manifests(&mom).unwrap();
    let line = &mom.bundles[0];
    let path = repo.path(&layout::manifest(&line.name, line.version));
    fs_err::remove_file(repo.path(&layout::mom(version(10)))).unwrap();
    fs_err::remove_file(&path).unwrap();
    assert_eq!(repo.mom(version(10)).unwrap(), mom);
    assert_eq!(repo.manifests(&mom).unwrap(), whole);
    let mut text = whole[&line.name].to_text();
    text.extend(b"F...\t");
    fs_err::write(&path, text).unwrap();
    assert!(matches!(repo.manifest(line), Err(RepoError::Hash { .. })));
}

#[test]
fn an_object_is_read_back_and_a_damaged_one_is_not() {
    let trial = Trial::new();
    trial.put("/usr/lib/x", &noise(1, 1000));
    trial.build(10);
    let repo = trial.repo();
    let mom = repo.mom(version(10)).unwrap();
    let core = &repo.manifests(&mom).unwrap()[&BundleName::os_core()];
    let hash = core.present().find(|entry| entry.path.name() == b"x").unwrap().hash;
    let mut content = Vec::new();
    let object = repo.copy_object(hash, version(10), &mut content).unwrap();
    assert_eq!(object, repo.object(hash, version(10)).unwrap());
    assert_eq!(content, noise(1, 1000));
    let path = repo.path(&layout::fullfile(hash, version(10)));
    let mut damaged = fs_err::read(&path).unwrap();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    fs_err::write(path, damaged).unwrap();
    let copied = repo.copy_object(hash, version(10), &mut Vec::new());
    assert!(matches!(copied, Err(RepoError::Fullfile { .. })));
}

use std::{collections::BTreeMap, path::Path};

use proptest::prelude::*;
use swupd_protocol::{
    bundle::BundleName,
    layout::{self, RepoPath},
    trust::TrustAnchor,
};

use super::*;
use crate::{
    report::Silent,
    trial::{NOW, Trial, noise},
};

fn version(number: u32) -> Version {
    Version::new(number).unwrap()
}

/// Two versions with a pack, two deltas and manifest deltas.
fn published() -> Trial {
    let trial = Trial::new();
    (0..9).for_each(|number| trial.put(&format!("/usr/share/{number}"), &noise(number, 10)));
    trial.put("/usr/lib/big", &noise(1, 50_000));
    trial.put("/usr/share/editors/vi", &noise(2, 20_000));
    trial.build(10);
    let mut big = noise(1, 50_000);
    big[500] ^= 1;
    trial.put("/usr/lib/big", &big);
    trial.build(20);
    trial
}

fn look(trial: &Trial, version: Option<Version>) -> Checked {
    let (repo, authority) = (&trial.repo(), &trial.authority());
    check(Check { repo, authority, version, now: NOW, observer: &Silent }).unwrap()
}

/// Does something to a file of the repository, says what is found, and puts it back.
fn found(trial: &Trial, path: &RepoPath, harm: impl FnOnce(&Path)) -> Vec<String> {
    let path = trial.repo().path(path);
    let before = fs_err::read(&path).unwrap();
    // The file may have other names: it is replaced, not written to.
    fs_err::remove_file(&path).unwrap();
    fs_err::write(&path, &before).unwrap();
    harm(&path);
    let found = look(trial, None).findings.iter().map(ToString::to_string).collect();
    fs_err::write(&path, before).unwrap();
    found
}

type Harm = fn(&Path);
const HARMS: [(&str, Harm); 3] = [("removed", remove), ("cut", cut), ("spoilt", spoil)];

fn remove(path: &Path) {
    fs_err::remove_file(path).unwrap();
}

fn cut(path: &Path) {
    let bytes = fs_err::read(path).unwrap();
    fs_err::write(path, &bytes[..bytes.len() / 2]).unwrap();
}

fn spoil(path: &Path) {
    let mut bytes = fs_err::read(path).unwrap();
    // In the middle of a signature are copies of certificates, which do not matter.
    let signature = path.extension().is_some_and(|extension| extension == "sig");
    let place = if signature { bytes.len() - 8 } else { bytes.len() / 2 };
    bytes.iter_mut().skip(place).take(8).for_each(|byte| *byte ^= 0x55);
    fs_err::write(path, bytes).unwrap();
}

#[test]
fn what_was_just_published_is_sound() {
    let trial = published();
    let all = look(&trial, None);
    assert_eq!(all.findings, []);
    assert_eq!(all.versions, [version(10), version(20)].into());
    assert_eq!((all.manifests, all.packs), (3, 4));
    assert!(all.objects > 10 && all.members > 20);
    let one = look(&trial, Some(version(20)));
    assert_eq!((one.manifests, one.findings), (2, vec![]));
    let (repo, authority) = (&trial.repo(), &trial.authority());
    let absent = Check { repo, authority, version: Some(version(15)), now: NOW, observer: &Silent };
    assert!(matches!(check(absent), Err(CheckError::Unpublished { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn any_two_trees_make_sound_versions(first in tree(), second in tree()) {
        let trial = Trial::new();
        for (number, tree) in [(10, first), (20, second)] {
            if trial.tree().exists() {
                fs_err::remove_dir_all(trial.tree()).unwrap();
            }
            for (path, content) in &tree {
                trial.put(path, content);
            }
            trial.build(number);
        }
        prop_assert_eq!(look(&trial, None).findings, []);
    }
}

/// Trees that share paths, contents and parts of contents; a bundle more or less of them.
fn tree() -> impl Strategy<Value = BTreeMap<String, Vec<u8>>> {
    let path = "/usr/(lib|share/editors|bin)/[ab]-[0-2]{1,2}";
    let content = (0..3_u64, 0..6_usize, 0..3_u8).prop_map(|(seed, length, twist)| {
        let mut content = noise(seed, length * 170);
        content.iter_mut().step_by(101).for_each(|byte| *byte ^= twist);
        content
    });
    prop::collection::btree_map(path, content, 0..12)
}

#[test]
fn whatever_is_missing_or_damaged_is_found() {
    let trial = published();
    let core = BundleName::os_core();
    let big = noise(1, 50_000).len() as u64;
    let described = trial.describe(30);
    let big = described.contents.iter().find(|(_, content)| content.object.content_size() == big);
    let mom = layout::mom(version(20));
    let manifest = layout::manifest(&core, version(20));
    let latest = layout::latest("30".parse().unwrap());
    let signatures = [latest.signature(), mom.signature()];
    for path in [
        latest.clone(),
        latest.signature(),
        layout::latest_version(),
        layout::format_of(version(20)),
        mom.clone(),
        mom.signature(),
        mom.tar(),
        manifest.clone(),
        manifest.tar(),
        layout::full_manifest(version(20)),
        layout::full_manifest(version(20)).tar(),
        layout::fullfile(*big.unwrap().0, version(20)),
        layout::pack(&core, None, version(20)),
        layout::pack(&core, Some(version(10)), version(20)),
        layout::manifest_delta(&core, version(10), version(20)),
    ] {
        for (how, harm) in HARMS {
            // Nobody misses a pack of differences or a manifest delta.
            let optional = path.as_str().contains("from-10");
            let found = found(&trial, &path, harm);
            let told = found.iter().any(|line| line.starts_with(path.as_str()));
            // A signature is found bad with what it signs.
            let told = told || signatures.contains(&path) && !found.is_empty();
            assert_eq!(told, !optional || how != "removed", "{path} {how}: {found:?}");
        }
    }
    assert_eq!(look(&trial, None).findings, []);
}

#[test]
fn a_pack_that_lacks_something_is_found() {
    let trial = published();
    let core = BundleName::os_core();
    let other = trial.repo().path(&layout::pack(&"editors".parse().unwrap(), None, version(10)));
    let path = layout::pack(&core, None, version(20));
    let lines = found(&trial, &path, |path| {
        fs_err::copy(other, path).unwrap();
    });
    assert!(lines.iter().any(|line| line.contains("lacks /usr/lib/big")), "{lines:?}");
}

#[test]
fn a_stranger_s_signature_is_found() {
    let (trial, other) = (published(), Trial::of_a_stranger());
    let (repo, authority) = (&trial.repo(), &other.authority());
    let what = Check { repo, authority, version: None, now: NOW, observer: &Silent };
    let findings = check(what).unwrap().findings;
    let untrusted = |finding: &&Finding| matches!(finding.problem, Problem::Untrusted { .. });
    assert_eq!(findings.iter().filter(untrusted).count(), 4, "{findings:?}");
}

#[test]
fn pointers_that_mean_another_version_are_found() {
    let trial = published();
    let repo = trial.repo();
    let sign = |path: &RepoPath, text: &str| {
        use crate::keys::Signer;
        fs_err::write(repo.path(path), text).unwrap();
        let signature = trial.key().sign(text.as_bytes()).unwrap();
        fs_err::write(repo.path(&path.signature()), signature).unwrap();
    };
    sign(&layout::latest_version(), "10\n");
    let lines: Vec<_> = look(&trial, None).findings.iter().map(ToString::to_string).collect();
    assert_eq!(lines, ["version/latest_version states the newest version 10 instead of 20"]);
    sign(&layout::latest_version(), "30\n");
    sign(&layout::latest("30".parse().unwrap()), "30\n");
    let lines: Vec<_> = look(&trial, None).findings.iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "version/format30/latest states the newest version 30 instead of 20",
            "version/latest_version states the newest version 30 instead of 20",
        ]
    );
}

#[test]
fn what_is_kept_of_the_reference_servers_content_is_sound() {
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/data/golden");
    let certificate = fs_err::read(format!("{golden}/keys/cert.pem")).unwrap();
    let anchor = TrustAnchor::from_pem(&certificate, None).unwrap();
    let (repo, authority) = (&Repo::new(format!("{golden}/www")), &Authority::Anchor(anchor));
    let what = Check { repo, authority, version: None, now: NOW, observer: &Silent };
    let checked = check(what).unwrap();
    // Most objects were left out of what is kept, and with them what deltas start from.
    let other = |finding: &&Finding| match &finding.problem {
        Problem::Missing | Problem::Lacks { .. } => false,
        Problem::Member { why, .. } => !why.contains("that it starts from is not published"),
        _ => true,
    };
    let other: Vec<_> = checked.findings.iter().filter(other).collect();
    assert!(other.is_empty(), "{other:?}");
    assert_eq!(checked.versions, [10, 20, 30, 40].map(version).into());
}

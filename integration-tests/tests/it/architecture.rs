//! The arrows between crates, rooms and stages, and what only one place does: read off the sources.

mod source;

use std::path::{Path, PathBuf};

use source::{SourceFile, sources};

/// What each crate of ours may use of ours; in its tests it may use the fixtures, too.
const CRATES: &[(&str, &[&str])] = &[
    ("protocol", &[]),
    ("remote", &["swupd-protocol"]),
    ("swupd-server", &["swupd-protocol", "swupd-remote"]),
    ("swupd-client", &["swupd-protocol", "swupd-remote"]),
    ("fixtures", &["swupd-protocol"]),
    ("manual", &["swupd-client"]),
    ("demo", &[]),
    ("powercut", &["swupd-client", "swupd-server", "swupd-fixtures"]),
    ("vm", &["swupd-client", "swupd-server"]),
];

/// The rooms of the client: each uses only what stands further down.
const CLIENT: &[&[&str]] = &[
    &["program"],
    &["cli"],
    &["search", "third_party"],
    &["update"],
    &["bundles", "settings"],
    &["host", "remote"],
    &["report"],
];

/// The rooms of the server: each uses only what stands further down.
const SERVER: &[&[&str]] = &[
    &["program"],
    &["cli"],
    &["release", "check", "serve", "mirror"],
    &["pointers", "proof"],
    &["working_directory"],
    &["bundles", "keys"],
    &["settings", "source", "repo"],
    &["hashing", "python", "tree", "report"],
];

/// The rooms of the protocol: each uses only what stands further down.
const PROTOCOL: &[&[&str]] = &[
    &["release"],
    &["trust"],
    &["pack"],
    &["fullfile", "mom"],
    &["archive", "delta", "manifest"],
    &["attributes", "compression", "layout", "territory"],
    &["hash", "bundle", "path", "version", "variant"],
    &["limits"],
];

/// Rooms of two files: an object and its hash say together what stands at a path.
const TWINS: &[(&str, &str)] = &[("object", "hash")];

const UPDATE: &[&str] = &["check", "fetch", "plan", "pull", "stage", "switch", "trigger"];
const RELEASE: &[&str] = &["scan", "describe", "encode", "pack", "sign", "publish"];

#[test]
fn crates_use_only_what_is_below_them() {
    for (name, allowed) in CRATES {
        let manifest = fs_err::read_to_string(root().join(name).join("Cargo.toml")).unwrap();
        let mut section = "";
        for line in manifest.lines() {
            if line.starts_with('[') {
                section = line;
            }
            let ours = line.split(['.', ' ', '=']).next().unwrap_or_default();
            let is_dependency = section.ends_with("dependencies]") && ours.starts_with("swupd-");
            let in_tests = section == "[dev-dependencies]" && ours == "swupd-fixtures";
            assert!(!is_dependency || in_tests || allowed.contains(&ours), "{name} uses {ours}");
        }
    }
}

#[test]
fn the_protocol_touches_nothing_outside() {
    let outside = [
        "std::fs",
        "std::net",
        "std::env",
        "std::process",
        "std::os::unix::fs",
        "std::os::unix::net",
        "std::thread",
        "fs_err",
        "tokio",
        "nix",
        "rustix",
        "SystemTime",
        "Instant",
    ];
    let mut wrong = Vec::new();
    for file in all("protocol") {
        let mentions = outside.iter().filter(|word| file.mentions(word));
        wrong.extend(mentions.map(|word| format!("{} uses {word}", file.shown())));
    }
    assert_nothing(&wrong);
}

#[test]
fn rooms_use_only_what_is_below_them() {
    let houses = [("swupd-client", CLIENT), ("swupd-server", SERVER), ("protocol", PROTOCOL)];
    let mut wrong = Vec::new();
    for (house, floors) in houses {
        let floor = |room: &str| floors.iter().position(|rooms| rooms.contains(&room));
        for file in all(house) {
            let Some(room) = file.room().map(twin) else { continue };
            let Some(own) = floor(room) else {
                wrong.push(format!("{} has no place in this test", file.shown()));
                continue;
            };
            for used in file.uses.iter().filter(|used| used[0] == "crate" && used.len() > 1) {
                let other = twin(&used[1]);
                let lies = floor(other);
                if other != room && lies.is_none_or(|lies| lies <= own) {
                    wrong.push(format!("{} uses {}", file.shown(), used.join("::")));
                }
            }
        }
    }
    assert_nothing(&wrong);
}

#[test]
fn stages_use_only_what_came_before_them() {
    let pages = [("swupd-client", "update", UPDATE), ("swupd-server", "release", RELEASE)];
    let mut wrong = Vec::new();
    for (house, page, stages) in pages {
        let order = |name: &String| stages.iter().position(|stage| stage == name);
        for file in all(house).filter(|file| file.room() == Some(page)) {
            let Some(own) = file.module.get(1).and_then(order) else { continue };
            for used in file.uses.iter().filter(|used| used.len() > 2 && used[1] == page) {
                if used[0] == "crate" && order(&used[2]).is_some_and(|stage| stage > own) {
                    wrong.push(format!("{} uses {}", file.shown(), used.join("::")));
                }
            }
        }
    }
    assert_nothing(&wrong);
}

#[test]
fn one_place_prints() {
    let prints = ["println", "eprintln", "print", "eprint", "dbg", "stdout", "stderr"];
    let mut wrong = Vec::new();
    for house in ["protocol", "remote", "swupd-client", "swupd-server"] {
        for file in all(house).filter(|file| !file.is_at("cli/output.rs")) {
            let printing = prints.iter().filter(|word| match **word {
                "stdout" | "stderr" => file.mentions(&format!("io::{word}")),
                _ => file.code.contains(&format!("{word}!")),
            });
            wrong.extend(printing.map(|word| format!("{} has {word}", file.shown())));
        }
    }
    assert_nothing(&wrong);
}

#[test]
fn one_file_spells_the_paths_of_a_repository() {
    let parts = ["Manifest.", "Manifest-", "/files", "pack-", "delta-from", "/latest", "latest_"];
    let mut wrong = Vec::new();
    for house in ["protocol", "remote", "swupd-client", "swupd-server"] {
        for file in all(house).filter(|file| !file.is_at("protocol/src/layout.rs")) {
            let spelled = file.texts.iter().filter(|text| {
                let is_path = !text.contains(' ');
                is_path && parts.iter().any(|part| text.contains(part))
            });
            wrong.extend(spelled.map(|text| format!("{} spells {text:?}", file.shown())));
        }
    }
    assert_nothing(&wrong);
}

#[test]
fn one_place_reads_the_clock_and_the_environment() {
    let mut wrong = Vec::new();
    for house in ["protocol", "remote", "swupd-client", "swupd-server"] {
        for file in all(house).filter(|file| !file.is_at("src/program.rs")) {
            let words = ["SystemTime::now", "env::var", "env::vars", "env::args"];
            let read = words.iter().filter(|word| file.mentions(word));
            wrong.extend(read.map(|word| format!("{} has {word}", file.shown())));
        }
    }
    assert_nothing(&wrong);
}

/// Returns the name that a room goes by here.
fn twin(room: &str) -> &str {
    TWINS.iter().find(|(one, _)| *one == room).map_or(room, |(_, other)| other)
}

#[track_caller]
fn assert_nothing(wrong: &[String]) {
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Returns the sources of a crate, without what is only built for tests.
fn all(house: &str) -> impl Iterator<Item = SourceFile> {
    let all = sources(&root().join(house).join("src"));
    assert!(all.len() > 5, "the sources of {house} are not found");
    all.into_iter()
}

fn root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap().to_owned()
}

//! `docs/flags.md` says of each flag which test sees it act: it has all of them, and the tests are
//! there and type what they are said to be about.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use clap::{Arg, Command, CommandFactory};
use swupd_client::cli::arguments::Arguments;

/// The flags of a section of the table, by how they are shown, each with its tests.
type Section = BTreeMap<String, Vec<String>>;

#[test]
fn each_flag_has_a_test_that_types_it() {
    let table = table();
    let tests = tests();
    let mut wrong = Vec::new();
    for (section, flags) in expected() {
        let Some(rows) = table.get(&section) else {
            wrong.push(format!("docs/flags.md has no section `{section}`"));
            continue;
        };
        for (shown, names) in &flags {
            let listed = rows.get(shown).map_or(&[][..], Vec::as_slice);
            if listed.is_empty() {
                wrong.push(format!("{section}: `{shown}` has no test"));
            }
            let bodies: Vec<&String> = listed.iter().filter_map(|name| tests.get(name)).collect();
            if bodies.len() < listed.len() {
                wrong.push(format!("{section}: `{shown}`: not all of {listed:?} are tests"));
            } else if !bodies.iter().any(|body| names.iter().any(|name| types(body, name))) {
                wrong.push(format!("{section}: no test of {listed:?} types `{shown}`"));
            }
        }
        let gone = rows.keys().filter(|shown| !flags.contains_key(*shown));
        wrong.extend(gone.map(|shown| format!("{section}: there is no flag `{shown}`")));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Returns the flags that there are, each with the ways to type it, by section.
fn expected() -> BTreeMap<String, BTreeMap<String, Vec<String>>> {
    let program = Arguments::command();
    let mut all = BTreeMap::new();
    let global = program.get_arguments().filter(|flag| is_global(flag));
    all.insert("every command".to_owned(), global.map(flag).collect());
    collect(&program, "", &mut all);
    all
}

fn collect(
    outer: &Command,
    before: &str,
    all: &mut BTreeMap<String, BTreeMap<String, Vec<String>>>,
) {
    for command in outer.get_subcommands() {
        let name = format!("{before}{}", command.get_name());
        let own = command.get_arguments().filter(|flag| !is_global(flag) && !flag.is_positional());
        let own: BTreeMap<String, Vec<String>> = own.map(flag).collect();
        collect(command, &format!("{name} "), all);
        if !own.is_empty() {
            all.insert(name, own);
        }
    }
}

fn is_global(flag: &Arg) -> bool {
    flag.get_help_heading() == Some("Global options")
}

/// Returns how a flag is shown, and the ways to type it.
fn flag(flag: &Arg) -> (String, Vec<String>) {
    let short = flag.get_short().map(|short| format!("-{short}"));
    let long = flag.get_long().map(|long| format!("--{long}"));
    let names: Vec<String> = short.into_iter().chain(long).collect();
    (names.join(", "), names)
}

/// Says whether a test types a flag, alone, before `=`, or a short one with its value behind it.
fn types(body: &str, name: &str) -> bool {
    let is_short = !name.starts_with("--");
    body.match_indices(name).any(|(at, _)| {
        let before = body[..at].chars().next_back().unwrap_or(' ');
        let behind = body[at + name.len()..].chars().next().unwrap_or(' ');
        let ends = !behind.is_ascii_alphanumeric() && behind != '-';
        !before.is_ascii_alphanumeric() && before != '-' && (ends || is_short)
    })
}

/// Reads the table: a section for each heading, a row for each flag.
fn table() -> BTreeMap<String, Section> {
    let text = fs_err::read_to_string(root().join("docs/flags.md")).unwrap();
    let mut table: BTreeMap<String, Section> = BTreeMap::new();
    let mut section = String::new();
    for line in text.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            section = heading.trim_matches('`').to_lowercase();
            table.entry(section.clone()).or_default();
        }
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [shown, tests] = cells[..] else { continue };
        if let Some(shown) = shown.strip_prefix('`').and_then(|shown| shown.strip_suffix('`')) {
            let tests = tests.split(", ").map(|test| test.trim_matches('`').to_owned());
            let rows = table.entry(section.clone()).or_default();
            rows.insert(shown.into(), tests.collect());
        }
    }
    table
}

/// Returns the tests of this package and of the client, by name, each with its text.
fn tests() -> BTreeMap<String, String> {
    let mut tests = BTreeMap::new();
    for (directory, prefix) in
        [("integration-tests/tests/it", ""), ("swupd-client/src", "client::")]
    {
        let directory = root().join(directory);
        for file in rust_files(&directory) {
            let text = fs_err::read_to_string(&file).unwrap();
            let module = file.strip_prefix(&directory).unwrap().with_extension("");
            let module = module.to_str().unwrap().replace('/', "::");
            for part in text.split("#[test]\n").skip(1) {
                let body = part.split_inclusive("\n}\n").next().unwrap_or(part);
                let name = body.split("fn ").nth(1).and_then(|rest| rest.split('(').next());
                let name = name.unwrap_or_default();
                tests.insert(format!("{prefix}{module}::{name}"), body.to_owned());
            }
        }
    }
    tests
}

fn rust_files(directory: &Path) -> BTreeSet<PathBuf> {
    let mut files = BTreeSet::new();
    for entry in fs_err::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            files.insert(path);
        }
    }
    files
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

#[test]
fn what_a_test_types_is_seen() {
    assert!(types("run(\"update -V10\")", "-V") && types("update --version=10", "--version"));
    assert!(types("[\"-x\", y]", "-x") && types("\"--force\"", "--force"));
    assert!(!types("--version-url", "--version") && !types("os-install", "-i"));
    assert!(!types("--keepcache", "-k") && !types("--no-versionurl", "--versionurl"));
}

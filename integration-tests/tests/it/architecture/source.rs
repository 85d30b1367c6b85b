//! Reads Rust sources as far as is needed to see what they use: code, texts, and paths in `use`.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

/// A source file without what is only built for tests.
#[derive(Debug)]
pub(super) struct SourceFile {
    path: PathBuf,
    /// Where it is in its crate; empty for its root.
    pub(super) module: Vec<String>,
    /// The code, without comments and with empty texts.
    pub(super) code: String,
    /// The texts of its string literals.
    pub(super) texts: Vec<String>,
    /// What it uses: paths that begin with `crate` or the name of another crate.
    pub(super) uses: Vec<Vec<String>>,
}

impl SourceFile {
    fn read(path: PathBuf, module: Vec<String>) -> Self {
        let text = fs_err::read_to_string(&path).unwrap();
        let (code, texts) = lex(before_tests(&text));
        let mut uses = used(&code, &module);
        uses.sort();
        uses.dedup();
        Self { path, module, code, texts, uses }
    }

    /// Returns the module at the top of the crate that it belongs to; none for the root.
    pub(super) fn room(&self) -> Option<&str> {
        self.module.first().map(String::as_str)
    }

    pub(super) fn shown(&self) -> String {
        self.path.display().to_string()
    }

    pub(super) fn is_at(&self, end: &str) -> bool {
        self.path.ends_with(end)
    }

    /// Says whether its code has a path, as a whole or in a `use`.
    pub(super) fn mentions(&self, path: &str) -> bool {
        let parts: Vec<&str> = path.split("::").collect();
        let is_it = |used: &Vec<String>| used.windows(parts.len()).any(|part| part == parts);
        self.uses.iter().any(is_it) || has_word(&self.code, path)
    }
}

/// Returns the files of a crate that is not only there for tests.
pub(super) fn sources(directory: &Path) -> Vec<SourceFile> {
    let mut reading = Reading::default();
    reading.collect(directory, &[]);
    reading.files
}

#[derive(Default)]
struct Reading {
    files: Vec<SourceFile>,
    /// What is named as only built for tests.
    tests: BTreeSet<PathBuf>,
}

impl Reading {
    fn collect(&mut self, directory: &Path, module: &[String]) {
        let entries = fs_err::read_dir(directory).unwrap();
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        let rust = |path: &&PathBuf| path.extension().is_some_and(|end| end == "rs");
        self.tests.extend(paths.iter().filter(rust).flat_map(|path| tests_of(path)));
        for path in paths {
            let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let is_root = module.is_empty() && ["lib", "main"].contains(&stem.as_str());
            let inside: Vec<String> = if is_root { Vec::new() } else { [module, &[stem]].concat() };
            if self.tests.contains(&path.with_extension("rs")) {
                continue;
            }
            if path.is_dir() {
                // Programs have roots of their own.
                if !path.ends_with("bin") {
                    self.collect(&path, &inside);
                }
            } else if path.extension().is_some_and(|end| end == "rs") {
                self.files.push(SourceFile::read(path, inside));
            }
        }
    }
}

/// Returns the files that a file names as modules that are only built for tests.
fn tests_of(path: &Path) -> Vec<PathBuf> {
    let text = fs_err::read_to_string(path).unwrap();
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let stem = path.file_stem().unwrap();
    let is_root = stem == "lib" || stem == "main";
    let beside = path.parent().unwrap();
    let below = if is_root { beside.to_owned() } else { beside.join(stem) };
    let mut files = Vec::new();
    for (number, _) in lines.iter().enumerate().filter(|(_, line)| **line == "#[cfg(test)]") {
        let [next, after] = [1, 2].map(|more| lines.get(number + more).copied().unwrap_or(""));
        if let Some(named) = next.strip_prefix("#[path = \"") {
            files.push(beside.join(named.trim_end_matches("\"]")));
        }
        for line in [next, after] {
            let name = line.trim_start_matches("pub(crate) ").strip_prefix("mod ");
            if let Some(name) = name.and_then(|rest| rest.strip_suffix(';')) {
                files.push(below.join(format!("{name}.rs")));
            }
        }
    }
    files
}

/// Returns a file up to its tests, which come last.
fn before_tests(text: &str) -> &str {
    let at = text.find("#[cfg(test)]\nmod tests {").unwrap_or(text.len());
    &text[..at]
}

/// Returns the code without comments and with empty texts, and the texts.
fn lex(text: &str) -> (String, Vec<String>) {
    let (mut code, mut texts) = (String::new(), Vec::new());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        if rest.starts_with("//") {
            rest = &rest[rest.find('\n').unwrap_or(rest.len())..];
        } else if rest.starts_with("/*") {
            rest = &rest[rest.find("*/").map_or(rest.len(), |end| end + 2)..];
        } else if let Some((inside, behind)) = raw_text(rest).or_else(|| plain_text(rest)) {
            texts.push(inside.to_owned());
            code.push_str("\"\"");
            rest = behind;
        } else {
            let taken = character_literal(rest).unwrap_or(character.len_utf8());
            code.push_str(&rest[..taken]);
            rest = &rest[taken..];
        }
    }
    (code, texts)
}

fn plain_text(rest: &str) -> Option<(&str, &str)> {
    let inside = rest.strip_prefix('"')?;
    let mut escaped = false;
    let end = inside.find(|c| {
        let ends = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    })?;
    Some((&inside[..end], &inside[end + 1..]))
}

fn raw_text(rest: &str) -> Option<(&str, &str)> {
    let marked = rest.strip_prefix('r')?;
    let inside = marked.trim_start_matches('#');
    let end = format!("\"{}", &marked[..marked.len() - inside.len()]);
    let inside = inside.strip_prefix('"')?;
    inside.split_once(&end)
}

/// Returns the length of a character literal; none where it is a lifetime or nothing of the kind.
fn character_literal(rest: &str) -> Option<usize> {
    let inside = rest.strip_prefix('\'')?;
    let first = inside.chars().next()?;
    let from = if first == '\\' { 2 } else { first.len_utf8() };
    let end = inside.get(from..)?.find('\'')?;
    (first == '\\' || end == 0).then_some(1 + from + end + 1)
}

/// Returns what code uses: by `use`, and by paths that begin with `crate`.
fn used(code: &str, module: &[String]) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    for (at, _) in code.match_indices("use ").filter(|(at, _)| starts_word(code, *at)) {
        let tree = code[at + 4..].split(';').next().unwrap_or_default();
        let tree: String = tree.split_whitespace().collect::<Vec<_>>().join(" ");
        branches(&tree, "", &mut all);
    }
    let mut used: Vec<Vec<String>> =
        all.iter().map(|path| absolute(path.split("::").map(str::trim), module)).collect();
    for (at, _) in code.match_indices("crate::").filter(|(at, _)| starts_word(code, *at)) {
        let is_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
        let path = code[at..].split(|c| !is_path(c)).next().unwrap_or_default();
        let parts = path.trim_end_matches(':').split("::");
        used.push(parts.map(str::to_owned).collect());
    }
    used
}

/// Adds the paths of a use tree.
fn branches(tree: &str, before: &str, all: &mut Vec<String>) {
    let tree = tree.trim();
    let Some((stem, inside)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap_or_default();
        all.push(format!("{before}{path}"));
        return;
    };
    let inside = inside.strip_suffix('}').unwrap_or(inside);
    let stem = format!("{before}{}", stem.trim());
    let (mut depth, mut start) = (0, 0);
    for (at, character) in inside.char_indices().chain([(inside.len(), ',')]) {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                if !inside[start..at].trim().is_empty() {
                    branches(&inside[start..at], &stem, all);
                }
                start = at + 1;
            }
            _ => {}
        }
    }
}

/// Returns a path from the root of the crate, or from the name of another one.
fn absolute<'a>(parts: impl Iterator<Item = &'a str>, module: &[String]) -> Vec<String> {
    let mut parts = parts.peekable();
    let mut path: Vec<String> =
        std::iter::once("crate".to_owned()).chain(module.to_vec()).collect();
    match parts.peek() {
        Some(&"self") => drop(parts.next()),
        Some(&"super") => {
            while parts.next_if_eq(&"super").is_some() {
                path.pop();
            }
        }
        _ => path.clear(),
    }
    path.extend(parts.map(str::to_owned));
    path
}

fn starts_word(code: &str, at: usize) -> bool {
    !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_')
}

fn has_word(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| {
        let behind = code[at + word.len()..].chars().next();
        starts_word(code, at) && !behind.is_some_and(|c| c.is_alphanumeric() || c == '_')
    })
}

#[test]
fn sources_are_read_as_far_as_needed() {
    let code = "use crate::{a::{self, B}, c as d}; // use crate::no;\nuse super::e::F;\n\
        /* use crate::no; */ let t = \"use crate::no; \\\" x\"; let r = r#\"y\"z\"#; let c = '\"';\n\
        fn f<'a>(x: &'a str) { crate::g::h(x) }";
    let (code, texts) = lex(code);
    assert_eq!(texts, ["use crate::no; \\\" x", "y\"z"]);
    let uses = used(&code, &["one".into(), "two".into()]);
    let uses: Vec<String> = uses.iter().map(|path| path.join("::")).collect();
    let by_use = ["crate::a::self", "crate::a::B", "crate::c", "crate::one::e::F"];
    assert_eq!(uses, [&by_use[..], &["crate", "crate::g::h"]].concat());
}

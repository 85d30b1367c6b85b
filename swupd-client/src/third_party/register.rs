//! Which repositories there are: `opt/3rd-party/repo.ini`, a section with a `url` for each.
//!
//! ```text
//! [name]
//! url=https://example.com/content
//! ```
//! What else stands in the file stays as it is.

use std::{io, path::Path};

use super::{DIRECTORY, NotARepositoryName, Repository, RepositoryName};
use crate::host::{
    root::Root,
    state::{self, StateError},
};

/// The repositories, in the order in which they were added.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Register {
    text: String,
    repositories: Vec<Repository>,
    wrong: Vec<String>,
}

impl Register {
    /// Reads the file of a tree; one that is not there names no repository.
    pub fn of(os: &Root) -> Result<Self, RegisterError> {
        let place = os.path().join(DIRECTORY);
        let Some(directory) = state::look_own(&place, os)? else { return Ok(Self::default()) };
        let text = directory.read_whole(Path::new(FILE), MOST);
        let text = text.map_err(|source| trouble("read", os, source))?.unwrap_or_default();
        let text = String::from_utf8(text);
        let text = text.map_err(|e| trouble("read", os, io::Error::other(e.utf8_error())))?;
        Ok(Self::parse(text))
    }

    fn parse(text: String) -> Self {
        let mut register = Self::default();
        for section in sections(&text) {
            match section.repository() {
                Ok(Some(new)) if register.get(new.name.as_str()).is_none() => {
                    register.repositories.push(new);
                }
                Ok(Some(again)) => {
                    register.wrong.push(format!("[{}] stands there twice", again.name));
                }
                Ok(None) => {}
                Err(wrong) => register.wrong.push(wrong),
            }
        }
        Self { text, ..register }
    }

    /// Returns the repositories.
    pub fn repositories(&self) -> &[Repository] {
        &self.repositories
    }

    /// Returns the one of this name.
    pub fn get(&self, name: &str) -> Option<&Repository> {
        self.repositories.iter().find(|repository| repository.name.as_str() == name)
    }

    /// Returns what is wrong with the file.
    pub fn wrong(&self) -> &[String] {
        &self.wrong
    }

    /// Returns it with another repository.
    #[must_use]
    pub fn with(&self, repository: &Repository) -> Self {
        let mut text = self.text.clone();
        if !text.is_empty() {
            text.push_str(if text.ends_with('\n') { "\n" } else { "\n\n" });
        }
        Self::parse(format!("{text}[{}]\nurl={}\n", repository.name, repository.url))
    }

    /// Returns it without a repository.
    #[must_use]
    pub fn without(&self, name: &RepositoryName) -> Self {
        let others = sections(&self.text).filter(|section| section.name != Some(name.as_str()));
        let text: String = others.map(|section| section.text).collect();
        let text = text.trim_end();
        Self::parse(if text.is_empty() { String::new() } else { format!("{text}\n") })
    }

    /// Writes the file.
    pub fn write(&self, os: &Root) -> Result<(), RegisterError> {
        let directory = state::open_own(&os.path().join(DIRECTORY), os)?;
        let written = directory.write_whole(Path::new(FILE), self.text.as_bytes(), 0o644);
        written.map_err(|source| trouble("write", os, source))
    }
}

/// A part of the file: what stands before the first section, or a section.
#[derive(Debug, Clone, Copy)]
struct Part<'a> {
    name: Option<&'a str>,
    /// All of it, with the line that names it.
    text: &'a str,
}

impl Part<'_> {
    fn repository(&self) -> Result<Option<Repository>, String> {
        let Some(name) = self.name else { return Ok(None) };
        let name = name.parse().map_err(|wrong: NotARepositoryName| wrong.to_string())?;
        let lines = self.text.lines().map(str::trim);
        let mut settings = lines.filter_map(|line| line.split_once('='));
        let url = settings.find(|(key, _)| key.trim() == "url").map(|(_, value)| value.trim());
        match url.filter(|url| !url.is_empty()) {
            Some(url) => Ok(Some(Repository { name, url: url.to_owned() })),
            None => Err(format!("[{name}] has no url")),
        }
    }
}

fn sections(text: &str) -> impl Iterator<Item = Part<'_>> {
    let mut starts = vec![0];
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if at > 0 && section_name(line).is_some() {
            starts.push(at);
        }
        at += line.len();
    }
    let ends: Vec<usize> = starts.iter().skip(1).copied().chain([text.len()]).collect();
    starts.into_iter().zip(ends).map(|(start, end)| {
        let text = &text[start..end];
        Part { name: text.lines().next().and_then(section_name), text }
    })
}

fn section_name(line: &str) -> Option<&str> {
    Some(line.trim().strip_prefix('[')?.strip_suffix(']')?.trim())
}

fn trouble(doing: &'static str, os: &Root, source: io::Error) -> RegisterError {
    let path = os.path().join(DIRECTORY).join(FILE);
    RegisterError(StateError::Io { doing, path, source })
}

/// The list of repositories cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct RegisterError(#[from] pub StateError);

const FILE: &str = "repo.ini";
/// Bytes: thousands of repositories.
const MOST: u64 = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    fn repository(name: &str, url: &str) -> Repository {
        Repository { name: name.parse().unwrap(), url: url.into() }
    }

    #[test]
    fn repositories_come_and_go_and_the_rest_stays() {
        let (one, two) = (repository("one", "https://one/x"), repository("two", "file:///two"));
        let register = Register::default().with(&one).with(&two);
        assert_eq!(register.text, "[one]\nurl=https://one/x\n\n[two]\nurl=file:///two\n");
        assert_eq!(register.repositories(), [one.clone(), two.clone()]);
        assert_eq!(register.get("two"), Some(&two));
        assert_eq!(register.get("three"), None);
        assert_eq!(register.without(&one.name).text, "[two]\nurl=file:///two\n");
        assert_eq!(register.without(&two.name).text, "[one]\nurl=https://one/x\n");
        assert_eq!(register.without(&one.name).without(&two.name), Register::default());
        let commented = Register::parse("# ours\n[one]\nurl=u\nmore=x".into());
        assert_eq!(
            commented.with(&two).without(&"one".parse().unwrap()).text,
            "# ours\n[two]\nurl=file:///two\n"
        );
        assert!(commented.with(&two).text.starts_with("# ours\n[one]\nurl=u\nmore=x\n\n[two]"));
    }

    #[test]
    fn what_is_no_repository_is_told_and_left_out() {
        let text = "[a]\n\n url = u = v \n\n[../b]\nurl=u\n[c]\n[a]\nurl=w\n[d]\r\nurl=x\r\n";
        let register = Register::parse(text.into());
        assert_eq!(register.repositories(), [repository("a", "u = v"), repository("d", "x")]);
        assert_eq!(register.wrong().len(), 3, "{:?}", register.wrong());
    }

    #[test]
    fn the_file_is_made_and_read_again() {
        let scratch = tempfile::tempdir().unwrap();
        let root = Root::open(scratch.path()).unwrap();
        assert_eq!(Register::of(&root).unwrap(), Register::default());
        let register = Register::default().with(&repository("one", "https://one"));
        register.write(&root).unwrap();
        assert_eq!(Register::of(&root).unwrap(), register);
    }
}

//! The text of a bundle's definition: `bundles/NAME.toml`.

use std::collections::BTreeSet;

use globset::{Glob, GlobMatcher};
use serde::Deserialize;
use swupd_protocol::{bundle::BundleName, path::TreePath};

use crate::settings::{NotAPattern, Patterns};

/// What a bundle should be.
#[derive(Debug, Clone)]
pub struct Definition {
    /// Its name.
    pub name: BundleName,
    /// What it is, in a few words.
    pub title: String,
    /// What it is for.
    pub description: String,
    /// The bundles that must come with it, besides `os-core`.
    pub includes: BTreeSet<BundleName>,
    /// The bundles that come with it unless they are unwanted.
    pub also_add: BTreeSet<BundleName>,
    /// Which paths it claims, each with all that is below it.
    pub files: Vec<String>,
    /// Which packages it claims the files of.
    pub packages: Vec<PackagePattern>,
    /// Whether it gets what no bundle claims.
    pub unclaimed: bool,
    /// Whether it is not yet meant for everyone.
    pub experimental: bool,
    exported: Patterns,
}

/// The name of a package, with wildcards.
#[derive(Debug, Clone)]
pub struct PackagePattern {
    written: String,
    matcher: GlobMatcher,
}

impl PackagePattern {
    /// Returns the pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// Says whether it means this package.
    pub fn is_match(&self, package: &str) -> bool {
        self.matcher.is_match(package)
    }
}

impl Definition {
    /// Reads the text of the definition in the file `STEM.toml`, which must bear the bundle's name.
    pub fn parse(stem: &str, text: &str) -> Result<Self, DefinitionError> {
        let written: Written = toml::from_str(text)
            .map_err(|source| DefinitionError::Toml { source: source.into() })?;
        let name = name("name", written.name.as_deref().unwrap_or(stem))?;
        if name.as_str() != stem {
            return Err(DefinitionError::OtherName { name, stem: stem.to_owned() });
        }
        // Read here for a good message; matched for all bundles at once.
        patterns("files", &written.files)?;
        Ok(Self {
            title: written.title,
            description: written.description,
            includes: names("includes", &written.includes)?,
            also_add: names("also-add", &written.also_add)?,
            packages: written.packages.into_iter().map(package).collect::<Result<_, _>>()?,
            exported: patterns("exported", &written.exported)?,
            files: written.files,
            unclaimed: written.unclaimed,
            experimental: written.experimental,
            name,
        })
    }

    /// Says whether a path of the bundle is a program that it offers as third-party content.
    pub fn exports(&self, path: &TreePath) -> bool {
        !self.exported.is_empty() && self.exported.is_match(path)
    }
}

fn name(key: &'static str, written: &str) -> Result<BundleName, DefinitionError> {
    written.parse().map_err(|_| DefinitionError::Name { key, written: written.to_owned() })
}

fn names(key: &'static str, list: &[String]) -> Result<BTreeSet<BundleName>, DefinitionError> {
    list.iter().map(|written| name(key, written)).collect()
}

fn patterns(key: &'static str, list: &[String]) -> Result<Patterns, DefinitionError> {
    Patterns::parse(list).map_err(|source| DefinitionError::Pattern { key, source })
}

fn package(written: String) -> Result<PackagePattern, DefinitionError> {
    let glob = Glob::new(&written).map_err(|source| {
        let pattern = written.clone();
        DefinitionError::Pattern { key: "packages", source: NotAPattern::Glob { pattern, source } }
    })?;
    Ok(PackagePattern { matcher: glob.compile_matcher(), written })
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Written {
    name: Option<String>,
    title: String,
    description: String,
    includes: Vec<String>,
    also_add: Vec<String>,
    files: Vec<String>,
    packages: Vec<String>,
    exported: Vec<String>,
    unclaimed: bool,
    experimental: bool,
}

/// Why a definition cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DefinitionError {
    /// Not TOML, an unknown key or a value of the wrong type.
    #[error("it cannot be read")]
    Toml {
        /// Where and why.
        source: Box<toml::de::Error>,
    },
    /// A name that no bundle can have.
    #[error("`{key}` has {written:?}, which cannot be the name of a bundle")]
    Name {
        /// The key.
        key: &'static str,
        /// What stands there.
        written: String,
    },
    /// The file is called otherwise than the bundle: two files could define one.
    #[error("it defines bundle {name}, but is called {stem}.toml")]
    OtherName {
        /// The bundle.
        name: BundleName,
        /// The name of the file without `.toml`.
        stem: String,
    },
    /// A pattern that cannot be.
    #[error("`{key}` has a pattern that cannot be used")]
    Pattern {
        /// The key.
        key: &'static str,
        /// Which, and why.
        source: NotAPattern,
    },
}

/// The definition that a new working directory begins with.
pub const EXAMPLE: &str = include_str!("os-core.toml");

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(stem: &str, text: &str) -> String {
        let error = Definition::parse(stem, text).unwrap_err();
        let source = std::error::Error::source(&error).map(ToString::to_string);
        format!("{error}: {}", source.unwrap_or_default())
    }

    #[test]
    fn the_example_is_a_definition() {
        assert!(Definition::parse("os-core", EXAMPLE).unwrap().name.is_os_core());
    }

    #[test]
    fn everything_can_be_said() {
        let text = "name = \"vim\"\ntitle = \"t\"\ndescription = \"d\"\nincludes = [\"a\"]\n\
            also-add = [\"b\"]\nfiles = [\"/usr/share/vim\"]\npackages = [\"vim\", \"vim-*\"]\n\
            exported = [\"/usr/bin/*\"]\nunclaimed = true\nexperimental = true\n";
        let vim = Definition::parse("vim", text).unwrap();
        assert!(vim.packages[1].is_match("vim-common") && !vim.packages[0].is_match("vim-common"));
        assert!(vim.exports(&TreePath::parse(b"/usr/bin/vim").unwrap()));
        assert!(!vim.exports(&TreePath::parse(b"/usr/share/vim").unwrap()));
        assert!(vim.unclaimed && vim.experimental);
        let small = Definition::parse("small", "").unwrap();
        assert_eq!(small.name.as_str(), "small");
    }

    #[test]
    fn each_mistake_is_named() {
        let cases = [
            ("a", "inclodes = []", "unknown field `inclodes`"),
            ("a", "name = \"b\"", "called a.toml"),
            ("MoM", "", "cannot be the name of a bundle"),
            ("a", "includes = [\"x/y\"]", "`includes` has \"x/y\""),
            ("a", "files = [\"usr\"]", "does not start with `/`"),
            ("a", "packages = [\"[\"]", "\"[\" is no pattern"),
        ];
        for (stem, text, expected) in cases {
            let problem = problem(stem, text);
            assert!(problem.contains(expected), "{problem:?} lacks {expected:?}");
        }
    }
}

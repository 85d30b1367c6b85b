//! The directory in which versions are made: settings, bundles, keys, and what is published.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use fs_err::os::unix::fs::OpenOptionsExt;
use swupd_protocol::{
    bundle::BundleName,
    trust::{self, SignError},
    version::FormatNumber,
};

use crate::{
    bundles::definition::{Definition, DefinitionError, EXAMPLE},
    keys::{Keys, KeysError},
    settings::{SETTINGS_FILE, Settings, SettingsError, template},
};

/// A working directory with its settings.
#[derive(Debug)]
pub struct WorkingDirectory {
    root: PathBuf,
    settings: Settings,
}

impl WorkingDirectory {
    /// Opens a working directory.
    pub fn open(root: &Path) -> Result<Self, DirectoryError> {
        let path = root.join(SETTINGS_FILE);
        let text = match fs_err::read_to_string(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(DirectoryError::None { root: root.to_owned() });
            }
            other => other?,
        };
        let settings = Settings::parse(&text)
            .map_err(|source| DirectoryError::Settings { path, source: Box::new(source) })?;
        Ok(Self { root: root.to_owned(), settings })
    }

    /// Returns where it is.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Returns what it is set to.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Returns the directory of what is published.
    pub fn published(&self) -> PathBuf {
        self.root.join(PUBLISHED)
    }

    /// Reads the definitions of all bundles: each `.toml` file in the directory for them.
    pub fn definitions(&self) -> Result<BTreeMap<BundleName, Definition>, DirectoryError> {
        let mut definitions = BTreeMap::new();
        for entry in fs_err::read_dir(self.root.join(BUNDLES))? {
            let path = entry?.path();
            if path.extension().is_none_or(|extension| extension != "toml") {
                continue;
            }
            let stem = path.file_stem().unwrap_or_default().to_string_lossy();
            let text = fs_err::read_to_string(&path)?;
            let definition = Definition::parse(&stem, &text).map_err(|source| {
                DirectoryError::Bundle { path: path.clone(), source: Box::new(source) }
            })?;
            definitions.insert(definition.name.clone(), definition);
        }
        Ok(definitions)
    }

    /// Loads what signs.
    pub fn keys(&self) -> Result<Keys, DirectoryError> {
        Ok(Keys::load(&self.settings.signing, &self.root)?)
    }
}

/// What became of the keys of a new working directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewKeys {
    /// A key and a certificate that signs itself were made.
    Made,
    /// There were some already, which stay.
    Kept,
}

/// Makes a working directory; `now` is the time in seconds since 1970.
///
/// The settings are written last: what was interrupted before is no working directory, and can be
/// made again. Nothing that exists is overwritten.
pub fn create(root: &Path, format: FormatNumber, now: u64) -> Result<NewKeys, DirectoryError> {
    let settings = root.join(SETTINGS_FILE);
    if settings.exists() {
        return Err(DirectoryError::Exists { root: root.to_owned() });
    }
    for directory in [BUNDLES, PUBLISHED] {
        fs_err::create_dir_all(root.join(directory))?;
    }
    write_new(&root.join(BUNDLES).join("os-core.toml"), EXAMPLE.as_bytes(), 0o644)?;
    let keys = create_keys(&root.join(KEYS), now)?;
    write_new(&settings, template(format).as_bytes(), 0o644)?;
    Ok(keys)
}

fn create_keys(directory: &Path, now: u64) -> Result<NewKeys, DirectoryError> {
    let (certificate, key) = (directory.join("cert.pem"), directory.join("key.pem"));
    if certificate.exists() && key.exists() {
        return Ok(NewKeys::Kept);
    }
    if !directory.exists() {
        std::fs::DirBuilder::new()
            .mode(0o700)
            .create(directory)
            .map_err(|source| DirectoryError::Keys { path: directory.to_owned(), source })?;
    }
    let not_before = now.saturating_sub(CLOCKS_DIFFER);
    let (certificate_text, key_text) = trust::self_signed(COMMON_NAME, not_before, VALID_DAYS)?;
    // A half of a pair is of no use, nor is it ours to overwrite.
    for (path, text, mode) in [(key, key_text, 0o600), (certificate, certificate_text, 0o644)] {
        if write_new(&path, &text, mode)? == Written::WasThere {
            return Err(DirectoryError::HalfAPair { path });
        }
    }
    Ok(NewKeys::Made)
}

#[derive(Debug, PartialEq, Eq)]
enum Written {
    New,
    WasThere,
}

fn write_new(path: &Path, text: &[u8], mode: u32) -> Result<Written, DirectoryError> {
    let mut options = fs_err::OpenOptions::new();
    options.write(true).create_new(true).mode(mode);
    match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(Written::WasThere),
        opened => {
            opened?.write_all(text)?;
            Ok(Written::New)
        }
    }
}

/// Why a working directory cannot be used or made.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// There is none.
    #[error("{} is no working directory (it has no {SETTINGS_FILE}); `swupd-server init` makes one", root.display())]
    None {
        /// Where.
        root: PathBuf,
    },
    /// There is one already.
    #[error("{} is a working directory already", root.display())]
    Exists {
        /// Where.
        root: PathBuf,
    },
    /// Only the certificate or only the key is there.
    #[error("{} is there, but what belongs to it is not", path.display())]
    HalfAPair {
        /// The file.
        path: PathBuf,
    },
    /// The settings cannot be used.
    #[error("the settings in {} cannot be used", path.display())]
    Settings {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Box<SettingsError>,
    },
    /// The definition of a bundle cannot be used.
    #[error("the bundle in {} cannot be used", path.display())]
    Bundle {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Box<DefinitionError>,
    },
    /// The directory for keys cannot be made.
    #[error("cannot make {}", path.display())]
    Keys {
        /// The directory.
        path: PathBuf,
        /// The system's own words.
        source: io::Error,
    },
    /// Keys cannot be loaded.
    #[error("cannot sign")]
    Load(#[from] KeysError),
    /// Keys cannot be made.
    #[error("cannot make a key")]
    Make(#[from] SignError),
    /// The system refused; the cause names the file.
    #[error("the working directory cannot be used")]
    Io(#[from] io::Error),
}

const BUNDLES: &str = "bundles";
const PUBLISHED: &str = "www";
const KEYS: &str = "keys";
const COMMON_NAME: &str = "swupd-server, a key for trying things out";
/// Days for which a certificate that is made here serves.
const VALID_DAYS: u32 = 3650;
/// Seconds by which the clocks of clients may be behind ours.
const CLOCKS_DIFFER: u64 = 86_400;

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    const NOW: u64 = 1_700_000_000;

    fn mode(path: PathBuf) -> u32 {
        fs_err::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_new_directory_can_be_used_at_once_and_is_made_once() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().join("srv");
        let thirty = FormatNumber::new(30).unwrap();
        assert_eq!(create(&root, thirty, NOW).unwrap(), NewKeys::Made);
        let opened = WorkingDirectory::open(&root).unwrap();
        assert_eq!(opened.settings().format, thirty);
        assert!(opened.definitions().unwrap().contains_key(&BundleName::os_core()));
        assert!(opened.published().is_dir());
        opened.keys().unwrap().signer.sign(b"data").unwrap();
        assert_eq!(mode(root.join("keys/key.pem")), 0o600);
        assert_eq!(mode(root.join("keys")), 0o700);
        assert!(matches!(create(&root, thirty, NOW), Err(DirectoryError::Exists { .. })));
    }

    #[test]
    fn what_exists_is_not_overwritten() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        let thirty = FormatNumber::new(30).unwrap();
        fs_err::create_dir_all(root.join("keys")).unwrap();
        fs_err::write(root.join("keys/cert.pem"), "mine").unwrap();
        assert!(matches!(create(root, thirty, NOW), Err(DirectoryError::HalfAPair { .. })));
        assert!(matches!(WorkingDirectory::open(root), Err(DirectoryError::None { .. })));
        fs_err::write(root.join("keys/key.pem"), "mine").unwrap();
        assert_eq!(create(root, thirty, NOW).unwrap(), NewKeys::Kept);
        assert_eq!(fs_err::read(root.join("keys/key.pem")).unwrap(), b"mine");
    }

    #[test]
    fn mistakes_name_their_file() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        create(root, FormatNumber::new(30).unwrap(), NOW).unwrap();
        fs_err::write(root.join("bundles/vi.toml"), "nme = 1").unwrap();
        fs_err::write(root.join("bundles/README"), "not read").unwrap();
        let error = WorkingDirectory::open(root).unwrap().definitions().unwrap_err();
        assert!(error.to_string().contains("vi.toml"), "{error}");
        fs_err::write(root.join(SETTINGS_FILE), "format = 0").unwrap();
        let error = WorkingDirectory::open(root).unwrap_err();
        assert!(error.to_string().contains(SETTINGS_FILE), "{error}");
    }
}

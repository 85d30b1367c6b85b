//! Man pages, shell completions and the configuration that is shipped: what the command line and
//! its keys are, said once, becomes what people read and what their shells complete. The rest is
//! written by hand in `sources/`.

mod completions;
mod configuration;
mod page;

use std::{
    io,
    path::{Path, PathBuf},
};

/// A file of the installed file system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DistFile {
    /// Where it belongs, relative to the root.
    pub path: PathBuf,
    /// What it says.
    pub text: String,
}

/// Returns all files that are made from the command line.
pub fn files() -> io::Result<Vec<DistFile>> {
    let mut files = page::pages()?;
    files.extend(completions::scripts()?);
    files.push(configuration::as_shipped());
    Ok(files)
}

/// Writes all of them below a directory.
pub fn write_below(root: &Path) -> io::Result<Vec<PathBuf>> {
    let mut written = Vec::new();
    for DistFile { path, text } in files()? {
        let place = root.join(path);
        if let Some(directory) = place.parent() {
            fs_err::create_dir_all(directory)?;
        }
        fs_err::write(&place, text)?;
        written.push(place);
    }
    Ok(written)
}

impl DistFile {
    fn new(path: &str, text: String) -> Self {
        Self { path: path.into(), text }
    }
}

#[cfg(test)]
mod dist_tests;

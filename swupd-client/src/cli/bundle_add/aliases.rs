//! Reads the files that define aliases. One of the administrator's takes the place of the OS's of
//! the same name, even if it is empty.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
};

use swupd_protocol::path::TreePath;

use crate::{bundles::aliases::Aliases, host::root::Root, report::Observer};

/// Returns the aliases of a tree. A file that cannot be read is told and passed over.
pub(super) fn read(root: &Root, observer: &dyn Observer) -> Aliases {
    let mut aliases = Aliases::default();
    let mut masked = BTreeSet::new();
    for directory in DIRECTORIES {
        let files = files(root, directory).unwrap_or_else(|error| {
            observer.warning(format!("cannot read the aliases in {directory}: {error}"));
            BTreeMap::new()
        });
        for (_, path) in files.iter().filter(|(name, _)| !masked.contains(*name)) {
            match root.read_behind(path, MOST_BYTES) {
                Ok(text) => aliases.add(&String::from_utf8_lossy(&text.unwrap_or_default())),
                Err(error) => observer.warning(format!("cannot read {path}: {error}")),
            }
        }
        masked.extend(files.into_keys());
    }
    aliases
}

fn files(root: &Root, directory: &str) -> io::Result<BTreeMap<Vec<u8>, TreePath>> {
    let Ok(directory) = TreePath::parse(directory.as_bytes()) else { return Ok(BTreeMap::new()) };
    let names = root.list(Some(&directory))?.unwrap_or_default();
    let files =
        names.into_iter().filter_map(|name| Some((name.clone(), directory.join(&name).ok()?)));
    Ok(files.collect())
}

/// The more important one first.
const DIRECTORIES: [&str; 2] = ["/etc/swupd/alias.d", "/usr/share/defaults/swupd/alias.d"];
const MOST_BYTES: u64 = 1 << 20;

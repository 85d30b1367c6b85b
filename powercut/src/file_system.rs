//! The file systems under test: how each is made and mounted.

use std::{path::Path, process::Command};

use serde::{Deserialize, Serialize};

use crate::{image::BLOCK, trouble::Trouble};

/// A file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, clap::ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum FileSystem {
    /// ext4.
    Ext4,
    /// XFS.
    Xfs,
    /// Btrfs.
    Btrfs,
}

impl FileSystem {
    /// Returns its name, as `mount` knows it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ext4 => "ext4",
            Self::Xfs => "xfs",
            Self::Btrfs => "btrfs",
        }
    }

    /// Returns the program that makes it, and the Debian package that has it.
    pub(crate) fn maker(self) -> (&'static str, &'static str) {
        match self {
            Self::Ext4 => ("mkfs.ext4", "e2fsprogs"),
            Self::Xfs => ("mkfs.xfs", "xfsprogs"),
            Self::Btrfs => ("mkfs.btrfs", "btrfs-progs"),
        }
    }

    /// Returns how many blocks a disk has, hardly more than the file system needs.
    pub(crate) fn blocks(self) -> usize {
        let megabytes = match self {
            Self::Ext4 => 64,
            Self::Xfs => 320,
            Self::Btrfs => 160,
        };
        megabytes * (1 << 20) / BLOCK
    }

    /// Returns its mount options: names are to reach the disk soon, whether or not anybody asks for
    /// it, and two copies of a file system are mounted at once.
    pub(crate) fn options(self) -> &'static str {
        match self {
            Self::Ext4 | Self::Btrfs => "commit=1",
            Self::Xfs => "nouuid",
        }
    }

    /// Makes an empty one on a device.
    pub(crate) fn make_on(self, device: &Path) -> Result<(), Trouble> {
        let options: &[&str] = match self {
            // Nothing is to be done later that could be done now.
            Self::Ext4 => &["-q", "-m", "0", "-E", "lazy_itable_init=0,lazy_journal_init=0"],
            Self::Xfs => &["-q", "-f"],
            Self::Btrfs => &["-q", "-f", "-m", "single", "-d", "single"],
        };
        run(Command::new(self.maker().0).args(options).arg(device)).map(drop)
    }
}

impl std::fmt::Display for FileSystem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// Runs a tool, and returns what it printed.
pub(crate) fn run(command: &mut Command) -> Result<String, Trouble> {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let typed = words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ");
    let output = command.output().map_err(Trouble::when(format!("run `{typed}`")))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(Trouble::Tool { typed, said });
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

//! Writes the man pages and shell completions below the directory that is given, or else `dist`.

use std::{env, io, path::PathBuf};

fn main() -> io::Result<()> {
    let root = env::args_os().nth(1).map_or_else(|| PathBuf::from("dist"), PathBuf::from);
    swupd_manual::write_below(&root).map(|_| ())
}

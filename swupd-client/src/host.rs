//! The machine: the tree that is kept up to date, and what this program remembers about it.
//!
//! Nothing outside these rooms opens a file of the tree or of the state directory. Every path is
//! resolved below an open directory and through no symbolic link, so that nothing that somebody
//! plants leads out.

pub mod child;
pub mod cpu;
pub(crate) mod directory;
pub mod generations;
pub mod journal;
pub mod lock;
pub mod machine;
pub mod motd;
pub mod mounts;
pub mod obstacle;
pub mod os_release;
pub(crate) mod own_directory;
pub mod processes;
pub mod record;
pub mod root;
pub mod scan;
pub mod share;
pub mod signals;
pub mod state;
pub mod store;
pub(crate) mod sys;
pub mod units;

//! The promises of swupd, kept through its programs: a publisher and its machines in a temporary
//! directory, and what must be true of them afterwards.

mod install;
mod world;

//! The swupd-server command.
fn main() {}

//! The swupd command.
fn main() {}

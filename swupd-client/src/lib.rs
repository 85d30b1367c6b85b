//! Fetches, verifies and applies versions of an OS: what the `swupd` command is made of.
//!
//! The rooms, in the order in which an update passes through them:
//!
//! | room | what it is for |
//! |---|---|
//! | [`cli`] | a file per subcommand: what was typed becomes a goal; the only printer, the only exit codes |
//! | [`settings`] | flags, configuration files and environment become one value |
//! | [`third_party`] | content of others, each repository in a tree of its own within the tree |
//! | [`search`] | which bundles hold a path |
//! | [`update`] | the page: check → fetch → plan → pull → stage → switch → trigger |
//! | [`bundles`] | which bundles need which, and which go together |
//! | [`remote`] | the server: bounded readers over http, https and file |
//! | [`host`] | the machine: the tree's root, the store of verified objects, state, lock |
//! | [`program`] | the program's edge: clock, environment and user, read there alone |
//! | [`report`] | events: what a command tells a terminal, a log or a test |

pub mod bundles;
pub mod cli;
pub mod host;
pub mod program;
pub mod remote;
pub mod report;
pub mod search;
pub mod settings;
pub mod third_party;
pub mod update;

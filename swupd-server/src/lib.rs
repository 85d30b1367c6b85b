//! Turns OS trees into versioned, signed update content with binary deltas, and publishes it.
//!
//! | room | what it is for |
//! |---|---|
//! | [`release`] | the page: how a version is made |
//! | [`repo`] | what is published already |
//! | [`check`] | the proof that what is published is complete and consistent |
//! | [`mirror`] | the copy of what others publish |
//! | [`serve`] | the server of what is published |
//! | [`source`] | where trees come from |
//! | [`tree`] | what stands where in one |
//! | [`bundles`] | who gets which path |
//! | [`working_directory`], [`settings`], [`keys`] | what versions are made with, and who signs |
//! | [`cli`] | the command line |
//! | [`program`] | the program's edge: where the clock is read |
//! | [`report`] | what a build tells whoever watches it |

pub mod bundles;
pub mod check;
pub mod cli;
mod hashing;
pub mod keys;
pub mod mirror;
mod pointers;
pub mod program;
mod proof;
mod python;
pub mod release;
pub mod repo;
pub mod report;
pub mod serve;
pub mod settings;
pub mod source;
pub mod tree;
pub mod working_directory;

#[cfg(test)]
mod trial;

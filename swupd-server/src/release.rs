//! The making of a version.

pub mod describe;
pub mod encode;
pub mod furnish;
pub mod pack;
pub mod publish;
pub mod scan;
pub mod sign;
pub mod work;

#[cfg(test)]
#[path = "release/stages_tests.rs"]
mod stages_tests;

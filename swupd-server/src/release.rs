//! The making of a version.

pub mod describe;
pub mod scan;

//! The processes of this machine, as far as they concern a tree that has changed: which of them
//! still run what the tree no longer has.

mod vital;

pub use vital::Vital;

//! What bundles are to each other, what else they are called, and which of them go when some are
//! not wanted any more. Pure.

pub mod aliases;
pub mod needs;
pub mod removal;

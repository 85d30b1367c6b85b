//! What bundles are to each other, and which of them go when some are not wanted any more. Pure.

pub mod needs;
pub mod removal;

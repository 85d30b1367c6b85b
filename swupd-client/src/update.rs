//! The page: check → fetch → plan → pull → stage → switch → trigger.

pub mod obtain;
pub mod pull;
pub mod stage;
pub mod step;
pub mod switch;

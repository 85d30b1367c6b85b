//! The page: check → fetch → plan → pull → stage → switch → trigger.

pub mod obtain;

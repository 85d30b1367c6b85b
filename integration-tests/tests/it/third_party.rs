//! `3rd-party`: repositories that are no part of the OS, on a machine that has one.

mod bundles;
mod kills;
mod market;
mod programs;
mod repositories;
mod trust;
mod upkeep;

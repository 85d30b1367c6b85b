//! Runs the promises of `bodies/delta.rs` on whatever the fuzzer makes up.

#![no_main]

#[path = "../bodies/delta.rs"]
mod delta;

libfuzzer_sys::fuzz_target!(|data: &[u8]| delta::check(data));

//! Runs the promises of `bodies/archive.rs` on whatever the fuzzer makes up.

#![no_main]

#[path = "../bodies/archive.rs"]
mod archive;

libfuzzer_sys::fuzz_target!(|data: &[u8]| archive::check(data));

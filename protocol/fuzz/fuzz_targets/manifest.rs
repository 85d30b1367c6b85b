//! Runs the promises of `bodies/manifest.rs` on whatever the fuzzer makes up.

#![no_main]

#[path = "../bodies/manifest.rs"]
mod manifest;

libfuzzer_sys::fuzz_target!(|data: &[u8]| manifest::check(data));

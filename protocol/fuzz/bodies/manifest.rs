//! Errors are fine, panics are bugs. What is read as a manifest is written in one form only, which
//! reads as the same again. Memory is bounded by the text.

use swupd_protocol::{manifest::Manifest, mom::Mom};

/// Keeps the promises for one input.
pub(crate) fn check(data: &[u8]) {
    if let Ok(manifest) = Manifest::parse(data) {
        assert!(manifest.entries.len() <= data.len() / LEAST_ENTRY);
        let text = manifest.to_text();
        let again = Manifest::parse(&text).map(|manifest| manifest.to_text());
        assert_eq!(again.ok(), Some(text), "a written manifest reads as another");
    }
    if let Ok(mom) = Mom::parse(data) {
        assert!(mom.bundles.len() <= data.len() / LEAST_ENTRY);
        let text = mom.to_text();
        let again = Mom::parse(&text).map(|mom| mom.to_text());
        assert_eq!(again.ok(), Some(text), "a written MoM reads as another");
    }
}

/// Bytes of four flags, a hash, a version of one digit and a name of one letter, with their ends.
const LEAST_ENTRY: usize = 4 + 64 + 1 + 1 + 4;

//! Measures what a version of half a million files costs before anything is fetched: writing and
//! reading its manifest, laying it out, and comparing it with the version before.
//!
//! `cargo run --release -p swupd-client --example large_manifests [ENTRIES]`

use std::time::Instant;

use swupd_client::update::{
    content::{Content, Layer},
    plan::Changes,
};
use swupd_protocol::{
    hash::{ContentHash, ManifestHash},
    manifest::{Entry, Header, Manifest, Misc, Status},
    object::Kind,
    path::TreePath,
    variant::{Levels, Variant},
    version::{FormatNumber, Version},
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let entries = std::env::args().nth(1).map_or(Ok(500_000), |count| count.parse())?;
    let (old, new) = (version(entries, 10)?, version(entries, 20)?);
    let text = timed("write", || new.to_text());
    timed("hash", || ManifestHash::of(&text));
    let new = timed("read", || Manifest::parse(&text))?;
    let layer = |manifest| Content::of([Layer { manifest, tracked: true }], Levels::NONE);
    let had = timed("lay out the old one", || layer(&old));
    let wanted = timed("lay out the new one", || layer(&new));
    let changes = timed("compare", || Changes::between(&had, &wanted));
    say(&format!("{entries} entries, {} bytes, {} changed", text.len(), changes.puts.len()));
    Ok(())
}

/// Makes a manifest in which every fifth file changed in version 20.
fn version(entries: u32, number: u32) -> Result<Manifest, Box<dyn std::error::Error>> {
    let header = Header {
        format: FormatNumber::new(30)?,
        version: Version::new(number)?,
        previous: None,
        min_version: None,
        timestamp: 1_700_000_000,
        content_size: 0,
        includes: Vec::new(),
        also_add: Vec::new(),
    };
    let entry = |index: u32| -> Result<Entry, Box<dyn std::error::Error>> {
        let changed = if index.is_multiple_of(5) { number } else { 10 };
        let mut hash = [0; 32];
        hash[..4].copy_from_slice(&index.to_le_bytes());
        hash[4..8].copy_from_slice(&changed.to_le_bytes());
        let path = format!("/usr/lib/part-{}/section-{}/file-{index}", index / 5000, index / 50);
        Ok(Entry {
            kind: Some(Kind::File),
            status: Status::Present,
            variant: Variant::BASELINE,
            misc: Misc::None,
            hash: ContentHash::from_bytes(hash),
            version: Version::new(changed)?,
            path: TreePath::parse(path.as_bytes())?,
        })
    };
    Ok(Manifest { header, entries: (0..entries).map(entry).collect::<Result<_, _>>()? })
}

fn timed<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let begun = Instant::now();
    let result = work();
    say(&format!("{what}: {:.2} s", begun.elapsed().as_secs_f64()));
    result
}

#[expect(clippy::print_stdout, reason = "a measurement prints its figures")]
fn say(line: &str) {
    println!("{line}");
}

//! Measures what a search costs among as many files as the largest distribution of this kind has:
//! writing the index, its size, and asking it.
//!
//! `cargo run --release -p swupd-client --example large_index [BUNDLES [FILES]]`

use std::time::Instant;

use swupd_client::search::{
    index::{Line, Shelf, Writer, read},
    query::{Place, Query},
};
use swupd_protocol::{hash::ManifestHash, path::TreePath};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut numbers = std::env::args().skip(1).map(|number| number.parse::<u32>());
    let bundles = numbers.next().unwrap_or(Ok(1500))?;
    let files = numbers.next().unwrap_or(Ok(2000))?;
    let mom = ManifestHash::of(b"");
    let begun = Instant::now();
    let mut writer = Writer::new(mom)?;
    for bundle in 0..bundles {
        writer.add(&shelf(bundle, files)?)?;
    }
    let index = writer.finish()?;
    say(&format!("write {} bytes: {:.2} s", index.len(), begun.elapsed().as_secs_f64()));
    let query = Query::text("name-1234/file-77", Place::Anywhere)?;
    let begun = Instant::now();
    let mut found = 0;
    read(&index, mom, &mut |line| {
        found += u32::from(matches!(line, Line::Path(path) if query.is_met_by(path)));
    })?;
    say(&format!("find {found} paths: {:.2} s", begun.elapsed().as_secs_f64()));
    Ok(())
}

fn shelf(bundle: u32, files: u32) -> Result<Shelf, Box<dyn std::error::Error>> {
    let path = |file: u32| {
        let mixed = (u64::from(bundle) << 32 | u64::from(file)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        format!("/usr/share/some/longer/name-{bundle}/file-{file}-{:08x}.txt", mixed >> 32)
    };
    let paths = (0..files).map(|file| TreePath::parse(path(file).as_bytes()));
    Ok(Shelf {
        bundle: format!("bundle-{bundle}").parse()?,
        size: u64::from(files),
        needed: ["os-core".parse()?].into(),
        paths: paths.collect::<Result<_, _>>()?,
    })
}

#[expect(clippy::print_stdout, reason = "a measurement prints its figures")]
fn say(line: &str) {
    println!("{line}");
}

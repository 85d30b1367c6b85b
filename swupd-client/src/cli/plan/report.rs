//! What `plan` says, from what is foreseen. Pure.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use swupd_protocol::{path::TreePath, version::Version};

use crate::{
    cli::{
        advice::Running,
        glyphs::{Glyph, Glyphs},
        size::in_units,
    },
    host::processes::Vital,
    update::{
        prospect::BundleChanges,
        pull::{Forecast, PackSize},
    },
};

/// What an update would do.
#[derive(Debug)]
pub(in crate::cli) struct Report {
    pub(super) installed: Version,
    pub(super) wanted: Version,
    /// The versions after the installed one, up to the wanted one, that are known of.
    pub(super) crossed: BTreeSet<Version>,
    pub(super) bundles: BundleChanges,
    pub(super) puts: Vec<TreePath>,
    pub(super) removes: Vec<TreePath>,
    pub(super) download: Forecast,
    pub(super) room: Room,
    /// What a machine rests on and is replaced.
    pub(super) vital: BTreeSet<Vital>,
    /// What runs of what is replaced; none where it cannot be told.
    pub(super) running: Option<Running>,
    pub(super) is_running_system: bool,
}

/// Bytes on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Room {
    /// What the new tree takes besides what it shares.
    pub(super) needed: u64,
    /// What is free where the tree lies.
    pub(super) free: u64,
    /// What is free where downloads go.
    pub(super) cache_free: u64,
    /// What versions take that are no longer kept then.
    pub(super) freed: u64,
}

impl Report {
    /// Returns the bytes that are to be fetched.
    pub(in crate::cli) fn bytes(&self) -> u64 {
        self.download.bytes()
    }

    /// Returns the answer.
    pub(super) fn headline(&self, glyphs: Glyphs) -> String {
        let Self { installed, wanted, .. } = self;
        let next = glyphs.shown(Glyph::Next);
        format!("{next} From version {installed} to {wanted}: {}", self.bytes_told())
    }

    /// Returns what stands below it.
    pub(super) fn lines(&self, glyphs: Glyphs) -> Vec<String> {
        let mut lines = Vec::new();
        let mut line = |name: &str, text: String| lines.push(format!("  {name:<13} {text}"));
        let between = self.crossed.iter().filter(|version| **version != self.wanted);
        let between: Vec<String> = between.map(ToString::to_string).collect();
        if !between.is_empty() {
            line("By way of", shortened(&between));
        }
        let BundleChanges { changed, added, removed } = &self.bundles;
        for (name, bundles) in [
            ("Bundles", changed.keys().map(ToString::to_string).collect::<Vec<_>>()),
            ("New", added.iter().map(ToString::to_string).collect()),
            ("Gone", removed.iter().map(ToString::to_string).collect()),
        ] {
            if !bundles.is_empty() {
                line(name, shortened(&bundles));
            }
        }
        line("Files", format!("{} put, {} removed", self.puts.len(), self.removes.len()));
        line("To fetch", self.fetch_line());
        for (at, text) in self.room_lines(glyphs).into_iter().enumerate() {
            line(if at == 0 { "Disk" } else { "" }, text);
        }
        for (at, text) in self.afterwards(glyphs).into_iter().enumerate() {
            line(if at == 0 { "Afterwards" } else { "" }, text);
        }
        lines
    }

    /// Returns everything for programs to read: docs/schemas/plan-1.json.
    pub(super) fn json(&self) -> Value {
        let BundleChanges { changed, added, removed } = &self.bundles;
        let changed = changed.iter().map(|(bundle, (from, to))| {
            json!({ "bundle": bundle.as_str(), "from": from.number(), "to": to.number() })
        });
        let shown = |paths: &[TreePath]| paths.iter().map(ToString::to_string).collect::<Vec<_>>();
        json!({
            "type": "plan",
            "schema": SCHEMA,
            "msg": self.headline(Glyphs::default()),
            "from": self.installed.number(),
            "to": self.wanted.number(),
            "versions": self.crossed.iter().map(|version| version.number()).collect::<Vec<_>>(),
            "bundles": {
                "changed": changed.collect::<Vec<_>>(),
                "added": added.iter().map(ToString::to_string).collect::<Vec<_>>(),
                "removed": removed.iter().map(ToString::to_string).collect::<Vec<_>>(),
            },
            "put": shown(&self.puts),
            "removed": shown(&self.removes),
            "download": {
                "bytes": self.download.bytes(),
                "packs": self.download.packs.iter().map(pack).collect::<Vec<_>>(),
                "files": self.download.files,
                "fileBytes": self.download.file_bytes,
                "here": self.download.here,
                "guessed": self.download.guessed,
            },
            "disk": {
                "needed": self.room.needed,
                "free": self.room.free,
                "cacheFree": self.room.cache_free,
                "freed": self.room.freed,
            },
            "vital": self.vital.iter().map(|vital| vital.word()).collect::<Vec<_>>(),
            "running": self.running.as_ref().map(Running::json),
        })
    }

    fn bytes_told(&self) -> String {
        let about = if self.download.guessed > 0 { "about " } else { "" };
        format!("{about}{} to fetch", in_units(self.download.bytes()))
    }

    fn fetch_line(&self) -> String {
        let Forecast { packs, files, here, .. } = &self.download;
        let mut parts = Vec::new();
        if !packs.is_empty() {
            parts.push(counted(packs.len() as u64, "pack"));
        }
        if *files > 0 {
            parts.push(format!("{} alone", counted(*files, "file")));
        }
        if *here > 0 {
            parts.push(format!("{} here already", counted(*here, "file")));
        }
        let what = if parts.is_empty() { "nothing".into() } else { parts.join(", ") };
        format!("{} ({what})", in_units(self.download.bytes()))
    }

    fn room_lines(&self, glyphs: Glyphs) -> Vec<String> {
        let Room { needed, free, cache_free, freed } = self.room;
        let freed = match freed {
            0 => String::new(),
            freed => format!(", {} freed afterwards", in_units(freed)),
        };
        let text = format!("{} needed at most, {} free{freed}", in_units(needed), in_units(free));
        let mut lines = vec![text];
        if needed > free.min(cache_free) {
            let mark = glyphs.shown(Glyph::Attention);
            let least = in_units(free.min(cache_free));
            lines.push(format!("{mark} that may not fit: {least} are free"));
        }
        lines
    }

    /// Returns what there is to do once it is done.
    fn afterwards(&self, glyphs: Glyphs) -> Vec<String> {
        let mark = glyphs.shown(Glyph::Attention);
        let mut lines = Vec::new();
        if !self.vital.is_empty() {
            let names: Vec<&str> = self.vital.iter().map(|vital| vital.name()).collect();
            let whose = if self.is_running_system { "" } else { " of what runs from this tree" };
            lines.push(format!("{mark} replaces {}: plan a reboot{whose}", names.join(", ")));
        }
        match &self.running {
            Some(running) => {
                lines.extend(running.lines().into_iter().map(|line| format!("{mark} {line}")));
                lines.extend(running.remark());
            }
            None => lines.push("it cannot be told what will have to be restarted".into()),
        }
        if lines.is_empty() {
            lines.push("nothing has to be restarted".into());
        }
        lines
    }
}

fn pack(pack: &PackSize) -> Value {
    json!({
        "bundle": pack.bundle.as_str(),
        "from": pack.from.map(Version::number),
        "to": pack.to.number(),
        "bytes": pack.bytes,
    })
}

fn counted(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// Returns a list that fits on a line or two.
fn shortened(names: &[String]) -> String {
    let shown = names.iter().take(MOST_NAMES).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(MOST_NAMES) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

const MOST_NAMES: usize = 12;
/// The version of the form that programs read.
const SCHEMA: u32 = 1;

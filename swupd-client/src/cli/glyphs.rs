//! The same signs everywhere, in letters that the terminal can show. A sign never stands for more
//! than the words beside it, and colour never for more than the sign.

/// A sign in front of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Glyph {
    /// What runs now.
    Current,
    /// What would come next.
    Next,
    /// It went well.
    Done,
    /// It did not.
    Failed,
    /// Somebody should look at it.
    Attention,
}

/// How signs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Glyphs {
    /// Whether the locale has more than ASCII.
    pub(super) unicode: bool,
    /// Whether whoever looks wants, and sees, colours.
    pub(super) colour: bool,
}

impl Glyphs {
    /// Returns the sign as it is written here.
    pub(super) fn shown(self, glyph: Glyph) -> String {
        let (unicode, ascii, colour) = match glyph {
            Glyph::Current => ("●", "*", GREEN),
            Glyph::Next => ("↻", ">", ""),
            Glyph::Done => ("✓", "+", GREEN),
            Glyph::Failed => ("✗", "x", RED),
            Glyph::Attention => ("!", "!", YELLOW),
        };
        let sign = if self.unicode { unicode } else { ascii };
        if self.colour && !colour.is_empty() {
            format!("{colour}{sign}{PLAIN}")
        } else {
            sign.to_owned()
        }
    }
}

const GREEN: &str = "\x1b[32m";
const RED: &str = "\x1b[31m";
const YELLOW: &str = "\x1b[33m";
const PLAIN: &str = "\x1b[0m";

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Glyph; 5] =
        [Glyph::Current, Glyph::Next, Glyph::Done, Glyph::Failed, Glyph::Attention];

    #[test]
    fn signs_differ_without_colour_and_are_plain_where_they_must_be() {
        for unicode in [true, false] {
            let glyphs = Glyphs { unicode, colour: false };
            let mut shown: Vec<String> = ALL.iter().map(|glyph| glyphs.shown(*glyph)).collect();
            assert!(unicode || shown.iter().all(|sign| sign.is_ascii()));
            assert!(shown.iter().all(|sign| sign.chars().count() == 1));
            shown.sort();
            shown.dedup();
            assert_eq!(shown.len(), ALL.len());
        }
        let colourful = Glyphs { unicode: true, colour: true };
        assert_eq!(colourful.shown(Glyph::Failed), "\x1b[31m✗\x1b[0m");
        assert_eq!(colourful.shown(Glyph::Next), "↻");
    }
}

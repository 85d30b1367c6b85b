//! Aliases: names that stand for several bundles, as files of the OS and of the administrator
//! define them. Pure.

use std::collections::BTreeMap;

/// What names stand for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Aliases(BTreeMap<String, Vec<String>>);

impl Aliases {
    /// Adds what a file says: `alias`, a tab, a bundle, and more bundles behind more tabs in a
    /// line; `#` begins a comment. What was added before counts where both define a name.
    pub fn add(&mut self, text: &str) {
        for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
            let mut words = line.split('\t').map(str::trim).filter(|word| !word.is_empty());
            let Some(alias) = words.next() else { continue };
            let bundles: Vec<String> = words.map(str::to_owned).collect();
            if !bundles.is_empty() {
                self.0.entry(alias.to_owned()).or_insert(bundles);
            }
        }
    }

    /// Returns the names of bundles that a name stands for; none where it stands for itself.
    pub fn meaning(&self, name: &str) -> Option<&[String]> {
        self.0.get(name).map(Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_define_aliases_and_the_first_one_counts() {
        let mut aliases = Aliases::default();
        aliases
            .add("# words\tnot\nwork\toffice\teditors\n\n  #x\ty\nempty\t\nalone\nwork\tgames\n");
        aliases.add("work\tmusic\nplay\t games \t\tmusic\r\n");
        let meaning = |name: &str| aliases.meaning(name).map(|bundles| bundles.join(" "));
        assert_eq!(meaning("work").unwrap(), "office editors");
        assert_eq!(meaning("play").unwrap(), "games music");
        for none in ["# words", "empty", "alone", "office", "#x", ""] {
            assert_eq!(meaning(none), None, "{none}");
        }
    }
}

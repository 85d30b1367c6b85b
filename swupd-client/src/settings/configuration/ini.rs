//! One line of a configuration file.

/// What a line says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line<'a> {
    /// Nothing: it is empty, or a comment.
    Nothing,
    /// From here on it is about this.
    Section(&'a str),
    /// A key and its value.
    Setting {
        /// What stands before the first `=`.
        key: &'a str,
        /// What stands behind it, as it is: a `#` in it begins no comment.
        value: &'a str,
    },
    /// None of these.
    Nonsense,
}

impl<'a> Line<'a> {
    /// Reads a line.
    pub(super) fn parse(line: &'a str) -> Self {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            return Self::Nothing;
        }
        if let Some(rest) = line.strip_prefix('[') {
            let name = rest.strip_suffix(']').map(str::trim).filter(|name| !name.is_empty());
            return name.map_or(Self::Nonsense, Self::Section);
        }
        match line.split_once('=') {
            Some((key, value)) if is_key(key.trim_end()) => {
                Self::Setting { key: key.trim_end(), value: value.trim_start() }
            }
            _ => Self::Nonsense,
        }
    }
}

fn is_key(key: &str) -> bool {
    let may_stand = |c: char| c.is_ascii_alphanumeric() || ['-', '_'].contains(&c);
    !key.is_empty() && key.chars().all(may_stand)
}

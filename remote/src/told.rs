//! What a transfer tells while it goes on, and how an error and its causes become a sentence.

use std::error::Error;

/// Something that whoever waits for a transfer may want to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// Why it takes longer.
    Info(String),
    /// What must be known, though the transfer goes on.
    Warning(String),
    /// What only somebody who looks for a fault wants to know.
    Debug(String),
}

/// Somebody who is told.
pub trait Listener: Send + Sync {
    /// Takes a word; it must not block for long.
    fn hear(&self, word: Word);
}

impl<F: Fn(Word) + Send + Sync> Listener for F {
    fn hear(&self, word: Word) {
        self(word);
    }
}

/// Returns an error with its causes, each behind a colon, but for those that say nothing new.
pub fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        let news = without_known_file(&next, &text);
        if !text.ends_with(news) {
            text = format!("{text}: {news}");
        }
        cause = error.source();
    }
    text
}

/// Returns what an error of the file system says, without the file that it is about where that is
/// told already.
fn without_known_file<'a>(error: &'a str, told: &str) -> &'a str {
    let parts: Vec<&str> = error.splitn(3, '`').collect();
    match parts[..] {
        [what, file, rest] if what.starts_with("failed to ") && told.contains(file) => {
            rest.strip_prefix(": ").unwrap_or(error)
        }
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_told_once() {
        #[derive(Debug, thiserror::Error)]
        #[error("outer")]
        struct Outer(#[source] std::io::Error);
        let error = Outer(std::io::Error::other("inner"));
        assert_eq!(with_causes(&error), "outer: inner");
    }
    #[test]
    fn a_file_is_named_once() {
        #[derive(Debug, thiserror::Error)]
        #[error("cannot read the certificate {0}")]
        struct Outer(&'static str, #[source] std::io::Error);
        let error = || fs_err::read("/no/such/file").unwrap_err();
        let why = "No such file or directory (os error 2)";
        assert_eq!(
            with_causes(&Outer("/no/such/file", error())),
            format!("cannot read the certificate /no/such/file: {why}")
        );
        assert_eq!(
            with_causes(&Outer("/other", error())),
            format!(
                "cannot read the certificate /other: failed to open file `/no/such/file`: {why}"
            )
        );
    }
}

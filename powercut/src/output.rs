//! The only place that prints.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is where the program prints")]

/// Tells what was found.
pub(crate) fn say(text: &str) {
    println!("{text}");
}

/// Tells what is wrong.
pub(crate) fn complain(text: &str) {
    eprintln!("{text}");
}

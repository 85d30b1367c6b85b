//! Questions: asked in one way, and answered beforehand where somebody said so.

use std::io;

use super::output::Output;
use crate::settings::Answer;

/// Asks a question that is answered with yes or no; whatever is not a yes is a no, and so is the end
/// of the input.
pub(super) fn ask(
    question: &str,
    beforehand: Option<Answer>,
    output: &Output,
    read_line: impl FnOnce() -> io::Result<String>,
) -> Answer {
    if let Some(answer) = beforehand {
        output.info(&format!("{question} {} (answered beforehand)", word(answer)));
        return answer;
    }
    output.prompt(&format!("{question} [y/N]"));
    let line = read_line().unwrap_or_default();
    if line.is_empty() {
        output.info("There is no answer: it is taken for a no");
    }
    meaning(&line)
}

/// Reads what somebody types, or a program writes, on standard input.
pub(super) fn standard_input() -> io::Result<String> {
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    Ok(line)
}

fn meaning(line: &str) -> Answer {
    let is_yes = ["y", "yes"].iter().any(|yes| line.trim().eq_ignore_ascii_case(yes));
    if is_yes { Answer::Yes } else { Answer::No }
}

fn word(answer: Answer) -> &'static str {
    match answer {
        Answer::Yes => "yes",
        Answer::No => "no",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::output::Manner;

    #[test]
    fn only_a_yes_is_a_yes() {
        for line in ["y\n", "Y", "yes\r\n", " YES "] {
            assert_eq!(meaning(line), Answer::Yes, "{line:?}");
        }
        for line in ["", "\n", "n\n", "yesterday", "no", "да"] {
            assert_eq!(meaning(line), Answer::No, "{line:?}");
        }
    }

    #[test]
    fn nobody_is_asked_what_was_answered_beforehand() {
        let output = Output::begin("test", Manner { quiet: true, ..Manner::default() });
        let never = || -> io::Result<String> { panic!("somebody is asked") };
        assert_eq!(ask("Go on?", Some(Answer::Yes), &output, never), Answer::Yes);
        assert_eq!(ask("Go on?", Some(Answer::No), &output, never), Answer::No);
        assert_eq!(ask("Go on?", None, &output, || Ok("y\n".into())), Answer::Yes);
        assert_eq!(ask("Go on?", None, &output, || Ok(String::new())), Answer::No);
        assert_eq!(ask("Go on?", None, &output, || Err(io::Error::other("x"))), Answer::No);
    }
}

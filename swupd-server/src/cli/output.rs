//! The one place where the program prints, and where exit codes are given. Results go to standard
//! output; what happens on the way, warnings and errors to standard error.

use std::{
    error::Error,
    io::{IsTerminal, Write},
    process::ExitCode,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{Done, Verdict};
use crate::{
    check::Checked,
    mirror::Mirrored,
    release::publish::Published,
    report::{Event, Observer},
    serve::Access,
};

/// What prints.
#[derive(Debug, Clone)]
pub(super) struct Output {
    quiet: bool,
    /// On a terminal, the bar that is drawn; hidden where there is none.
    bar: ProgressBar,
    /// Elsewhere, what was told last.
    lines: Option<Arc<Mutex<Lines>>>,
}

/// Progress as lines: one every so often.
#[derive(Debug)]
struct Lines {
    stage: &'static str,
    began: Instant,
    told: Instant,
}

impl Output {
    pub(super) fn new(quiet: bool) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let target = if terminal && !quiet {
            ProgressDrawTarget::stderr_with_hz(10)
        } else {
            ProgressDrawTarget::hidden()
        };
        let now = Instant::now();
        let lines = Lines { stage: "", began: now, told: now };
        Self {
            quiet,
            bar: ProgressBar::with_draw_target(None, target),
            lines: (!terminal && !quiet).then(|| Arc::new(Mutex::new(lines))),
        }
    }

    /// Prints what was asked for.
    pub(super) fn result(&self, line: &str) {
        // A closed standard output is no reason to stop a server or to undo a version.
        self.bar.suspend(|| drop(writeln!(std::io::stdout(), "{line}")));
    }

    /// Prints what is good to know, unless only results are wanted.
    pub(super) fn advice(&self, line: &str) {
        if !self.quiet {
            self.note(line);
        }
    }

    /// Prints a line of the access log.
    pub(super) fn access(&self, access: &Access) {
        self.advice(&access.to_string());
    }

    /// Prints what a build came to.
    pub(super) fn published(&self, published: &Published) {
        self.bar.finish_and_clear();
        let made = &published.summary;
        self.result(&format!("version {} is published", published.version));
        self.advice(&format!(
            "{} objects ({} linked, the others {}), {} deltas ({} not worth it)",
            made.fullfiles,
            made.linked_fullfiles,
            bytes(made.fullfile_bytes),
            made.deltas,
            made.refused_deltas,
        ));
        self.advice(&format!(
            "{} zero packs ({}), {} delta packs ({})",
            made.zero_packs,
            bytes(made.zero_pack_bytes),
            made.delta_packs,
            bytes(made.delta_pack_bytes),
        ));
    }

    /// Prints what a check found.
    pub(super) fn checked(&self, checked: &Checked) {
        self.bar.finish_and_clear();
        for finding in &checked.findings {
            // Names come from what is checked: they must not forge lines or move the cursor.
            let text: String = finding.to_string().chars().flat_map(visible).collect();
            self.result(&text);
        }
        let versions = checked.versions.len();
        self.advice(&format!(
            "{versions} versions, {} manifests, {} objects, {} packs with {} members: {}",
            checked.manifests,
            checked.objects,
            checked.packs,
            checked.members,
            match checked.findings.len() {
                0 => "all is well".to_owned(),
                problems => format!("{problems} problems"),
            },
        ));
    }

    /// Prints what a mirror was left with.
    pub(super) fn mirrored(&self, mirrored: &Mirrored) {
        self.bar.finish_and_clear();
        for left_out in &mirrored.left_out {
            let text = format!("warning: {} is left out: {}", left_out.path, left_out.why);
            self.note(&text.chars().flat_map(visible).collect::<String>());
        }
        let Mirrored { versions, new_versions, fetched, removed, left_out, .. } = mirrored;
        let span = match (versions.first(), versions.last()) {
            (Some(oldest), Some(newest)) if oldest != newest => format!("{oldest} to {newest}"),
            (_, newest) => newest.map_or_else(|| "none".into(), ToString::to_string),
        };
        self.result(&format!(
            "versions here: {} ({span}), {new_versions} new; files: {fetched} fetched ({}), \
             {removed} removed, {} left out",
            versions.len(),
            bytes(mirrored.bytes),
            left_out.len(),
        ));
    }

    /// Prints what failed and returns the exit code.
    pub(super) fn end(&self, done: Done) -> ExitCode {
        self.bar.finish_and_clear();
        match done {
            Ok(Verdict::Good) => ExitCode::SUCCESS,
            Ok(Verdict::Problems) => ExitCode::FAILURE,
            Err(error) => {
                self.note(&format!("error: {}", chain(&*error)));
                ExitCode::FAILURE
            }
        }
    }

    fn note(&self, line: &str) {
        self.bar.suspend(|| drop(writeln!(std::io::stderr(), "{line}")));
    }

    fn stage(&self, number: u32, of: u32, name: &'static str) {
        let title = format!("[{number}/{of}] {name}");
        self.bar.reset();
        self.bar.set_length(0);
        self.bar.set_style(spinner());
        self.bar.set_message(title.clone());
        self.bar.enable_steady_tick(Duration::from_millis(200));
        if let Some(lines) = &self.lines {
            let now = Instant::now();
            let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
            *lines = Lines { stage: name, began: now, told: now };
            self.note(&title);
        }
    }

    fn progress(&self, done: u64, total: u64) {
        if done == 0 {
            self.bar.set_style(bar());
            self.bar.reset();
        }
        self.bar.set_length(total);
        self.bar.set_position(done);
        if let Some(lines) = &self.lines {
            let now = Instant::now();
            let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
            if done == 0 {
                lines.began = now;
            }
            if done > 0 && done < total && now - lines.told >= TELL_EVERY {
                lines.told = now;
                let left = time_left(now - lines.began, done, total);
                let percent = u128::from(done) * 100 / u128::from(total);
                let (done, total) = (bytes(done), bytes(total));
                self.note(&format!("{}: {percent}% ({done} of {total}), {left} left", lines.stage));
            }
        }
    }
}

impl Observer for Output {
    fn event(&self, event: Event) {
        match event {
            // Warnings are for those who want to see nothing else, too.
            Event::Warning(text) => self.note(&format!("warning: {text}")),
            Event::Info(text) => self.advice(&text),
            Event::Stage { number, of, name } => self.stage(number, of, name),
            Event::Progress { done, total } => self.progress(done, total),
        }
    }
}

fn visible(character: char) -> impl Iterator<Item = char> {
    let escaped = character.is_control().then(|| character.escape_default());
    let itself = escaped.is_none().then_some(character);
    escaped.into_iter().flatten().chain(itself)
}

fn bar() -> ProgressStyle {
    let template = "{msg} {bar:30} {percent:>3}% {bytes} of {total_bytes}, {eta} left";
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

fn spinner() -> ProgressStyle {
    ProgressStyle::with_template("{msg} {spinner}").unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// Returns an error with its causes, outermost first.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(cause.to_string().trim_end());
        next = cause.source();
    }
    text
}

fn time_left(spent: Duration, done: u64, total: u64) -> String {
    let left = spent.as_millis() * u128::from(total - done) / u128::from(done).max(1);
    let seconds = left.div_ceil(1000);
    match seconds {
        0..60 => format!("{seconds} s"),
        _ => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

/// Returns an amount for people: decimal units, one digit behind the point.
fn bytes(amount: u64) -> String {
    let units = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    match units.iter().find(|(size, _)| amount >= *size) {
        Some((size, unit)) => format!("{}.{} {unit}", amount / size, amount % size * 10 / size),
        None => format!("{amount} B"),
    }
}

/// How often progress is told where there is no terminal.
const TELL_EVERY: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_and_times_are_for_people() {
        let amounts = [(0, "0 B"), (999, "999 B"), (1_000, "1.0 kB"), (34_479_641, "34.4 MB")];
        for (amount, text) in amounts {
            assert_eq!(bytes(amount), text);
        }
        assert_eq!(bytes(1_563_293_636), "1.5 GB");
        assert_eq!(time_left(Duration::from_secs(10), 1, 3), "20 s");
        assert_eq!(time_left(Duration::from_mins(1), 1, 3), "2 min 0 s");
    }

    #[test]
    fn what_is_found_stays_on_its_line() {
        let shown: String = "a\u{1b}[2Jb\nü".chars().flat_map(visible).collect();
        assert_eq!(shown, "a\\u{1b}[2Jb\\nü");
    }

    #[test]
    fn causes_follow_what_they_caused() {
        let cause = std::io::Error::other("no room\n");
        let error = crate::release::scan::ScanError::Io { path: "/usr".into(), source: cause };
        assert_eq!(chain(&error), "cannot read /usr: no room");
    }
}

//! The configuration file that comes with the system: each key with what it does, and what is usual.

use swupd_client::settings::Policy;

use crate::DistFile;

/// Returns the file.
pub(crate) fn as_shipped() -> DistFile {
    let keys: Vec<String> = Policy::KEYS
        .iter()
        .map(|key| {
            let name = key.name.replace('-', "_");
            let shipped = SHIPPED.iter().find(|(shipped, _)| *shipped == key.name);
            let line = match shipped {
                Some((_, value)) => format!("{name} = {value}"),
                None => format!("#{name} ="),
            };
            format!("{}# Values: {}.\n{line}\n", comment(key.help), key.values)
        })
        .collect();
    let text = include_str!("../sources/config").replace("@KEYS@\n", &keys.join("\n"));
    DistFile::new("usr/share/defaults/swupd/config", text)
}

/// Breaks a text into lines of comments.
fn comment(text: &str) -> String {
    let mut lines = vec![String::from("#")];
    for word in text.split(' ') {
        if lines.last().is_some_and(|line| line.len() + 1 + word.len() > WIDTH) {
            lines.push(String::from("#"));
        }
        if let Some(line) = lines.last_mut() {
            line.push(' ');
            line.push_str(word);
        }
    }
    lines.join("\n") + "\n"
}

/// What is shipped otherwise than it is where nothing is said.
const SHIPPED: &[(&str, &str)] = &[("readonly-usr", "true")];
const WIDTH: usize = 100;

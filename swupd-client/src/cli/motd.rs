//! What whoever logs in is told: that updates fail, or are overdue. It is renewed by what runs by
//! itself, at each start and with each try.

use super::{arguments::Command, session::Session, status};
use crate::{
    host::{motd, root::Root},
    report::with_causes,
};

/// Renews the line after commands that know something new. Nothing depends on it.
pub(super) fn renew(command: &Command, session: &Session) {
    let is_news = matches!(
        command,
        Command::Update(_) | Command::CheckUpdate(_) | Command::Diagnose(_) | Command::Recover(_)
    );
    let Ok(root) = Root::open(&session.settings.tree) else { return };
    if !is_news || !motd::is_wanted(&root) {
        return;
    }
    let Ok(trouble) = status::trouble(session) else { return };
    let line = trouble.map(|headline| format!("{}; `swupd status` says more", brief(&headline)));
    if let Err(error) = motd::set(&root, line.as_deref()) {
        session.output.debug(&with_causes(&error));
    }
}

/// Cuts off what a login has no room for: an error may come with all its causes.
fn brief(headline: &str) -> String {
    match headline.char_indices().nth(ROOM) {
        Some((end, _)) => format!("{}…", headline[..end].trim_end()),
        None => headline.to_owned(),
    }
}

/// Characters.
const ROOM: usize = 120;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_gets_one_line() {
        assert_eq!(brief("Updates fail"), "Updates fail");
        let long = brief(&"ä".repeat(200));
        assert_eq!(long.chars().count(), ROOM + 1);
        assert!(long.ends_with('…'));
    }
}

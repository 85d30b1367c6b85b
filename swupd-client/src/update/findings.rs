//! What a look at the tree finds, compared with the version that it should be. Findings are data:
//! diagnose lists them, repair mends them. Pure.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
};

use swupd_protocol::{manifest::Entry, path::TreePath};

use crate::update::content::{Content, is_left_alone};

/// How a path differs from what it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Problem {
    /// The version has it, the tree does not.
    Missing,
    /// The tree has something else there.
    Mismatched,
    /// The version has removed it, the tree still has it.
    ShouldBeGone,
    /// No bundle has it.
    Extra,
}

/// One path that differs. Findings sort as they are told: by problem, then path; what has to go
/// backwards by path, so that what is in a directory is told before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How it differs.
    pub problem: Problem,
    /// Where.
    pub path: TreePath,
}

impl Ord for Finding {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_path = match self.problem {
            Problem::Missing | Problem::Mismatched => self.path.cmp(&other.path),
            Problem::ShouldBeGone | Problem::Extra => other.path.cmp(&self.path),
        };
        self.problem.cmp(&other.problem).then(by_path)
    }
}

impl PartialOrd for Finding {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// What stands at a path, compared with what should.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// What should.
    Same,
    /// Nothing.
    Nothing,
    /// Something else.
    Else,
}

/// Which differences are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Looked {
    /// For what is missing alone.
    pub only_missing: bool,
}

/// Returns what differs. `standing` holds what was found at every path of `content` that was looked
/// at. What belongs to the administrator or is state counts only where it is missing altogether.
pub fn judge(
    content: &Content,
    standing: &BTreeMap<TreePath, Standing>,
    looked: Looked,
) -> Vec<Finding> {
    let found = content.entries().filter_map(|entry| {
        let problem = problem_of(entry, *standing.get(&entry.path)?)?;
        let counts = problem == Problem::Missing || !looked.only_missing;
        counts.then(|| Finding { problem, path: entry.path.clone() })
    });
    let mut found: Vec<Finding> = found.collect();
    let held = held_directories(content, standing);
    found.retain(|finding| {
        finding.problem != Problem::ShouldBeGone || !held.contains(&finding.path)
    });
    found.sort();
    found
}

/// Returns the directories above what the version does not have and leaves alone where it stands:
/// they stay for its sake.
fn held_directories(
    content: &Content,
    standing: &BTreeMap<TreePath, Standing>,
) -> BTreeSet<TreePath> {
    let stands = |entry: &&Entry| standing.get(&entry.path) == Some(&Standing::Else);
    let stays = |entry: &&Entry| !entry.is_present() && is_left_alone(entry);
    let held = content.entries().filter(stays).filter(stands);
    held.flat_map(|entry| entry.path.ancestors()).collect()
}

fn problem_of(entry: &Entry, standing: Standing) -> Option<Problem> {
    match (entry.is_present(), standing) {
        (true, Standing::Nothing) => Some(Problem::Missing),
        (true, Standing::Else) if !is_left_alone(entry) => Some(Problem::Mismatched),
        (false, Standing::Else) if !is_left_alone(entry) => Some(Problem::ShouldBeGone),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use swupd_protocol::{manifest::Manifest, variant::Levels};

    use super::*;
    use crate::update::content::Layer;

    #[test]
    fn findings_are_told_by_problem_then_path() {
        let hash = "1".repeat(64);
        let zero = "0".repeat(64);
        let text = format!(
            "MANIFEST\t30\nversion:\t20\n\n\
             F...\t{hash}\t10\t/usr/b\nF...\t{hash}\t10\t/usr/a\nF...\t{hash}\t10\t/etc/a\n\
             F...\t{hash}\t10\t/etc/b\n.d..\t{zero}\t20\t/usr/c\n.g..\t{zero}\t20\t/usr/d\n\
             F...\t{hash}\t10\t/usr/e\n.d..\t{zero}\t20\t/usr/c/in\n\
             .d..\t{zero}\t20\t/usr/lib/modules\n.d..\t{zero}\t20\t/usr/lib/modules/1\n\
             .d..\t{zero}\t20\t/usr/gone\n.g..\t{zero}\t20\t/usr/gone/ghost\n"
        );
        let manifest = Manifest::parse(text.as_bytes()).unwrap();
        let content = Content::of([Layer { manifest: &manifest, tracked: true }], Levels::NONE);
        let path = |p: &str| TreePath::parse(p.as_bytes()).unwrap();
        let standing = BTreeMap::from([
            (path("/usr/b"), Standing::Else),
            (path("/usr/a"), Standing::Nothing),
            (path("/etc/a"), Standing::Else),
            (path("/etc/b"), Standing::Nothing),
            (path("/usr/c"), Standing::Else),
            (path("/usr/c/in"), Standing::Else),
            (path("/usr/d"), Standing::Else),
            (path("/usr/e"), Standing::Same),
            // Held by a boot entry that stays; no longer held by a ghost that is gone.
            (path("/usr/lib/modules"), Standing::Else),
            (path("/usr/lib/modules/1"), Standing::Else),
            (path("/usr/gone"), Standing::Else),
            (path("/usr/gone/ghost"), Standing::Nothing),
        ]);
        let told = |only_missing| {
            let found = judge(&content, &standing, Looked { only_missing });
            found.into_iter().map(|f| (f.problem, f.path.to_string())).collect::<Vec<_>>()
        };
        let missing =
            [(Problem::Missing, "/etc/b".to_owned()), (Problem::Missing, "/usr/a".to_owned())];
        assert_eq!(told(true), missing);
        let more = [
            (Problem::Mismatched, "/usr/b".to_owned()),
            (Problem::ShouldBeGone, "/usr/gone".to_owned()),
            (Problem::ShouldBeGone, "/usr/c/in".to_owned()),
            (Problem::ShouldBeGone, "/usr/c".to_owned()),
        ];
        assert_eq!(told(false), [&missing[..], &more].concat());
    }
}

//! What can be wrong with published content.

use std::{
    fmt,
    sync::{Mutex, PoisonError},
};

use swupd_protocol::{bundle::BundleName, hash::ContentHash, layout::RepoPath, path::TreePath};

/// Something that is wrong with a published file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The file.
    pub path: RepoPath,
    /// What is wrong with it.
    pub problem: Problem,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.path, self.problem)
    }
}

/// What is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// It is not there.
    Missing,
    /// It is damaged, or cannot be read.
    Damaged {
        /// Why, with all causes.
        why: String,
    },
    /// It is not signed by whom clients trust, or not what the signed MoM lists.
    Untrusted {
        /// Why, with all causes.
        why: String,
    },
    /// It holds something else than the file that it should be a copy of.
    Differs {
        /// That file.
        from: RepoPath,
    },
    /// It states something that is not so.
    States {
        /// What it states, as a noun.
        what: &'static str,
        /// What it says.
        stated: String,
        /// What is so.
        actual: String,
    },
    /// It names a bundle that its version does not have.
    UnknownBundle {
        /// The bundle.
        bundle: BundleName,
    },
    /// It has not got an object that it should have.
    Lacks {
        /// Where the object stands.
        path: TreePath,
        /// Its name.
        hash: ContentHash,
    },
    /// One of its members cannot be used.
    Member {
        /// The name of the object or delta.
        name: String,
        /// Why, with all causes.
        why: String,
    },
    /// It is a delta that cannot be used.
    Delta {
        /// Why, with all causes.
        why: String,
    },
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("is missing"),
            Self::Damaged { why } => write!(f, "is damaged: {why}"),
            Self::Untrusted { why } => write!(f, "would not be trusted: {why}"),
            Self::Differs { from } => write!(f, "holds something else than {from}"),
            Self::States { what, stated, actual } => {
                write!(f, "states the {what} {stated} instead of {actual}")
            }
            Self::UnknownBundle { bundle } => {
                write!(f, "names bundle {bundle}, which its version does not have")
            }
            Self::Lacks { path, hash } => write!(f, "lacks {path} ({hash})"),
            Self::Member { name, why } => write!(f, "has the member {name} in vain: {why}"),
            Self::Delta { why } => write!(f, "cannot be applied: {why}"),
        }
    }
}

/// Findings in the making, from any thread.
#[derive(Debug, Default)]
pub(super) struct Findings(Mutex<Vec<Finding>>);

impl Findings {
    pub(super) fn add(&self, path: &RepoPath, problem: Problem) {
        let finding = Finding { path: path.clone(), problem };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(finding);
    }

    /// Returns all of them by path, those of one path by what they say.
    pub(super) fn sorted(self) -> Vec<Finding> {
        let mut findings = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        findings.sort_by_cached_key(|finding| (finding.path.clone(), finding.problem.to_string()));
        findings
    }
}

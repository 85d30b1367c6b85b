//! The pointers to the newest versions.

use std::collections::BTreeMap;

use swupd_protocol::{
    layout::{self, RepoPath},
    limits::{MAX_LATEST, MAX_SIGNATURE},
    trust::Signed,
    version::{Format, FormatNumber, Version},
};

use super::{
    Check,
    finding::{Findings, Problem},
};
use crate::{repo::RepoError, report::causes};

/// Checks that each pointer is signed and means the newest version of its format, and that each
/// format has one.
pub(super) fn check(
    what: Check<'_>,
    newest: &BTreeMap<FormatNumber, Version>,
    findings: &Findings,
) -> Result<(), RepoError> {
    let mut formats = what.repo.formats()?;
    formats.extend(newest.keys());
    for format in formats {
        let path = layout::latest(Format::Number(format));
        pointer(what, &path, newest.get(&format), findings)?;
    }
    pointer(what, &layout::latest_version(), newest.values().max(), findings)
}

fn pointer(
    what: Check<'_>,
    path: &RepoPath,
    newest: Option<&Version>,
    findings: &Findings,
) -> Result<(), RepoError> {
    let Some(stated) = trusted(what, path, findings)? else { return Ok(()) };
    if Some(&stated) != newest {
        let actual = newest.map_or_else(|| "none".into(), ToString::to_string);
        let stated = stated.to_string();
        findings.add(path, Problem::States { what: "newest version", stated, actual });
    }
    Ok(())
}

/// Returns the version that a pointer means, if its signature is good.
fn trusted(
    what: Check<'_>,
    path: &RepoPath,
    findings: &Findings,
) -> Result<Option<Version>, RepoError> {
    let Some(text) = what.repo.read(path, MAX_LATEST)? else {
        findings.add(path, Problem::Missing);
        return Ok(None);
    };
    let Some(signature) = what.repo.read(&path.signature(), MAX_SIGNATURE)? else {
        findings.add(&path.signature(), Problem::Missing);
        return Ok(None);
    };
    let signed = Signed { text: &text, signature: &signature };
    match what.authority.trust_latest(signed, what.now) {
        Ok(versions) => Ok(versions.first().copied()),
        Err(error) => {
            findings.add(path, Problem::Untrusted { why: causes(&error) });
            Ok(None)
        }
    }
}

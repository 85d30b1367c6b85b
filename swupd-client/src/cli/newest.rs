//! The newest version, as an update takes it: from a mirror that is not too far behind what it
//! mirrors, else from there.

use swupd_protocol::{layout, layout::RepoPath, version::Version};

use super::{failure::Failure, session::Session};
use crate::{
    remote::{Base, Source},
    report::with_causes,
    settings::Mirror,
    update::{
        check::{Lag, PointerError, Pointers, Published},
        fetch::{Metadata, MetadataError},
    },
};

/// Returns what is published in the format that is followed, where nobody answers what was when
/// something was downloaded. A version that somebody asks for by number may be older than the
/// newest that was ever named.
pub(super) fn published(
    session: &Session,
    metadata: &Metadata<'_>,
    (installed, asked): (Option<Version>, Option<Version>),
) -> Result<Published, Failure> {
    let pointers = metadata.pointers();
    let path = layout::latest(metadata.format);
    let read = match compared(session, &pointers, &path) {
        Some(published) => return Ok(published),
        None => pointers.read(&path),
    };
    match read {
        Err(PointerError::Older { published, before, url }) if asked.is_some() => {
            session.output.warning(&format!(
                "{url} said before that version {before} is the newest: it may have been taken back"
            ));
            Ok(*published)
        }
        Err(PointerError::Fetch(error)) => match downloaded(metadata, (installed, asked)) {
            Some(kept) => {
                session.output.warning(&format!(
                    "nobody says what is newest now, version {} was when it was downloaded: {}",
                    kept.newest(),
                    with_causes(&error)
                ));
                Ok(kept)
            }
            None => Err(MetadataError::from(PointerError::Fetch(error)).into()),
        },
        read => {
            let read = read.or_else(|error| error.or_nothing_newer_than(installed));
            Ok(read.map_err(MetadataError::from)?)
        }
    }
}

/// Returns what was published when something newer than what is installed was downloaded.
fn downloaded(
    metadata: &Metadata<'_>,
    (installed, asked): (Option<Version>, Option<Version>),
) -> Option<Published> {
    let cache = metadata.cache?;
    let kept = metadata.pointers().kept(cache)?;
    let wanted = asked.map_or(kept.newest(), |asked| asked.min(kept.newest()));
    let is_there = cache.metadata(wanted, layout::MOM_FILE).is_ok_and(|mom| mom.is_some());
    (is_there && installed.is_none_or(|installed| wanted > installed)).then_some(kept)
}

/// Compares a mirror with what it mirrors; none where there is no mirror, or nothing to compare it
/// with.
fn compared(session: &Session, pointers: &Pointers<'_>, path: &RepoPath) -> Option<Published> {
    if !session.settings.urls.as_ref().is_ok_and(|urls| urls.is_mirrored) {
        return None;
    }
    let sources = pointers.remote.sources_of(Base::Version);
    let (&origin, mirrors) = sources.split_last()?;
    let by_origin = pointers.read_at(origin, path);
    let by_origin = by_origin.map_err(|error| {
        let why = with_causes(&error);
        session.output.verbose(&format!("the mirror cannot be compared with the origin: {why}"));
    });
    let by_origin = by_origin.ok()?;
    let by_mirror = mirrors.iter().find_map(|&mirror| {
        let read = pointers.read_at(mirror, path);
        read.map_err(|error| pass_over(session, pointers, mirror, &error)).ok()
    });
    let Some(by_mirror) = by_mirror else { return Some(by_origin) };
    let (mirror, newest) = (by_mirror.newest(), by_origin.newest());
    let behind = format!("the mirror has version {mirror}, and version {newest} is published");
    match Lag::of(mirror, newest) {
        Lag::Little => Some(by_mirror),
        Lag::Much => {
            session.output.warning(&behind);
            Some(by_mirror)
        }
        Lag::TooMuch => {
            session.output.warning(&format!("{behind}: it is too far behind, and no longer used"));
            leave_mirrors(session, pointers);
            Some(by_origin)
        }
    }
}

fn pass_over(session: &Session, pointers: &Pointers<'_>, mirror: Source, error: &PointerError) {
    let why = with_causes(error);
    session.output.warning(&format!("the mirror is passed over: {why}"));
    pointers.remote.pass_over(mirror);
}

/// Goes back to the origin, now and from here on.
fn leave_mirrors(session: &Session, pointers: &Pointers<'_>) {
    for base in [Base::Version, Base::Content] {
        let sources = pointers.remote.sources_of(base);
        for mirror in sources.split_last().map_or(&[][..], |(_, mirrors)| mirrors) {
            pointers.remote.pass_over(*mirror);
        }
    }
    if let Err(error) = Mirror::unset(&session.settings.tree) {
        session.output.warning(&with_causes(&error));
    }
}

//! What a version says of itself: its MoM, believed by signature, and the manifests of bundles, by
//! the hashes in it; each in all the forms in which it is published.

use swupd_protocol::{
    archive::{NamedFile, read_files},
    hash::ManifestHash,
    layout::{self, MOM_FILE, MOM_SIGNATURE_FILE, RepoPath},
    limits::{MAX_LATEST, MAX_MANIFEST, MAX_MOM, MAX_SIGNATURE},
    manifest::Manifest,
    mom::{Mom, MomEntry},
    trust::{Authority, Signed, TrustError, Trusted},
    version::{Format, Version},
};

use super::{
    MirrorError, Order,
    bring::{Bringer, Piece, Stream, whole},
    inbox::Staged,
};
use crate::report::causes;

/// A version's MoM, and its files where they have no place yet.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) mom: Trusted<Mom>,
    pub(super) staged: Vec<Staged>,
    /// Whether it was not here before.
    pub(super) is_new: bool,
}

/// A bundle's manifest, and its files where they have no place yet.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) line: MomEntry,
    pub(super) manifest: Trusted<Manifest>,
    pub(super) staged: Vec<Staged>,
}

impl Listed {
    /// Returns the path of the manifest.
    pub(super) fn path(&self) -> RepoPath {
        layout::manifest(&self.line.name, self.line.version)
    }
}

/// Returns a version's MoM: the one that is here, else upstream's; none where there is none.
pub(super) fn mom(
    order: Order<'_>,
    bringer: &Bringer<'_>,
    version: Version,
) -> Result<Option<Told>, MirrorError> {
    let path = layout::mom(version);
    let tar = Piece { path: path.tar(), limit: MAX_MOM };
    // Only asking tells what is not published any more.
    let is_owed = bringer.inbox.owed.has(&path);
    if !order.wishes.again && !order.wishes.delete && !is_owed {
        let here = bringer.here(&tar, |stream| members(stream, MAX_MOM));
        if let Some(mom) = here.and_then(|files| believe_here(order, version, &files)) {
            return Ok(Some(Told { mom, staged: Vec::new(), is_new: false }));
        }
    }
    let fetched = bringer.fetch(&tar, |stream| members(stream, MAX_MOM))?;
    let Some((files, tar)) = fetched else { return Ok(None) };
    let text = member(&files, MOM_FILE).unwrap_or_default();
    let signature = Piece { path: path.signature(), limit: MAX_SIGNATURE };
    let beside = bringer.fetch(&signature, whole)?;
    let signature = member(&files, MOM_SIGNATURE_FILE);
    let signature = signature.or(beside.as_ref().map(|(text, _)| &text[..]));
    let mom = believe(order, version, text, signature)
        .map_err(|source| MirrorError::Untrusted { url: bringer.url(&path.tar()), source })?;
    let mut staged = Vec::new();
    if let Some((signature, file)) = beside {
        believe(order, version, text, Some(&signature)).map_err(|source| {
            MirrorError::Untrusted { url: bringer.url(&path.signature()), source }
        })?;
        staged.push(file);
    } else if matches!(order.authority, Authority::Anchor(_)) {
        let why = "it is missing upstream: the older client asks for it and goes no further";
        bringer.leave_out(&path, &path.signature(), why.into());
    }
    let bare = Piece { path: path.clone(), limit: MAX_MOM };
    let same = |stream: &mut Stream<'_>| {
        let is_it = whole(stream)? == text;
        is_it.then_some(()).ok_or_else(|| format!("it is not what the signed {} holds", path.tar()))
    };
    staged.extend(bringer.fetch(&bare, same)?.map(|((), file)| file));
    let format = Piece { path: layout::format_of(version), limit: MAX_LATEST };
    let stated = mom.header.format.to_string();
    let states = |stream: &mut Stream<'_>| {
        let is_it = whole(stream)?.trim_ascii() == stated.as_bytes();
        is_it.then_some(()).ok_or_else(|| format!("it does not say {stated}"))
    };
    let brought = bringer.fetch(&format, states);
    let brought = bringer.or_leave_out(&path, &format.path, brought)?.flatten();
    staged.extend(brought.map(|((), file)| file));
    // The one that clients ask for comes last.
    staged.push(tar);
    let is_new = !order.repo.has(&path.tar());
    Ok(Some(Told { mom, staged, is_new }))
}

/// Returns a bundle's manifest: the one that is here, else upstream's.
pub(super) fn manifest(
    order: Order<'_>,
    bringer: &Bringer<'_>,
    mom: &Trusted<Mom>,
    line: &MomEntry,
) -> Result<Listed, MirrorError> {
    let path = layout::manifest(&line.name, line.version);
    let tar = Piece { path: path.tar(), limit: MAX_MANIFEST };
    let name = layout::manifest_file(&line.name);
    let trusted = |stream: &mut Stream<'_>| {
        let files = members(stream, MAX_MANIFEST)?;
        let text = member(&files, &name).ok_or("the manifest is not in it")?;
        mom.trust_manifest(&line.name, text).map_err(|error| causes(&error))
    };
    let line = line.clone();
    if let Some(manifest) = bringer.here(&tar, trusted)
        && !order.wishes.again
        && !bringer.inbox.owed.has(&path)
    {
        return Ok(Listed { line, manifest, staged: Vec::new() });
    }
    let (manifest, tar) = bringer.fetch(&tar, trusted)?.ok_or_else(|| {
        let url = bringer.url(&path.tar());
        MirrorError::Missing { url, hint: None }
    })?;
    let bare = Piece { path, limit: MAX_MANIFEST };
    let same = |stream: &mut Stream<'_>| match ManifestHash::of(&whole(stream)?) {
        found if found == line.hash => Ok(()),
        found => Err(format!("it has the hash {found}, but the MoM lists {}", line.hash)),
    };
    let mut staged: Vec<Staged> =
        bringer.fetch(&bare, same)?.map(|((), file)| file).into_iter().collect();
    staged.push(tar);
    Ok(Listed { line, manifest, staged })
}

/// Believes a MoM that is here, whose signature may lie beside it.
fn believe_here(order: Order<'_>, version: Version, files: &[NamedFile]) -> Option<Trusted<Mom>> {
    let text = member(files, MOM_FILE)?;
    let beside = order.repo.read(&layout::mom(version).signature(), MAX_SIGNATURE).ok()?;
    let signature = member(files, MOM_SIGNATURE_FILE).or(beside.as_deref());
    believe(order, version, text, signature).ok()
}

fn believe(
    order: Order<'_>,
    version: Version,
    text: &[u8],
    signature: Option<&[u8]>,
) -> Result<Trusted<Mom>, TrustError> {
    let signed = Signed { text, signature: signature.unwrap_or_default() };
    let authority: &Authority = order.authority;
    authority.trust_mom(signed, version, Format::Staging, order.now)
}

pub(super) fn members(stream: &mut Stream<'_>, limit: u64) -> Result<Vec<NamedFile>, String> {
    read_files(stream, limit + MAX_SIGNATURE).map_err(|error| causes(&error))
}

pub(super) fn member<'f>(files: &'f [NamedFile], name: &str) -> Option<&'f [u8]> {
    let file = files.iter().find(|file| file.name == name.as_bytes())?;
    Some(&file.content)
}

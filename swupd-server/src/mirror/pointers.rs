//! The pointers to the newest versions, as upstream has them: believed by signature, and none that
//! is older than the one that is here.

use swupd_protocol::{
    layout::RepoPath,
    limits::{MAX_LATEST, MAX_SIGNATURE},
    trust::{Authority, Signed},
    version::Version,
};
use swupd_remote::Base;

use super::{MirrorError, Order, bring::is_lacking};

/// A pointer that is believed.
#[derive(Debug)]
pub(super) struct Pointer {
    path: RepoPath,
    text: Vec<u8>,
    signature: Option<Vec<u8>>,
    newest: Version,
    /// Further versions that it lists.
    pub(super) earlier: Vec<Version>,
}

impl Pointer {
    pub(super) fn newest(&self) -> Version {
        self.newest
    }

    pub(super) fn path(&self) -> &RepoPath {
        &self.path
    }

    /// Returns its files, the signature first.
    pub(super) fn files(&self) -> impl Iterator<Item = (RepoPath, &[u8])> {
        let signature = self.signature.iter().map(|text| (self.path.signature(), &text[..]));
        signature.chain([(self.path.clone(), &self.text[..])])
    }
}

/// Reads a pointer; none where there is none.
pub(super) fn read(order: Order<'_>, path: &RepoPath) -> Result<Option<Pointer>, MirrorError> {
    let read = match believed(order, path) {
        // It moved between the two answers: now both are of the same.
        Err(MirrorError::Untrusted { .. } | MirrorError::Unsigned { .. }) => believed(order, path),
        read => read,
    };
    let Some(Believed { text, signature, versions }) = read? else { return Ok(None) };
    let Some((newest, earlier)) = versions.split_first() else { return Ok(None) };
    let url = order.remote.url(Base::Version, path);
    if let Some(known) = known(order, path)?.filter(|known| known > newest)
        && !order.wishes.accept_older
    {
        return Err(MirrorError::Older { url, stated: *newest, known });
    }
    let (newest, earlier) = (*newest, earlier.to_vec());
    Ok(Some(Pointer { path: path.clone(), text, signature, newest, earlier }))
}

/// What upstream answered, and what it says.
struct Believed {
    text: Vec<u8>,
    signature: Option<Vec<u8>>,
    versions: Vec<Version>,
}

fn believed(order: Order<'_>, path: &RepoPath) -> Result<Option<Believed>, MirrorError> {
    let Some(text) = small(order, path, MAX_LATEST)? else { return Ok(None) };
    let signature = small(order, &path.signature(), MAX_SIGNATURE)?;
    if signature.is_none() && matches!(order.authority, Authority::Anchor(_)) {
        let url = order.remote.url(Base::Version, &path.signature());
        return Err(MirrorError::Unsigned { url });
    }
    let url = order.remote.url(Base::Version, path);
    let versions = believe(order, &text, signature.as_deref())
        .map_err(|source| MirrorError::Untrusted { url, source })?;
    Ok(Some(Believed { text, signature, versions }))
}

/// Returns what the pointer that is here says; none where that cannot be believed.
fn known(order: Order<'_>, path: &RepoPath) -> Result<Option<Version>, MirrorError> {
    let Some(text) = order.repo.read(path, MAX_LATEST)? else { return Ok(None) };
    let signature = order.repo.read(&path.signature(), MAX_SIGNATURE)?;
    let versions = believe(order, &text, signature.as_deref()).ok();
    Ok(versions.and_then(|versions| versions.first().copied()))
}

fn believe(
    order: Order<'_>,
    text: &[u8],
    signature: Option<&[u8]>,
) -> Result<Vec<Version>, swupd_protocol::trust::TrustError> {
    let signed = Signed { text, signature: signature.unwrap_or_default() };
    Ok(order.authority.trust_latest(signed, order.now)?.into_inner())
}

fn small(order: Order<'_>, path: &RepoPath, limit: u64) -> Result<Option<Vec<u8>>, MirrorError> {
    match order.remote.fetch(Base::Version, path, limit) {
        Ok(text) => Ok(Some(text)),
        Err(error) if is_lacking(error.kind) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

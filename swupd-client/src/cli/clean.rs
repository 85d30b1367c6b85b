//! `clean`: removes from the cache what can be downloaded again.

use std::collections::BTreeSet;

use swupd_protocol::{layout, mom::Mom, version::Version};

use super::{arguments::CleanFlags, failure::Failure, output::Exit, session::Session};
use crate::host::{
    os_release,
    root::Root,
    state::{Act, Caches, Cleaned},
};

/// Removes everything but the metadata of the installed version, with `--all` that too; with
/// `--dry-run` only tells.
pub(super) fn run(session: &Session, flags: &CleanFlags) -> Result<Exit, Failure> {
    let tree = &session.settings.tree;
    let root = Root::open(tree).map_err(|source| Failure::Tree { path: tree.clone(), source })?;
    let _lock = session.lock(&root)?;
    let cleaned = match Caches::look(&session.settings.cache_dir, &root)? {
        Some(caches) => clean(session, flags, &caches)?,
        None => Cleaned::default(),
    };
    let Cleaned { files, bytes, busy } = cleaned;
    if busy > 0 {
        let text = format!("{busy} caches are in use by other runs, and stay as they are");
        session.output.warning(&text);
    }
    session.output.info(&if flags.dry_run {
        format!("{files} files would be removed, and {bytes} bytes freed")
    } else {
        format!("{files} files removed, {bytes} bytes freed")
    });
    Ok(Exit::Ok)
}

fn clean(session: &Session, flags: &CleanFlags, caches: &Caches) -> Result<Cleaned, Failure> {
    let kept = if flags.all { BTreeSet::new() } else { in_use(session, caches)? };
    let keep = |version, file: &str| kept.contains(&(version, file.to_owned()));
    let act = if flags.dry_run { Act::Tell } else { Act::Do };
    let cleaned = caches.clean(act, &keep, &mut |path| match act {
        Act::Tell => session.output.answer(&path.display().to_string()),
        Act::Do => session.output.verbose(&format!("removed {}", path.display())),
    });
    cleaned.map_err(Failure::Clean)
}

/// Returns the files of metadata that the installed version consists of, as far as the caches say:
/// what they say wrongly only costs a download.
fn in_use(session: &Session, caches: &Caches) -> Result<BTreeSet<(Version, String)>, Failure> {
    let tree = &session.settings.tree;
    let installed =
        os_release::version(tree).map_err(|source| Failure::Tree { path: tree.clone(), source })?;
    let Some(installed) = installed else { return Ok(BTreeSet::new()) };
    let texts = caches.metadata(installed, layout::MOM_FILE)?;
    let moms: Vec<Mom> = texts.iter().filter_map(|text| Mom::parse(text).ok()).collect();
    let of_mom = [layout::MOM_FILE, layout::MOM_SIGNATURE_FILE].map(ToOwned::to_owned);
    let of_bundles = moms.iter().flat_map(|mom| &mom.bundles);
    // The other client has a second name for what it verified.
    let manifests = of_bundles.flat_map(|line| {
        let name = layout::manifest_file(&line.name);
        let verified = format!("{name}.{}", line.hash);
        [(line.version, name), (line.version, verified)]
    });
    let of_mom = of_mom.into_iter().filter(|_| !moms.is_empty()).map(|file| (installed, file));
    Ok(manifests.chain(of_mom).collect())
}

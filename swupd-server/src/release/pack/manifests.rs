//! The manifests of a version, each alone, in its archive, and as the difference to earlier ones.

use std::io::{self, BufWriter, Write};

use fs_err::File;
use rayon::prelude::*;
use swupd_protocol::{
    archive::write_files,
    bundle::BundleName,
    compression::Encoding,
    delta,
    layout::{self, FULL_FILE, MOM_FILE, RepoPath},
    manifest::Manifest,
};

use super::{PackError, windowed};
use crate::release::{
    describe::{Described, ManifestDelta},
    encode::encoding,
    work::Workshop,
};

/// Writes all but what needs a signature: the MoM's own archive.
pub(super) fn write(described: &Described, shop: &Workshop<'_>) -> Result<(), PackError> {
    let writer = Writer { described, shop };
    let changed = described.changed.par_iter();
    changed.try_for_each(|(bundle, manifest)| writer.manifest(bundle, manifest))?;
    let version = described.version;
    let full = described.full.to_text();
    writer.put_with_tar(&layout::full_manifest(version), FULL_FILE, &full)?;
    writer.put(&layout::format_of(version), described.format.to_string().as_bytes())?;
    writer.put(&layout::mom(version), &described.mom.to_text())?;
    Ok(())
}

struct Writer<'a> {
    described: &'a Described,
    shop: &'a Workshop<'a>,
}

impl Writer<'_> {
    fn manifest(&self, bundle: &BundleName, manifest: &Manifest) -> Result<(), PackError> {
        let text = manifest.to_text();
        let path = layout::manifest(bundle, self.described.version);
        let tar_size = self.put_with_tar(&path, &layout::manifest_file(bundle), &text)?;
        let deltas = &self.described.manifest_deltas;
        for delta in deltas.iter().filter(|delta| delta.bundle == *bundle) {
            self.delta(delta, &text, tar_size)?;
        }
        Ok(())
    }

    /// Writes the difference to an earlier manifest, where it is smaller than the archive.
    fn delta(&self, plan: &ManifestDelta, text: &[u8], tar_size: u64) -> Result<(), PackError> {
        let ManifestDelta { bundle, from, to } = plan;
        let earlier = layout::manifest(bundle, *from);
        let earlier = self.shop.repo.manifest_text(&earlier).map_err(|source| {
            PackError::Earlier { bundle: bundle.clone(), source: Box::new(source) }
        })?;
        let Some(earlier) = earlier else { return Ok(()) };
        let Some(delta) = delta::between_manifests(&earlier, text)? else { return Ok(()) };
        if (delta.len() as u64) < tar_size {
            self.put(&layout::manifest_delta(bundle, *from, *to), &delta)?;
        }
        Ok(())
    }

    /// Writes a file and an archive of it alone; returns the size of the archive.
    fn put_with_tar(&self, path: &RepoPath, name: &str, text: &[u8]) -> io::Result<u64> {
        self.put(path, text)?;
        let file = BufWriter::new(File::create(self.shop.work.path(&path.tar()))?);
        let how = how(self.shop);
        let mut file = write_files(file, how, self.described.timestamp, &[(name, text)])?;
        file.flush()?;
        Ok(file.get_ref().metadata()?.len())
    }

    fn put(&self, path: &RepoPath, text: &[u8]) -> io::Result<()> {
        fs_err::write(self.shop.work.path(path), text)
    }
}

/// Writes the archive of the MoM and its signature.
pub(in crate::release) fn write_mom_tar(
    described: &Described,
    shop: &Workshop<'_>,
    mom: &[u8],
    signature: &[u8],
) -> io::Result<()> {
    let path = layout::mom(described.version).tar();
    let file = BufWriter::new(File::create(shop.work.path(&path))?);
    let files = [(MOM_FILE, mom), (layout::MOM_SIGNATURE_FILE, signature)];
    write_files(file, how(shop), described.timestamp, &files)?.flush()
}

/// Every update fetches manifests: they are packed as hard as what updates are made of.
fn how(shop: &Workshop<'_>) -> Encoding {
    windowed(encoding(shop.compression.delta_packs))
}

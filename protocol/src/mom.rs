//! The manifest of manifests (MoM): which bundles a version has, and the hash of each one's
//! manifest.

use crate::{
    bundle::BundleName,
    hash::ManifestHash,
    manifest::{
        Fields, Header, Lines, ManifestError, Status, status_from, status_letter, write_line,
    },
    version::Version,
};

/// The manifest of manifests of one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mom {
    /// What it says of itself.
    pub header: Header,
    /// The bundles of the version.
    pub bundles: Vec<MomEntry>,
}

/// One bundle of a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MomEntry {
    /// Whether the bundle is part of the version, or gone since an earlier one.
    pub status: Status,
    /// The name of its manifest's text.
    pub hash: ManifestHash,
    /// The version in which the bundle last changed: where its manifest and packs lie.
    pub version: Version,
    /// The bundle.
    pub name: BundleName,
}

impl MomEntry {
    /// Says whether the version has the bundle.
    pub fn is_present(&self) -> bool {
        matches!(self.status, Status::Present | Status::Experimental)
    }
}

impl Mom {
    /// Reads a MoM's text.
    pub fn parse(text: &[u8]) -> Result<Self, ManifestError> {
        let mut lines = Lines::new(text)?;
        let header = Header::parse(&mut lines)?;
        let mut bundles = Vec::new();
        while let Some(line) = lines.next()? {
            let fields = Fields::parse(line, lines.number)?;
            if fields.flags[0] != b'M' {
                continue;
            }
            let name = std::str::from_utf8(fields.name).ok().and_then(|n| n.parse().ok());
            bundles.push(MomEntry {
                status: status_from(fields.flags[1]),
                hash: ManifestHash::stated(fields.hash),
                version: fields.version,
                name: name.ok_or(ManifestError::Bundle { line: lines.number })?,
            });
        }
        Ok(Self { header, bundles })
    }

    /// Writes the MoM as the reference server would: bundles by version, then name.
    pub fn to_text(&self) -> Vec<u8> {
        let mut sorted: Vec<&MomEntry> = self.bundles.iter().collect();
        sorted.sort_by(|a, b| (a.version, &a.name).cmp(&(b.version, &b.name)));
        let mut text = Vec::new();
        self.header.write(sorted.len(), &mut text);
        // Experimental bundles came with format 27.
        let knows_experimental = self.header.format.number() >= 27;
        for bundle in sorted {
            let status = match bundle.status {
                Status::Experimental if !knows_experimental => Status::Present,
                status => status,
            };
            let flags = [b'M', status_letter(status), b'.', b'.'];
            let hash = bundle.hash.as_content_hash();
            write_line(flags, hash, bundle.version, bundle.name.as_str().as_bytes(), &mut text);
        }
        text
    }

    /// Returns the bundle of this name, if the version has it.
    pub fn bundle(&self, name: &BundleName) -> Option<&MomEntry> {
        self.bundles.iter().find(|bundle| bundle.is_present() && bundle.name == *name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = "MANIFEST\t30\nversion:\t20\nprevious:\t10\nfilecount:\t2\n\
        timestamp:\t1795527648\ncontentsize:\t0\n\n\
        Me..\t2ab15b01c7b94201ad9c11a81e315e29560d163d8514437d28c32f81e3081419\t10\tx\n\
        M...\t60b8483102efee69143876e5e5d7038f99a7add8bd9a9496ab2027fd9d758e87\t20\tos-core\n";

    #[test]
    fn a_mom_is_read_and_written_again() {
        let mom = Mom::parse(SMALL.as_bytes()).unwrap();
        assert_eq!(mom.bundles[0].status, Status::Experimental);
        assert_eq!(mom.bundle(&BundleName::os_core()).unwrap().version.number(), 20);
        assert_eq!(String::from_utf8(mom.to_text()).unwrap(), SMALL);
    }

    #[test]
    fn a_name_that_could_leave_a_directory_is_refused() {
        assert!(Mom::parse(SMALL.replace("\tx\n", "\t../x\n").as_bytes()).is_err());
        assert!(Mom::parse(SMALL.replace("\tx\n", "\tMoM\n").as_bytes()).is_err());
    }

    #[test]
    fn format_26_knows_no_experimental_bundles() {
        let old = SMALL.replace("MANIFEST\t30", "MANIFEST\t26");
        let text = Mom::parse(old.as_bytes()).unwrap().to_text();
        assert!(!String::from_utf8(text).unwrap().contains("Me.."));
    }
}

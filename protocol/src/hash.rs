//! The hash that names an object, and the one that names a manifest.
//!
//! `HMAC-SHA256(key, body)`, where the key is the 64 hexadecimal characters of
//! `HMAC-SHA256(stat, xattrs)`: type, owner, mode and size of an object are thereby part of its
//! name. The source is the protocol's page on the hash; the known answers in the tests were made
//! by the reference client.

use std::{fmt, str::FromStr};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::object::Attributes;

/// The name of an object: 32 bytes, written as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentHash([u8; 32]);

impl ContentHash {
    /// What stands in the hash field of a deleted entry: 64 zeros.
    pub const ABSENT: Self = Self([0; 32]);

    /// Returns the hash with these bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the bytes of the hash.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Says whether this is the hash of a deleted entry.
    pub fn is_absent(&self) -> bool {
        *self == Self::ABSENT
    }

    /// Reads exactly 64 hexadecimal digits, of either case.
    pub fn parse(hex: &[u8]) -> Result<Self, NotAHash> {
        let pairs = hex.as_chunks::<2>().0;
        let mut bytes = [0; 32];
        if hex.len() != 64 {
            return Err(NotAHash::new(hex));
        }
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            let digits = digit(*high).zip(digit(*low)).ok_or_else(|| NotAHash::new(hex))?;
            *byte = digits.0 << 4 | digits.1;
        }
        Ok(Self(bytes))
    }

    /// Returns the 64 lower-case hexadecimal digits.
    pub fn to_hex(self) -> [u8; 64] {
        let mut hex = [0; 64];
        for (pair, byte) in hex.as_chunks_mut::<2>().0.iter_mut().zip(self.0) {
            *pair = [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]];
        }
        hex
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(std::str::from_utf8(&self.to_hex()).unwrap_or_default())
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for ContentHash {
    type Err = NotAHash;

    fn from_str(text: &str) -> Result<Self, NotAHash> {
        Self::parse(text.as_bytes())
    }
}

/// The name of a manifest in the MoM.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ManifestHash(ContentHash);

impl ManifestHash {
    /// Returns the hash of a manifest's text: that of a regular file of mode 0644 that root owns.
    pub fn of(text: &[u8]) -> Self {
        let mut hasher = ContentHasher::file(Attributes::new(0o644, 0, 0), text.len() as u64);
        hasher.update(text);
        Self(hasher.finish())
    }

    /// Takes the hash that a MoM line states.
    pub fn stated(hash: ContentHash) -> Self {
        Self(hash)
    }

    /// Returns the hash as the MoM writes it.
    pub fn as_content_hash(self) -> ContentHash {
        self.0
    }
}

impl fmt::Display for ManifestHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Extended attributes as a hash counts them, where a client was built to count them.
///
/// What `mixer` makes, and so every published manifest, is hashed with [`Xattrs::NONE`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Xattrs(Vec<u8>);

impl Xattrs {
    /// No extended attributes.
    pub const NONE: Self = Self(Vec::new());

    /// Returns the attributes in the form that is hashed: sorted names, each ended by a NUL, then
    /// the values in the same order, each given a final NUL where it lacks one.
    pub fn new(mut attributes: Vec<(Vec<u8>, Vec<u8>)>) -> Self {
        attributes.sort();
        let names = attributes.iter().flat_map(|(name, _)| name.iter().copied().chain([0]));
        let mut blob: Vec<u8> = names.collect();
        for (_, value) in &attributes {
            blob.extend_from_slice(value);
            if value.last() != Some(&0) {
                blob.push(0);
            }
        }
        Self(blob)
    }
}

/// A hash in the making: of a file whose content streams past, or complete from the start.
#[derive(Debug, Clone)]
pub struct ContentHasher(Hmac<Sha256>);

impl ContentHasher {
    /// Starts the hash of a regular file of `size` bytes without extended attributes.
    pub fn file(attributes: Attributes, size: u64) -> Self {
        Self::file_with_xattrs(attributes, size, &Xattrs::NONE)
    }

    /// Starts the hash of a regular file with extended attributes.
    pub fn file_with_xattrs(attributes: Attributes, size: u64, xattrs: &Xattrs) -> Self {
        Self::start(S_IFREG | attributes.mode, attributes.uid, attributes.gid, size, xattrs)
    }

    /// Returns the complete hash of a directory.
    pub fn directory(attributes: Attributes) -> Self {
        Self::directory_with_xattrs(attributes, &Xattrs::NONE)
    }

    /// Returns the complete hash of a directory with extended attributes.
    pub fn directory_with_xattrs(attributes: Attributes, xattrs: &Xattrs) -> Self {
        let mode = S_IFDIR | attributes.mode;
        let mut hasher = Self::start(mode, attributes.uid, attributes.gid, 0, xattrs);
        hasher.update(b"DIRECTORY");
        hasher
    }

    /// Returns the complete hash of a symbolic link: its mode counts as 0, its size as the
    /// target's length.
    pub fn symlink(uid: u32, gid: u32, target: &[u8]) -> Self {
        let mut hasher = Self::start(0, uid, gid, target.len() as u64, &Xattrs::NONE);
        hasher.update(target);
        hasher
    }

    /// Adds content.
    pub fn update(&mut self, content: &[u8]) {
        self.0.update(content);
    }

    /// Returns the hash of what was given.
    pub fn finish(self) -> ContentHash {
        ContentHash(self.0.finalize().into_bytes().into())
    }

    fn start(mode: u32, uid: u32, gid: u32, size: u64, xattrs: &Xattrs) -> Self {
        let mut stat = [0; 40];
        // mode, uid, gid, rdev (always 0), size
        let fields = [u64::from(mode), u64::from(uid), u64::from(gid), 0, size];
        for (bytes, field) in stat.as_chunks_mut::<8>().0.iter_mut().zip(fields) {
            *bytes = field.to_le_bytes();
        }
        let mut outer = keyed(&stat);
        outer.update(&xattrs.0);
        let key = ContentHash(outer.finalize().into_bytes().into()).to_hex();
        Self(keyed(&key))
    }
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    // Keys of up to a block's 64 bytes are padded with zeros; both of ours are.
    let mut block = hmac::digest::Key::<Hmac<Sha256>>::default();
    block[..key.len()].copy_from_slice(key);
    Hmac::new(&block)
}

/// The text is no hash.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a hash: 64 hexadecimal digits are")]
pub struct NotAHash(String);

impl NotAHash {
    fn new(bytes: &[u8]) -> Self {
        Self(String::from_utf8_lossy(&bytes[..bytes.len().min(80)]).into_owned())
    }
}

fn digit(ascii: u8) -> Option<u8> {
    char::from(ascii).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

const DIGITS: &[u8; 16] = b"0123456789abcdef";
const S_IFREG: u32 = 0o100_000;
const S_IFDIR: u32 = 0o040_000;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn file(mode: u32, uid: u32, gid: u32, content: &[u8]) -> String {
        let mut hasher = ContentHasher::file(Attributes::new(mode, uid, gid), content.len() as u64);
        hasher.update(content);
        hasher.finish().to_string()
    }

    #[test]
    fn files_have_the_reference_clients_hashes() {
        assert_eq!(
            file(0o644, 0, 0, b"test-data"),
            "8286279c93f45c7ffa6b9ed440066de09716527346d9dd0239f50948e0e554f0"
        );
        assert_eq!(
            file(0o600, 0, 0, b""),
            "eb0e822d91ece255077f7c6e019bb2d9420e3602085e01631267081b166fe31e"
        );
        assert_eq!(
            file(0o4755, 1000, 1000, b"x"),
            "b06ad414cbb6228f87384060a2946e4b8e300883f3ef7fb4ca7a2d720d7c1949"
        );
        assert_eq!(
            file(0o644, 0, 0, &vec![0; 100_000]),
            "6e4dbe3967158cb3ce7e3d61212936c9f70fbb3c0aa13dcbc4a9b8ad505695d5"
        );
    }

    #[test]
    fn links_and_directories_have_the_reference_clients_hashes() {
        assert_eq!(
            ContentHasher::symlink(0, 0, b"/some/target/path").finish().to_string(),
            "75f8a3e744be454cca16c4db9c7457a47e1a7be554f2d84b4eaaa246a1fc6c9f"
        );
        assert_eq!(
            ContentHasher::symlink(5, 7, b"rel").finish().to_string(),
            "48ebd744fed535a5863e28ef5266b2b5b138777f3913c79f6531883886378894"
        );
        assert_eq!(
            ContentHasher::directory(Attributes::new(0o755, 0, 0)).finish().to_string(),
            "6c27df6efcd6fc401ff1bc67c970b83eef115f6473db4fb9d57e5de317eba96e"
        );
        assert_eq!(
            ContentHasher::directory(Attributes::new(0o1777, 0, 0)).finish().to_string(),
            "d93a5e9129361e28b9e244fe422234e3a1794b001a082aeb78e16fd881673a2b"
        );
    }

    #[test]
    fn xattrs_are_hashed_sorted_and_ended_by_nul() {
        let pairs = |list: &[(&str, &str)]| {
            Xattrs::new(
                list.iter().map(|(n, v)| (n.as_bytes().into(), v.as_bytes().into())).collect(),
            )
        };
        let blob = pairs(&[("user.b", "2"), ("user.a", "1\0")]);
        assert_eq!(blob.0, b"user.a\0user.b\x001\x002\0");
        assert_eq!(pairs(&[]), Xattrs::NONE);
    }

    proptest! {
        #[test]
        fn hex_round_trips(bytes: [u8; 32]) {
            let hash = ContentHash::from_bytes(bytes);
            prop_assert_eq!(hash.to_string().parse::<ContentHash>().unwrap(), hash);
        }

        #[test]
        fn other_text_is_refused(text in "[0-9a-g]{0,70}") {
            let fits = text.len() == 64 && !text.contains('g');
            prop_assert_eq!(text.parse::<ContentHash>().is_ok(), fits);
        }
    }
}

//! How much a stranger may make us read: bounds on everything that comes from a server or a mirror.
//!
//! Sizes are bytes. What is signed (a manifest's `contentsize`) bounds more tightly where it is known.

/// Longest path of a manifest entry, as the kernel's `PATH_MAX` allows.
pub const MAX_PATH: usize = 4095;
/// Longest component of a path, as the kernel's `NAME_MAX` allows.
pub const MAX_PATH_COMPONENT: usize = 255;
/// Longest name of a bundle; `Manifest.` and a version must fit a file name with it.
pub const MAX_BUNDLE_NAME: usize = 200;

/// Most entries of one manifest, as the reference client has it.
pub const MAX_FILE_COUNT: u64 = 4_000_000;
/// Largest `contentsize` of one manifest, as the reference client has it.
pub const MAX_CONTENT_SIZE: u64 = 2_000_000_000_000;
/// Longest line of a manifest: flags, hash, version, a path and room to spare.
pub const MAX_MANIFEST_LINE: usize = MAX_PATH + 256;
/// Largest manifest, unpacked.
pub const MAX_MANIFEST: u64 = 1 << 30;
/// Largest MoM, unpacked: it is read before anybody is known to have signed it.
pub const MAX_MOM: u64 = 64 << 20;
/// Most `includes` and `also-add` lines of one manifest.
pub const MAX_INCLUDES: usize = 10_000;

/// Largest `latest` file. The reference client takes 11 bytes in memory; several lines may follow.
pub const MAX_LATEST: u64 = 4 << 10;
/// Largest detached signature, chains included.
pub const MAX_SIGNATURE: u64 = 256 << 10;
/// Most certificates that a signature may carry.
pub const MAX_SIGNATURE_CERTIFICATES: usize = 16;
/// Most signers of one signature.
pub const MAX_SIGNERS: usize = 8;
/// Most certificates between a signer and its root.
pub const MAX_CHAIN_DEPTH: i32 = 8;
/// Largest file of trusted certificates. It is the system's own, and yet no larger than needed.
pub const MAX_ANCHOR_FILE: usize = 1 << 20;
/// Most certificates in such a file.
pub const MAX_ANCHOR_CERTIFICATES: usize = 64;

/// Largest single object (fullfile or delta result). Whole disks do not travel as one file.
pub const MAX_OBJECT: u64 = 64 << 30;
/// Longest target of a symbolic link.
pub const MAX_LINK_TARGET: usize = 4095;
/// Largest result of a delta, as the reference client has it.
pub const MAX_DELTA_RESULT: u64 = 512 << 20;
/// Largest delta container: its blocks may be stored raw, so it may pass its result's size a little.
pub const MAX_DELTA: u64 = MAX_DELTA_RESULT + (64 << 20);
/// Largest pack, unpacked.
pub const MAX_PACK: u64 = 256 << 30;
/// Most members of a pack.
pub const MAX_PACK_MEMBERS: u64 = MAX_FILE_COUNT;

/// Largest extended header (PAX) of one archive member: all its extended attributes.
pub const MAX_ARCHIVE_HEADER: u64 = 1 << 20;
/// Most zero bytes behind the end of an archive; what tools write fills up a block of 10 KiB.
pub const MAX_ARCHIVE_PADDING: u64 = 1 << 20;

/// Largest window that a zstd stream may ask for, as a power of two: what `zstd --long` writes.
pub const MAX_ZSTD_WINDOW_LOG: u32 = 27;
/// Memory that an xz stream may ask for: what `xz -9` needs, and room to spare.
pub const MAX_XZ_MEMORY: u64 = 128 << 20;

/// Largest table of attributes of one bundle.
pub const MAX_ATTRIBUTES: u64 = 256 << 20;
/// Largest value of one extended attribute, as the kernel has it.
pub const MAX_XATTR_VALUE: usize = 65_536;
/// Longest name of an extended attribute, as the kernel has it.
pub const MAX_XATTR_NAME: usize = 255;
/// Most extended attributes of one object.
pub const MAX_XATTRS: usize = 64;

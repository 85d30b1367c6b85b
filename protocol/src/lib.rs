//! What every byte of the swupd update protocol means.
//!
//! This crate holds the nouns: it parses, writes, hashes, compresses and checks, from values to
//! values and from readers to writers. It opens no file and no socket, and reads no clock.
//!
//! The rooms, in the order in which a client comes to trust things:
//!
//! | room | what it says |
//! |---|---|
//! | [`version`], [`path`], [`bundle`], [`hash`] | the ids: one fallible constructor each |
//! | [`limits`] | how much a stranger may make us read |
//! | [`layout`] | where each thing lies in a published repository |
//! | [`trust`] | certificates, signatures; the only maker of [`trust::Trusted`] |
//! | [`mom`], [`manifest`], [`variant`] | the text codecs of what a version contains |
//! | [`release`] | a trusted MoM and the very manifests it lists |
//! | [`object`], [`attributes`], [`territory`] | what stands at a path, what no hash covers, whose a path is |
//! | [`compression`], [`archive`] | the streams that objects travel in, bounded |
//! | [`fullfile`], [`pack`], [`delta`] | one object, many objects, the difference of two |

pub mod archive;
pub mod attributes;
pub mod bundle;
pub mod compression;
pub mod delta;
pub mod fullfile;
pub mod hash;
pub mod layout;
pub mod limits;
pub mod manifest;
pub mod mom;
pub mod object;
pub mod pack;
pub mod path;
pub mod release;
pub mod territory;
pub mod trust;
pub mod variant;
pub mod version;

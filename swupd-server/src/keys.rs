//! Who signs: a key in a file, or a program that holds the key elsewhere. What either gives is
//! verified before it is used, by whoever asked for it.

/// Makes detached signatures.
pub trait Signer: std::fmt::Debug + Send + Sync {
    /// Returns the detached CMS signature of the data, in DER.
    fn sign(&self, data: &[u8]) -> Result<Vec<u8>, SigningError>;
}

/// Why something could not be signed.
#[derive(Debug, thiserror::Error)]
pub enum SigningError {
    /// The signing program failed.
    #[error("the signing command `{command}` {how}")]
    Command {
        /// The program.
        command: String,
        /// How it failed.
        how: String,
    },
}

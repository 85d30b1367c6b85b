//! Who signs: a key in a file, or a program that holds the key elsewhere. What either gives is
//! verified with the certificate that clients trust before anything is published.

use std::{
    io::{self, Read, Write},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
};

use swupd_protocol::{
    limits::MAX_SIGNATURE,
    trust::{self, Authority, CertificateError, TrustAnchor},
};

use crate::settings::{SignerSettings, SigningSettings};

/// Makes detached signatures.
pub trait Signer: std::fmt::Debug + Send + Sync {
    /// Returns the detached CMS signature of the data, in DER.
    fn sign(&self, data: &[u8]) -> Result<Vec<u8>, SigningError>;
}

/// All that signing needs.
#[derive(Debug)]
pub struct Keys {
    /// Makes the signatures.
    pub signer: Box<dyn Signer>,
    /// What clients trust.
    pub authority: Authority,
    /// The certificate that clients get to trust, PEM.
    pub trusted: Vec<u8>,
}

impl Keys {
    /// Reads certificates and keys; paths are relative to `directory`.
    pub fn load(settings: &SigningSettings, directory: &Path) -> Result<Self, KeysError> {
        let trusted_path = directory.join(&settings.trusted);
        let trusted = fs_err::read(&trusted_path)?;
        let anchor = TrustAnchor::from_pem(&trusted, None)
            .map_err(|source| KeysError::Certificate { path: trusted_path, source })?;
        let signer: Box<dyn Signer> = match &settings.signer {
            SignerSettings::Key(key) => Box::new(KeyFile {
                certificate: fs_err::read(directory.join(&settings.certificate))?,
                key: fs_err::read(directory.join(key))?,
            }),
            SignerSettings::Command(command) => {
                Box::new(Program { command: command.clone(), directory: directory.to_owned() })
            }
        };
        Ok(Self { signer, authority: Authority::Anchor(anchor), trusted })
    }
}

/// Signs with a private key that was read from a file.
struct KeyFile {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

impl std::fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The key must not get into any log.
        f.debug_struct("KeyFile").finish_non_exhaustive()
    }
}

impl Signer for KeyFile {
    fn sign(&self, data: &[u8]) -> Result<Vec<u8>, SigningError> {
        Ok(trust::sign(data, &self.certificate, &self.key)?)
    }
}

/// Signs by a program that gets the data on its standard input and gives the signature on its
/// standard output.
#[derive(Debug)]
struct Program {
    command: Vec<String>,
    /// Where it runs: its arguments may name files of the working directory.
    directory: PathBuf,
}

impl Signer for Program {
    fn sign(&self, data: &[u8]) -> Result<Vec<u8>, SigningError> {
        let name = self.command.first().cloned().unwrap_or_default();
        let unusable = |source| SigningError::Run { command: name.clone(), source };
        let mut child = Command::new(&name)
            .args(self.command.iter().skip(1))
            .current_dir(&self.directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(unusable)?;
        let said = converse(&mut child, data);
        let status = child.wait().map_err(unusable)?;
        let said = said.map_err(unusable)?;
        said.judge(status).map_err(|how| SigningError::Command { command: name, how })
    }
}

/// What a signing program said.
struct Said {
    signature: Vec<u8>,
    complaints: Vec<u8>,
}

impl Said {
    fn judge(self, status: ExitStatus) -> Result<Vec<u8>, String> {
        if self.signature.len() as u64 > MAX_SIGNATURE {
            return Err("gave more than any signature is long".into());
        }
        if !status.success() {
            let complaints = String::from_utf8_lossy(&self.complaints);
            let last = complaints.trim().lines().next_back().unwrap_or("no message");
            return Err(format!("failed ({status}): {last}"));
        }
        if self.signature.is_empty() {
            return Err("gave no signature".into());
        }
        Ok(self.signature)
    }
}

/// Writes and reads at the same time, so that neither side waits for the other for ever.
fn converse(child: &mut Child, data: &[u8]) -> io::Result<Said> {
    let (input, output, complaints) =
        (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (Some(mut input), Some(output), Some(complaints)) = (input, output, complaints) else {
        return Err(io::ErrorKind::BrokenPipe.into());
    };
    thread::scope(|scope| {
        scope.spawn(move || {
            // A program that does not read to the end has decided already; its answer counts.
            drop(input.write_all(data));
        });
        let complaints = scope.spawn(move || read(complaints, MAX_COMPLAINTS));
        let signature = read(output, MAX_SIGNATURE + 1);
        if signature.as_ref().is_ok_and(|s| s.len() as u64 <= MAX_SIGNATURE) {
            let complaints = complaints.join().unwrap_or_else(|_| Ok(Vec::new()))?;
            return Ok(Said { signature: signature?, complaints });
        }
        // It would wait for a reader that is gone, and we for it.
        child.kill()?;
        Ok(Said { signature: signature?, complaints: Vec::new() })
    })
}

fn read(from: impl Read, limit: u64) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    from.take(limit).read_to_end(&mut text)?;
    Ok(text)
}

/// Why something could not be signed.
#[derive(Debug, thiserror::Error)]
pub enum SigningError {
    /// Key and certificate do not serve.
    #[error("the signing key cannot be used")]
    Key(#[from] trust::SignError),
    /// The signing program cannot be run.
    #[error("the signing command `{command}` cannot be run")]
    Run {
        /// The program.
        command: String,
        /// The system's own words.
        source: io::Error,
    },
    /// The signing program failed.
    #[error("the signing command `{command}` {how}")]
    Command {
        /// The program.
        command: String,
        /// How it failed.
        how: String,
    },
}

/// Why keys cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// A file cannot be read; the cause names it.
    #[error("a certificate or key cannot be read")]
    File(#[from] io::Error),
    /// The certificate that clients get is none.
    #[error("{} holds no usable certificate", path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
        /// Why.
        source: CertificateError,
    },
}

/// Most bytes of what a signing program complains that are read.
const MAX_COMPLAINTS: u64 = 64 << 10;

#[cfg(test)]
#[path = "keys_tests.rs"]
mod tests;

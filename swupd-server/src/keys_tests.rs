use swupd_fixtures::keys::{Identity, NOW};
use swupd_protocol::trust::Signed;

use super::*;

fn directory() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let identity = Identity::self_signed("test");
    fs_err::write(directory.path().join("cert.pem"), identity.certificate_pem).unwrap();
    fs_err::write(directory.path().join("key.pem"), identity.key_pem).unwrap();
    directory
}

fn load(directory: &Path, signer: SignerSettings) -> Result<Keys, KeysError> {
    let settings =
        SigningSettings { certificate: "cert.pem".into(), signer, trusted: "cert.pem".into() };
    Keys::load(&settings, directory)
}

fn shell(directory: &Path, script: &str) -> Result<Vec<u8>, SigningError> {
    let command = ["sh", "-c", script].map(str::to_owned).to_vec();
    let data = vec![b'x'; 1 << 20];
    load(directory, SignerSettings::Command(command)).unwrap().signer.sign(&data)
}

#[test]
fn what_a_key_signs_is_trusted() {
    let directory = directory();
    let keys = load(directory.path(), SignerSettings::Key("key.pem".into())).unwrap();
    let signature = keys.signer.sign(b"10\n").unwrap();
    let signed = Signed { text: b"10\n", signature: &signature };
    keys.authority.trust_latest(signed, NOW).unwrap();
    assert!(!format!("{keys:?}").contains("PRIVATE"));
}

#[test]
fn a_program_gets_the_data_and_gives_the_signature() {
    let directory = directory();
    let length = shell(directory.path(), "wc -c; test -f cert.pem").unwrap();
    assert_eq!(length.trim_ascii(), b"1048576");
    assert_eq!(shell(directory.path(), "echo early").unwrap(), b"early\n");
}

#[test]
fn a_program_that_fails_is_named() {
    let directory = directory();
    let cases = [
        ("echo noise; echo no token >&2; exit 3", "failed (exit status: 3): no token"),
        ("exit 0", "gave no signature"),
        ("yes", "gave more than any signature is long"),
        ("kill -9 $$", "failed (signal: 9 (SIGKILL)): no message"),
    ];
    for (script, expected) in cases {
        let error = shell(directory.path(), script).unwrap_err().to_string();
        assert_eq!(error, format!("the signing command `sh` {expected}"), "{script}");
    }
    let absent = SignerSettings::Command(vec!["/nonexistent/sign".into()]);
    let error = load(directory.path(), absent).unwrap().signer.sign(b"").unwrap_err();
    assert!(matches!(error, SigningError::Run { .. }));
}

#[test]
fn files_that_are_absent_or_no_certificate_are_named() {
    let directory = directory();
    let error = load(directory.path(), SignerSettings::Key("other.pem".into())).unwrap_err();
    assert!(matches!(error, KeysError::File(source) if source.to_string().contains("other.pem")));
    fs_err::write(directory.path().join("cert.pem"), "text").unwrap();
    let error = load(directory.path(), SignerSettings::Key("key.pem".into())).unwrap_err();
    assert!(error.to_string().contains("cert.pem holds no usable certificate"));
}

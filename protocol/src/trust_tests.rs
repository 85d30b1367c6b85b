use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::limits::MAX_SIGNATURE;

/// A day in 2027, on which the test certificate is valid.
const NOW: u64 = 1_800_000_000;
const DAY: u64 = 86_400;

const HEADER: &str = "MANIFEST\t30\nversion:\t20\nprevious:\t10\nfilecount:\t1\n\
    timestamp:\t1795527648\ncontentsize:\t0\n\n";
const MANIFEST_LINE: &str =
    "D...\t6c27df6efcd6fc401ff1bc67c970b83eef115f6473db4fb9d57e5de317eba96e\t10\t/usr\n";

/// One signer for all tests: its key takes a while to make.
static SIGNER: LazyLock<Signer> = LazyLock::new(|| {
    let (certificate, key) = self_signed("tests", NOW - DAY, 10).unwrap();
    Signer { certificate, key }
});
static SIGNED_MOM: LazyLock<(String, Vec<u8>)> = LazyLock::new(|| {
    let text = mom(20);
    let signature = SIGNER.sign(text.as_bytes());
    (text, signature)
});

struct Signer {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

impl Signer {
    fn sign(&self, text: &[u8]) -> Vec<u8> {
        sign(text, &self.certificate, &self.key).unwrap()
    }

    fn authority(&self) -> Authority {
        Authority::Anchor(TrustAnchor::from_pem(&self.certificate, None).unwrap())
    }
}

fn manifest() -> String {
    format!("{HEADER}{MANIFEST_LINE}")
}

/// Returns a MoM whose only line says that the manifest last changed in this version.
fn mom(manifest_version: u32) -> String {
    let hash = ManifestHash::of(manifest().as_bytes());
    format!("{HEADER}M...\t{hash}\t{manifest_version}\tos-core\n")
}

fn version(number: u32) -> Version {
    Version::new(number).unwrap()
}

fn trust_mom(text: &[u8], signature: &[u8]) -> Result<Trusted<Mom>, TrustError> {
    SIGNER.authority().trust_mom(Signed { text, signature }, version(20), Format::Staging, NOW)
}

fn reason(verdict: Result<Trusted<Mom>, TrustError>) -> SignatureError {
    match verdict.unwrap_err() {
        TrustError::Signature { source, .. } => source,
        other => panic!("{other}"),
    }
}

fn trust_latest(text: &[u8]) -> Result<Trusted<Vec<Version>>, TrustError> {
    Authority::Nobody.trust_latest(Signed { text, signature: b"" }, NOW)
}

#[test]
fn a_signed_mom_is_trusted_and_its_manifests_with_it() {
    let (text, signature) = &*SIGNED_MOM;
    let mom = trust_mom(text.as_bytes(), signature).unwrap();
    assert_eq!(*mom, Mom::parse(text.as_bytes()).unwrap());
    let trusted = mom.trust_manifest(&BundleName::os_core(), manifest().as_bytes()).unwrap();
    assert_eq!(trusted.into_inner(), Manifest::parse(manifest().as_bytes()).unwrap());
}

#[test]
fn every_other_signature_is_refused() {
    let (text, signature) = &*SIGNED_MOM;
    let refused = |signature: &[u8]| reason(trust_mom(text.as_bytes(), signature));
    assert!(matches!(refused(b""), SignatureError::Absent));
    let other = SIGNER.sign(mom(19).as_bytes());
    assert!(matches!(refused(&other), SignatureError::Refused(_)));
    for behind in [&b"\0"[..], b"\n", signature] {
        let error = refused(&[signature, behind].concat());
        assert!(matches!(error, SignatureError::Unreadable(_)), "{error}");
    }
    for cut in 1..signature.len() {
        let error = refused(&signature[..cut]);
        assert!(matches!(error, SignatureError::Unreadable(NotASignature::Truncated)), "{cut}");
    }
    let huge = vec![0x30; usize::try_from(MAX_SIGNATURE).unwrap() + 1];
    assert!(matches!(refused(&huge), SignatureError::TooLarge));
}

#[test]
fn a_signature_is_for_the_whole_text() {
    let (text, signature) = &*SIGNED_MOM;
    let text = text.as_bytes();
    for other in [&text[..text.len() - 1], &[text, b"\n"].concat(), &text[1..], b""] {
        assert!(matches!(reason(trust_mom(other, signature)), SignatureError::Refused(_)));
    }
    let windows: Vec<u8> =
        text.iter().flat_map(|b| if *b == b'\n' { vec![13, 10] } else { vec![*b] }).collect();
    assert!(trust_mom(&windows, signature).is_err(), "the end of a line is part of the text");
}

#[test]
fn nothing_is_parsed_before_it_is_verified() {
    let garbage = b"garbage";
    assert!(matches!(reason(trust_mom(garbage, b"")), SignatureError::Absent));
    let error = trust_mom(garbage, &SIGNER.sign(garbage)).unwrap_err();
    assert!(matches!(error, TrustError::Unreadable { .. }), "{error}");
}

#[test]
fn another_version_or_format_is_refused_however_well_signed() {
    let (text, signature) = &*SIGNED_MOM;
    let signed = Signed { text: text.as_bytes(), signature };
    for authority in [SIGNER.authority(), Authority::Nobody] {
        let ask = |number: u32, format: &str| {
            authority.trust_mom(signed, version(number), format.parse().unwrap(), NOW)
        };
        assert!(ask(20, "30").is_ok());
        let error = ask(30, "30").unwrap_err();
        assert_eq!(error.to_string(), "the MoM of version 30 states version 20 and not 30");
        let error = ask(20, "31").unwrap_err();
        assert_eq!(error.to_string(), "version 20 has format 30 and not 31");
    }
}

#[test]
fn without_an_authority_the_hashes_still_count() {
    let text = mom(20);
    let signed = Signed { text: text.as_bytes(), signature: b"" };
    let mom = Authority::Nobody.trust_mom(signed, version(20), Format::Staging, NOW).unwrap();
    let core = BundleName::os_core();
    assert!(mom.trust_manifest(&core, manifest().as_bytes()).is_ok());
    let changed = manifest().replace("/usr", "/opt");
    let error = mom.trust_manifest(&core, changed.as_bytes()).unwrap_err();
    assert!(matches!(error, TrustError::Hash { .. }), "{error}");
}

#[test]
fn a_manifest_must_be_of_the_version_that_the_mom_lists() {
    let text = mom(19);
    let signed = Signed { text: text.as_bytes(), signature: b"" };
    let mom = Authority::Nobody.trust_mom(signed, version(20), Format::Staging, NOW).unwrap();
    let error = mom.trust_manifest(&BundleName::os_core(), manifest().as_bytes()).unwrap_err();
    let asked_and_stated = "the manifest of bundle `os-core` states version 20 and not 19";
    assert_eq!(error.to_string(), asked_and_stated);
}

#[test]
fn the_newest_version_comes_first() {
    for (text, numbers) in
        [(&b"20"[..], &[20][..]), (b"20\n", &[20]), (b"30\n20\n10\n", &[30, 20, 10])]
    {
        let versions = trust_latest(text).unwrap();
        assert_eq!(versions.iter().map(|v| v.number()).collect::<Vec<_>>(), numbers);
    }
    let bad = ["", "\n", "0\n", "-1\n", "20\n\n", "20\r\n", " 20\n", "10\n20\n", "20\n20\n", "2x"];
    for text in bad {
        assert!(
            matches!(trust_latest(text.as_bytes()), Err(TrustError::Latest { .. })),
            "{text:?}"
        );
    }
    assert!(trust_latest(b"<html>a captive portal</html>\n").is_err());
    assert!(trust_latest(&b"1".repeat(5000)).is_err());
}

#[test]
fn the_newest_version_is_signed_too() {
    let latest = |text: &[u8], signature: &[u8]| {
        SIGNER.authority().trust_latest(Signed { text, signature }, NOW)
    };
    let signature = SIGNER.sign(b"20\n");
    assert_eq!(*latest(b"20\n", &signature).unwrap(), [version(20)]);
    assert!(latest(b"30\n", &signature).is_err());
    assert!(latest(b"20", &signature).is_err());
    assert!(latest(b"20\n", b"").is_err());
}

#[test]
fn a_signer_needs_its_own_key_and_certificate() {
    let Signer { certificate, key } = &*SIGNER;
    let sign = |certificate: &[u8], key: &[u8]| sign(b"x", certificate, key).unwrap_err();
    assert!(matches!(sign(b"", key), SignError::NoCertificate));
    assert!(matches!(sign(&certificate[..500], key), SignError::UnreadableCertificate(_)));
    assert!(matches!(sign(certificate, b""), SignError::UnreadableKey(_)));
    assert!(matches!(sign(certificate, &key[..500]), SignError::UnreadableKey(_)));
    let other = openssl::pkey::PKey::generate_ed25519().unwrap();
    let pem = other.private_key_to_pem_pkcs8().unwrap();
    assert!(matches!(sign(certificate, &pem), SignError::OtherKey));
    // An encrypted key is refused, and nobody is asked for a passphrase.
    let cipher = openssl::symm::Cipher::aes_128_cbc();
    let locked = other.private_key_to_pem_pkcs8_passphrase(cipher, b"secret").unwrap();
    assert!(matches!(sign(certificate, &locked), SignError::UnreadableKey(_)));
}

#[test]
fn a_certificate_to_begin_with_is_its_own_anchor() {
    let anchor = TrustAnchor::from_pem(&SIGNER.certificate, None).unwrap();
    for (now, good) in [
        (NOW - DAY - 1, false),
        (NOW - DAY, true),
        (NOW + 9 * DAY - 1, true),
        (NOW + 9 * DAY + 1, false),
    ] {
        assert_eq!(anchor.check(now).is_ok(), good, "{now}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_changed_text_is_refused(at in 0..SIGNED_MOM.0.len(), change in 1_u8..) {
        let (text, signature) = &*SIGNED_MOM;
        let mut text = text.as_bytes().to_vec();
        text[at] ^= change;
        prop_assert!(trust_mom(&text, signature).is_err());
    }

    #[test]
    fn any_signature_gives_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(trust_mom(SIGNED_MOM.0.as_bytes(), &bytes).is_err());
    }
}

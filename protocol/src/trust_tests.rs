use super::*;

/// A day in 2027, on which the test certificate is valid.
const NOW: u64 = 1_800_000_000;
const DAY: u64 = 86_400;

const MOM: &str = "MANIFEST\t30\nversion:\t20\nprevious:\t10\nfilecount:\t1\n\
    timestamp:\t1795527648\ncontentsize:\t0\n\n\
    M...\tHASH\t20\tos-core\n";
const MANIFEST: &str = "MANIFEST\t30\nversion:\t20\nprevious:\t10\nfilecount:\t1\n\
    timestamp:\t1795527648\ncontentsize:\t0\n\n\
    D...\t6c27df6efcd6fc401ff1bc67c970b83eef115f6473db4fb9d57e5de317eba96e\t10\t/usr\n";

struct Signer {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

/// One signer for all tests: its key takes a while to make.
static SIGNER: std::sync::LazyLock<Signer> = std::sync::LazyLock::new(|| {
    let (certificate, key) = self_signed("tests", NOW - DAY, 10).unwrap();
    Signer { certificate, key }
});

fn signature(text: &[u8]) -> Vec<u8> {
    sign(text, &SIGNER.certificate, &SIGNER.key).unwrap()
}

fn authority() -> Authority {
    Authority::Anchor(TrustAnchor::from_pem(&SIGNER.certificate, None).unwrap())
}

fn mom() -> String {
    MOM.replace("HASH", &ManifestHash::of(MANIFEST.as_bytes()).to_string())
}

fn version(number: u32) -> Version {
    Version::new(number).unwrap()
}

fn trust_mom(text: &str, signature: &[u8], now: u64) -> Result<Trusted<Mom>, TrustError> {
    let signed = Signed { text: text.as_bytes(), signature };
    authority().trust_mom(signed, version(20), Format::Staging, now)
}

#[test]
fn a_signed_mom_is_trusted_and_its_manifests_with_it() {
    let mom = trust_mom(&mom(), &signature(mom().as_bytes()), NOW).unwrap();
    let manifest = mom.trust_manifest(&BundleName::os_core(), MANIFEST.as_bytes()).unwrap();
    assert_eq!(manifest.entries.len(), 1);
}

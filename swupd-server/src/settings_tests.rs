use super::*;

const SMALL: &str = "format = 30\n[signing]\ncertificate = \"c\"\nkey = \"k\"\n";

fn path(text: &str) -> TreePath {
    TreePath::parse(text.as_bytes()).unwrap()
}

fn problem(text: &str) -> String {
    let error = Settings::parse(text).unwrap_err();
    let source = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
    format!("{error}: {source}")
}

#[test]
fn the_template_says_what_the_defaults_are() {
    let thirty = FormatNumber::new(30).unwrap();
    let written = Settings::parse(&template(thirty)).unwrap();
    let small = Settings::parse(SMALL).unwrap();
    assert_eq!(written.format, small.format);
    assert_eq!(written.announced_format, small.announced_format);
    assert_eq!(written.delta_packs_from, small.delta_packs_from);
    assert_eq!(written.compression, small.compression);
    assert_eq!(written.content_url, small.content_url);
    assert_eq!(written.content.unclaimed, small.content.unclaimed);
    assert!(written.content.etc.is_empty() && small.content.etc.is_empty());
    assert_eq!(written.signing.certificate, written.signing.trusted);
}

#[test]
fn everything_can_be_set() {
    let text = "format = 31\nannounced-format = 32\ndelta-packs-from = 5\n\
        content-url = \"https://c/update/\"\nversion-url = \"file:///v\"\n\
        [compression]\nfullfiles = \"none\"\nzero-packs = \"xz-9\"\ndelta-packs = \"zstd-22\"\n\
        [signing]\ncertificate = \"c\"\ntrusted = \"r\"\ncommand = [\"sign\", \"-x\"]\n\
        [content]\netc = [\"/etc/ssl/**\"]\nleave-out = [\"/usr/share/doc/*\"]\nunclaimed = \"rest\"\n";
    let settings = Settings::parse(text).unwrap();
    assert_eq!(settings.content_url.as_deref(), Some("https://c/update"));
    assert_eq!(settings.version_url.as_deref(), Some("file:///v"));
    assert_eq!(settings.compression.fullfiles, Compression::None);
    assert_eq!(settings.compression.zero_packs, Compression::Xz(9));
    assert_eq!(settings.compression.delta_packs, Compression::Zstd(22));
    let command = SignerSettings::Command(vec!["sign".into(), "-x".into()]);
    assert_eq!(settings.signing.signer, command);
    assert_eq!(settings.signing.trusted, Path::new("r"));
    assert!(settings.content.etc.is_match(&path("/etc/ssl/a/b")));
    assert!(settings.content.leave_out.is_match(&path("/usr/share/doc/x")));
    assert!(!settings.content.leave_out.is_match(&path("/usr/share/doc/x/y")));
    assert_eq!(settings.content.unclaimed.as_str(), "rest");
    assert_eq!(settings.announced_format.unwrap().number(), 32);
}

#[test]
fn each_mistake_is_named() {
    let cases = [
        ("formt = 30\n".to_owned() + SMALL, "unknown field `formt`"),
        (SMALL.to_owned() + "sertificate = \"x\"\n", "unknown field `sertificate`"),
        (SMALL.replace("30", "0"), "`0` is not a format"),
        (SMALL.replace("30", "\"30\""), "invalid type"),
        (format!("content-url = \"ftp://x\"\n{SMALL}"), "`content-url` is \"ftp://x\""),
        (format!("version-url = \"http://x y\"\n{SMALL}"), "`version-url`"),
        (format!("{SMALL}[compression]\nfullfiles = \"zstd-23\"\n"), "`compression.fullfiles`"),
        (format!("{SMALL}[compression]\nzero-packs = \"gzip-9\"\n"), "`compression.zero-packs`"),
        (format!("{SMALL}command = [\"x\"]\n"), "either a `key` file or a `command`"),
        (SMALL.replace("key = \"k\"", "command = []"), "either a `key` file or a `command`"),
        (format!("{SMALL}[content]\netc = [\"/usr/x\"]\n"), "not below /etc"),
        (format!("{SMALL}[content]\nleave-out = [\"usr\"]\n"), "does not start with `/`"),
        (format!("{SMALL}[content]\nleave-out = [\"/[\"]\n"), "\"/[\" is no pattern"),
        (format!("{SMALL}[content]\nunclaimed = \"a/b\"\n"), "cannot be the name of a bundle"),
    ];
    for (text, expected) in cases {
        let problem = problem(&text);
        assert!(problem.contains(expected), "{problem:?} lacks {expected:?}");
    }
}

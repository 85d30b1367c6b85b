use proptest::prelude::*;

use super::*;

const SMALL: &str = "MANIFEST\t30\nversion:\t20\nprevious:\t10\nfilecount:\t3\n\
    timestamp:\t1795527648\ncontentsize:\t9\nincludes:\tos-core\nalso-add:\teditors\n\n\
    D...\t6c27df6efcd6fc401ff1bc67c970b83eef115f6473db4fb9d57e5de317eba96e\t10\t/usr\n\
    .d..\t0000000000000000000000000000000000000000000000000000000000000000\t20\t/usr/gone\n\
    F.ax\t8286279c93f45c7ffa6b9ed440066de09716527346d9dd0239f50948e0e554f0\t20\t/usr/x\ty\n";

#[test]
fn a_manifest_is_read_and_written_again() {
    let manifest = Manifest::parse(SMALL.as_bytes()).unwrap();
    assert_eq!(manifest.header.version.number(), 20);
    assert_eq!(manifest.header.previous.unwrap().number(), 10);
    assert_eq!(manifest.present().count(), 2);
    assert_eq!(manifest.entries[2].path.as_bytes(), b"/usr/x\ty");
    assert_eq!(manifest.entries[2].misc, Misc::Exported);
    assert_eq!(String::from_utf8(manifest.to_text()).unwrap(), SMALL);
}

#[test]
fn older_formats_leave_out_what_they_do_not_know() {
    let mut manifest = Manifest::parse(SMALL.as_bytes()).unwrap();
    manifest.header.min_version = Some(Version::new(15).unwrap());
    for (format, has_min, has_also) in [(25, false, false), (26, true, false), (29, true, true)] {
        manifest.header.format = FormatNumber::new(format).unwrap();
        let text = String::from_utf8(manifest.to_text()).unwrap();
        assert_eq!(text.contains("minversion:\t15\n"), has_min, "{format}");
        assert_eq!(text.contains("also-add:"), has_also, "{format}");
    }
}

#[test]
fn old_letters_and_unknown_keys_are_read() {
    let text = SMALL.replace("D...", "D.b.").replace("previous:", "actions:");
    let manifest = Manifest::parse(text.as_bytes()).unwrap();
    assert_eq!(manifest.entries[0].variant, Variant::BASELINE);
    assert_eq!(manifest.header.previous, None);
    let text = SMALL.replace("D...", "I...");
    assert_eq!(Manifest::parse(text.as_bytes()).unwrap().entries.len(), 2);
}

#[test]
fn lies_are_refused() {
    let lies = [
        ("MANIFEST\t30", "MANIFEST\t0"),
        ("MANIFEST", "MENIFEST"),
        ("version:\t20", "version:\t0"),
        ("version:\t20", "version:\t-3"),
        ("version:\t20\n", ""),
        ("filecount:\t3", "filecount:\t4000001"),
        ("filecount:\t3", "filecount:\t-1"),
        ("contentsize:\t9", "contentsize:\t2000000000001"),
        ("timestamp:\t", "timestamp: "),
        ("includes:\tos-core", "includes:\t../x"),
        ("D...", "D.."),
        ("D...", "D...."),
        ("6c27", "6c2"),
        ("6c27", "zz27"),
        ("\t10\t/usr\n", "\t10\t/usr\n\n"),
        ("\t10\t/usr\n", "\t0\t/usr\n"),
        ("\t10\t/usr\n", "\t10\n"),
        ("\t10\t/usr\n", "\t10\tusr\n"),
        ("\t10\t/usr\n", "\t10\t/usr/../etc\n"),
        ("\t10\t/usr\n", "\t10\t/usr\0\n"),
        ("/usr/x\ty\n", "/usr/x"),
    ];
    for (from, to) in lies {
        let text = SMALL.replacen(from, to, 1);
        assert_ne!(text, SMALL);
        assert!(Manifest::parse(text.as_bytes()).is_err(), "{from:?} -> {to:?}");
    }
    for cut in 0..SMALL.len() {
        let ends_a_line = cut > 0 && SMALL.as_bytes()[cut - 1] == b'\n';
        if !ends_a_line {
            assert!(Manifest::parse(&SMALL.as_bytes()[..cut]).is_err(), "cut at {cut}");
        }
    }
}

prop_compose! {
    fn entry()(
        kind in prop::option::of(prop_oneof![
            Just(Kind::File), Just(Kind::Directory), Just(Kind::Symlink)
        ]),
        status in prop_oneof![
            Just(Status::Present), Just(Status::Deleted), Just(Status::Ghosted),
            Just(Status::Experimental)
        ],
        variant in 0u8..20,
        misc in prop_oneof![
            Just(Misc::None), Just(Misc::Renamed), Just(Misc::Mixed), Just(Misc::Exported)
        ],
        hash: [u8; 32],
        version in 1u32..1000,
        path in "(/[^/\n\0]{1,9}){1,4}".prop_filter("no dots", |p| TreePath::parse(p.as_bytes()).is_ok()),
    ) -> Entry {
        Entry {
            kind, status, misc,
            variant: Variant::from_index(variant).unwrap(),
            hash: ContentHash::from_bytes(hash),
            version: Version::new(version).unwrap(),
            path: TreePath::parse(path.as_bytes()).unwrap(),
        }
    }
}

prop_compose! {
    fn manifest()(
        version in 1u32..1000, previous in 0u32..1000, min in 0u32..1000,
        timestamp: u32, content_size in 0..MAX_CONTENT_SIZE,
        includes in prop::collection::vec("[a-z][a-z0-9-]{0,9}", 0..4),
        also_add in prop::collection::vec("[a-z][a-z0-9-]{0,9}", 0..4),
        mut entries in prop::collection::vec(entry(), 0..20),
    ) -> Manifest {
        entries.sort_by(|a, b| (a.version, &a.path).cmp(&(b.version, &b.path)));
        let names = |list: Vec<String>| {
            list.iter().filter_map(|n| n.parse().ok()).collect()
        };
        Manifest {
            header: Header {
                format: FormatNumber::new(30).unwrap(),
                version: Version::new(version).unwrap(),
                previous: Version::new(previous).ok(),
                min_version: Version::new(min).ok(),
                timestamp: timestamp.into(),
                content_size,
                includes: names(includes),
                also_add: names(also_add),
            },
            entries,
        }
    }
}

proptest! {
    #[test]
    fn what_is_written_reads_back(manifest in manifest()) {
        prop_assert_eq!(Manifest::parse(&manifest.to_text()).unwrap(), manifest);
    }

    #[test]
    fn any_bytes_give_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        drop(Manifest::parse(&bytes));
    }

    #[test]
    fn a_damaged_manifest_gives_an_answer(at in 0..SMALL.len(), byte: u8) {
        let mut bytes = SMALL.as_bytes().to_vec();
        bytes[at] = byte;
        drop(Manifest::parse(&bytes));
    }
}

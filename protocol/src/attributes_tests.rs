use proptest::prelude::*;

use super::*;

const SMALL: &str = "ATTRIBUTES\t1\n\
    xattr\tsecurity.capability\t0100000200040000\t/usr/bin/ping\n\
    mtime\t-1\t/usr/lib/a\tb\n\
    mtime\t1700000000\t/usr/lib/python3/os.py\n\
    xattr\tuser.note\t\t/usr/lib/python3/os.py\n\
    xattr\tuser.note.more\tff\t/usr/lib/python3/os.py\n";

fn path(text: &str) -> TreePath {
    TreePath::parse(text.as_bytes()).unwrap()
}

#[test]
fn a_table_is_read_and_written_again() {
    let table = AttributeTable::parse(SMALL.as_bytes()).unwrap();
    assert_eq!(String::from_utf8(table.to_text()).unwrap(), SMALL);
    let ping = table.get(&path("/usr/bin/ping")).unwrap();
    let capability = XattrName::parse(b"security.capability").unwrap();
    assert_eq!(ping.xattrs()[&capability], [1, 0, 0, 2, 0, 4, 0, 0]);
    assert_eq!(ping.mtime(), None);
    assert_eq!(table.get(&path("/usr/lib/a\tb")).unwrap().mtime(), Some(-1));
    assert_eq!(table.get(&path("/usr/bin")), None);
    assert_eq!(table.iter().count(), 3);
}

#[test]
fn an_empty_table_is_its_first_line() {
    assert!(AttributeTable::parse(b"ATTRIBUTES\t1\n").unwrap().is_empty());
    assert_eq!(AttributeTable::default().to_text(), b"ATTRIBUTES\t1\n");
}

#[test]
fn every_other_spelling_is_refused() {
    let line = "mtime\t-1\t/usr/lib/a\tb\n";
    let changes = [
        ("ATTRIBUTES\t1", "ATTRIBUTES\t2"),
        ("ATTRIBUTES\t1\n", ""),
        ("ATTRIBUTES\t1\n", "ATTRIBUTES\t1\n\n"),
        (line, ""),
        (line, "mtime\t-1\t/usr/lib/a\tb\nmtime\t-1\t/usr/lib/a\tb\n"),
        (line, "mtime\t-1\t/usr/lib/a\tb\nmtime\t0\t/usr/lib/a\tb\n"),
        (line, "mtime\t-1\t/usr/bin/a\n"),
        (line, "mtime\t-1\tusr/lib/a\n"),
        (line, "mtime\t-1\t/usr/../a\n"),
        (line, "mtime\t+1\t/usr/lib/a\n"),
        (line, "mtime\t01\t/usr/lib/a\n"),
        (line, "mtime\t-0\t/usr/lib/a\n"),
        (line, "mtime\t\t/usr/lib/a\n"),
        (line, "mtime\t9223372036854775808\t/usr/lib/a\n"),
        (line, "mtime /usr/lib/a\n"),
        (line, "mode\t1\t/usr/lib/a\n"),
        (line, "xattr\tuser.x\t/usr/lib/a\n"),
        (line, "xattr\tuser.x\t0\t/usr/lib/a\n"),
        (line, "xattr\tuser.x\tFF\t/usr/lib/a\n"),
        (line, "xattr\tuser.x\tgg\t/usr/lib/a\n"),
        (line, "xattr\tuser.swupd.generation\tff\t/usr/lib/a\n"),
        (line, "xattr\ttrusted.x\tff\t/usr/lib/a\n"),
        ("user.note.more", "user.note"),
        ("user.note.more", "user.a"),
    ];
    for (from, to) in changes {
        let text = SMALL.replacen(from, to, 1);
        let good = to.is_empty() && from == line;
        assert_eq!(AttributeTable::parse(text.as_bytes()).is_ok(), good, "{from:?} -> {to:?}");
    }
    for cut in 0..SMALL.len() {
        let good = cut > 0 && SMALL.as_bytes()[cut - 1] == b'\n';
        assert_eq!(AttributeTable::parse(&SMALL.as_bytes()[..cut]).is_ok(), good, "cut at {cut}");
    }
}

#[test]
fn only_names_that_a_version_may_set_are_names() {
    for good in ["security.capability", "security.selinux", "user.x", "user.ünï"] {
        assert_eq!(XattrName::parse(good.as_bytes()).unwrap().to_string(), good);
    }
    let long = format!("user.{}", "x".repeat(MAX_XATTR_NAME));
    for bad in ["", "user.", "user.swupd.x", "trusted.x", "system.posix_acl_access", "a\tb", &long]
    {
        assert!(XattrName::parse(bad.as_bytes()).is_err(), "{bad:?}");
    }
    assert!(XattrName::parse(b"user.\t").is_err());
    assert!(XattrName::parse(b"user.\xff").is_err());
}

#[test]
fn a_path_has_bounds() {
    let mut table = AttributeTable::default();
    let name = |n: usize| XattrName::parse(format!("user.{n}").as_bytes()).unwrap();
    assert!(table.set_xattr(path("/a"), name(0), vec![0; MAX_XATTR_VALUE + 1]).is_err());
    assert!(table.is_empty());
    for n in 0..MAX_XATTRS {
        table.set_xattr(path("/a"), name(n), vec![]).unwrap();
    }
    assert!(table.set_xattr(path("/a"), name(MAX_XATTRS), vec![]).is_err());
    assert_eq!(AttributeTable::parse(&table.to_text()).unwrap(), table);
}

#[test]
fn each_bundle_has_a_place_for_its_table() {
    let place = table_path(&BundleName::os_core());
    assert_eq!(place.to_string(), "/usr/share/swupd/attributes/os-core");
    let longest = "x".repeat(crate::limits::MAX_BUNDLE_NAME).parse().unwrap();
    assert_eq!(table_path(&longest).name().len(), crate::limits::MAX_BUNDLE_NAME);
}

prop_compose! {
    fn table()(
        mtimes in prop::collection::vec(("(/[^/\n\0.]{1,4}){1,3}", any::<i64>()), 0..8),
        xattrs in prop::collection::vec(
            ("(/[^/\n\0.]{1,4}){1,3}", "user\\.[ -~]{1,6}", prop::collection::vec(any::<u8>(), 0..9)),
            0..8,
        ),
    ) -> AttributeTable {
        let mut table = AttributeTable::default();
        for (place, seconds) in mtimes {
            table.set_mtime(path(&place), seconds);
        }
        for (place, name, value) in xattrs {
            table.set_xattr(path(&place), XattrName::parse(name.as_bytes()).unwrap(), value).unwrap();
        }
        table
    }
}

proptest! {
    #[test]
    fn what_is_written_reads_back(table in table()) {
        prop_assert_eq!(AttributeTable::parse(&table.to_text()).unwrap(), table);
    }

    #[test]
    fn what_is_read_is_written_the_same(at in 0..SMALL.len(), byte: u8) {
        let mut text = SMALL.as_bytes().to_vec();
        text[at] = byte;
        if let Ok(table) = AttributeTable::parse(&text) {
            prop_assert_eq!(table.to_text(), text);
        }
    }

    #[test]
    fn any_bytes_give_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        drop(AttributeTable::parse(&[HEADER, &bytes].concat()));
    }
}

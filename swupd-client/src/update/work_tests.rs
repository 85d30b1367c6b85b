use proptest::prelude::*;
use swupd_protocol::attributes::XattrName;

use super::*;

fn any_path() -> impl Strategy<Value = TreePath> {
    let name = prop::collection::vec(
        any::<u8>().prop_filter("part of a name", |b| !matches!(b, 0 | b'\n' | b'/' | b'.')),
        1..6,
    );
    prop::collection::vec(name, 1..4).prop_map(|names| {
        let bytes: Vec<u8> = names.iter().flat_map(|name| [b"/", &name[..]].concat()).collect();
        TreePath::parse(&bytes).unwrap()
    })
}

fn any_put() -> impl Strategy<Value = Put> {
    let kind = prop::sample::select(vec![Kind::File, Kind::Directory, Kind::Symlink]);
    let why = prop::sample::select(vec![Why::Asked, Why::NeededAsParent]);
    (0_usize..2, any_path(), kind, any::<[u8; 32]>(), why).prop_map(
        |(area, path, kind, hash, why)| Put {
            area,
            path,
            kind,
            hash: ContentHash::from_bytes(hash),
            why,
        },
    )
}

fn any_work() -> impl Strategy<Value = Work> {
    let paths = || prop::collection::vec(any_path(), 0..5);
    let xattrs =
        prop::collection::vec((any_path(), prop::collection::vec(any::<u8>(), 0..9)), 0..5);
    let puts = prop::collection::vec(any_put(), 0..8);
    (puts, paths(), paths(), xattrs, any_path()).prop_map(|(puts, removes, bare, xattrs, area)| {
        let mut attributes = AttributeTable::default();
        for (number, (path, value)) in xattrs.into_iter().enumerate() {
            let name = XattrName::parse(b"user.x").unwrap();
            attributes.set_mtime(path.clone(), i64::try_from(number).unwrap() - 2);
            attributes.set_xattr(path, name, value).unwrap();
        }
        let areas = vec![None, Some(area)];
        Work { areas, puts, removes, attributes, bare: bare.into_iter().collect() }
    })
}

proptest! {
    #[test]
    fn work_round_trips_through_the_journal(work in any_work()) {
        let details = [work.area_details(), work.details()].concat();
        prop_assert!(details.iter().all(|detail| !detail.bytes.contains(&b'\n')));
        prop_assert_eq!(Work::from_details(&details), Some(work));
    }

    #[test]
    fn nonsense_is_no_work(
        word in prop::sample::select(vec![PUT, REMOVE, BARE, ATTRIBUTE]),
        bytes in prop::collection::vec(any::<u8>().prop_filter("no path", |b| *b != b'/'), 0..99),
    ) {
        let work = Work { areas: vec![None], ..Work::default() };
        let details = [work.area_details(), vec![detail(word, &bytes)]].concat();
        prop_assert_eq!(Work::from_details(&details), None);
    }
}

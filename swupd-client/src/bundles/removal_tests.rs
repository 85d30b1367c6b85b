use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn name(text: &str) -> BundleName {
    text.parse().unwrap()
}

fn names(texts: &[&str]) -> BTreeSet<BundleName> {
    texts.iter().map(|text| name(text)).collect()
}

/// `editors` needs `languages` and `fonts`, `office` needs `editors` and `fonts`; all need os-core.
fn installed() -> Needs {
    let pairs: [(&str, &[&str]); 5] = [
        ("os-core", &[]),
        ("fonts", &["os-core"]),
        ("languages", &["os-core"]),
        ("editors", &["os-core", "languages", "fonts"]),
        ("office", &["os-core", "editors", "fonts"]),
    ];
    Needs::from_pairs(pairs.map(|(one, needed)| (name(one), names(needed))))
}

fn removal(asked: &[&str], tracked: &[&str], reach: Reach) -> (Vec<String>, Vec<String>) {
    let (installed, tracked) = (installed(), names(tracked));
    let asked: Vec<BundleName> = asked.iter().map(|text| name(text)).collect();
    let inventory = Inventory { installed: &installed, brought: &installed, tracked: &tracked };
    let Removal { removed, needed } = inventory.removal(&asked, reach);
    let texts = |names: Vec<BundleName>| names.iter().map(ToString::to_string).collect();
    (texts(removed.into_iter().collect()), texts(needed))
}

#[test]
fn what_others_need_stays() {
    let plain = Reach::default();
    assert_eq!(removal(&["office"], &["office"], plain), (vec!["office".into()], vec![]));
    assert_eq!(removal(&["editors"], &[], plain), (vec![], vec!["editors".into()]));
    let both = removal(&["languages", "fonts", "office"], &[], plain);
    assert_eq!(both, (vec!["office".into()], vec!["languages".into(), "fonts".into()]));
    // What goes with it needs nothing any more.
    let all = removal(&["fonts", "editors", "office"], &[], plain);
    assert_eq!(all, (vec!["editors".into(), "fonts".into(), "office".into()], vec![]));
}

#[test]
fn force_takes_those_that_need_it_along() {
    let forced = Reach { with_needing: true, with_needed: false };
    let (removed, needed) = removal(&["languages"], &["office", "editors"], forced);
    assert_eq!((removed, needed), (names_of(&["editors", "languages", "office"]), vec![]));
}

#[test]
fn what_nobody_needs_any_more_goes_along_where_wanted() {
    let deep = Reach { with_needing: false, with_needed: true };
    let (removed, _) = removal(&["office"], &["office"], deep);
    assert_eq!(removed, names_of(&["editors", "fonts", "languages", "office"]));
    let (removed, _) = removal(&["office"], &["office", "editors"], deep);
    assert_eq!(removed, names_of(&["office"]));
    let (removed, _) = removal(&["office"], &["office", "fonts"], deep);
    assert_eq!(removed, names_of(&["editors", "languages", "office"]));
    let both = Reach { with_needing: true, with_needed: true };
    let (removed, _) = removal(&["editors"], &["office"], both);
    assert_eq!(removed, names_of(&["editors", "fonts", "languages", "office"]));
    // Nothing is removed for a bundle that stays.
    assert_eq!(removal(&["editors"], &["office"], deep), (vec![], vec!["editors".into()]));
}

#[test]
fn a_circle_goes_once_nothing_else_needs_it() {
    let circle = [("a", "c"), ("c", "f"), ("f", "c")];
    let circle = Needs::from_pairs(circle.map(|(one, other)| (name(one), names(&[other]))));
    let inventory = Inventory { installed: &circle, brought: &circle, tracked: &names(&["a"]) };
    let deep = Reach { with_needing: false, with_needed: true };
    let Removal { removed, needed } = inventory.removal(&[name("a"), name("c")], deep);
    assert_eq!((removed, needed), (names(&["a", "c", "f"]), vec![]));
    let Removal { removed, needed } = inventory.removal(&[name("c")], deep);
    assert_eq!((removed, needed), (names(&[]), vec![name("c")]));
}

#[test]
fn orphans_are_what_nobody_asked_for() {
    let orphans = |tracked: &[&str]| {
        let (installed, tracked) = (installed(), names(tracked));
        let orphans =
            Inventory { installed: &installed, brought: &installed, tracked: &tracked }.orphans();
        orphans.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(orphans(&["office"]), Vec::<String>::new());
    assert_eq!(orphans(&["fonts"]), ["editors", "languages", "office"]);
    assert_eq!(orphans(&["editors", "not-installed"]), ["office"]);
}

#[test]
fn what_is_suggested_stays_while_the_one_that_suggests_it_does() {
    let pairs: [(&str, &[&str]); 4] = [
        ("os-core", &[]),
        ("games", &["os-core"]),
        ("music", &["os-core"]),
        ("office", &["music"]),
    ];
    let installed = Needs::from_pairs(pairs.map(|(one, needed)| (name(one), names(needed))));
    let pairs: [(&str, &[&str]); 4] =
        [("os-core", &[]), ("games", &["music"]), ("music", &[]), ("office", &["music"])];
    let brought = Needs::from_pairs(pairs.map(|(one, needed)| (name(one), names(needed))));
    let tracked = names(&["games", "office"]);
    let inventory = Inventory { installed: &installed, brought: &brought, tracked: &tracked };
    assert_eq!(inventory.orphans(), names(&[]));
    let deep = Reach { with_needing: false, with_needed: true };
    assert_eq!(inventory.removal(&[name("office")], deep).removed, names(&["office"]));
    let none = names(&["office"]);
    let inventory = Inventory { tracked: &none, ..inventory };
    assert_eq!(inventory.orphans(), names(&["games"]));
    assert_eq!(inventory.removal(&[name("music")], Reach::default()).needed, [name("music")]);
}

fn names_of(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

prop_compose! {
    /// Machines with bundles of any dependencies, circles among them, and even through `os-core`.
    fn machine()(
        core_needs in prop::collection::btree_set("[a-f]", 0..2),
        pairs in prop::collection::btree_map("[a-f]", prop::collection::btree_set("[a-f]", 0..3), 1..7),
        tracked in prop::collection::btree_set("[a-f]", 0..4),
        asked in prop::collection::vec("[a-f]", 1..4),
        with_needing in any::<bool>(),
        with_needed in any::<bool>(),
    ) -> (Needs, BTreeSet<BundleName>, Vec<BundleName>, Reach) {
        let core = BundleName::os_core();
        let set = |texts: BTreeSet<String>| texts.iter().map(|t| name(t)).collect::<BTreeSet<_>>();
        let mut all: BTreeMap<BundleName, BTreeSet<BundleName>> = pairs
            .into_iter()
            .map(|(one, needed)| (name(&one), set(needed).into_iter().chain([core.clone()]).collect()))
            .collect();
        all.insert(core, set(core_needs));
        let asked = asked.iter().map(|t| name(t)).filter(|n| all.contains_key(n)).collect();
        (Needs::from_pairs(all), set(tracked), asked, Reach { with_needing, with_needed })
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_stays_has_all_that_it_needs((installed, tracked, asked, reach) in machine()) {
        let inventory = Inventory { installed: &installed, brought: &installed, tracked: &tracked };
        let Removal { removed, needed } = inventory.removal(&asked, reach);
        let staying: BTreeSet<BundleName> =
            installed.bundles().filter(|name| !removed.contains(*name)).cloned().collect();
        prop_assert_eq!(&installed.closure(&staying), &staying);
        prop_assert!(!removed.contains("os-core"));
        // Each one that was named goes or is told, and nothing else goes unbidden.
        for name in &asked {
            prop_assert!(removed.contains(name) != needed.contains(name));
        }
        let vital = installed.closure([&BundleName::os_core()]);
        prop_assert!(removed.is_disjoint(&vital));
        prop_assert!(!reach.with_needing || needed.iter().all(|name| vital.contains(name)));
        if reach == Reach::default() {
            prop_assert!(removed.iter().all(|name| asked.contains(name)));
        }
        if !reach.with_needing {
            prop_assert!(removed.iter().all(|name| asked.contains(name) || !tracked.contains(name)));
        }
    }

    #[test]
    fn orphans_can_go_and_leave_none((installed, tracked, ..) in machine()) {
        let inventory = Inventory { installed: &installed, brought: &installed, tracked: &tracked };
        let orphans = inventory.orphans();
        let staying: BTreeSet<BundleName> =
            installed.bundles().filter(|name| !orphans.contains(*name)).cloned().collect();
        prop_assert_eq!(&installed.closure(&staying), &staying);
        let wanted: BTreeSet<BundleName> =
            tracked.iter().filter(|name| installed.bundles().any(|n| n == *name)).cloned().collect();
        prop_assert!(wanted.is_subset(&staying));
    }
}

//! `check-update`, `update`, `diagnose`, `repair`, `clean`: each repository has its own versions.

use swupd_fixtures::world::Ran;

use super::market::{Market, Publisher};
use crate::{scene::Complains, world::system};

fn two() -> (Market, Publisher, Publisher) {
    let (shop, garden) = (Publisher::new("shop"), Publisher::new("garden"));
    let market = Market::with(&[("shop", &shop), ("garden", &garden)]);
    (market, shop, garden)
}

fn publish(publisher: &mut Publisher, name: &str, version: u32) {
    let goods = publisher.goods(name);
    let data = format!("data of version {version}");
    publisher.world.release(version, &goods.file(&format!("/usr/share/{name}/data"), data));
}

#[test]
fn each_repository_is_updated_to_its_own_newest_version() {
    let (market, mut shop, mut garden) = two();
    market.run("bundle-add -R shop app").exits(0);
    market.run("check-update").exits(1);
    let ran = market.run("update --quiet").exits(0);
    assert_eq!(ran.stdout, "[shop]\n[garden]\n");
    publish(&mut shop, "shop", 30);
    let ran = market.run("check-update --quiet").exits(0);
    assert_eq!(ran.stdout, "[shop]\n30\n[garden]\n");
    market.run("check-update -R garden").exits(1);
    assert_eq!(market.run("check-update --quiet --repo shop").exits(0).stdout, "30\n");
    market.run("update --status -R shop").exits(0);
    market.run("update -s").exits(0);
    publish(&mut garden, "garden", 20);
    publish(&mut garden, "garden", 25);
    market.run("update --download").exits(0);
    market.must_have("shop", &shop, (10, &["app"]));
    market.run("update -R garden -V 20 --keepcache").exits(0);
    market.must_have("garden", &garden, (20, &[]));
    market.must_have("shop", &shop, (10, &["app"]));
    market.run("update -V 25").exits(15).complains(&["--version"]).says("--repo");
    market.run("update").exits(0);
    market.must_have("shop", &shop, (30, &["app"]));
    market.must_have("garden", &garden, (25, &[]));
    let version = market.machine.at("var/lib/swupd/3rd-party/shop/version");
    assert_eq!(fs_err::read_to_string(version).unwrap(), "30\n");
    market.must_have_its_os();
}

#[test]
fn one_repository_that_fails_does_not_keep_the_others_back() {
    let (market, mut shop, mut garden) = two();
    publish(&mut shop, "shop", 20);
    publish(&mut garden, "garden", 20);
    fs_err::rename(shop.world.www(), shop.world.path().join("away")).unwrap();
    market.run("update").exits(16);
    market.must_have("garden", &garden, (20, &[]));
    market.run("check-update").exits(16);
    fs_err::rename(shop.world.path().join("away"), shop.world.www()).unwrap();
    market.run("update").exits(0);
    market.must_have("shop", &shop, (20, &[]));
}

#[test]
fn an_update_of_the_os_takes_the_repositories_along_where_that_is_asked_for() {
    let (mut market, mut shop, garden) = two();
    publish(&mut shop, "shop", 20);
    market.machine.run("update").exits(0);
    market.must_have("shop", &shop, (10, &[]));
    market.machine.run("update --status").exits(1);
    market.machine.run("update --status --3rd-party").exits(0);
    market.world.release(20, &system().file("/usr/share/more", "more"));
    market.machine.run("update --3rd-party -V 20").exits(0);
    market.must_have("shop", &shop, (20, &[]));
    market.must_have("garden", &garden, (10, &[]));
    assert!(market.machine.at("usr/share/more").exists());
    market.machine.run("update --3rd-party").exits(0);
    publish(&mut shop, "shop", 30);
    fs_err::rename(market.world.www(), market.world.path().join("away")).unwrap();
    market.machine.run("update --3rd-party").exits(16);
    market.must_have("shop", &shop, (20, &[]));
    fs_err::rename(market.world.path().join("away"), market.world.www()).unwrap();
    fs_err::rename(garden.world.www(), garden.world.path().join("away")).unwrap();
    market.machine.run("update --3rd-party").exits(16);
    market.must_have("shop", &shop, (30, &[]));
}

#[test]
fn what_differs_is_found_and_mended_in_each_repository() {
    let (market, shop, garden) = two();
    market.run("bundle-add -R shop app").exits(0);
    assert_eq!(market.run("diagnose --quiet").exits(0).stdout, "[shop]\n[garden]\n");
    let data = market.at("shop", "usr/share/shop/data");
    fs_err::write(&data, "spoiled").unwrap();
    let stray = market.at("garden", "usr/share/stray");
    fs_err::write(&stray, "").unwrap();
    let shown = data.display();
    let ran = market.run("diagnose --quiet").exits(1);
    assert_eq!(ran.stdout, format!("[shop]\n{shown}\n[garden]\n"));
    let stray = stray.display();
    let ran = market.run("diagnose --quiet --picky").exits(1);
    assert_eq!(ran.stdout, format!("[shop]\n{shown}\n[garden]\n{stray}\n"));
    let ran = market.run("diagnose --quiet --repo garden --extra-files-only").exits(1);
    assert_eq!(ran.stdout, format!("{stray}\n"));
    market.run("diagnose -R shop --bundles app").exits(0);
    market.run("diagnose --bundles app").exits(15).complains(&["--bundles"]);
    market.run("diagnose -V 10").exits(15).complains(&["--version"]);
    market.run("repair -V 10 -R shop --quick").exits(0);
    market.run("diagnose -R nowhere").exits(37);
    let ran = market.run("repair --quiet -Y").exits(0);
    assert_eq!(ran.stdout, format!("[shop]\n{shown} -> fixed\n[garden]\n{stray} -> deleted\n"));
    market.must_have("shop", &shop, (10, &["app"]));
    market.must_have("garden", &garden, (10, &[]));
    market.run("diagnose --file /usr/share/shop/data -R shop").exits(0);
}

#[test]
fn where_extra_files_may_lie_is_said_for_each_repository() {
    let (market, mut shop, _garden) = two();
    let stray = |path: &str| {
        let path = market.at("shop", path);
        fs_err::write(&path, "").unwrap();
        path.display().to_string()
    };
    let (data, local) = (stray("usr/share/stray"), stray("usr/lib/stray"));
    let quiet = |line: &str, exit: i32| market.run(&format!("{line} --quiet")).exits(exit).stdout;
    assert_eq!(quiet("diagnose -R shop -Y -X /usr/lib", 1), format!("{local}\n"));
    assert_eq!(quiet("diagnose -R shop -Y -w /usr/lib", 1), format!("{data}\n"));
    assert_eq!(
        quiet("repair -R shop -Y --picky-whitelist /usr/share", 0),
        format!("{local} -> deleted\n")
    );
    assert_eq!(
        quiet("repair -R shop --extra-files-only --picky-tree /usr/share", 0),
        format!("{data} -> deleted\n")
    );
    publish(&mut shop, "shop", 20);
    market.run("repair -R shop -V 20").exits(15).says("--force");
    market.run("diagnose -R shop -V 20").exits(1);
    market.run("diagnose -R shop -V 20 --force").exits(1);
    market.run("bundle-add -R shop app-data").exits(0);
    let mended = quiet("repair -R shop -V 20 -x --file /usr/share/shop --bundles app-data", 0);
    let mended_data = market.at("shop", "usr/share/shop/data");
    assert_eq!(mended, format!("{} -> fixed\n", mended_data.display()));
    assert_eq!(fs_err::read_to_string(mended_data).unwrap(), "data of version 20");
}

#[test]
fn a_repository_goes_through_every_version_where_that_is_asked_for() {
    let (market, mut shop, garden) = two();
    for version in [20, 30, 40] {
        publish(&mut shop, "shop", version);
    }
    let key = |name| fs_err::read(shop.world.workshop().join("keys").join(name)).unwrap();
    let listed = b"40\n30\n20\n10\n";
    let signature = swupd_protocol::trust::sign(listed, &key("cert.pem"), &key("key.pem")).unwrap();
    let latest = shop.world.www().join("version/format30/latest");
    fs_err::write(&latest, listed).unwrap();
    fs_err::write(latest.with_extension("sig"), signature).unwrap();
    let ran = market.run("update --incremental").exits(0);
    let said: Vec<&str> =
        ran.lines().into_iter().filter(|line| line.starts_with("Updating from")).collect();
    let steps = ["10 to 20", "20 to 30", "30 to 40"];
    assert_eq!(said, steps.map(|step| format!("Updating from version {step}")));
    market.must_have("shop", &shop, (40, &[]));
    market.must_have("garden", &garden, (10, &[]));
}

#[test]
fn downloads_are_removed_by_repository() {
    let (market, mut shop, _garden) = two();
    publish(&mut shop, "shop", 20);
    market.run("update --download").exits(0);
    let told = market.run("clean --dry-run --quiet").exits(0).stdout;
    assert!(told.contains("3rd-party/shop/cache/") && told.contains("[garden]\n"), "{told}");
    assert_eq!(market.run("clean --dry-run --quiet").exits(0).stdout, told);
    market.run("clean --repo garden --all").exits(0);
    let left = market.run("clean --dry-run --quiet -R shop").exits(0).stdout;
    assert!(!left.is_empty() && told.contains(&left));
    assert_eq!(market.run("clean --quiet").exits(0).stdout, "[shop]\n[garden]\n");
    assert_eq!(market.run("clean --dry-run --quiet").exits(0).stdout, "[shop]\n[garden]\n");
    market.run("clean -R nowhere").exits(37);
}

#[test]
fn configuration_files_have_a_section_for_each_command() {
    let (market, _shop, _garden) = two();
    market.world.configure("etc", "[3rd-party-info]\nrepo=garden\n[3rd-party]\nrepo=x\n");
    let mut command = market.machine.command(&["3rd-party", "info", "--quiet"]);
    let ran = Ran::of(&mut command).exits(0);
    assert_eq!(ran.stdout, "10\n");
    let told = market.run("bundle-list --quiet").exits(0).stdout;
    assert_eq!(told, "[shop]\nos-core\n[garden]\nos-core\n");
}

#[test]
fn programs_read_one_array() {
    let (market, _shop, _garden) = two();
    let ran = market.run("bundle-list -j").exits(0);
    let events: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let events = events.as_array().unwrap();
    assert_eq!(events.first().unwrap()["section"], "3rd-party-bundle-list");
    assert_eq!(events.last().unwrap()["status"], 0);
    let told: Vec<&str> = events
        .iter()
        .filter(|event| event["type"] == "status")
        .map(|event| event["msg"].as_str().unwrap())
        .collect();
    assert_eq!(told, ["[shop]", "os-core", "[garden]", "os-core"]);
}

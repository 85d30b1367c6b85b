//! The programs that repositories offer, and what somebody must agree to.

use std::process::Command;

use swupd_fixtures::tree::Node;

use super::market::{Market, Publisher};
use crate::{scene::Complains, world::is_root};

fn said_by(program: &std::path::Path) -> String {
    let output = Command::new(program).args(["a b", "c"]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_program_that_is_offered_can_be_run_as_long_as_it_is_there() {
    let mut shop = Publisher::new("shop");
    let market = Market::with(&[("shop", &shop)]);
    assert!(market.programs().is_empty());
    market.run("bundle-add app").exits(0).says("shop-app");
    assert_eq!(market.programs(), ["shop-app"]);
    assert_eq!(said_by(&market.program("shop-app")), "shop 10 a b c\n");
    // Another bundle takes nothing away; an update changes what it runs.
    market.run("bundle-add only-shop").exits(0);
    let app = Node::file("#!/bin/sh\necho \"shop 20\" \"$@\"\n").mode(0o755);
    let goods = shop.goods("shop").with("/usr/bin/shop-app", app);
    shop.world.release(20, &goods);
    market.run("update").exits(0);
    assert_eq!(said_by(&market.program("shop-app")), "shop 20 a b c\n");
    // What somebody broke is mended.
    fs_err::remove_file(market.program("shop-app")).unwrap();
    market.run("repair").exits(0);
    assert_eq!(said_by(&market.program("shop-app")), "shop 20 a b c\n");
    // A version without it takes it away, one that has it brings it back.
    shop.world.bundle("app", "files = [\"/usr/bin/shop-app\"]\nincludes = [\"app-data\"]");
    shop.world.release(30, &goods.clone().file("/usr/share/shop/thirty", ""));
    market.run("update").exits(0).says("shop-app");
    assert!(market.programs().is_empty() && market.at("shop", "usr/bin/shop-app").exists());
    let exported = "files = [\"/usr/bin/shop-app\"]\nexported = [\"/usr/bin/shop-app\"]";
    shop.world.bundle("app", exported);
    shop.world.release(40, &goods.file("/usr/share/shop/forty", ""));
    market.run("update").exits(0);
    assert_eq!(market.programs(), ["shop-app"]);
    market.run("bundle-remove app").exits(0);
    assert!(market.programs().is_empty());
    market.run("bundle-add app").exits(0);
    market.run("remove shop").exits(0);
    assert!(market.programs().is_empty());
}

#[test]
fn a_name_that_is_taken_is_not_taken_away() {
    let (shop, twin) = (Publisher::new("shop"), Publisher::new("shop"));
    let market = Market::with(&[("shop", &shop), ("twin", &twin)]);
    market.run("bundle-add -R shop app").exits(0);
    let ran = market.run("bundle-add -R twin app").exits(7);
    ran.complains(&["`shop-app`", "opt/3rd-party/bin"]);
    market.must_have("twin", &twin, (10, &[]));
    assert!(!market.tracked("twin").contains(&"app".to_owned()));
    assert!(fs_err::read_to_string(market.program("shop-app")).unwrap().contains("/bundles/shop/"));
    market.run("remove twin").exits(0);
    assert_eq!(market.programs(), ["shop-app"]);
    market.run("bundle-remove app").exits(0);
    fs_err::write(market.program("shop-app"), "somebody's own").unwrap();
    market.run("bundle-add app").exits(7);
    market.run("remove shop").exits(0);
    assert_eq!(fs_err::read_to_string(market.program("shop-app")).unwrap(), "somebody's own");
}

#[test]
fn scripts_that_the_c_client_wrote_are_the_repositorys_too() {
    let mut shop = Publisher::new("shop");
    let market = Market::with(&[("shop", &shop)]);
    market.run("bundle-add app").exits(0);
    let script = market.program("shop-app");
    let ours = fs_err::read_to_string(&script).unwrap();
    // It calls the program without `exec`.
    let theirs = ours.replace("#!/bin/sh", "#!/bin/bash").replace("\nexec ", "\n");
    fs_err::write(&script, &theirs).unwrap();
    let next = shop.goods("shop").file("/usr/share/app/new", "new");
    shop.world.release(20, &next);
    market.run("update").exits(0);
    market.must_have("shop", &shop, (20, &["app"]));
    assert_eq!(fs_err::read_to_string(&script).unwrap(), ours);
    fs_err::write(&script, &theirs).unwrap();
    market.run("bundle-remove app").exits(0);
    assert!(market.programs().is_empty());
    market.run("bundle-add app").exits(0);
    fs_err::write(&script, &theirs).unwrap();
    market.run("remove shop").exits(0);
    assert!(market.programs().is_empty());
}

#[test]
fn dangerous_permissions_are_asked_about() {
    let mut shop = Publisher::new("shop");
    let market = Market::with(&[("shop", &shop)]);
    for refusing in ["", " --assume=no"] {
        let ran = market.run(&format!("bundle-add raise{refusing}")).exits(38);
        let ran = ran.says("Error: 1 of the new files have dangerous permissions");
        ran.says("usr/bin/shop-raise: set-user-id");
        market.must_have("shop", &shop, (10, &[]));
        assert_eq!(market.tracked("shop"), ["os-core"]);
    }
    market.run("bundle-add only-shop").exits(0);
    market.run("bundle-add raise --yes").exits(0);
    market.must_have("shop", &shop, (10, &["only-shop", "raise"]));
    // What is there already is asked about no more, what is new is.
    let goods = shop.goods("shop").file("/usr/share/only-shop", "more");
    shop.world.release(20, &goods);
    market.run("update").exits(0);
    market.must_have("shop", &shop, (20, &["only-shop", "raise"]));
    fs_err::remove_file(market.at("shop", "usr/bin/shop-raise")).unwrap();
    market.run("repair").exits(0);
    let group = Node::file("raise").mode(0o2755);
    shop.world.release(30, &goods.clone().with("/usr/bin/shop-raise", group));
    market.run("update").exits(38).says("set-group-id");
    market.must_have("shop", &shop, (20, &["only-shop", "raise"]));
    market.run("update --yes").exits(0);
    market.must_have("shop", &shop, (30, &["only-shop", "raise"]));
}

#[test]
fn capabilities_are_dangerous_too() {
    if !is_root() {
        return crate::world::skipped("only root can publish capabilities");
    }
    let mut shop = Publisher::with_nothing("shop");
    let capability = [1, 0, 0, 2, 0, 32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let capable = Node::file("listens").mode(0o755).xattr("security.capability", capability);
    let goods = shop.goods("shop").with("/usr/bin/shop-raise", capable);
    shop.world.release(10, &goods);
    let market = Market::with(&[("shop", &shop)]);
    market.run("bundle-add raise").exits(38).says("usr/bin/shop-raise: capabilities");
    market.run("bundle-add raise --yes").exits(0);
}

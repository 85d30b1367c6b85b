//! `add`, `remove`, `list`, `info`: which repositories there are.

use super::market::{Market, Publisher};
use crate::scene::Complains;

#[test]
fn a_repository_is_added_with_its_os_core_and_goes_without_a_trace() {
    let market = Market::open();
    let before = market.machine.seen();
    let shop = Publisher::new("shop");
    let ran = market.run(&format!("add --yes shop {}", shop.world.url())).exits(0);
    ran.says("Repository `shop` is added");
    market.must_have("shop", &shop, (10, &[]));
    assert_eq!(market.tracked("shop"), ["os-core"]);
    let register = market.machine.at("opt/3rd-party/repo.ini");
    let url = shop.world.url();
    assert_eq!(fs_err::read_to_string(&register).unwrap(), format!("[shop]\nurl={url}\n"));
    market.must_have_its_os();
    let garden = Publisher::new("garden");
    market.add("garden", &garden).exits(0);
    let listed = market.run("list --quiet").exits(0).stdout;
    assert_eq!(listed, format!("shop: {url}\ngarden: {}\n", garden.world.url()));
    market.run("info").exits(0).says("[shop]\nInstalled version: 10").says(&garden.world.url());
    assert_eq!(market.run("info --quiet").exits(0).stdout, "[shop]\n10\n[garden]\n10\n");
    assert_eq!(market.run("info --quiet -R garden").exits(0).stdout, "10\n");
    let ran = market.run("remove --quiet shop").exits(0);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
    assert!(!market.tree_of("shop").exists() && market.tracked("shop").is_empty());
    market.must_have("garden", &garden, (10, &[]));
    assert_eq!(
        market.run("list --quiet").exits(0).stdout,
        format!("garden: {}\n", garden.world.url())
    );
    market.run("remove garden").exits(0);
    assert_eq!(market.run("list --quiet").exits(0).stdout, "");
    assert_eq!(fs_err::read_to_string(&register).unwrap(), "");
    let after = market.machine.seen().without("opt");
    assert!(after.differences(&before.without("opt")).is_empty());
}

#[test]
fn only_what_can_be_is_added() {
    let shop = Publisher::new("shop");
    let market = Market::with(&[("shop", &shop)]);
    let url = shop.world.url();
    market.add("shop", &shop).exits(15).complains(&["there is a repository `shop` already"]);
    for name in ["../shop", ".", "a/b", "a:b", "a]b"] {
        market.run(&format!("add {name} {url}")).exits(15).complains(&[name]);
    }
    for bad in ["nonsense", "ftp://there", "/not/a/url"] {
        market.run(&format!("add new {bad}")).exits(15).complains(&[bad]);
    }
    let ran = market.run("add new http://localhost:1/").exits(15);
    ran.complains(&["plain http"]).says("--allow-insecure-http");
    for line in ["add", "add new", "add new file:///a b", "remove", "remove shop more", "list x"] {
        market.run(line).exits(15);
    }
    market.machine.run("3rd-party").exits(15);
    market.machine.run("3rd-party frobnicate").exits(15);
    market.run("remove new").exits(37).complains(&["there is no repository `new`"]);
    market.run("remove --force new").exits(37);
    market.run("info --repo new").exits(37);
    market.run("update -R ../shop").exits(37);
    market.must_have("shop", &shop, (10, &[]));
    assert_eq!(market.run("list --quiet").exits(0).stdout, format!("shop: {url}\n"));
}

#[test]
fn what_cannot_be_had_leaves_nothing() {
    let market = Market::open();
    let empty = Publisher::with_nothing("empty");
    market.add("empty", &empty).exits(16);
    market.run("add --yes away https://127.0.0.1:1 --max-retries 0").exits(16);
    // It has everything but a file.
    let shop = Publisher::new("shop");
    let goods = shop.goods("shop").as_laid_out();
    let lost = goods.get(super::market::CERTIFICATE).unwrap().hash();
    fs_err::remove_file(shop.world.www().join(format!("10/files/{lost}.tar"))).unwrap();
    market.add("shop", &shop).exits(17);
    for name in ["empty", "away", "shop"] {
        assert!(!market.tree_of(name).exists(), "{name}");
        assert!(!market.machine.at(&format!("var/lib/swupd/3rd-party/{name}")).exists(), "{name}");
    }
    assert_eq!(market.run("list --quiet").exits(0).stdout, "");
    market.must_have_its_os();
}

#[test]
fn what_lies_in_the_way_is_removed_only_on_purpose() {
    let market = Market::open();
    let shop = Publisher::new("shop");
    let stray = market.at("shop", "usr/stray");
    fs_err::create_dir_all(stray.parent().unwrap()).unwrap();
    fs_err::write(&stray, "").unwrap();
    market.add("shop", &shop).exits(19).says("--force");
    assert!(stray.exists());
    market.run(&format!("add --yes --force shop {}", shop.world.url())).exits(0);
    market.must_have("shop", &shop, (10, &[]));
    // The list has lost it: what is left of it goes all the same.
    fs_err::write(market.machine.at("opt/3rd-party/repo.ini"), "").unwrap();
    market.run("remove shop").exits(37);
    assert!(market.tree_of("shop").exists());
    market.run("remove -x shop").exits(0);
    assert!(!market.tree_of("shop").exists() && market.tracked("shop").is_empty());
    market.run(&format!("add -y -x shop {}", shop.world.url())).exits(0);
}

#[test]
fn a_list_that_somebody_wrote_by_hand_is_read() {
    let shop = Publisher::new("shop");
    let market = Market::with(&[("shop", &shop)]);
    let url = shop.world.url();
    let by_hand = format!("# ours\n[shop]\n\n url = {url}/ \n\n[../b]\nurl=x\n[no-url]\n");
    fs_err::write(market.machine.at("opt/3rd-party/repo.ini"), &by_hand).unwrap();
    let ran = market.run("list --quiet").exits(0);
    assert_eq!(ran.stdout, format!("shop: {url}/\n"));
    market.run("list").exits(0).says("`../b`").says("[no-url]");
    market.run("bundle-add app").exits(0);
    market.must_have("shop", &shop, (10, &["app"]));
}

//! `bundle-add`, `bundle-remove`, `bundle-list`, `bundle-info`: each bundle is of one repository.

use super::market::{Market, Publisher};
use crate::scene::Complains;

fn two() -> (Market, Publisher, Publisher) {
    let (shop, garden) = (Publisher::new("shop"), Publisher::new("garden"));
    let market = Market::with(&[("shop", &shop), ("garden", &garden)]);
    (market, shop, garden)
}

#[test]
fn a_bundle_comes_from_the_repository_that_has_it() {
    let (market, shop, garden) = two();
    let ran = market.run("bundle-add --quiet only-shop only-garden").exits(0);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
    market.must_have("shop", &shop, (10, &["only-shop"]));
    market.must_have("garden", &garden, (10, &["only-garden"]));
    market.run("bundle-add app").exits(15).complains(&["`app`", "shop, garden"]).says("--repo");
    market.run("bundle-add nothing").exits(3).complains(&["`nothing`"]);
    market.must_have("shop", &shop, (10, &["only-shop"]));
    market.run("bundle-add --repo shop app --skip-optional --skip-diskspace-check").exits(0);
    market.must_have("shop", &shop, (10, &["app", "only-shop"]));
    assert_eq!(market.tracked("shop"), ["app", "only-shop", "os-core"]);
    market.run("bundle-add -R garden app-data nothing").exits(3);
    market.must_have("garden", &garden, (10, &["app-data", "only-garden"]));
    market.run("bundle-add -R nowhere app").exits(37);
    // What can be had is had, and what cannot is told.
    market.run("bundle-add -R garden only-shop").exits(3);
    market.run("bundle-add app only-shop nothing").exits(3);
    market.must_have_its_os();
}

#[test]
fn a_bundle_goes_from_the_repository_that_it_came_from() {
    let (market, shop, garden) = two();
    market.run("bundle-add -R shop app only-shop").exits(0);
    market.run("bundle-add -R garden only-garden").exits(0);
    market.run("bundle-remove app-data").exits(2).says("app");
    let ran = market.run("bundle-remove --quiet app only-garden").exits(0);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
    market.must_have("shop", &shop, (10, &["app-data", "only-shop"]));
    market.must_have("garden", &garden, (10, &[]));
    market.run("bundle-remove --orphans").exits(0).says("[shop]").says("[garden]");
    market.must_have("shop", &shop, (10, &["only-shop"]));
    market.run("bundle-add -R garden app").exits(0);
    market.run("bundle-add -R shop app").exits(0);
    market.run("bundle-remove app").exits(15).complains(&["shop, garden"]);
    market.run("bundle-remove -e shop app-data -x").exits(0);
    market.must_have("shop", &shop, (10, &["only-shop"]));
    market.run("bundle-remove --repo garden -R app").exits(0);
    market.must_have("garden", &garden, (10, &[]));
    market.run("bundle-remove only-garden").exits(13);
    market.run("bundle-remove nothing").exits(3);
    market.run("bundle-remove -e garden os-core").exits(2);
    market.run("bundle-remove -e nowhere app").exits(37);
}

#[test]
fn bundles_are_listed_by_repository() {
    let (market, _shop, _garden) = two();
    market.run("bundle-add -R shop app").exits(0);
    let list = |flags: &str| market.run(&format!("bundle-list --quiet {flags}")).exits(0).stdout;
    assert_eq!(list(""), "[shop]\napp\napp-data\nos-core\n[garden]\nos-core\n");
    assert_eq!(list("--repo garden"), "os-core\n");
    assert_eq!(list("-R shop --all"), "app\napp-data\nonly-shop\nos-core\nraise\n");
    assert_eq!(
        list("--status"),
        "[shop]\napp: explicitly installed\napp-data: installed\nos-core: explicitly installed\n\
         [garden]\nos-core: explicitly installed\n"
    );
    assert_eq!(list("-R shop --has-dep app-data"), "app\n");
    assert_eq!(list("-R shop --deps app"), "app-data\nos-core\n");
    assert_eq!(list("--deps only-shop"), "os-core\n");
    market.run("bundle-list --has-dep app-data").exits(15).complains(&["several"]);
    market.run("bundle-remove -e shop app").exits(0);
    assert_eq!(list("--orphans"), "[shop]\napp-data\n[garden]\n");
    market.run("bundle-list -R nowhere").exits(37);
}

#[test]
fn a_bundle_is_looked_up_in_the_repository_that_has_it() {
    let (market, mut shop, _garden) = two();
    market.run("bundle-add -R shop app").exits(0);
    let info = |flags: &str| market.run(&format!("bundle-info --quiet {flags}")).exits(0).stdout;
    assert_eq!(info("only-shop"), "Not installed\n");
    assert_eq!(info("-R shop app"), "Explicitly installed\n");
    assert_eq!(info("--repo shop app --dependencies"), "app-data\nos-core\n");
    let files = info("only-garden --files");
    assert!(files.lines().any(|line| line == "/usr/share/only-garden"), "{files}");
    market.run("bundle-info app").exits(15).complains(&["several"]);
    market.run("bundle-info nothing").exits(3);
    market.run("bundle-info -R shop nothing").exits(3);
    let goods = shop.goods("shop");
    shop.world.release(20, &goods.file("/usr/share/shop/more", "more"));
    market.run("bundle-info -V 20 only-shop").exits(15).complains(&["--version"]);
    let files = info("-R shop -V 20 app-data --files");
    assert!(files.lines().any(|line| line == "/usr/share/shop/more"), "{files}");
    market.run("bundle-info only-shop -V latest").exits(0);
}

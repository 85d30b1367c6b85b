//! Each repository is trusted by its own certificate, which somebody has agreed to, and by no other.

use std::{io::Write, process::Stdio};

use swupd_fixtures::{
    faults::{FaultyServer, honest},
    lies::{Liar, Pen},
    world::{Ran, World},
};
use swupd_protocol::bundle::BundleName;

use super::market::{CERTIFICATE, Market, Publisher};
use crate::scene::{Complains, ten};

/// Runs a subcommand of `3rd-party` for somebody who types an answer.
fn answered(market: &Market, line: &str, answer: &str) -> Ran {
    let words: Vec<&str> = line.split_whitespace().collect();
    let mut command = market.machine.command(&[&["3rd-party"], words.as_slice()].concat());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(answer.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    Ran {
        typed: line.into(),
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn fingerprint(publisher: &Publisher) -> String {
    let pem = fs_err::read(publisher.world.certificate()).unwrap();
    let anchor = swupd_protocol::trust::TrustAnchor::from_pem(&pem, None).unwrap();
    anchor.describe().unwrap()[0].fingerprint.clone()
}

#[test]
fn the_certificate_is_shown_and_somebody_must_agree() {
    let shop = Publisher::new("shop");
    let market = Market::open();
    let add = format!("add shop {}", shop.world.url());
    for (line, answer) in
        [(add.clone(), ""), (add.clone(), "n\n"), (format!("{add} --assume=no"), "")]
    {
        let ran = answered(&market, &line, answer);
        let ran = ran.exits(24).says("Error: the repository's certificate is not trusted");
        ran.says("CN = shop").says(&fingerprint(&shop)).says("SHA-256");
        assert!(!market.tree_of("shop").exists());
        assert_eq!(market.run("list --quiet").stdout, "");
    }
    let ran = answered(&market, &format!("{add} --quiet"), "\n").exits(24);
    assert_eq!(ran.stdout, "");
    ran.says("CN = shop").says(&fingerprint(&shop));
    answered(&market, &add, "y\n").exits(0).says("Do you trust this certificate?");
    market.must_have("shop", &shop, (10, &[]));
    let state = market.machine.at("var/lib/swupd/3rd-party/shop");
    assert!(!state.join("accepted.pem").exists());
}

/// Says what a publisher says, as somebody else would sign it.
struct Source(FaultyServer);

impl Source {
    /// Serves what `lie` makes of what the publisher says.
    fn of(publisher: &Publisher, signer: &Publisher, lie: impl FnOnce(Liar) -> Liar) -> Self {
        let key = |name| fs_err::read(signer.world.workshop().join("keys").join(name)).unwrap();
        let pen = Pen { certificate_pem: key("cert.pem"), key_pem: key("key.pem") };
        let liar = lie(Liar::about(publisher.world.www(), pen));
        Self(FaultyServer::start(move |path| liar.answer(path), honest).unwrap())
    }

    fn add(&self, market: &Market, name: &str, flags: &str) -> Ran {
        let flags = format!("{flags} --yes --allow-insecure-http --max-retries 0");
        market.run(&format!("add {name} {} {flags}", self.0.url()))
    }
}

#[test]
fn a_repository_is_trusted_by_its_own_certificate_and_not_by_that_of_the_os() {
    let (mut shop, os) = (Publisher::new("shop"), Market::open());
    os.add("shop", &shop).exits(0);
    // Whoever signs the OS does not speak for the shop.
    for name in ["cert.pem", "key.pem"] {
        let keys = |of: &World| of.workshop().join("keys").join(name);
        fs_err::copy(keys(&os.world), keys(&shop.world)).unwrap();
    }
    let goods = shop.goods("other");
    shop.world.release(20, &goods);
    os.run("update").exits(21).complains(&["no good signature"]);
    os.run("check-update").exits(21);
    os.must_have("shop", &shop, (10, &[]));
}

#[test]
fn a_repository_that_its_certificate_did_not_sign_is_not_added() {
    let (shop, stranger) = (Publisher::new("shop"), Publisher::with_nothing("stranger"));
    let market = Market::open();
    let source = Source::of(&shop, &stranger, |liar| liar.latest("30".parse().unwrap(), "10\n"));
    source.add(&market, "shop", "").exits(21).complains(&["no good signature"]);
    let source = Source::of(&shop, &stranger, |liar| liar.mom(ten(), |text| text));
    source.add(&market, "shop", "").exits(4).complains(&["no good signature"]);
    assert!(!market.tree_of("shop").exists());
    source.add(&market, "shop", "--nosigcheck").exits(0);
    market.must_have("shop", &shop, (10, &[]));
    // It was believed once; from here on somebody must say so each time.
    let flags = "--allow-insecure-http --max-retries 0";
    market.run(&format!("bundle-add -R shop app {flags}")).exits(4);
    market.run(&format!("bundle-add app {flags} --nosigcheck")).exits(0);
}

#[test]
fn a_repository_without_a_certificate_needs_one_that_is_named() {
    let plain = Publisher::new("plain");
    let os_core = BundleName::os_core();
    let without = |text: String| {
        text.split_inclusive('\n').filter(|line| !line.trim_end().ends_with(CERTIFICATE)).collect()
    };
    let source = Source::of(&plain, &plain, |liar| liar.manifest(&os_core, ten(), without));
    let market = Market::open();
    // That of the OS, which the flags of the machine name, does not help.
    source.add(&market, "plain", "").exits(21).complains(&["no good signature"]);
    let certificate = plain.world.certificate().display().to_string();
    let named = |words: &[&str]| {
        let mut command = market.machine.bare();
        command.args(words).args(["--format", "30", "--allow-insecure-http", "--path"]);
        command.arg(market.machine.tree());
        command
    };
    let add = ["3rd-party", "add", "plain", &source.0.url()];
    Ran::of(&mut named(&add)).exits(24).complains(&["no certificate"]).says("--certpath");
    Ran::of(named(&add).args(["--certpath", &certificate])).exits(0);
    assert!(!market.at("plain", CERTIFICATE).exists());
    let bundle = ["3rd-party", "bundle-add", "app"];
    Ran::of(&mut named(&bundle)).exits(3).says("is not looked into");
    Ran::of(named(&bundle).args(["--certpath", &certificate])).exits(0);
    assert!(market.at("plain", "/usr/bin/plain-app").exists());
}

#[test]
fn a_certificate_may_be_followed_by_another() {
    let mut shop = Publisher::new("shop");
    let market = Market::with(&[("shop", &shop)]);
    let second = Publisher::with_nothing("second");
    let both = [shop.world.certificate(), second.world.certificate()];
    let both: Vec<u8> = both.iter().flat_map(|path| fs_err::read(path).unwrap()).collect();
    fs_err::write(shop.world.workshop().join("keys/both.pem"), &both).unwrap();
    shop.world.set("trusted", "\"keys/both.pem\"");
    let goods = shop.goods("shop").file(CERTIFICATE, both);
    shop.world.release(20, &goods);
    market.run("update").exits(0);
    shop.world.sign_as("second");
    shop.world.release(30, &goods.file("/usr/share/shop/more", "more"));
    market.run("update").exits(0);
    market.must_have("shop", &shop, (30, &[]));
}

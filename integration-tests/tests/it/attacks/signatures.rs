//! Who says it: signatures that are bad, missing, somebody else's or out of date, and good ones on
//! something else than what was asked for.

use swupd_fixtures::{
    keys::{Certificate, Identity},
    lies::{Liar, Pen},
};
use swupd_protocol::{layout, version::Format};

use crate::scene::{Complains, Scene, ten, twenty};

#[test]
fn a_mom_that_nobody_trusted_has_signed_is_refused() {
    let scene = Scene::shared();
    let truth = scene.truth();
    let text = truth.bytes(&layout::mom(twenty()));
    let good = truth.bytes(&layout::mom(twenty()).signature());
    let stranger = identity(Certificate::named("a stranger"));
    let mut flipped = good.clone();
    *flipped.last_mut().unwrap() ^= 1;
    let of_ten = truth.bytes(&layout::mom(ten()).signature());
    let trailing = [&good[..], b"x"].concat();
    for signature in [
        &b""[..],
        b"x",
        &good[..good.len() - 1],
        &flipped,
        &stranger.sign(&text),
        &of_ten,
        &trailing,
    ] {
        let lie = scene.truth().signed_mom(twenty(), &text, signature);
        scene.victim_of(lie).refuses(4, &["MoM of version 20", "signature"]);
    }
}

#[test]
fn a_mom_that_was_changed_after_it_was_signed_is_refused() {
    let scene = Scene::shared();
    let truth = scene.truth();
    let good = truth.bytes(&layout::mom(twenty()).signature());
    let mut text = truth.bytes(&layout::mom(twenty()));
    let last = text.len() - 2;
    text[last] ^= 1;
    let lie = scene.truth().signed_mom(twenty(), &text, &good);
    scene.victim_of(lie).refuses(4, &["MoM of version 20", "signature"]);
}

#[test]
fn a_mom_without_a_signature_is_refused() {
    let scene = Scene::shared();
    let path = layout::mom(twenty());
    let text = scene.truth().bytes(&path);
    let tar = swupd_fixtures::lies::archive_of(&[(layout::MOM_FILE, &text)]);
    let lie = scene.truth().with(&path.tar(), tar).without(&path.signature());
    scene.victim_of(lie).refuses(4, &["MoM of version 20", "20/Manifest.MoM.sig"]);
}

#[test]
fn the_mom_of_another_version_is_refused() {
    let scene = Scene::shared();
    let (asked, other) = (layout::mom(twenty()), layout::mom(ten()));
    let lie = scene
        .truth()
        .swapped(&asked.tar(), &other.tar())
        .swapped(&asked.signature(), &other.signature());
    scene.victim_of(lie).refuses(4, &["MoM of version 20", "states version 10 and not 20"]);
}

#[test]
fn a_newest_version_that_nobody_trusted_has_signed_is_refused() {
    let scene = Scene::shared();
    let path = layout::latest(format());
    let stranger = pen(&identity(Certificate::named("a stranger")));
    let without = scene.truth().without(&path.signature());
    scene.victim_of(without).refuses(21, &["newest version", "latest.sig"]);
    let lies = [
        scene.truth().signing_with(stranger).latest(format(), "20\n"),
        scene.truth().with(&path.signature(), ""),
        scene.truth().with(&path, "30\n"),
        scene.truth().latest(format(), "twenty\n"),
        scene.truth().latest(format(), ""),
        scene.truth().latest(format(), "-1\n"),
        scene.truth().latest(format(), "99999999999999999999\n"),
        scene.truth().latest(format(), "10\n20\n"),
    ];
    for lie in lies {
        scene.victim_of(lie).refuses(21, &["/version/format30/latest", "newest version"]);
    }
}

#[test]
fn a_newest_version_that_does_not_exist_is_refused() {
    let scene = Scene::shared();
    let lie = scene.truth().latest(format(), "2147483647\n");
    scene.victim_of(lie).refuses(4, &["MoM of version 2147483647"]);
}

#[test]
fn an_expired_certificate_may_still_speak_of_the_newest_version_but_sign_no_mom() {
    let scene = Scene::shared();
    let root = identity(Certificate::named("root"));
    let expired = Certificate::named("leaf").issued_by(&root).signer();
    let expired = expired.valid(1_600_000_000, 1_600_100_000).make();
    let trusted = scene.world.path().join("root.pem");
    fs_err::write(&trusted, &root.certificate_pem).unwrap();
    let by = |latest: &Identity, mom: &Identity| {
        let [latest, mom] = [latest, mom].map(pen);
        let same = |text| text;
        let told = scene.truth().signing_with(latest).latest(format(), "20\n");
        told.signing_with(mom).mom(ten(), same).mom(twenty(), same)
    };
    let update = |lie: Liar| {
        let victim = scene.victim_of(lie);
        let mut command = victim.command("update");
        command.arg("--certpath").arg(&trusted);
        (swupd_fixtures::world::Ran::of(&mut command), victim)
    };
    let (ran, victim) = update(by(&expired, &root));
    ran.exits(0);
    victim.must_be_updated();
    let (ran, victim) = update(by(&root, &expired));
    ran.exits(4).complains(&["(Verify error: certificate has expired)"]);
    victim.must_be_unharmed();
    victim.must_recover();
}

fn format() -> Format {
    swupd_fixtures::world::FORMAT.parse().unwrap()
}

/// Makes a certificate that is valid whenever a test is run.
fn identity(certificate: Certificate<'_>) -> Identity {
    certificate.valid(1_600_000_000, 4_000_000_000).make()
}

fn pen(identity: &Identity) -> Pen {
    Pen { certificate_pem: identity.certificate_pem.clone(), key_pem: identity.key_pem.clone() }
}

//! Servers that are not there, break off, stall, trickle, never end or answer with something else.

use std::{net::TcpListener, time::Duration};

use swupd_fixtures::{
    faults::{Fault, FaultyServer, Request, TlsKeys, honest, server_on_its_own},
    lies::Liar,
    world::Ran,
};
use swupd_protocol::{bundle::BundleName, layout};

use crate::scene::{Complains, Scene, Victim, ten, twenty};

/// What is fetched on the way to version 20, the exit code where that fails for good, and what the
/// error says then; a pack that does not come is made up for.
const ON_THE_WAY: [(&str, i32, &str); 7] = [
    ("version/format30/latest", 16, "version/format30/latest"),
    ("version/format30/latest.sig", 21, "version/format30/latest"),
    ("10/Manifest.MoM.tar", 4, "the MoM of version 10"),
    ("20/Manifest.MoM.tar", 4, "the MoM of version 20"),
    ("20/Manifest.os-core.tar", 8, "the manifest of bundle `os-core` of version 20"),
    ("20/pack-os-core-from-10.tar", 0, ""),
    ("/files/", 17, "/files/"),
];

#[test]
fn an_answer_that_is_none_ends_the_run_with_the_code_of_what_was_asked() {
    for faults in [
        vec![Fault::Status(404)],
        vec![Fault::Status(403)],
        vec![Fault::Status(500)],
        vec![Fault::HangUp],
        vec![Fault::CutAfter(1)],
    ] {
        for (path, exit, says) in ON_THE_WAY {
            fails_at(path, (exit, says), faults.clone());
        }
    }
}

#[test]
fn an_answer_that_is_something_else_is_not_believed() {
    let cut_unseen = vec![Fault::NoLength, Fault::CutAfter(1)];
    for faults in [vec![Fault::Portal], vec![Fault::LengthTooSmall(1)], cut_unseen] {
        for (path, exit, says) in ON_THE_WAY {
            // What came is not believed, which is worse than that nothing comes.
            let exit = if path == LATEST { 21 } else { exit };
            fails_at(path, (exit, says), faults.clone());
        }
    }
}

#[test]
fn an_answer_whose_end_is_wrong_is_no_whole() {
    for fault in [Fault::LengthTooLarge(1), Fault::Endless] {
        for (path, exit, says) in ON_THE_WAY {
            // An archive has an end of its own, and what is in it is checked.
            let exit = if path.contains("Manifest") { 0 } else { exit };
            fails_at(path, (exit, says), vec![fault.clone()]);
        }
    }
}

#[test]
fn a_transfer_that_breaks_where_nothing_tells_what_it_was_begins_anew_as_often_as_asked() {
    let scene = Scene::shared();
    let half = |request: &Request| {
        if request.path.contains("/pack-") {
            return vec![Fault::Status(404)];
        }
        let breaks = request.path.contains("/files/") && request.number < 3;
        if breaks { vec![Fault::NoValidator, Fault::CutAfter(1)] } else { Vec::new() }
    };
    let update = |victim: &Victim<'_>, retries: &str| {
        let mut command = victim.command("update");
        Ran::of(command.args(["--max-retries", retries, "--retry-delay", "0"]))
    };
    let victim = scene.victim(scene.truth(), half);
    update(&victim, "1").exits(17);
    victim.must_be_unharmed();
    let victim = scene.victim(scene.truth(), half);
    update(&victim, "3").exits(0);
    victim.must_be_updated();
}

#[test]
fn a_redirection_that_leads_nowhere_is_an_error() {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let gone = format!("http://{}/", other.local_addr().unwrap());
    drop(other);
    for to in ["file:///etc/passwd", "ftp://127.0.0.1/x", "http://[::1", "/version/format30/latest"]
    {
        fails_at(LATEST, (16, LATEST), vec![Fault::Redirect(to.into())]);
        fails_at("/files/", (17, "/files/"), vec![Fault::Redirect(to.into())]);
    }
    fails_at(LATEST, (16, LATEST), vec![Fault::Redirect(gone)]);
}

#[test]
fn a_portal_in_front_of_everything_is_told_apart_from_a_bad_signature() {
    let scene = Scene::shared();
    let victim = scene.victim(scene.truth(), |_| vec![Fault::Portal]);
    let ran = victim.run("update").exits(21).complains(&["/version/format30/latest"]);
    assert!(ran.stderr.contains("log-in"), "{}", ran.stderr);
    victim.must_be_unharmed();
    victim.must_recover();
}

#[test]
fn a_server_that_stalls_or_trickles_is_given_up() {
    for faults in [
        vec![Fault::Silence],
        vec![Fault::StallAfter(1)],
        vec![Fault::Trickle(Duration::from_millis(700))],
    ] {
        for (path, exit, says) in [ON_THE_WAY[0], ON_THE_WAY[3], ON_THE_WAY[5], ON_THE_WAY[6]] {
            fails_at(path, (exit, says), faults.clone());
        }
    }
}

#[test]
fn a_transfer_that_breaks_off_goes_on() {
    let scene = Scene::shared();
    for cut in [0, 1, 100, 511, 512] {
        let faults = move |request: &Request| match request.number {
            0 => vec![Fault::CutAfter(cut)],
            1 => vec![Fault::CutAfter(cut), Fault::IgnoreRange],
            _ => Vec::new(),
        };
        let victim = scene.victim(scene.truth(), faults);
        let mut command = victim.command("update");
        command.args(["--max-retries", "3", "--retry-delay", "0"]);
        Ran::of(&mut command).exits(0);
        victim.must_be_updated();
    }
}

#[test]
fn a_transfer_whose_rest_is_something_else_is_no_whole() {
    let scene = Scene::shared();
    for rest in [Fault::ShiftedRange(1), Fault::Flip(0), Fault::Status(500), Fault::Portal] {
        let faults = move |request: &Request| match request.number {
            0 => vec![Fault::CutAfter(50)],
            _ => vec![rest.clone()],
        };
        let victim = scene.victim(scene.truth(), faults);
        let mut command = victim.command("update");
        command.args(["--max-retries", "1", "--retry-delay", "0"]);
        let ran = Ran::of(&mut command);
        assert!([16, 21, 4].contains(&ran.code), "{}: {}", ran.code, ran.stderr);
        ran.complains(&[]);
        victim.must_be_unharmed();
        victim.must_recover();
    }
}

#[test]
fn a_server_that_is_not_there_is_told() {
    let scene = Scene::shared();
    let victim = scene.victim_of(scene.truth());
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for url in [format!("http://{nobody}"), "http://no-such-host.invalid".into()] {
        for command in ["update", "check-update", "repair", "bundle-add games"] {
            let mut command = victim.command(command);
            command.args(["--url", &url]);
            Ran::of(&mut command).exits(16).complains(&[&url]);
            victim.must_be_unharmed();
        }
    }
    victim.must_recover();
}

#[test]
fn plain_http_is_refused_where_nobody_allowed_it() {
    let scene = Scene::shared();
    let victim = scene.victim_of(scene.truth());
    let url = victim.source.url();
    for command in ["update", "check-update", "repair", "bundle-add games", "bundle-list --all"] {
        let words: Vec<&str> = command.split(' ').collect();
        let mut command = victim.machine.command(&words);
        command.args(["--url", &url]);
        Ran::of(&mut command).exits(12).complains(&[&url, "--allow-insecure-http"]);
    }
    victim.must_be_unharmed();
    victim.must_recover();
}

#[test]
fn a_server_that_nobody_vouches_for_is_refused() {
    let scene = Scene::shared();
    let keys = TlsKeys::new().unwrap();
    for tls in [keys.server(), keys.server_with_other_name(), keys.expired_server()] {
        let truth = scene.truth();
        let tell = move |path: &str| truth.answer(path);
        let server = FaultyServer::start_tls(tls.unwrap(), tell, honest).unwrap();
        let victim = scene.victim_of(scene.truth());
        let mut command = victim.command("update");
        command.args(["--url", &server.url()]);
        Ran::of(&mut command).exits(24).complains(&[&server.url()]);
        victim.must_be_unharmed();
        victim.must_recover();
    }
}

#[test]
fn a_server_that_vouches_for_itself_is_believed_where_the_machine_trusts_it() {
    let scene = Scene::shared();
    let (tls, pem) = server_on_its_own(false).unwrap();
    let truth = scene.truth();
    let server = FaultyServer::start_tls(tls, move |path| truth.answer(path), honest).unwrap();
    let url = format!("https://localhost:{}", server.port());
    let trusted = tempfile::NamedTempFile::new().unwrap();
    fs_err::write(trusted.path(), pem).unwrap();
    let victim = scene.victim_of(scene.truth());
    let update = || {
        let mut command = victim.command("update");
        command.args(["--url", &url]);
        command
    };
    Ran::of(&mut update()).exits(24).complains(&[&url]);
    victim.must_be_unharmed();
    Ran::of(update().env("SSL_CERT_FILE", trusted.path())).exits(0);
    victim.must_recover();
}

/// Runs an update against a server that commits `faults` whenever something at `path` is asked for.
#[track_caller]
fn fails_at(path: &'static str, (exit, says): (i32, &str), faults: Vec<Fault>) {
    println!("{path}: {faults:?}");
    let scene = Scene::shared();
    let is_harmless = exit == 0;
    let is_signature = path.contains(".sig");
    let at = move |request: &Request| {
        // The signature of the newest version has a line of its own.
        let concerned =
            request.path.contains(path) && request.path.contains(".sig") == is_signature;
        if concerned { faults.clone() } else { Vec::new() }
    };
    let liar =
        if path.contains("/pack-") { scene.truth() } else { nothing_but_this_way(scene.truth()) };
    let victim = scene.victim(liar, at);
    let ran = run_impatiently(&victim);
    if is_harmless {
        ran.exits(0);
        victim.must_be_updated();
        return;
    }
    ran.exits(exit).complains(&[says]);
    victim.must_be_unharmed();
    victim.must_recover();
}

fn run_impatiently(victim: &Victim<'_>) -> Ran {
    let mut command = victim.command("update");
    command.args(["--network-timeout", "1"]);
    Ran::of(&mut command)
}

/// Leaves out what is only quicker, so that each step must be gone.
fn nothing_but_this_way(liar: Liar) -> Liar {
    ["os-core", "editors", "languages"].into_iter().fold(liar, |liar, bundle| {
        let bundle: BundleName = bundle.parse().unwrap();
        liar.without(&layout::pack(&bundle, Some(ten()), twenty()))
            .without(&layout::manifest_delta(&bundle, ten(), twenty()))
    })
}

const LATEST: &str = "version/format30/latest";

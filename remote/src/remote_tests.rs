//! Transfers from servers that break off, lie, stall and trickle.

use std::{
    io::Read,
    sync::Mutex,
    time::{Duration, Instant},
};

use swupd_fixtures::faults::{
    Fault, FaultyServer, Request, TlsKeys, TlsServer, files_below, honest, server_on_its_own,
};
use swupd_protocol::layout;

use super::*;

fn silence(_: Word) {}

/// Settings that lose no time.
fn hasty(url: &str) -> RemoteSettings {
    RemoteSettings {
        plain_http: PlainHttp::Allowed,
        retries: Retries { most: 3, delay: Duration::ZERO, longest_delay: Duration::ZERO },
        ..RemoteSettings::new(url, url)
    }
}

/// Settings that do not wait for long either.
fn impatient(url: &str) -> Remote {
    let short = Duration::from_millis(120);
    let patience = Patience { connect: short, silence: short, stretch: short, slowest: 2000 };
    Remote::new(&RemoteSettings { patience, ..hasty(url) }, Arc::new(silence)).unwrap()
}

fn remote(url: &str) -> Remote {
    Remote::new(&hasty(url), Arc::new(silence)).unwrap()
}

fn path() -> RepoPath {
    layout::latest_version()
}

/// Content that shows where a byte belongs.
fn content() -> Vec<u8> {
    (0..50_000u32).flat_map(u32::to_le_bytes).collect()
}

fn serving(faults: impl Fn(&Request) -> Vec<Fault> + Send + Sync + 'static) -> FaultyServer {
    FaultyServer::start(|_| Some(content()), faults).unwrap()
}

/// Faults for the first request only.
fn at_first(faults: Vec<Fault>) -> impl Fn(&Request) -> Vec<Fault> {
    move |request| if request.number == 0 { faults.clone() } else { Vec::new() }
}

fn fetch(server: &FaultyServer) -> Result<Vec<u8>, FetchError> {
    remote(&server.url()).fetch(Base::Content, &path(), 1 << 20)
}

fn read(server: &FaultyServer) -> Result<Vec<u8>, FetchErrorKind> {
    let kind = |error: &FetchError| error.kind;
    let mut body =
        remote(&server.url()).stream(Base::Content, &path(), 1 << 20).map_err(|e| kind(&e))?;
    let mut whole = Vec::new();
    match body.read_to_end(&mut whole) {
        Ok(_) => Ok(whole),
        Err(error) => Err(kind(FetchError::among_causes_of(&error).unwrap())),
    }
}

fn kind_for_always(faults: Vec<Fault>) -> FetchErrorKind {
    let server = serving(move |_| faults.clone());
    let kind = fetch(&server).unwrap_err().kind;
    assert_eq!(read(&server), Err(kind));
    kind
}

#[test]
fn an_honest_server_gives_what_it_has_in_one_request() {
    let server = serving(honest);
    let remote = remote(&server.url());
    let mut body = remote.stream(Base::Content, &path(), 1 << 20).unwrap();
    assert_eq!(body.size(), Some(200_000));
    let mut whole = Vec::new();
    body.read_to_end(&mut whole).unwrap();
    assert_eq!(whole, content());
    let expected = Statistics { requests: 1, bytes_received: 200_000 };
    assert_eq!(remote.statistics(), expected);
    let request = &server.requests()[0];
    assert_eq!(request.path, "/version/latest_version");
    assert!(request.headers["user-agent"].starts_with("swupd/"));
    assert_eq!(request.headers["accept-encoding"], "identity");
}

#[test]
fn a_broken_transfer_goes_on_where_it_stopped() {
    for cut in [1, 1000, 150_000, 199_999] {
        let server = serving(move |request| match request.from {
            None => vec![Fault::CutAfter(cut)],
            Some(_) if request.number == 1 => vec![Fault::CutAfter(1)],
            Some(_) => vec![],
        });
        assert_eq!(read(&server).unwrap(), content(), "{cut}");
        let froms: Vec<_> = server.requests().iter().map(|request| request.from).collect();
        let cut = cut as u64;
        // Cut one byte before the end, the byte that follows is the last.
        let expected = [None, Some(cut), Some(cut + 1)];
        assert_eq!(froms, &expected[..if cut == 199_999 { 2 } else { 3 }]);
        assert!(server.requests()[1].headers.contains_key("if-range"));
    }
}

#[test]
fn what_was_received_is_not_counted_twice_nor_received_twice() {
    let server = serving(at_first(vec![Fault::CutAfter(100_000)]));
    let remote = remote(&server.url());
    remote.fetch(Base::Content, &path(), 1 << 20).unwrap();
    let expected = Statistics { requests: 2, bytes_received: 200_000 };
    assert_eq!(remote.statistics(), expected);
}

#[test]
fn a_server_without_ranges_sends_it_all_again_and_nothing_comes_twice() {
    let server = serving(|request| match request.number {
        0 => vec![Fault::CutAfter(70_000)],
        _ => vec![Fault::IgnoreRange],
    });
    assert_eq!(read(&server).unwrap(), content());
}

#[test]
fn a_wrong_part_is_refused_and_asked_for_again() {
    let server = serving(|request| match request.number {
        0 => vec![Fault::CutAfter(70_000)],
        1 => vec![Fault::ShiftedRange(1)],
        _ => vec![],
    });
    assert_eq!(read(&server).unwrap(), content());
    let server = serving(|request| match request.number {
        0 => vec![Fault::CutAfter(70_000)],
        _ => vec![Fault::ShiftedRange(1)],
    });
    assert!(matches!(read(&server), Err(FetchErrorKind::Nonsense(_))));
    assert_eq!(server.requests().len(), 4);
}

#[test]
fn content_that_changes_on_the_way_is_never_mixed() {
    for ignores_if_range in [false, true] {
        let new = vec![7; 200_000];
        let expected = new.clone();
        let server = serving(move |request| {
            let changed = Fault::OtherContent(new.clone());
            match request.number {
                0 => vec![Fault::CutAfter(70_000)],
                _ if ignores_if_range => vec![changed, Fault::IgnoreIfRange],
                _ => vec![changed],
            }
        });
        // Somebody who reads along must be told; who wants the whole gets the new content.
        assert_eq!(read(&server), Err(FetchErrorKind::Changed));
        let server_again = {
            let new = expected.clone();
            serving(move |request| match request.number {
                0 => vec![Fault::CutAfter(70_000)],
                _ => vec![Fault::OtherContent(new.clone())],
            })
        };
        assert_eq!(fetch(&server_again).unwrap(), expected);
    }
}

#[test]
fn without_a_validator_nothing_is_put_together() {
    let server = serving(at_first(vec![Fault::NoValidator, Fault::CutAfter(70_000)]));
    assert_eq!(read(&server), Err(FetchErrorKind::Changed));
    let server = serving(at_first(vec![Fault::NoValidator, Fault::CutAfter(70_000)]));
    assert_eq!(fetch(&server).unwrap(), content());
}

#[test]
fn wrong_lengths_end() {
    // Too large a length: the rest does not exist.
    assert_eq!(kind_for_always(vec![Fault::LengthTooLarge(10)]), FetchErrorKind::Changed);
    // Too small a length: what is left out must be missed by whoever checks the content.
    let server = serving(|_| vec![Fault::LengthTooSmall(10)]);
    assert_eq!(fetch(&server).unwrap(), content()[..199_990]);
    let server = serving(|_| vec![Fault::NoLength]);
    assert_eq!(fetch(&server).unwrap(), content());
}

#[test]
fn more_than_the_limit_is_not_read() {
    let too_large = |limit| FetchErrorKind::TooLarge { limit };
    assert_eq!(kind_for_always(vec![Fault::Endless]), too_large(1 << 20));
    let server = serving(honest);
    let remote = remote(&server.url());
    for limit in [0, 1, 199_999] {
        let error = remote.fetch(Base::Content, &path(), limit).unwrap_err();
        assert_eq!(error.kind, too_large(limit));
    }
    assert_eq!(remote.fetch(Base::Content, &path(), 200_000).unwrap().len(), 200_000);
    let server = serving(|_| vec![Fault::NoLength]);
    let remote = super::tests::remote(&server.url());
    assert_eq!(remote.fetch(Base::Content, &path(), 199_999).unwrap_err().kind, too_large(199_999));
    assert_eq!(remote.fetch(Base::Content, &path(), 200_000).unwrap(), content());
}

#[test]
fn slow_servers_are_given_up_in_bounded_time() {
    let trickle = |milliseconds| Fault::Trickle(Duration::from_millis(milliseconds));
    let started = Instant::now();
    std::thread::scope(|scope| {
        for fault in [Fault::Silence, Fault::StallAfter(1000), trickle(20), trickle(2)] {
            scope.spawn(|| {
                let server = serving(move |_| vec![fault.clone()]);
                let remote = impatient(&server.url());
                let error = remote.fetch(Base::Content, &path(), 1 << 20).unwrap_err();
                assert_eq!((error.kind, error.tries), (FetchErrorKind::TooSlow, 4));
            });
        }
    });
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_stall_is_mended_like_a_break() {
    let server = serving(at_first(vec![Fault::StallAfter(70_000)]));
    let whole = impatient(&server.url()).fetch(Base::Content, &path(), 1 << 20);
    assert_eq!(whole.unwrap(), content());
    assert_eq!(server.requests()[1].from, Some(70_000));
}

#[test]
fn a_server_in_trouble_is_asked_again_and_one_that_refuses_is_not() {
    let server = serving(|request| match request.number {
        0 => vec![Fault::Status(500)],
        1 => vec![Fault::Status(503)],
        2 => vec![Fault::HangUp],
        _ => vec![],
    });
    assert_eq!(fetch(&server).unwrap(), content());
    for (status, kind, requests) in [
        (404, FetchErrorKind::NotFound, 1),
        (403, FetchErrorKind::Refused(403), 1),
        (500, FetchErrorKind::Failing(500), 4),
    ] {
        let server = serving(move |_| vec![Fault::Status(status)]);
        assert_eq!(fetch(&server).unwrap_err().kind, kind);
        assert_eq!(server.requests().len(), requests);
    }
    let server = serving(|_| vec![Fault::HangUp]);
    assert_eq!(fetch(&server).unwrap_err().kind, FetchErrorKind::Interrupted);
    assert_eq!(server.requests().len(), 4);
}

#[test]
fn the_user_is_told_why_it_takes_longer() {
    let server = serving(at_first(vec![Fault::Status(503)]));
    let told = Arc::new(Mutex::new(Vec::new()));
    let notes = Arc::clone(&told);
    let listener = Arc::new(move |word| notes.lock().unwrap().push(word));
    let remote = Remote::new(&hasty(&server.url()), listener).unwrap();
    remote.fetch(Base::Content, &path(), 1 << 20).unwrap();
    let url = remote.url(Base::Content, &path());
    let text = format!("{url}: the server fails with status 503; trying again in 0 s");
    assert_eq!(*told.lock().unwrap(), [Word::Info(text)]);
}

#[test]
fn nobody_there_is_not_asked_again() {
    let url = {
        let gone = serving(honest);
        gone.url()
    };
    // The port is free again once the listener has seen that it is over.
    let error = (0..100).find_map(|_| remote(&url).fetch(Base::Version, &path(), 1 << 20).err());
    let error = error.unwrap();
    assert_eq!((error.kind, error.tries), (FetchErrorKind::Unreachable, 1));
    assert!(error.to_string().contains(&url), "{error}");
    assert!(std::error::Error::source(&error).is_some());
}

#[test]
fn redirects_are_followed_three_times_and_only_to_the_web() {
    let hops = |most: usize| {
        FaultyServer::start(
            |_| Some(content()),
            move |request| {
                let hop: usize = request.path.trim_matches('/').parse().unwrap_or(0);
                if hop < most { vec![Fault::Redirect(format!("/{}", hop + 1))] } else { vec![] }
            },
        )
        .unwrap()
    };
    let server = hops(3);
    let remote = remote(&server.url());
    assert_eq!(remote.fetch(Base::Content, &path(), 1 << 20).unwrap(), content());
    assert_eq!(remote.statistics().requests, 4);
    for server in [
        hops(4),
        serving(|_| vec![Fault::Redirect("file:///etc/passwd".into())]),
        serving(|_| vec![Fault::Redirect("ftp://127.0.0.1/".into())]),
    ] {
        assert_eq!(fetch(&server).unwrap_err().kind, FetchErrorKind::Redirected);
    }
}

#[test]
fn a_page_that_asks_to_log_in_is_content_like_any_other() {
    let server = serving(|_| vec![Fault::Portal]);
    assert!(fetch(&server).unwrap().starts_with(b"<html>"));
    assert_eq!(server.requests().len(), 1);
}

struct Encrypted {
    directory: tempfile::TempDir,
    server: FaultyServer,
}

impl Encrypted {
    fn new(keys: &TlsKeys, tls: TlsServer) -> Self {
        Self::with(keys, tls, honest)
    }

    fn with(
        keys: &TlsKeys,
        tls: TlsServer,
        faults: impl Fn(&Request) -> Vec<Fault> + Send + Sync + 'static,
    ) -> Self {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("ca.pem"), keys.authority().unwrap()).unwrap();
        std::fs::write(directory.path().join("client.pem"), keys.client().unwrap()).unwrap();
        let server = FaultyServer::start_tls(tls, |_| Some(content()), faults).unwrap();
        Self { directory, server }
    }

    fn settings(&self) -> RemoteSettings {
        let ca_paths = vec![self.directory.path().join("ca.pem")];
        RemoteSettings { ca_paths, plain_http: PlainHttp::Refused, ..hasty(&self.server.url()) }
    }
}

fn fetch_with(settings: &RemoteSettings) -> Result<Vec<u8>, FetchErrorKind> {
    let remote = Remote::new(settings, Arc::new(silence)).unwrap();
    remote.fetch(Base::Content, &path(), 1 << 20).map_err(|error| error.kind)
}

#[test]
fn a_server_must_show_that_it_is_the_one_that_was_asked() {
    let keys = TlsKeys::new().unwrap();
    let good = Encrypted::new(&keys, keys.server().unwrap());
    assert_eq!(fetch_with(&good.settings()), Ok(content()));
    let strangers = RemoteSettings { ca_paths: vec![], ..good.settings() };
    assert_eq!(fetch_with(&strangers), Err(FetchErrorKind::Untrusted));
    for tls in [keys.server_with_other_name().unwrap(), keys.expired_server().unwrap()] {
        let bad = Encrypted::new(&keys, tls);
        assert_eq!(fetch_with(&bad.settings()), Err(FetchErrorKind::Untrusted));
        assert!(bad.server.requests().is_empty());
    }
}

#[test]
fn a_server_may_vouch_for_itself_where_it_is_trusted() {
    let directory = tempfile::tempdir().unwrap();
    let ask = |is_expired, is_trusted, host: &str| {
        let (tls, pem) = server_on_its_own(is_expired).unwrap();
        let server = FaultyServer::start_tls(tls, |_| Some(content()), honest).unwrap();
        let file = directory.path().join("trusted.pem");
        std::fs::write(&file, pem).unwrap();
        let ca_paths = if is_trusted { vec![file] } else { Vec::new() };
        let url = format!("https://{host}:{}", server.port());
        fetch_with(&RemoteSettings { ca_paths, plain_http: PlainHttp::Refused, ..hasty(&url) })
    };
    assert_eq!(ask(false, true, "localhost"), Ok(content()));
    for (is_expired, is_trusted, host) in
        [(true, true, "localhost"), (false, false, "localhost"), (false, true, "127.0.0.1")]
    {
        let told = ask(is_expired, is_trusted, host);
        assert_eq!(told, Err(FetchErrorKind::Untrusted), "{is_expired} {is_trusted} {host}");
    }
}

#[test]
fn a_client_can_show_who_it_is() {
    let keys = TlsKeys::new().unwrap();
    let server = Encrypted::new(&keys, keys.server_for_known_clients().unwrap());
    let client_certificate = Some(server.directory.path().join("client.pem"));
    let known = RemoteSettings { client_certificate, ..server.settings() };
    assert_eq!(fetch_with(&known), Ok(content()));
    // Of TLS 1.3 what the server says may be lost where it hangs up at once.
    let is_refusal = |kind| matches!(kind, FetchErrorKind::Unknown | FetchErrorKind::Interrupted);
    assert!(fetch_with(&server.settings()).is_err_and(is_refusal));
    let strangers = Encrypted::new(&TlsKeys::new().unwrap(), keys.server().unwrap());
    let client_certificate = Some(strangers.directory.path().join("client.pem"));
    let stranger = RemoteSettings { client_certificate, ..server.settings() };
    assert!(fetch_with(&stranger).is_err_and(is_refusal));
    let no_key = Some(server.directory.path().join("ca.pem"));
    let no_key = RemoteSettings { client_certificate: no_key, ..server.settings() };
    let error = Remote::new(&no_key, Arc::new(silence)).unwrap_err();
    assert!(matches!(error, RemoteError::Certificate { .. }), "{error}");
}

#[test]
fn encryption_is_not_given_up_by_a_redirect() {
    let keys = TlsKeys::new().unwrap();
    let plain = serving(honest);
    let to = plain.url();
    let downgrade =
        Encrypted::with(&keys, keys.server().unwrap(), move |_| vec![Fault::Redirect(to.clone())]);
    let allowed = RemoteSettings { plain_http: PlainHttp::Allowed, ..downgrade.settings() };
    assert_eq!(fetch_with(&allowed), Err(FetchErrorKind::Redirected));
    assert!(plain.requests().is_empty());
}

#[test]
fn a_proxy_is_asked_in_the_servers_place() {
    let proxy = serving(honest);
    let proxies = Proxies { http: Some(proxy.url()), ..Proxies::default() };
    let settings = RemoteSettings { proxies, ..hasty("http://swupd.invalid/x") };
    let remote = Remote::new(&settings, Arc::new(silence)).unwrap();
    assert_eq!(remote.fetch(Base::Content, &path(), 1 << 20).unwrap(), content());
    assert_eq!(proxy.requests()[0].path, "http://swupd.invalid/x/version/latest_version");
    let direct = serving(honest);
    let proxies = Proxies {
        http: Some(proxy.url()),
        none_for: Some("127.0.0.0/8".into()),
        ..Proxies::default()
    };
    let settings = RemoteSettings { proxies, ..hasty(&direct.url()) };
    let remote = Remote::new(&settings, Arc::new(silence)).unwrap();
    remote.fetch(Base::Content, &path(), 1 << 20).unwrap();
    assert_eq!(proxy.requests().len(), 1);
}

#[test]
fn a_directory_is_a_repository_too() {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("file://{}/", directory.path().display());
    let remote = remote(&url);
    let fetch = |limit| remote.fetch(Base::Version, &path(), limit).map_err(|error| error.kind);
    assert_eq!(fetch(10), Err(FetchErrorKind::NotFound));
    let file = directory.path().join("version/latest_version");
    std::fs::create_dir_all(&file).unwrap();
    assert_eq!(fetch(10), Err(FetchErrorKind::Local));
    std::fs::remove_dir(&file).unwrap();
    std::fs::write(&file, b"20\n").unwrap();
    assert_eq!(fetch(10).unwrap(), b"20\n");
    assert_eq!(fetch(3).unwrap(), b"20\n");
    assert_eq!(fetch(2), Err(FetchErrorKind::TooLarge { limit: 2 }));
    std::fs::remove_file(&file).unwrap();
    nix::unistd::mkfifo(&file, nix::sys::stat::Mode::S_IRWXU).unwrap();
    assert_eq!(fetch(10), Err(FetchErrorKind::Local));
    assert_eq!(remote.statistics(), Statistics { requests: 6, bytes_received: 6 });
}

#[test]
fn a_size_is_told_without_the_bytes() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(directory.path().join("version")).unwrap();
    std::fs::write(directory.path().join("version/latest_version"), b"20\n").unwrap();
    let here = remote(&format!("file://{}/", directory.path().display()));
    let size = |remote: &Remote| remote.size(Base::Version, &path()).map_err(|error| error.kind);
    assert_eq!(size(&here), Ok(Some(3)));
    std::fs::remove_file(directory.path().join("version/latest_version")).unwrap();
    assert_eq!(size(&here), Err(FetchErrorKind::NotFound));
    let server = serving(honest);
    let there = remote(&server.url());
    assert_eq!(size(&there), Ok(Some(content().len() as u64)));
    assert_eq!([&here, &there].map(|r| r.statistics().bytes_received), [0, 0]);
    let refusing = serving(|_| vec![Fault::Status(405)]);
    assert_eq!(size(&remote(&refusing.url())), Err(FetchErrorKind::Refused(405)));
}

#[test]
fn many_transfers_run_at_once() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join("version")).unwrap();
    std::fs::write(directory.path().join("version/latest_version"), content()).unwrap();
    let server = FaultyServer::start(files_below(directory.path()), honest).unwrap();
    let remote = remote(&server.url());
    std::thread::scope(|scope| {
        for _ in 0..remote.parallel() {
            scope.spawn(|| {
                assert_eq!(remote.fetch(Base::Content, &path(), 1 << 20).unwrap(), content());
            });
        }
    });
    assert_eq!(remote.statistics().requests, remote.parallel() as u64);
}

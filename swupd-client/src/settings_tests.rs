use super::*;

fn settings(tree: &Path, flags: GlobalFlags) -> Result<Settings, SettingsError> {
    let flags = GlobalFlags { path: Some(tree.into()), ..flags };
    let surroundings = Surroundings {
        terminal: Terminal::default(),
        is_root: false,
        cpus: NonZeroUsize::MIN,
        proxies: Proxies::default(),
        configuration: Vec::new(),
    };
    let common = CommonFlags { global: flags, versionurl: None };
    Settings::new(common, Policy::default(), surroundings)
}

fn write(tree: &Path, path: &str, text: &str) {
    fs_err::create_dir_all(tree.join(path).parent().unwrap()).unwrap();
    fs_err::write(tree.join(path), text).unwrap();
}

#[test]
fn a_mirror_goes_before_the_url_that_came_with_the_os() {
    let tree = tempfile::tempdir().unwrap();
    assert!(settings(tree.path(), GlobalFlags::default()).unwrap().urls.is_err());
    write(tree.path(), "usr/share/defaults/swupd/versionurl", "https://v.example/\n");
    write(tree.path(), "usr/share/defaults/swupd/contenturl", "https://c.example\n");
    let urls = settings(tree.path(), GlobalFlags::default()).unwrap().urls.unwrap();
    assert_eq!(urls.version, "https://v.example");
    write(tree.path(), "etc/swupd/mirror_contenturl", "https://m.example\n");
    let urls = settings(tree.path(), GlobalFlags::default()).unwrap().urls.unwrap();
    assert_eq!(urls.content, "https://m.example");
    let typed = GlobalFlags { url: Some("file:///x/".into()), ..GlobalFlags::default() };
    let urls = settings(tree.path(), typed).unwrap().urls.unwrap();
    assert_eq!((urls.version.as_str(), urls.content.as_str()), ("file:///x", "file:///x"));
}

#[test]
fn plain_http_must_be_allowed() {
    let tree = tempfile::tempdir().unwrap();
    let http = GlobalFlags { url: Some("http://x.example".into()), ..GlobalFlags::default() };
    let refused = settings(tree.path(), http.clone()).unwrap().urls;
    assert!(matches!(refused, Err(SettingsError::InsecureUrl { .. })));
    let allowed = GlobalFlags { allow_insecure_http: true, ..http };
    assert!(settings(tree.path(), allowed).unwrap().urls.is_ok());
}

#[test]
fn directories_that_a_slip_would_empty_are_refused() {
    let tree = tempfile::tempdir().unwrap();
    for bad in ["/", "/usr", "/var"] {
        let flags = GlobalFlags { statedir: Some(bad.into()), ..GlobalFlags::default() };
        assert!(settings(tree.path(), flags).is_err(), "{bad}");
    }
}

#[test]
fn an_ordinary_user_keeps_state_and_cache_in_the_tree() {
    let tree = tempfile::tempdir().unwrap();
    let settings = settings(tree.path(), GlobalFlags::default()).unwrap();
    assert!(settings.data_dir.starts_with(&settings.tree));
    assert!(settings.cache_dir.starts_with(&settings.tree));
}

#[test]
fn the_nearer_word_counts() {
    let far = GlobalFlags { quiet: true, yes: true, ..GlobalFlags::default() };
    let near = GlobalFlags { verbose: true, assume: Some(Answer::No), ..GlobalFlags::default() };
    let both = far.clone().overlaid(near);
    assert!(both.verbose && !both.quiet);
    assert_eq!(both.answer(), Some(Answer::No));
    let both = far.overlaid(GlobalFlags { time: true, ..GlobalFlags::default() });
    assert!(both.quiet && both.time);
    assert_eq!(both.answer(), Some(Answer::Yes));
    assert_eq!(GlobalFlags::default().answer(), None);
}

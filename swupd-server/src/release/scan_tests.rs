use std::{fs::FileTimes, os::unix::fs::symlink, path::Path, time::Duration};

use super::*;
use crate::report::Recorded;

fn path(text: &str) -> TreePath {
    TreePath::parse(text.as_bytes()).unwrap()
}

fn put(root: &Path, file: &str, content: impl AsRef<[u8]>) {
    let file = root.join(file);
    fs_err::create_dir_all(file.parent().unwrap()).unwrap();
    fs_err::write(file, content).unwrap();
}

fn patterns(list: &[&str]) -> Patterns {
    Patterns::parse(&list.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>()).unwrap()
}

fn scan_with(root: &Path, etc: &[&str], leave_out: &[&str]) -> (Vec<String>, Vec<Event>) {
    let recorded = Recorded::default();
    let wanted =
        Wanted { etc: &patterns(etc), leave_out: &patterns(leave_out), kept: &BTreeSet::new() };
    let scanned = scan(&SourceTree::open(root).unwrap(), &wanted, &recorded).unwrap();
    let paths = scanned.tree.0.keys().map(ToString::to_string).collect();
    (paths, recorded.events())
}

#[test]
fn state_is_no_content_and_etc_only_where_it_is_said() {
    let tree = tempfile::tempdir().unwrap();
    for file in ["usr/bin/a", "var/lib/x", "home/u/x", "etc/ssl/certs/c", "etc/passwd", "etc/d/x"] {
        put(tree.path(), file, "x");
    }
    let (paths, _) = scan_with(tree.path(), &[], &[]);
    assert_eq!(paths, ["/etc", "/home", "/usr", "/usr/bin", "/usr/bin/a", "/var"]);
    let (paths, _) = scan_with(tree.path(), &["/etc/ssl", "/etc/pass*"], &["/usr/bin"]);
    let etc = ["/etc", "/etc/passwd", "/etc/ssl", "/etc/ssl/certs", "/etc/ssl/certs/c"];
    assert_eq!(paths[..5], etc);
    assert_eq!(paths[5..], ["/home", "/usr", "/var"]);
}

#[test]
fn objects_have_their_hashes_and_links_are_not_followed() {
    let tree = tempfile::tempdir().unwrap();
    put(tree.path(), "usr/file", "content");
    symlink("/etc/shadow", tree.path().join("usr/link")).unwrap();
    let source = SourceTree::open(tree.path()).unwrap();
    let none = patterns(&[]);
    let kept = BTreeSet::from([path("/usr/file"), path("/usr/absent")]);
    let wanted = Wanted { etc: &none, leave_out: &none, kept: &kept };
    let scanned = scan(&source, &wanted, &crate::report::Silent).unwrap();
    assert_eq!(scanned.kept, BTreeMap::from([(path("/usr/file"), b"content".to_vec())]));
    let file = &scanned.tree.0[&path("/usr/file")];
    let mut hasher = file.object.hasher();
    hasher.update(b"content");
    assert_eq!(file.hash, hasher.finish());
    assert_eq!(file.object.content_size(), 7);
    let link = &scanned.tree.0[&path("/usr/link")];
    assert_eq!(link.object.content_size(), "/etc/shadow".len() as u64);
    assert_eq!(Some(link.hash), link.object.hash_without_content());
}

#[test]
fn what_no_manifest_can_hold_is_left_out_with_one_message_a_class() {
    let tree = tempfile::tempdir().unwrap();
    put(tree.path(), "usr/a\nb", "x");
    put(tree.path(), "usr/a\nc", "x");
    let _socket = std::os::unix::net::UnixListener::bind(tree.path().join("usr/socket")).unwrap();
    let fifo = tree.path().join("usr/fifo");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &fifo,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR,
        0,
    )
    .unwrap();
    let (paths, events) = scan_with(tree.path(), &[], &[]);
    assert_eq!(paths, ["/usr"]);
    let messages = [
        "left out: the named pipe /usr/fifo",
        "left out: the socket /usr/socket",
        "left out: what has a newline in its name: /usr/\"a\\nb\" and 1 more",
    ];
    assert_eq!(events, messages.map(|m| Event::Warning(m.into())));
}

#[test]
fn a_time_is_kept_only_where_a_compiled_file_names_it() {
    let tree = tempfile::tempdir().unwrap();
    let seconds = 1_700_000_000_u32;
    for (file, pyc_time) in [("fresh", seconds), ("stale", seconds - 1)] {
        put(tree.path(), &format!("usr/{file}.py"), "pass\n");
        let source =
            fs_err::File::options().write(true).open(tree.path().join(format!("usr/{file}.py")));
        let time = std::time::UNIX_EPOCH + Duration::from_secs(seconds.into());
        source.unwrap().into_parts().0.set_times(FileTimes::new().set_modified(time)).unwrap();
        let mut pyc = b"\xa7\r\r\n\0\0\0\0".to_vec();
        pyc.extend(pyc_time.to_le_bytes());
        pyc.extend(5_u32.to_le_bytes());
        put(tree.path(), &format!("usr/__pycache__/{file}.cpython-311.pyc"), pyc);
    }
    let none = patterns(&[]);
    let wanted = Wanted { etc: &none, leave_out: &none, kept: &BTreeSet::new() };
    let source = SourceTree::open(tree.path()).unwrap();
    let scanned = scan(&source, &wanted, &crate::report::Silent).unwrap();
    let times: Vec<(String, i64)> = (scanned.tree.0.iter())
        .filter_map(|(path, object)| Some((path.to_string(), object.mtime?)))
        .collect();
    assert_eq!(times, [("/usr/fresh.py".to_owned(), seconds.into())]);
}

/// Changes the tree as soon as it was listed.
struct Meddler<'a>(&'a Path, Change);

type Change = fn(&Path);

impl Observer for Meddler<'_> {
    fn event(&self, event: Event) {
        if let Event::Progress { done: 0, .. } = event {
            (self.1)(self.0);
        }
    }
}

#[test]
fn a_tree_that_changes_while_it_is_read_is_refused() {
    let changes: [(&str, Change); 4] = [
        ("/usr/file", |root| fs_err::write(root.join("usr/file"), "longer content").unwrap()),
        ("/usr/file", |root| fs_err::remove_file(root.join("usr/file")).unwrap()),
        ("/usr", |root| fs_err::write(root.join("usr/new"), "").unwrap()),
        ("/usr/file", |root| {
            fs_err::remove_file(root.join("usr/file")).unwrap();
            symlink("/etc/shadow", root.join("usr/file")).unwrap();
        }),
    ];
    for (index, (place, change)) in changes.into_iter().enumerate() {
        let tree = tempfile::tempdir().unwrap();
        put(tree.path(), "usr/file", "content");
        let none = patterns(&[]);
        let wanted = Wanted { etc: &none, leave_out: &none, kept: &BTreeSet::new() };
        let source = SourceTree::open(tree.path()).unwrap();
        let error = scan(&source, &wanted, &Meddler(tree.path(), change)).unwrap_err();
        assert!(error.to_string().contains(&format!("{place} was changed")), "{index}: {error}");
    }
}

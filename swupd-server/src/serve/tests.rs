use std::{
    io::{Read, Write},
    net::TcpStream,
    os::unix::fs::symlink,
    sync::Mutex,
    thread::JoinHandle,
};

use super::*;

/// A server for a directory with `file` (the digits), on a thread, with its log.
struct World {
    directory: tempfile::TempDir,
    address: SocketAddr,
    log: Arc<Mutex<Vec<Access>>>,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<JoinHandle<Result<(), ServeError>>>,
}

impl World {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs_err::write(directory.path().join("file"), "0123456789").unwrap();
        let log = Arc::new(Mutex::new(Vec::new()));
        let sink = log.clone();
        let server = Server::bind(
            directory.path(),
            ([127, 0, 0, 1], 0).into(),
            Arc::new(move |access| sink.lock().unwrap().push(access)),
        )
        .unwrap();
        let address = server.address();
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let thread = std::thread::spawn(move || {
            server.run(async {
                let _ = stopped.await;
            })
        });
        Self { directory, address, log, stop: Some(stop), thread: Some(thread) }
    }

    /// Sends a request as it stands and returns head and body of the answer.
    fn ask(&self, request: &str) -> (String, Vec<u8>) {
        let mut stream = TcpStream::connect(self.address).unwrap();
        let (line, headers) = request.split_once('\n').unwrap_or((request, ""));
        let headers = headers.replace('\n', "\r\n");
        let text = format!("{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n");
        stream.write_all(text.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        let head = String::from_utf8(answer[..end].to_vec()).unwrap().to_lowercase();
        (head, answer[end + 4..].to_vec())
    }

    fn status(&self, request: &str) -> u16 {
        self.ask(request).0[9..12].parse().unwrap()
    }

    fn end(mut self) -> Vec<Access> {
        self.stop.take().unwrap().send(()).unwrap();
        self.thread.take().unwrap().join().unwrap().unwrap();
        self.log.lock().unwrap().clone()
    }
}

fn header(head: &str, name: &str) -> String {
    let line = head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
    line.unwrap_or_default().to_owned()
}

#[test]
fn files_are_served_whole_and_in_parts() {
    let world = World::new();
    let (head, body) = world.ask("GET /file");
    assert!(head.starts_with("http/1.1 200"), "{head}");
    assert_eq!(body, b"0123456789");
    assert_eq!(header(&head, "content-length"), "10");
    assert_eq!(header(&head, "accept-ranges"), "bytes");
    let tag = header(&head, "etag");

    let (head, body) = world.ask(&format!("GET /file\nRange: bytes=7-\nIf-Range: {tag}\n"));
    assert!(head.starts_with("http/1.1 206"), "{head}");
    assert_eq!(header(&head, "content-range"), "bytes 7-9/10");
    assert_eq!(body, b"789");

    let (head, body) = world.ask("HEAD /file\nRange: bytes=7-\n");
    assert_eq!((header(&head, "content-length").as_str(), body.len()), ("3", 0));
    assert_eq!(world.status(&format!("GET /file\nIf-None-Match: {tag}\n")), 304);
    let (head, _) = world.ask("GET /file\nRange: bytes=10-\n");
    assert!(head.starts_with("http/1.1 416"), "{head}");
    assert_eq!(header(&head, "content-range"), "bytes */10");

    // Published again, with the same size: an old tag fits no more.
    let path = world.directory.path().join("file");
    fs_err::write(path.with_extension("new"), "abcdefghij").unwrap();
    fs_err::rename(path.with_extension("new"), path).unwrap();
    let (head, body) = world.ask(&format!("GET /file\nRange: bytes=7-\nIf-Range: {tag}\n"));
    assert!(head.starts_with("http/1.1 200"), "{head}");
    assert_eq!(body, b"abcdefghij");
    world.end();
}

#[test]
fn nothing_else_is_served() {
    let world = World::new();
    let inside = world.directory.path();
    fs_err::create_dir(inside.join("directory")).unwrap();
    symlink("/etc/passwd", inside.join("absolute")).unwrap();
    symlink("file", inside.join("relative")).unwrap();
    symlink("/etc", inside.join("directory/etc")).unwrap();
    nix::unistd::mkfifo(&inside.join("fifo"), nix::sys::stat::Mode::S_IRUSR).unwrap();
    for path in [
        "/",
        "/absent",
        "/directory",
        "/directory/",
        "/absolute",
        "/relative",
        "/fifo",
        "/directory/etc/passwd",
        "/../etc/passwd",
        "/%2e%2e/etc/passwd",
        "/directory/../file",
        "//file",
        "/file/",
        "/file/x",
    ] {
        assert_eq!(world.status(&format!("GET {path}")), 404, "{path}");
    }
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        assert_eq!(world.status(&format!("{method} /file\nContent-Length: 0\n")), 405, "{method}");
    }
    world.end();
}

#[test]
fn the_log_has_a_line_for_each_request() {
    let world = World::new();
    world.ask("GET /file\nRange: bytes=2-3\n");
    world.ask("HEAD /file");
    world.ask("GET /absent%0a");
    let log = world.end();
    let lines: Vec<String> =
        log.iter().map(|access| access.to_string().split_once(' ').unwrap().1.to_owned()).collect();
    assert_eq!(
        lines,
        ["GET /file 206 2 range=bytes=2-3", "HEAD /file 200 0", "GET /absent%0a 404 0"]
    );
}

#[test]
fn a_client_that_leaves_early_is_told_of() {
    let world = World::new();
    let path = world.directory.path().join("large");
    fs_err::File::create(&path).unwrap().set_len(1 << 30).unwrap();
    let mut stream = TcpStream::connect(world.address).unwrap();
    stream.write_all(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    stream.read_exact(&mut [0; 1000]).unwrap();
    drop(stream);
    let log = world.end();
    assert_eq!(log.len(), 1);
    assert!(log[0].sent > 0 && log[0].sent < log[0].size, "{}", log[0]);
    assert!(log[0].to_string().contains("broken off"));
}

//! A repository behind nginx, with the configuration that is shipped.

use std::{
    fs::Permissions,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use swupd_fixtures::world::{Ran, World};

use crate::world::{program, programs, skipped, system, world};

/// The web server, until it is dropped.
struct Nginx {
    child: Child,
    address: String,
}

impl Nginx {
    /// Starts it on a directory; none where it is not installed.
    fn start(world: &World, www: &Path) -> Option<Self> {
        let places = ["/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/sbin/nginx"];
        let Some(program) = places.iter().find(|place| Path::new(place).exists()) else {
            skipped("there is no nginx (apt-get install nginx-light)");
            return None;
        };
        let free = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
        let place = world.path().join("nginx");
        fs_err::create_dir(&place).unwrap();
        let configuration = configuration(&place, www, &free.to_string());
        let child = Command::new(program)
            .args(["-p", place.to_str().unwrap(), "-c", configuration.to_str().unwrap()])
            .args(["-e", "stderr"])
            .env_clear()
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let nginx = Self { child, address: free.to_string() };
        let deadline = Instant::now() + Duration::from_secs(10);
        while TcpStream::connect(&nginx.address).is_err() {
            assert!(Instant::now() < deadline, "nginx does not listen");
            thread::sleep(Duration::from_millis(20));
        }
        Some(nginx)
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns the head of the answer to a request with a further header, in lower case.
    fn head(&self, path: &str, header: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: updates.example\r\nconnection: close\r\n{header}\r\n"
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        answer.split("\r\n\r\n").next().unwrap().to_ascii_lowercase()
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let id = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw);
        // Its workers end with it where it is asked, and not where it is killed.
        if let Some(id) = id {
            rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
        }
        self.child.wait().unwrap();
    }
}

/// Writes what surrounds the shipped configuration, and that one with another address and place.
fn configuration(place: &Path, www: &Path, address: &str) -> PathBuf {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../dist/usr/share/doc/swupd-server/examples/nginx.conf");
    let text = fs_err::read_to_string(shipped).unwrap();
    for line in ["listen 80;", "listen [::]:80;", "root /srv/os/www;"] {
        assert!(text.contains(line), "{line}");
    }
    let text = text
        .replace("listen 80;", &format!("listen {address};"))
        .replace("listen [::]:80;", "")
        .replace("root /srv/os/www;", &format!("root {};", www.display()));
    fs_err::write(place.join("swupd.conf"), text).unwrap();
    let place = place.display();
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|name| format!("{name}_temp_path {place}/{name};"))
        .join(" ");
    let around = format!(
        "daemon off; worker_processes 1; pid {place}/pid; events {{ }}\n\
         http {{ access_log off; {temporary} include {place}/swupd.conf; }}\n"
    );
    let path = PathBuf::from(format!("{place}/nginx.conf"));
    fs_err::write(&path, around).unwrap();
    path
}

#[test]
fn a_machine_lives_behind_nginx() {
    let mut world = world();
    world.release(10, &system());
    // What is served is a copy: it grows under the server's eyes.
    let www = world.path().join("copy");
    let copy = |world: &World| {
        let mut command = Command::new(programs().server);
        command.env_clear().args(["mirror", &world.url()]).arg(&www);
        Ran::of(command.arg("-C").arg(world.certificate())).exits(0);
    };
    copy(&world);
    fs_err::set_permissions(&www, Permissions::from_mode(0o755)).unwrap();
    let Some(nginx) = Nginx::start(&world, &www) else { return };
    let machine = world.machine("machine").at_url(&nginx.url());
    let run = |line: &str| machine.run(&format!("{line} --allow-insecure-http --max-retries 0"));
    run("os-install -B editors").exits(0);
    machine.must_be(&world.says(10, &["editors"]));
    run("check-update").exits(1);
    world.release(20, &system().file("/usr/lib/library", program(3)));
    copy(&world);
    run("check-update").exits(0);
    run("update").exits(0);
    machine.must_be(&world.says(20, &["editors"]));
    fs_err::write(machine.at("/usr/bin/tool"), "broken").unwrap();
    fs_err::remove_file(machine.at("/usr/lib/library")).unwrap();
    run("diagnose").exits(1);
    run("repair").exits(0);
    machine.must_be(&world.says(20, &["editors"]));
    run("bundle-add music").exits(0);
    machine.must_be(&world.says(20, &["editors", "music"]));
}

#[test]
fn nginx_says_what_may_be_kept() {
    let mut world = world();
    world.release(10, &system());
    let Some(nginx) = Nginx::start(&world, &world.www()) else { return };
    let pointer = nginx.head("/version/format30/latest", "");
    assert!(pointer.contains("200 ok") && pointer.contains("cache-control: no-cache"), "{pointer}");
    let pack = nginx.head("/10/pack-os-core-from-0.tar", "");
    assert!(pack.contains("200 ok") && pack.contains("immutable"), "{pack}");
    assert!(pack.contains("etag: \"") && pack.contains("accept-ranges: bytes"), "{pack}");
    assert!(!pack.contains("content-encoding"), "{pack}");
    let part = nginx.head("/10/pack-os-core-from-0.tar", "range: bytes=10-\r\n");
    assert!(part.contains("206 partial content"), "{part}");
    let absent = nginx.head("/10/pack-none-from-0.tar", "");
    assert!(absent.contains("404 not found") && !absent.contains("immutable"), "{absent}");
    fs_err::create_dir(world.www().join(".incoming")).unwrap();
    fs_err::write(world.www().join(".incoming/1"), "half").unwrap();
    assert!(nginx.head("/.incoming/1", "").contains("404 not found"));
    let tag = pointer.split("etag: ").nth(1).unwrap().lines().next().unwrap();
    let same = nginx.head("/version/format30/latest", &format!("if-none-match: {tag}\r\n"));
    assert!(same.contains("304 not modified"), "{same}");
}

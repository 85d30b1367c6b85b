//! The publisher, and its server outside of the machine.

use std::{
    io::{BufRead, BufReader},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use fs_err as fs;

use crate::{
    Result, SERVER, command,
    tree::{remove, text},
};

/// A publisher whose server runs until it is dropped.
#[derive(Debug)]
pub(crate) struct Publisher {
    program: PathBuf,
    directory: PathBuf,
    server: Child,
}

impl Publisher {
    /// Begins with nothing published.
    pub(crate) fn begin(room: &Path) -> Result<Self> {
        let (program, directory) = (room.join(SERVER), room.join("publisher"));
        remove(&program)?;
        remove(&directory)?;
        let this = std::env::current_exe().map_err(text)?;
        fs::os::unix::fs::symlink(this, &program).map_err(text)?;
        command::of(Command::new(&program).arg("init").arg(&directory))?;
        // The content says where it comes from, so that the port must be known before.
        let port = free_port()?;
        let settings = directory.join("swupd-server.toml");
        let mut said = fs::read_to_string(&settings).map_err(text)?;
        for key in ["content-url", "version-url"] {
            let url = format!("{key} = \"http://{OUTSIDE}:{port}\"");
            said = said.replace(&format!("{key} = \"\""), &url);
        }
        fs::write(&settings, said).map_err(text)?;
        let mut serve = Command::new(&program);
        serve.args(["serve", "--listen", &format!("127.0.0.1:{port}"), "-C"]).arg(&directory);
        serve.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut server = serve.spawn().map_err(text)?;
        let said = server.stdout.take().map(BufReader::new);
        let listens = said.and_then(|said| said.lines().next()).transpose().map_err(text)?;
        match listens {
            Some(_) => Ok(Self { program, directory, server }),
            None => Err("the server does not start".into()),
        }
    }

    /// Publishes a version of a tree.
    pub(crate) fn publish(&self, number: u32, tree: &Path) -> Result<()> {
        let mut build = Command::new(&self.program);
        build.args(["build", "--version", &number.to_string(), "--from"]).arg(tree);
        command::of(build.arg("-C").arg(&self.directory)).map(drop)
    }

    /// Returns where what is published lies.
    pub(crate) fn published(&self) -> PathBuf {
        self.directory.join("www")
    }

    /// Returns the certificate that machines trust.
    pub(crate) fn certificate(&self) -> PathBuf {
        self.directory.join("keys/cert.pem")
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        drop(self.server.kill().and_then(|()| self.server.wait()));
    }
}

/// Returns a port that nobody uses at this moment.
pub(crate) fn free_port() -> Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(text)?;
    Ok(listener.local_addr().map_err(text)?.port())
}

/// Where a machine finds what listens on the loopback interface of the machine that it runs on.
const OUTSIDE: &str = "10.0.2.2";

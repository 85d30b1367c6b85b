//! The two programs, run as a user runs them, each run with its time and its bytes on the wire.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Instant,
};

use crate::{
    Result, megabytes, say, text,
    trees::{files_below, sizes_below},
};

/// Where the programs are.
#[derive(Debug)]
pub(crate) struct Programs {
    directory: PathBuf,
}

impl Programs {
    /// Builds both programs for release and finds them beside the demo.
    pub(crate) fn build() -> Result<Self> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let arguments = [
            "build",
            "--release",
            "--quiet",
            "--package",
            "swupd-server",
            "--package",
            "swupd-client",
        ];
        let status = Command::new(cargo).args(arguments).status().map_err(text)?;
        if !status.success() {
            return Err("the programs do not build".into());
        }
        let demo = std::env::current_exe().map_err(text)?;
        let directory = demo.parent().ok_or("the demo lies nowhere")?.to_owned();
        Ok(Self { directory })
    }

    /// Returns a machine that does not exist yet, with what it needs to reach the server.
    pub(crate) fn machine<'a>(&'a self, tree: PathBuf, served: &'a Served) -> Result<Machine<'a>> {
        fs_err::create_dir_all(&tree).map_err(text)?;
        Ok(Machine { programs: self, tree, served })
    }
}

/// A server's working directory.
#[derive(Debug)]
pub(crate) struct Server<'a> {
    programs: &'a Programs,
    directory: PathBuf,
}

impl<'a> Server<'a> {
    /// Makes the working directory, with two bundles beside os-core.
    pub(crate) fn new(programs: &'a Programs, directory: PathBuf) -> Result<Self> {
        let server = Self { programs, directory };
        let directory = server.directory.clone();
        server.run("init", &["init".as_ref(), directory.as_os_str()])?;
        let bundles = [
            ("docs", "Documentation", "/usr/share/doc/**"),
            ("libraries", "Libraries", "/usr/lib/**"),
        ];
        for (name, title, files) in bundles {
            let definition =
                format!("name = \"{name}\"\ntitle = \"{title}\"\nfiles = [\"{files}\"]\n");
            let path = server.directory.join(format!("bundles/{name}.toml"));
            fs_err::write(path, definition).map_err(text)?;
        }
        Ok(server)
    }

    /// Builds a version.
    pub(crate) fn publish(&self, version: u32, tree: &Path) -> Result<()> {
        let version = version.to_string();
        let arguments = ["build".as_ref(), "--version".as_ref(), version.as_ref()];
        let from = ["--from".as_ref(), tree.as_os_str()];
        let seconds =
            self.run(&format!("build {version}"), &[&arguments[..], &from[..]].concat())?;
        let (files, bytes) = sizes_below(&self.directory.join("www").join(&version))?;
        say(&format!(
            "build version {version}: {seconds:.1} s, {files} files published, {}",
            megabytes(bytes)
        ));
        Ok(())
    }

    /// Proves what was published.
    pub(crate) fn check(&self) -> Result<()> {
        let seconds = self.run("check", &["check".as_ref()])?;
        say(&format!("check everything published: {seconds:.1} s"));
        Ok(())
    }

    /// Returns the bytes of a version's zero packs: what a machine fetches that has nothing.
    pub(crate) fn zero_packs(&self, version: u32) -> u64 {
        let www = self.directory.join("www");
        let mut bytes = 0;
        for bundle in ["os-core", "docs", "libraries"] {
            // A bundle that did not change has its pack where it last did.
            let packs = [version, 10].map(|v| www.join(format!("{v}/pack-{bundle}-from-0.tar")));
            let pack = packs.iter().find_map(|pack| fs_err::metadata(pack).ok());
            bytes += pack.map_or(0, |meta| meta.len());
        }
        bytes
    }

    /// Serves on loopback until it is dropped.
    pub(crate) fn serve(&self) -> Result<Served> {
        let arguments = ["serve", "--listen", "127.0.0.1:0"];
        let mut child = Command::new(self.programs.directory.join("swupd-server"))
            .arg("-C")
            .arg(&self.directory)
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(text)?;
        let stdout = child.stdout.take().ok_or("the server prints nothing")?;
        let mut lines = BufReader::new(stdout).lines();
        let url = lines
            .by_ref()
            .map_while(std::result::Result::ok)
            .find_map(|line| {
                Some(line[line.find("http://")?..].split_whitespace().next()?.to_owned())
            })
            .ok_or("the server does not tell its URL")?;
        // Its access log must not fill the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        say(&format!("serving at {url}"));
        Ok(Served { child, url, certificate: self.directory.join("keys/cert.pem") })
    }

    fn run(&self, what: &str, arguments: &[&std::ffi::OsStr]) -> Result<f64> {
        let begun = Instant::now();
        let mut command = Command::new(self.programs.directory.join("swupd-server"));
        command.arg("-C").arg(if arguments[0] == "init" {
            Path::new(".")
        } else {
            &self.directory
        });
        let output = command.args(arguments).output().map_err(text)?;
        if !output.status.success() {
            return Err(format!("{what}: {}", String::from_utf8_lossy(&output.stderr)));
        }
        Ok(begun.elapsed().as_secs_f64())
    }
}

/// A server that runs.
#[derive(Debug)]
pub(crate) struct Served {
    child: Child,
    url: String,
    certificate: PathBuf,
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended by itself; there is nothing more to do then.
        drop(self.child.kill().and_then(|()| self.child.wait()));
    }
}

/// A machine: a directory that the client installs into.
#[derive(Debug)]
pub(crate) struct Machine<'a> {
    programs: &'a Programs,
    tree: PathBuf,
    served: &'a Served,
}

impl Machine<'_> {
    /// Runs a command of the client, tells its time, and returns the bytes that it fetched.
    pub(crate) fn step(&self, what: &str, arguments: &[&str], exit: i32) -> Result<u64> {
        let begun = Instant::now();
        let mut command = Command::new(self.programs.directory.join("swupd"));
        command.args(arguments).arg("--path").arg(&self.tree).arg("--url").arg(&self.served.url);
        command.arg("--certpath").arg(&self.served.certificate).arg("--statedir");
        command.arg(self.tree.join("var/lib/swupd"));
        command.args(["--format", "30", "--allow-insecure-http", "--no-scripts", "--ignore-time"]);
        let output = command.arg("--no-progress").output().map_err(text)?;
        let told = String::from_utf8_lossy(&output.stdout);
        if output.status.code() != Some(exit) {
            let errors = String::from_utf8_lossy(&output.stderr);
            return Err(format!("{what}: exit {:?}: {told} {errors}", output.status.code()));
        }
        let (bytes, requests) = fetched(&told);
        let seconds = begun.elapsed().as_secs_f64();
        say(&format!("{what}: {seconds:.1} s, {} in {requests} requests", megabytes(bytes)));
        Ok(bytes)
    }

    /// Deletes, truncates, changes and replaces a few of the files that the version has.
    pub(crate) fn break_some_files(&self, version: &Path) -> Result<()> {
        let files = files_below(&version.join("usr"))?;
        let installed = |path: &PathBuf| {
            let relative = path.strip_prefix(version).ok()?;
            Some(self.tree.join(relative)).filter(|path| path.exists())
        };
        let some: Vec<PathBuf> =
            files.iter().step_by(files.len() / 9 + 1).filter_map(installed).collect();
        for (number, path) in some.iter().enumerate() {
            match number % 4 {
                0 => fs_err::remove_file(path).map_err(text)?,
                1 => fs_err::write(path, "").map_err(text)?,
                2 => fs_err::write(path, "not what the version has\n").map_err(text)?,
                _ => {
                    fs_err::remove_file(path).map_err(text)?;
                    fs_err::create_dir(path).map_err(text)?;
                }
            }
        }
        say(&format!("{} files deleted, emptied, changed or made directories", some.len()));
        Ok(())
    }

    /// Compares every file of a tree with the machine's; returns how many there are.
    pub(crate) fn compare_with(&self, version: &Path) -> Result<u64> {
        let mut compared = 0;
        for path in files_below(&version.join("usr"))? {
            let relative = path.strip_prefix(version).map_err(text)?;
            let same = fs_err::read(&path).map_err(text)?
                == fs_err::read(self.tree.join(relative)).map_err(text)?;
            if !same && !relative.ends_with("os-release") {
                return Err(format!("{} is not what the version has", relative.display()));
            }
            compared += 1;
        }
        Ok(compared)
    }
}

/// Reads `fetched N bytes in M requests` out of what the client told.
fn fetched(told: &str) -> (u64, u64) {
    let figures = told.split("fetched ").nth(1).map(|rest| {
        let mut numbers = rest.split(' ').filter_map(|word| word.parse().ok());
        (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
    });
    figures.unwrap_or((0, 0))
}

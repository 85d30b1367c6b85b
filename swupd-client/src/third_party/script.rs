//! The script that runs a program of a repository, and how one tells whose it is.

use std::{ffi::OsStr, os::unix::ffi::OsStrExt, path::Path};

use swupd_protocol::path::TreePath;

use super::{DIRECTORY, RepositoryName, TREES};

/// Returns the script that runs the program at `path` of a tree with what belongs to it in reach:
/// its programs, libraries, data and configuration before those of the OS.
pub(super) fn text(tree: &Path, path: &TreePath) -> Vec<u8> {
    let below = |places: &[&str]| {
        let places: Vec<Vec<u8>> =
            places.iter().map(|place| word(tree.join(place).as_os_str())).collect();
        places.join(&b":"[..])
    };
    let lines: [&[u8]; 7] = [
        b"#!/bin/sh\n\nexport PATH=",
        &below(&["usr/bin", "bin", "usr/local/bin"]),
        b":$PATH\nexport LD_LIBRARY_PATH=",
        &below(&["usr/lib64", "usr/lib", "usr/local/lib64", "usr/local/lib"]),
        // An empty part would be the directory that one happens to be in.
        b"${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}\nexport XDG_DATA_DIRS=",
        &below(&["usr/share", "usr/local/share"]),
        b":${XDG_DATA_DIRS:-/usr/local/share:/usr/share}\nexport XDG_CONFIG_DIRS=",
    ];
    let program = word(tree.join(path.relative()).as_os_str());
    let end: [&[u8]; 4] = [
        &below(&["etc", "etc/xdg"]),
        b":${XDG_CONFIG_DIRS:-/etc/xdg}\n\nexec ",
        &program,
        b" \"$@\"\n",
    ];
    [lines.concat(), end.concat()].concat()
}

/// Says whether a script runs a program of a repository, wherever the tree was when it was written,
/// and whichever client wrote it: a line calls the program by its whole path.
pub(super) fn is_of(script: &[u8], repository: &RepositoryName) -> bool {
    let within = format!("/{DIRECTORY}/{TREES}/{repository}/");
    script.split(|byte| *byte == b'\n').filter_map(called).any(|program| {
        let mut parts = program.windows(within.len());
        parts.any(|part| part == within.as_bytes())
    })
}

/// Returns what a line of a script calls by its whole path, as it is written there.
fn called(line: &[u8]) -> Option<&[u8]> {
    let line = line.trim_ascii();
    let call = line.strip_prefix(b"exec ").unwrap_or(line).trim_ascii_start();
    match call {
        [b'/', ..] => call.split(u8::is_ascii_whitespace).next(),
        [quote @ (b'\'' | b'"'), rest @ ..] if rest.starts_with(b"/") => {
            rest.rsplitn(2, |byte| byte == quote).last()
        }
        _ => None,
    }
}

/// Returns a word as a shell takes it for just that.
fn word(text: &OsStr) -> Vec<u8> {
    let bytes = text.as_bytes();
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/-_.+@,%".contains(byte);
    if bytes.iter().all(is_plain) {
        return bytes.to_vec();
    }
    let mut quoted = vec![b'\''];
    for byte in bytes {
        match byte {
            b'\'' => quoted.extend_from_slice(b"'\\''"),
            byte => quoted.push(*byte),
        }
    }
    quoted.push(b'\'');
    quoted
}

#[cfg(test)]
mod tests {
    use std::{os::unix::fs::PermissionsExt, process::Command};

    use super::*;

    #[test]
    fn a_program_runs_with_what_belongs_to_it_in_reach() {
        let scratch = tempfile::tempdir().unwrap();
        // Nothing that stands in a path means anything to the shell.
        let tree = scratch.path().join("o's $HOME `x`/opt/3rd-party/bundles/one");
        fs_err::create_dir_all(tree.join("usr/bin")).unwrap();
        let program = "#!/bin/sh\n\
            printf '%s\\n' \"$PATH\" \"$LD_LIBRARY_PATH\" \"$XDG_DATA_DIRS\" \"$XDG_CONFIG_DIRS\" \"$@\"\n";
        let at = tree.join("usr/bin/a tool");
        fs_err::write(&at, program).unwrap();
        fs_err::set_permissions(&at, PermissionsExt::from_mode(0o755)).unwrap();
        let path = TreePath::parse(b"/usr/bin/a tool").unwrap();
        let script = text(&tree, &path);
        let one = "one".parse().unwrap();
        assert!(is_of(&script, &one) && !is_of(&script, &"on".parse().unwrap()));
        let run = |environment: &[(&str, &str)]| {
            let mut command = Command::new("/bin/sh");
            command.arg("-c").arg(OsStr::from_bytes(&script)).args(["name", "x  y", "$z"]);
            command.env_clear().env("PATH", "/usr/bin:/bin").envs(environment.iter().copied());
            let output = command.output().unwrap();
            assert!(output.status.success(), "{output:?}");
            String::from_utf8(output.stdout).unwrap()
        };
        let told = run(&[]);
        let lines: Vec<&str> = told.lines().collect();
        let t = tree.display().to_string();
        assert_eq!(lines[0], format!("{t}/usr/bin:{t}/bin:{t}/usr/local/bin:/usr/bin:/bin"));
        let libraries = format!("{t}/usr/lib64:{t}/usr/lib:{t}/usr/local/lib64:{t}/usr/local/lib");
        assert_eq!(lines[1], libraries);
        let data = format!("{t}/usr/share:{t}/usr/local/share:/usr/local/share:/usr/share");
        assert_eq!(lines[2], data);
        assert_eq!(lines[3], format!("{t}/etc:{t}/etc/xdg:/etc/xdg"));
        assert_eq!(lines[4..], ["x  y", "$z"]);
        let told = run(&[("LD_LIBRARY_PATH", "/l"), ("XDG_DATA_DIRS", "/d")]);
        let lines: Vec<&str> = told.lines().collect();
        assert_eq!(lines[1], format!("{libraries}:/l"));
        assert_eq!(lines[2], format!("{t}/usr/share:{t}/usr/local/share:/d"));
    }

    #[test]
    fn only_what_it_runs_says_whose_a_script_is() {
        let one = "one".parse().unwrap();
        let is_of = |text: &str| is_of(text.as_bytes(), &one);
        assert!(is_of("#!/bin/bash\n\nexec /t/opt/3rd-party/bundles/one/usr/bin/x \"$@\"\n"));
        assert!(is_of(
            "#!/bin/bash\n\nexport PATH=/x\n/t/opt/3rd-party/bundles/one/bin/x \"$@\"\n"
        ));
        assert!(is_of("exec '/a '\\''b/opt/3rd-party/bundles/one/usr/bin/x' \"$@\"\n"));
        assert!(!is_of("export PATH=/opt/3rd-party/bundles/one/usr/bin:$PATH\nexec /usr/bin/x\n"));
        assert!(!is_of("/usr/bin/strace /opt/3rd-party/bundles/one/usr/bin/x\n"));
        assert!(!is_of("sudo /opt/3rd-party/bundles/one/usr/bin/x\n"));
        assert!(!is_of("# exec /opt/3rd-party/bundles/one/usr/bin/x\nexec /usr/bin/x\n"));
        assert!(!is_of("exec /opt/3rd-party/bundles/one2/usr/bin/x\n"));
    }
}

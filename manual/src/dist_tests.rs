//! The files that are committed are what the definitions give, and shells and `man` can read them.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    process::Command,
};

fn dist() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../dist")
}

fn is_there(program: &str) -> bool {
    let found = Command::new(program).arg("--version").output().is_ok();
    if !found {
        // Not through the macro, whose output is seen only where a test fails.
        io::stderr().write_all(format!("SKIPPED: there is no {program}\n").as_bytes()).unwrap();
    }
    found
}

fn text(path: &str) -> String {
    let files = crate::files().unwrap();
    files.into_iter().find(|file| file.path == Path::new(path)).unwrap().text
}

#[test]
fn what_is_committed_is_what_the_definitions_give() {
    for file in crate::files().unwrap() {
        let committed = fs_err::read_to_string(dist().join(&file.path)).unwrap_or_default();
        let first = committed.lines().zip(file.text.lines()).find(|(old, new)| old != new);
        assert!(
            committed == file.text,
            "dist/{} is out of date, first at {first:?}: run `cargo run -p swupd-manual`",
            file.path.display()
        );
    }
}

#[test]
fn the_page_has_every_command_and_flag_that_is_shown() {
    use clap::CommandFactory;
    let page = text("usr/share/man/man1/swupd.1");
    let program = swupd_client::cli::arguments::Arguments::command();
    for command in program.get_subcommands().filter(|command| !command.is_hide_set()) {
        let heading = format!("\n.SS {}\n", command.get_name());
        let section = page.split(&heading).nth(1).unwrap_or_else(|| panic!("no{heading}"));
        let section = section.split("\n.S").next().unwrap();
        for flag in command.get_arguments().filter(|flag| !flag.is_hide_set()) {
            let Some(long) = flag.get_long() else { continue };
            let long = format!("\\-\\-{}\\f", long.replace('-', "\\-"));
            let is_global = flag.get_help_heading().is_some();
            let place = if is_global { &page } else { section };
            assert!(place.contains(&long), "{} has no {long}", command.get_name());
        }
    }
    assert!(!page.contains("\n.SS verify\n"));
}

#[test]
fn pages_are_well_formed() {
    if !is_there("groff") {
        return;
    }
    for file in crate::files().unwrap() {
        if !file.path.starts_with("usr/share/man") || file.text.starts_with(".so") {
            continue;
        }
        let scratch = std::env::temp_dir().join(format!("swupd-manual-{}", std::process::id()));
        fs_err::write(&scratch, &file.text).unwrap();
        let ran =
            Command::new("groff").args(["-man", "-Tutf8", "-ww", "-z"]).arg(&scratch).output();
        fs_err::remove_file(&scratch).unwrap();
        let complaints = String::from_utf8(ran.unwrap().stderr).unwrap();
        assert_eq!(complaints, "", "{}", file.path.display());
    }
}

#[test]
fn shells_can_read_their_scripts() {
    for (shell, path) in [
        ("bash", "usr/share/bash-completion/completions/swupd"),
        ("zsh", "usr/share/zsh/site-functions/_swupd"),
        ("fish", "usr/share/fish/vendor_completions.d/swupd.fish"),
    ] {
        if is_there(shell) {
            let ran = Command::new(shell).arg("-n").arg(dist().join(path)).output().unwrap();
            assert!(ran.status.success(), "{shell}: {}", String::from_utf8_lossy(&ran.stderr));
        }
    }
    let zsh = text("usr/share/zsh/site-functions/_swupd");
    for function in ["_swupd_published_bundles", "_swupd_installed_bundles"] {
        assert!(zsh.matches(function).count() > 1, "{function} is defined and used");
    }
}

#[test]
fn bash_completes_commands_flags_and_names_of_bundles() {
    if !is_there("bash") {
        return;
    }
    for (line, expected) in [
        (&["swupd", "bundle-r"][..], "bundle-remove"),
        (&["swupd", "upda"], "update"),
        (&["swupd", "diagnose", "--picky-w"], "--picky-whitelist"),
        (&["swupd", "bundle-remove", "ed"], "editors"),
        (&["swupd", "bundle-remove", "--force", "games", ""], "editors games"),
        (&["swupd", "bundle-add", "mu"], "music"),
        (&["swupd", "bundle-add", "--skip-o"], "--skip-optional"),
        (&["swupd", "veri"], ""),
    ] {
        assert_eq!(completed(line), expected, "{line:?}");
    }
}

/// Returns what bash offers for the last word.
fn completed(words: &[&str]) -> String {
    let script = dist().join("usr/share/bash-completion/completions/swupd");
    let [.., before, last] = words else { panic!("two words are needed") };
    let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
    let program = format!(
        "swupd() {{ case \"$*\" in *--all*) echo music; echo 'new: experimental';; \
         *) echo editors; echo games;; esac; }}\n\
         timeout() {{ shift; \"$@\"; }}\n\
         source {}\nCOMP_WORDS=({})\nCOMP_CWORD={}\n\
         \"$(complete -p swupd | sed 's/.*-F \\([^ ]*\\).*/\\1/')\" swupd '{last}' '{before}'\n\
         echo \"${{COMPREPLY[*]}}\"",
        script.display(),
        quoted.join(" "),
        words.len() - 1
    );
    let ran = Command::new("bash").args(["--norc", "-c", &program]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&ran.stderr), "");
    String::from_utf8(ran.stdout).unwrap().trim().to_owned()
}

#[test]
fn the_configuration_that_is_shipped_can_be_read() {
    use swupd_client::settings::{Configuration, Policy, PolicyKey};
    let text = text("usr/share/defaults/swupd/config");
    let mut configuration = Configuration::default();
    configuration.add(Path::new("config"), &text);
    assert_eq!(configuration.complaints(), []);
    let mut policy = Policy::default();
    for setting in configuration.settings() {
        let key = PolicyKey::named(&setting.key).unwrap();
        key.set(&mut policy, &setting.value).unwrap();
    }
    assert_eq!(policy, Policy { readonly_usr: true, ..Policy::default() });
    for key in Policy::KEYS {
        assert!(text.contains(&format!("{} =", key.name.replace('-', "_"))), "{}", key.name);
    }
}

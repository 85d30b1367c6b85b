use std::path::Path;

use super::*;

fn words(line: &str) -> Vec<OsString> {
    line.split_whitespace().map(OsString::from).collect()
}

/// Returns a subcommand of which nothing is typed but its name.
fn bare(path: Vec<String>, command: &Command) -> Subcommand {
    Subcommand { path, command: command.clone(), flags: BTreeSet::new() }
}

/// Returns a value that a flag takes.
fn sample(flag: &Arg) -> String {
    if let Some(possible) = flag.get_possible_values().first() {
        return possible.get_name().to_owned();
    }
    let name = flag.get_value_names().unwrap_or_default().first().map_or("", |name| name.as_str());
    let value = match name {
        "DIR" | "FILE" | "PATH" | "REGEX" => "/x",
        "URL" => "file:///x",
        "yes|no" => "yes",
        "BUNDLE" | "BUNDLE,..." | "NAME" | "REPO" | "TERM" => "a",
        _ => "30",
    };
    value.to_owned()
}

fn each_subcommand(outer: &Command, path: &[String], check: &mut impl FnMut(&Subcommand)) {
    for command in outer.get_subcommands() {
        let path = [path, &[command.get_name().to_owned()]].concat();
        check(&bare(path.clone(), command));
        each_subcommand(command, &path, check);
    }
}

#[test]
fn every_long_flag_of_every_subcommand_can_be_configured() {
    let mut count = 0;
    each_subcommand(&Arguments::command(), &[], &mut |subcommand| {
        for flag in subcommand.command.get_arguments() {
            let Some(long) = flag.get_long() else { continue };
            let takes_value = flag.get_action().takes_values();
            let value = if takes_value { sample(flag) } else { "true".into() };
            let key = long.replace('-', "_");
            let mut configuration = Configuration::default();
            let text = format!("[{}]\n{key} = {value}\n", subcommand.section());
            configuration.add(Path::new("config"), &text);
            let added = Added::to(subcommand, &configuration);
            assert_eq!(added.warnings, Vec::<String>::new(), "{text}");
            let expected =
                if takes_value { format!("--{long}={value}") } else { format!("--{long}") };
            assert_eq!(added.flags, [expected], "{text}");
            count += 1;
        }
    });
    assert!(count > 300, "{count}");
}

#[test]
fn what_is_false_or_typed_or_another_commands_is_not_added() {
    let program = Arguments::command();
    let update = program.find_subcommand("update").unwrap();
    let mut typed = bare(vec!["update".into()], update);
    typed.flags.extend(["url".into(), "quiet".into()]);
    let mut configuration = Configuration::default();
    let text = "url=file:///a\ncontenturl=file:///b\nverbose=true\npicky=true\ntime=false\n\
                [diagnose]\nquick=true\n[update]\nkeepcache=no\nmax_retries=1\n";
    configuration.add(Path::new("config"), text);
    let added = Added::to(&typed, &configuration);
    assert_eq!(added.flags, ["--max-retries=1"]);
    assert_eq!(added.told, ["--max-retries=1 (config, line 10)"]);
    assert_eq!(added.warnings, Vec::<String>::new());
}

#[test]
fn flags_are_added_right_behind_the_subcommand() {
    for (line, end) in [
        ("swupd update", 2),
        ("swupd -p update update -k", 4),
        ("swupd --quiet --path=x bundle-add -- -x", 4),
        ("swupd -tu file:///x info --quiet", 4),
        ("swupd --qui update --status", 3),
    ] {
        let typed = words(line);
        let matches = Arguments::command().try_get_matches_from(&typed).unwrap();
        assert_eq!(Subcommand::typed(&matches).unwrap().end(&typed), end, "{line}");
    }
}

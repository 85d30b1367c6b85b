use proptest::prelude::*;

use super::*;

fn parsed(texts: &[&str]) -> Configuration {
    let mut configuration = Configuration::default();
    for (number, text) in texts.iter().enumerate() {
        configuration.add(Path::new(&format!("/{number}/config")), text);
    }
    configuration
}

fn counts(configuration: &Configuration, command: &str) -> Vec<(String, String)> {
    let said = configuration.for_command(command);
    said.into_iter().map(|said| (said.key.clone(), said.value.clone())).collect()
}

fn pair(key: &str, value: &str) -> (String, String) {
    (key.into(), value.into())
}

#[test]
fn a_section_goes_before_what_is_for_all_and_a_later_file_before_an_earlier_one() {
    let configuration = parsed(&[
        "max_retries=1\n[update]\nretry_delay=1\nmax-retries=2\n",
        "# later\n[GLOBAL]\nmax_retries = 3\n[update]\nretry-delay=4\n[info]\nretry_delay=5",
    ]);
    assert_eq!(
        counts(&configuration, "update"),
        [pair("max-retries", "2"), pair("retry-delay", "4")]
    );
    assert_eq!(
        counts(&configuration, "info"),
        [pair("max-retries", "3"), pair("retry-delay", "5")]
    );
    assert_eq!(counts(&configuration, "clean"), [pair("max-retries", "3")]);
    assert_eq!(configuration.complaints(), []);
}

#[test]
fn an_empty_value_takes_back_what_was_said() {
    let configuration = parsed(&["url=file:///a\n[info]\nurl=\n"]);
    assert_eq!(counts(&configuration, "info"), []);
    assert_eq!(counts(&configuration, "update"), [pair("url", "file:///a")]);
}

#[test]
fn values_are_taken_as_they_are() {
    let text = "  picky_whitelist = ^/a#b;c=d|\"e f\"$ \r\n;url=x\n";
    assert_eq!(
        counts(&parsed(&[text]), "diagnose"),
        [pair("picky-whitelist", "^/a#b;c=d|\"e f\"$")]
    );
}

#[test]
fn what_is_not_understood_is_named_by_file_and_line() {
    let configuration = parsed(&["quiet=true\nquiet\n[update\n[ ]\n= 1\nnot a key=1\n"]);
    let lines: Vec<Option<usize>> =
        configuration.complaints().iter().map(|complaint| complaint.origin.line).collect();
    assert_eq!(lines, [2, 3, 4, 5, 6].map(Some));
    assert!(configuration.complaints()[0].to_string().starts_with("/0/config, line 2: "));
    assert_eq!(counts(&configuration, "info"), [pair("quiet", "true")]);
}

#[test]
fn files_are_read_where_they_are_and_missing_ones_are_no_matter() {
    let place = tempfile::tempdir().unwrap();
    let [first, second, third, fourth] =
        ["first", "second", "third", "fourth"].map(|name| place.path().join(name));
    fs_err::create_dir(&first).unwrap();
    fs_err::write(first.join("config"), b"url=\xff\nquiet=true").unwrap();
    fs_err::create_dir_all(third.join("config")).unwrap();
    fs_err::create_dir(&fourth).unwrap();
    fs_err::write(fourth.join("config"), vec![b'#'; 1 + (1 << 20)]).unwrap();
    let configuration = Configuration::read(&[first, second, third.clone(), fourth.clone()]);
    assert_eq!(counts(&configuration, "info"), [pair("url", "\u{fffd}"), pair("quiet", "true")]);
    let complaints = configuration.complaints();
    let files: Vec<&Path> = complaints.iter().map(|one| one.origin.file.as_path()).collect();
    assert_eq!(files, [third.join("config"), fourth.join("config")]);
}

#[test]
fn words_for_yes_and_no() {
    for word in ["true", "TRUE", "yes", "on", "1"] {
        assert_eq!(as_bool(word), Some(true), "{word}");
    }
    for word in ["false", "No", "off", "0"] {
        assert_eq!(as_bool(word), Some(false), "{word}");
    }
    for word in ["", "2", "truely", "ja"] {
        assert_eq!(as_bool(word), None, "{word}");
    }
}

fn section() -> impl Strategy<Value = Section> {
    prop_oneof![Just(Section::Global), "[a-z][a-z0-9-]{0,9}".prop_map(Section::Of)]
}

fn setting() -> impl Strategy<Value = (Section, String, String)> {
    (section(), "[a-z][a-z-]{0,9}", r"([!-~][ -~]{0,9}[!-~])?")
}

proptest! {
    #[test]
    fn whatever_is_written_reads_back(all in prop::collection::vec(setting(), 0..9), under in any::<bool>()) {
        let written = all.iter().map(|(section, key, value)| {
            let name = match section {
                Section::Global => "Global",
                Section::Of(name) => name,
            };
            let key = if under { key.replace('-', "_") } else { key.clone() };
            format!("; about it\n[{name}]\n\n{key} ={value}\n")
        });
        let text: String = written.collect();
        let configuration = parsed(&[&text]);
        let expected = all.iter().map(|(section, key, value)| match section {
            Section::Of(name) if name == "global" => (Section::Global, key.clone(), value.clone()),
            _ => (section.clone(), key.clone(), value.clone()),
        });
        let read = configuration.settings().iter();
        let read = read.map(|said| (said.section.clone(), said.key.clone(), said.value.clone()));
        prop_assert_eq!(read.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
        prop_assert_eq!(configuration.complaints(), []);
    }

    #[test]
    fn any_text_is_read_and_each_line_counts_once(text in "\\PC*(\n\\PC*){0,20}") {
        let configuration = parsed(&[&text]);
        let told = configuration.settings().len() + configuration.complaints().len();
        prop_assert!(told <= text.lines().count());
        for complaint in configuration.complaints() {
            let line = complaint.origin.line.unwrap();
            prop_assert!(!text.lines().nth(line - 1).unwrap().trim().is_empty());
        }
    }

    #[test]
    fn what_counts_is_what_was_said_last(all in prop::collection::vec(setting(), 0..30), command in "[a-z]") {
        let text: String = all.iter().map(|(section, key, value)| match section {
            Section::Global => format!("[GLOBAL]\n{key}={value}\n"),
            Section::Of(_) => format!("[{command}]\n{key}={value}\n"),
        }).collect();
        let configuration = parsed(&[&text]);
        let said = configuration.for_command(&command);
        for (index, one) in said.iter().enumerate() {
            prop_assert!(said[index + 1..].iter().all(|other| other.key != one.key));
            let own: Vec<_> = configuration.settings().iter().filter(|other| other.key == one.key).collect();
            let in_section = own.iter().rev().find(|other| other.section != Section::Global);
            let expected = in_section.or(own.last()).unwrap();
            prop_assert_eq!(*one, *expected);
        }
    }
}

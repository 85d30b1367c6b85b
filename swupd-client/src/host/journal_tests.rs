use fs_err as fs;
use proptest::prelude::*;

use super::*;
use crate::host::root::Root;

struct World(tempfile::TempDir);

impl World {
    fn new() -> Self {
        // In memory where that is possible: a journal syncs often.
        Self(tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap())
    }

    fn data(&self) -> Data {
        let root = Root::open(self.0.path()).unwrap();
        Data::open(&self.0.path().join("data"), &root).unwrap()
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("data").join(NAME)
    }
}

fn intent() -> Intent {
    Intent {
        from: Some("10".parse().unwrap()),
        to: "20".parse().unwrap(),
        track: ["games".parse().unwrap(), "editors".parse().unwrap()].into(),
        untrack: ["tools".parse().unwrap()].into(),
        now: 1_700_000_000,
        why: "a test".into(),
        hold: None,
    }
}

fn detail(word: &str, bytes: &[u8]) -> Detail {
    Detail { word: word.to_owned(), bytes: bytes.to_vec() }
}

fn name_of(reached: &Reached) -> &'static str {
    match reached {
        Reached::Idle => "idle",
        Reached::Planned(_) => PLANNED,
        Reached::Fetched(_) => FETCHED,
        Reached::Staged(_) => STAGED,
        Reached::Committed(_) => COMMITTED,
    }
}

/// Goes through a whole trip and tells after each step how long the journal is.
fn lengths(world: &World) -> Vec<(u64, &'static str)> {
    let data = world.data();
    let length = |state| (fs::metadata(world.file()).unwrap().len(), state);
    let mut lengths = vec![(0, "idle")];
    let trip = begin(&data, intent()).unwrap();
    lengths.push(length(PLANNED));
    let mut trip = trip.fetched().unwrap();
    lengths.push(length(FETCHED));
    trip.note(vec![detail("area", b"/mnt")]).unwrap();
    let trip = trip.staged(vec![detail("put", b"/a \xff b"), detail("put", b"")]).unwrap();
    lengths.push(length(STAGED));
    let trip = trip.committed().unwrap();
    lengths.push(length(COMMITTED));
    trip.finished().unwrap();
    lengths.push(length("idle"));
    lengths
}

#[test]
fn a_journal_cut_off_anywhere_says_the_last_whole_state() {
    let world = World::new();
    let lengths = lengths(&world);
    let whole = fs::read(world.file()).unwrap();
    for cut in 0..=whole.len() {
        for torn in [&b""[..], b"torn", b"\n", &[0; 100]] {
            fs::write(world.file(), [&whole[..cut], torn].concat()).unwrap();
            let reached = read(&world.data()).unwrap();
            // A torn tail may happen to complete the line that was cut.
            let completed = cut + usize::from(torn == b"\n" && whole.get(cut) == Some(&b'\n'));
            let state = lengths.iter().rfind(|(length, _)| *length <= completed as u64);
            assert_eq!(name_of(&reached), state.unwrap().1, "cut at {cut}");
        }
    }
}

#[test]
fn what_was_written_is_read_back() {
    let world = World::new();
    let data = world.data();
    let details = vec![detail("put", b"/a \xff b"), detail("put", b"")];
    let mut trip = begin(&data, intent()).unwrap().fetched().unwrap();
    trip.note(vec![detail("area", b"")]).unwrap();
    drop(trip.staged(details.clone()).unwrap());
    let Reached::Staged(trip) = read(&data).unwrap() else { panic!("it was staged") };
    assert_eq!(trip.intent(), &intent());
    let of_engine =
        |word: &'static str| trip.details().iter().filter(move |d| d.word == word).cloned();
    assert_eq!(of_engine("put").collect::<Vec<_>>(), details);
    assert_eq!(of_engine("area").count(), 1);
    // A torn tail is cut off, so that the next record stands where it should.
    let whole = fs::read(world.file()).unwrap();
    fs::write(world.file(), [&whole[..], b"torn"].concat()).unwrap();
    let Reached::Staged(trip) = read(&data).unwrap() else { panic!("it was staged") };
    drop(trip.committed().unwrap());
    assert!(matches!(read(&data).unwrap(), Reached::Committed(_)));
}

#[test]
fn words_of_a_later_program_are_passed_over() {
    let world = World::new();
    let data = world.data();
    let trip = begin(&data, intent()).unwrap().fetched().unwrap();
    drop(trip.staged(vec![detail("later", b"unknown"), detail("put", b"/a")]).unwrap());
    assert!(matches!(read(&data).unwrap(), Reached::Staged(_)));
}

#[test]
fn a_changed_byte_ends_the_journal_there() {
    let world = World::new();
    lengths(&world);
    let whole = fs::read(world.file()).unwrap();
    let states = |bytes: &[u8]| {
        let lines = parse(bytes).unwrap().lines;
        lines.iter().filter(|line| STATES.contains(&line.word.as_str())).count()
    };
    assert_eq!(states(&whole), 5);
    for at in 0..whole.len() {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        assert!(states(&changed) < 5, "byte {at}");
    }
}

#[test]
fn a_planted_link_is_not_followed() {
    let world = World::new();
    let outside = world.0.path().join("outside");
    fs::write(&outside, "precious").unwrap();
    let data = world.data();
    fs::os::unix::fs::symlink(&outside, world.file()).unwrap();
    begin(&data, intent()).unwrap().abandon().unwrap();
    assert_eq!(fs::read_to_string(&outside).unwrap(), "precious");
    assert!(matches!(read(&data).unwrap(), Reached::Idle));
}

proptest! {
    #[test]
    fn lines_round_trip(
        lines in prop::collection::vec(("[a-z]{1,8}", "[^\n]{0,40}"), 0..20),
    ) {
        let mut text = Vec::new();
        let header = detail(HEADER, FORMAT);
        let mut check = write_line(&mut text, FIRST, &header).unwrap();
        let mut written = vec![header];
        for (word, bytes) in lines.into_iter().filter(|(word, _)| word != HEADER) {
            let line = detail(&word, bytes.as_bytes());
            check = write_line(&mut text, check, &line).unwrap();
            written.push(line);
        }
        let read = parse(&text[..]).unwrap();
        prop_assert_eq!(read.lines, written);
        prop_assert_eq!((read.check, read.length), (check, text.len() as u64));
    }

    #[test]
    fn nonsense_is_an_empty_journal(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(parse(&bytes[..]).unwrap().lines.is_empty());
    }
}

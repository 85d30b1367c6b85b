use std::{
    io::{self, Write},
    process::Command,
};

#[test]
fn a_cut_leaves_the_old_or_the_new_state() {
    let arguments = ["--scenario", "update", "--states", "40", "--recovery-states", "12"];
    let Some(ran) = powercut(&arguments) else { return };
    assert_eq!(ran.code, 0, "{}", ran.said);
    assert!(ran.said.contains("ext4: 40 states and 12 of recoveries, 0 bad"), "{}", ran.said);
}

#[test]
fn the_safe_order_of_an_exchange_is_safe() {
    let Some(ran) = powercut(&["--scenario", "synced", "--states", "40"]) else { return };
    assert_eq!(ran.code, 0, "{}", ran.said);
    assert!(ran.said.contains("ext4: 40 states and 0 of recoveries, 0 bad"), "{}", ran.said);
}

#[test]
fn other_orders_are_found_out() {
    for (scenario, states) in [("no-sync", "8"), ("names-first", "40")] {
        let keep = tempfile::tempdir().unwrap();
        let place = keep.path().to_str().unwrap();
        let arguments = ["--scenario", scenario, "--states", states, "--keep", place];
        let Some(ran) = powercut(&arguments) else { return };
        assert_eq!(ran.code, 1, "{}", ran.said);
        assert!(ran.said.contains(&format!("BAD: ext4 {scenario}")), "{}", ran.said);
        // It is bad whenever one looks.
        let kept = fs_err::read_dir(keep.path()).unwrap().next().unwrap().unwrap().path();
        let again = powercut(&["--again", kept.to_str().unwrap()]).unwrap();
        assert_eq!(again.code, 1, "{}", again.said);
        let image = keep.path().join("image");
        let written =
            powercut(&["--again", kept.to_str().unwrap(), "--image", image.to_str().unwrap()]);
        assert_eq!(written.unwrap().code, 0);
        // The magic number of ext4.
        assert_eq!(fs_err::read(image).unwrap()[1080..1082], [0x53, 0xef]);
    }
}

struct Ran {
    code: i32,
    said: String,
}

/// Runs the harness; none where this machine does not allow it.
fn powercut(arguments: &[&str]) -> Option<Ran> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_swupd-powercut"));
    let output = command.args(["--fs", "ext4"]).args(arguments).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    let code = output.status.code().unwrap();
    if code == SKIPPED {
        // Not through the macro, whose output is seen only where a test fails.
        writeln!(io::stderr(), "{said}").unwrap();
        return None;
    }
    Some(Ran { code, said })
}

const SKIPPED: i32 = 77;

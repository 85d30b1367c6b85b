//! Commands that are killed on the way: what they left is finished or cleared by the next one.

use std::path::Path;

use swupd_fixtures::syscalls::{Class, Counted, Event, Tracer};

use super::market::{Market, Publisher};
use crate::world::skipped;

/// Kills a command of `3rd-party` before a change of a name below `opt/3rd-party/<below>`; says
/// whether it came that far.
fn killed(market: &Market, line: &str, (below, at): (&str, usize)) -> bool {
    let tracer = Tracer::new(Path::new(env!("CARGO_BIN_EXE_stopped-at-calls")));
    let words: Vec<&str> = line.split_whitespace().collect();
    let command = market.machine.command(&[&["3rd-party"], words.as_slice()].concat());
    let counted = Counted::new(&[Class::Name], &[&market.machine.at("opt/3rd-party").join(below)]);
    let traced = tracer.run(&command, &counted, Event::KillAt(at));
    assert_eq!(traced.happened, traced.ran.code != 0, "{}{}", traced.ran.stdout, traced.ran.stderr);
    traced.happened
}

fn can_be_made() -> bool {
    let works = Tracer::new(Path::new(env!("CARGO_BIN_EXE_stopped-at-calls"))).works();
    if !works {
        skipped("no program can be stopped at its system calls here");
    }
    works
}

#[test]
fn what_is_offered_is_what_is_there_though_the_command_was_killed() {
    if !can_be_made() {
        return;
    }
    let shop = Publisher::new("shop");
    let market = Market::with(&[("shop", &shop)]);
    let mut at = 0;
    while killed(&market, "bundle-add app", ("bin", at)) {
        market.run("update").exits(0).says("the change to version 10 is finished now");
        market.must_have("shop", &shop, (10, &["app"]));
        assert_eq!(market.programs(), ["shop-app"], "killed at {at}");
        market.run("bundle-remove --recursive app").exits(0);
        at += 1;
    }
    assert!(at > 1, "it was killed {at} times");
    assert!(killed(&market, "bundle-remove app", ("bin", 0)));
    market.run("bundle-list --all").exits(0);
    assert!(market.programs().is_empty());
}

#[test]
fn a_repository_that_was_half_added_or_half_removed_can_be_added_and_removed() {
    if !can_be_made() {
        return;
    }
    let shop = Publisher::new("shop");
    let market = Market::open();
    let add = format!("add --yes shop {}", shop.world.url());
    let mut killed_adding = 0;
    for at in (0..).step_by(5) {
        if !killed(&market, &add, ("", at)) {
            break;
        }
        killed_adding += 1;
        assert_eq!(market.run("list --quiet").exits(0).stdout, "", "killed at {at}");
        market.run(&format!("{add} --force")).exits(0);
        market.must_have("shop", &shop, (10, &[]));
        market.run("bundle-add app").exits(0);
        if killed(&market, "remove shop", ("", at)) {
            market.run("remove shop").exits(0);
        }
        assert!(!market.tree_of("shop").exists() && market.programs().is_empty());
        assert!(market.tracked("shop").is_empty());
    }
    assert!(killed_adding > 2, "it was killed {killed_adding} times");
}

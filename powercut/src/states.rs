//! Which states of the disks a power cut can leave. Pure: the same recording, number and seed give
//! the same cuts.
//!
//! Between two flushes a disk writes in any order, so that a cut leaves any subset of what was
//! written since the last flush, and all that was written before it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::seed::Seed;

/// An event, as far as cuts are concerned; the number is that of the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// Something was written.
    Write(usize),
    /// Everything written before is on the disk.
    Flush(usize),
    /// A name that everybody sees is about to change.
    Visible,
    /// Something was reported as done.
    Done,
}

/// A power cut.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Cut {
    /// How many events happened before.
    pub(crate) after: usize,
    /// Which of them were writes that never reached the disk.
    pub(crate) lost: BTreeSet<usize>,
}

impl Cut {
    fn losing(after: usize, lost: impl IntoIterator<Item = usize>) -> Self {
        Self { after, lost: lost.into_iter().collect() }
    }
}

/// Returns the writes before `after` that a cut there may lose.
pub(crate) fn pending(moments: &[Moment], after: usize) -> Vec<usize> {
    let mut pending: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (number, moment) in moments.iter().take(after).enumerate() {
        match moment {
            Moment::Write(disk) => pending.entry(*disk).or_default().push(number),
            Moment::Flush(disk) => pending.entry(*disk).or_default().clear(),
            Moment::Visible | Moment::Done => {}
        }
    }
    pending.into_values().flatten().collect()
}

/// Returns up to `wanted` different cuts, those that matter most first: exactly where something was
/// reported as done, then by turns one that loses nothing, and one that loses a random subset of
/// what was not flushed.
pub(crate) fn cuts(moments: &[Moment], wanted: usize, seed: u64) -> Vec<Cut> {
    let mut seed = Seed::new(seed);
    let mut chosen = Chosen { cuts: Vec::new(), seen: BTreeSet::new(), wanted };
    for (number, _) in moments.iter().enumerate().filter(|(_, moment)| **moment == Moment::Done) {
        chosen.add(at_done(moments, number + 1, (wanted / 8).min(6), &mut seed));
    }
    let mut prefixes = order(moments, &mut seed).into_iter();
    let ends: Vec<usize> = (0..SUBSETS).flat_map(|_| order(moments, &mut seed)).collect();
    let mut ends = ends.into_iter();
    while chosen.has_room() {
        let (prefix, end) = (prefixes.next(), ends.next());
        if prefix.is_none() && end.is_none() {
            break;
        }
        chosen.add(prefix.map(|number| Cut::losing(number + 1, [])));
        chosen.add(end.map(|number| subset(moments, number + 1, &mut seed)));
    }
    chosen.cuts
}

/// How many cuts with random subsets there are at most after each write.
const SUBSETS: usize = 4;

struct Chosen {
    cuts: Vec<Cut>,
    seen: BTreeSet<Cut>,
    wanted: usize,
}

impl Chosen {
    fn add(&mut self, cuts: impl IntoIterator<Item = Cut>) {
        for cut in cuts {
            if self.has_room() && self.seen.insert(cut.clone()) {
                self.cuts.push(cut);
            }
        }
    }

    fn has_room(&self) -> bool {
        self.cuts.len() < self.wanted
    }
}

/// Returns cuts at the instant at which something was reported as done: one that loses nothing, one
/// that loses all it can, and some with random subsets.
fn at_done(moments: &[Moment], after: usize, subsets: usize, seed: &mut Seed) -> Vec<Cut> {
    let pending = pending(moments, after);
    let mut cuts = vec![Cut::losing(after, []), Cut::losing(after, pending.iter().copied())];
    cuts.extend((0..subsets).map(|_| subset(moments, after, seed)));
    cuts
}

/// Returns a cut that loses some of what may be lost: few, half or most of it.
fn subset(moments: &[Moment], after: usize, seed: &mut Seed) -> Cut {
    let percent = [10, 50, 50, 90, 100][seed.below(5)];
    let lost = pending(moments, after).into_iter().filter(|_| seed.chance(percent));
    Cut::losing(after, lost.collect::<Vec<_>>())
}

/// Returns the numbers of all writes, those first after which a cut matters most: one from each
/// time between two flushes, so that a short one is as well covered as a long one. Of those around
/// a change that everybody sees come three in a row, then two of those before everything was done,
/// and one after it.
fn order(moments: &[Moment], seed: &mut Seed) -> Vec<usize> {
    let done = moments.iter().rposition(|moment| *moment == Moment::Done).unwrap_or(moments.len());
    let (mut near, mut before, mut after) = (Vec::new(), Vec::new(), Vec::new());
    for Epoch { writes, is_near } in epochs(moments) {
        match writes.first() {
            _ if is_near => near.push(writes),
            Some(first) if *first < done => before.push(writes),
            _ => after.push(writes),
        }
    }
    let mut turns = [(near, 3), (before, 2), (after, 1)]
        .map(|(epochs, count)| (spread(epochs, seed).into_iter(), count));
    let mut order = Vec::new();
    loop {
        let length = order.len();
        for (numbers, count) in &mut turns {
            order.extend(numbers.take(*count));
        }
        if order.len() == length {
            return order;
        }
    }
}

/// The writes between two flushes.
#[derive(Debug, Default)]
struct Epoch {
    /// Their numbers.
    writes: Vec<usize>,
    /// Whether a name that everybody sees changes shortly before, within or shortly after them.
    is_near: bool,
}

/// Returns the times between two flushes in which something was written.
fn epochs(moments: &[Moment]) -> Vec<Epoch> {
    let mut epochs = vec![Epoch::default()];
    let mut visible = Vec::new();
    for (number, moment) in moments.iter().enumerate() {
        match (moment, epochs.last_mut()) {
            (Moment::Write(_), Some(epoch)) => epoch.writes.push(number),
            (Moment::Flush(_) | Moment::Done, Some(epoch)) if !epoch.writes.is_empty() => {
                epochs.push(Epoch::default());
            }
            (Moment::Visible, _) => visible.push(epochs.len() - 1),
            _ => {}
        }
    }
    for at in visible {
        let to = epochs.len().min(at + NEAR + 1);
        epochs[at.saturating_sub(NEAR)..to].iter_mut().for_each(|epoch| epoch.is_near = true);
    }
    epochs.retain(|epoch| !epoch.writes.is_empty());
    epochs
}

/// So many times between flushes count as near: stirring once takes a few of them.
const NEAR: usize = 6;

/// Returns all numbers, in turn one of each epoch and in a random order within it.
fn spread(mut epochs: Vec<Vec<usize>>, seed: &mut Seed) -> Vec<usize> {
    for epoch in &mut epochs {
        seed.shuffle(epoch);
    }
    seed.shuffle(&mut epochs);
    let longest = epochs.iter().map(Vec::len).max().unwrap_or(0);
    let of_turn = |turn| epochs.iter().filter_map(move |epoch| epoch.get(turn).copied());
    (0..longest).flat_map(of_turn).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn moments() -> impl Strategy<Value = Vec<Moment>> {
        let moment = prop_oneof![
            6 => (0usize..2).prop_map(Moment::Write),
            2 => (0usize..2).prop_map(Moment::Flush),
            1 => Just(Moment::Visible),
            1 => Just(Moment::Done),
        ];
        prop::collection::vec(moment, 0..60)
    }

    proptest! {
        #[test]
        fn what_was_flushed_is_never_lost(moments in moments(), wanted in 0usize..200, seed: u64) {
            for cut in cuts(&moments, wanted, seed) {
                prop_assert!(cut.after <= moments.len());
                for lost in cut.lost {
                    let Moment::Write(disk) = moments[lost] else { panic!("no write is lost") };
                    let later = &moments[lost..cut.after];
                    prop_assert!(!later.contains(&Moment::Flush(disk)));
                }
            }
        }

        #[test]
        fn cuts_are_as_many_as_wanted_and_all_different(moments in moments(), wanted in 0usize..200, seed: u64) {
            let chosen = cuts(&moments, wanted, seed);
            let different: BTreeSet<&Cut> = chosen.iter().collect();
            prop_assert_eq!(different.len(), chosen.len());
            prop_assert!(chosen.len() <= wanted);
            prop_assert_eq!(cuts(&moments, wanted, seed), chosen);
        }

        #[test]
        fn every_prefix_comes_where_enough_is_wanted(moments in moments(), seed: u64) {
            let chosen = cuts(&moments, usize::MAX, seed);
            for (number, moment) in moments.iter().enumerate() {
                if matches!(moment, Moment::Write(_) | Moment::Done) {
                    prop_assert!(chosen.contains(&Cut::losing(number + 1, [])));
                }
            }
        }
    }

    #[test]
    fn what_is_reported_as_done_is_cut_exactly_there() {
        use Moment::{Done, Flush, Write};
        let moments = [Write(0), Flush(0), Write(0), Write(1), Flush(1), Done, Write(0), Write(0)];
        assert_eq!(pending(&moments, 6), [2]);
        let chosen = cuts(&moments, 2, 1);
        assert_eq!(chosen, [Cut::losing(6, []), Cut::losing(6, [2])]);
    }

    #[test]
    fn what_everybody_sees_is_cut_more_often() {
        let mut moments = Vec::new();
        for number in 0..1000 {
            moments.extend((number == 500).then_some(Moment::Visible));
            moments.extend([Moment::Write(0), Moment::Flush(0)]);
        }
        let chosen = cuts(&moments, 100, 5);
        let near = |cut: &&Cut| cut.lost.is_empty() && (988..=1014).contains(&cut.after);
        assert_eq!(chosen.iter().filter(near).count(), 13);
    }

    #[test]
    fn short_times_are_covered_before_long_ones_are_exhausted() {
        let mut moments = vec![Moment::Write(0); 500];
        for _ in 0..20 {
            moments.extend([Moment::Flush(0), Moment::Write(0)]);
        }
        let chosen = cuts(&moments, 60, 3);
        let in_short_ones = |cut: &&Cut| cut.after > 500 && cut.lost.is_empty();
        let prefixes: BTreeSet<_> =
            chosen.iter().filter(in_short_ones).map(|cut| cut.after).collect();
        assert_eq!(prefixes.len(), 20);
    }
}

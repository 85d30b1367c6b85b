//! Brings the names of kept trees in line with what is written on the trees, and removes those that
//! are kept no longer.

use std::{collections::BTreeSet, io, path::Path};

use super::{Exchange, place::Place};
use crate::{
    host::{
        directory::Directory,
        generations::{About, Generations, Number, OUTSIDE, Slot, identity},
        root::{Ownership, UNIT},
    },
    update::switch::SwitchError,
};

/// Gives every kept tree the name that is written on it. What is staged and not live stays where it
/// is. Returns which is live.
pub(super) fn settle(
    place: &Place<'_>,
    generations: &Generations,
    ownership: Ownership,
) -> io::Result<Option<Number>> {
    place.release()?;
    let live = place.live()?;
    let live =
        live.map(|live| identity::read(&live, ownership, generations)).transpose()?.flatten();
    if let Some(slot) = generations.staging()?
        && let Some(about) = slot.about()?
        && live == Some(about.number)
    {
        move_out(&slot, about.number, generations, ownership)?;
        generations.settle_staging(about.number)?;
        generations.sync()?;
    }
    for number in generations.numbers()? {
        if let Some(slot) = generations.slot(number)?
            && move_out(&slot, number, generations, ownership)?
        {
            generations.sync()?;
        }
    }
    Ok(live)
}

/// Moves a tree that is not the one of this slot to its own; says whether there was one.
fn move_out(
    slot: &Slot,
    number: Number,
    generations: &Generations,
    ownership: Ownership,
) -> io::Result<bool> {
    let Some(tree) = slot.tree()? else { return Ok(false) };
    match identity::read(&tree, ownership, generations)? {
        Some(itself) if itself == number => return Ok(false),
        Some(other) => {
            let own = generations.make_slot(other)?;
            // One that is there already would be the same one twice: the names tell them apart.
            own.0.remove_all(Path::new(UNIT))?;
            move_tree(&slot.0, &own.0)?;
        }
        None => slot.0.remove_all(Path::new(UNIT))?,
    }
    Ok(true)
}

fn move_tree(from: &Directory, to: &Directory) -> io::Result<()> {
    from.rename_new_to(Path::new(UNIT), to, Path::new(UNIT))
}

/// Removes what is staged; says whether there was something.
pub(super) fn discard(place: &Place<'_>) -> io::Result<bool> {
    let Some(generations) = Generations::open(place.base())? else { return Ok(false) };
    place.release()?;
    let was_there = generations.discard_staging()?;
    if was_there {
        generations.tidy(place.base())?;
    }
    Ok(was_there)
}

/// When old generations are removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    /// The tree has changed.
    Changed,
    /// A run begins, whatever it is for.
    Begins,
}

impl Exchange<'_> {
    /// Gives the trees their names after an exchange.
    pub(super) fn settle(
        &self,
        place: &Place<'_>,
        generations: &Generations,
    ) -> Result<(), SwitchError> {
        let settled = self
            .faults
            .pass("settle generations")
            .and_then(|()| settle(place, generations, self.root.ownership()));
        settled.map(drop).map_err(|source| SwitchError::Tidy { source })
    }

    /// Removes the generations that are kept no longer. What cannot be removed stays, and is told
    /// where the tree has just changed: each later run tries again, and need not say so each time.
    pub(super) fn collect(&self, place: &Place<'_>, when: When) {
        let Err(error) = self.try_collect(place) else { return };
        let text = format!(
            "an old version of the tree could not be removed: {error}; `swupd history` shows what \
             is left of it"
        );
        match when {
            When::Changed => self.told.0.warning(text),
            When::Begins => self.told.0.debug(text),
        }
    }

    fn try_collect(&self, place: &Place<'_>) -> io::Result<()> {
        let Some(generations) = Generations::open(place.base())? else { return Ok(()) };
        let Some(live) = place.live()? else { return Ok(()) };
        let running = identity::read(&live, self.root.ownership(), &generations)?;
        let mut known = Vec::new();
        for number in generations.numbers()? {
            let slot = generations.slot(number)?;
            let about = slot.as_ref().map(Slot::about).transpose()?.flatten();
            let has_tree = slot.map(|slot| slot.tree()).transpose()?.flatten().is_some();
            if let Some(about) = about.filter(|_| has_tree || Some(number) == running) {
                known.push(about);
            } else {
                self.faults.pass("collect")?;
                generations.remove(number)?;
            }
        }
        let Some(running) = running else { return Ok(()) };
        let superfluous = superfluous(&known, running, self.keeping.generations);
        for number in &superfluous {
            self.faults.pass("collect")?;
            let mut older = known.iter().map(|about| about.number).filter(|older| older < number);
            let heir = older.rfind(|older| !superfluous.contains(older));
            if let Some(heir) = heir {
                bequeath(&generations, *number, heir)?;
            }
            generations.remove(*number)?;
        }
        Ok(())
    }
}

/// Gives what a generation had outside of the exchanged directory to an older one, which may need it
/// when the tree goes back there.
fn bequeath(generations: &Generations, from: Number, to: Number) -> io::Result<()> {
    let (Some(from), Some(to)) = (generations.slot(from)?, generations.slot(to)?) else {
        return Ok(());
    };
    if from.0.stat(Path::new(OUTSIDE))?.is_none() {
        return Ok(());
    }
    let (from, to) = (from.outside()?, to.outside()?);
    for name in from.list()? {
        let name = Path::new(&name);
        if to.stat(name)?.is_none() {
            from.rename_new_to(name, &to, name)?;
        }
    }
    Ok(())
}

/// Returns which generations go, so that `most` stay, the running one among them. Of a version that
/// was only mended the broken tree goes, and so does what nobody knows the version of. The one that
/// ran before stays, and so does the last of another version.
fn superfluous(known: &[About], running: Number, most: usize) -> BTreeSet<Number> {
    let Some(current) = known.iter().find(|about| about.number == running) else {
        return BTreeSet::new();
    };
    let is_mended = |about: &&About| {
        about.version == current.version
            && about.bundles == current.bundles
            && about.tracked == current.tracked
    };
    let others = || known.iter().filter(|about| about.number != running);
    let useful = || others().filter(|about| about.version.is_some() && !is_mended(about));
    let mut kept = BTreeSet::from([running]);
    let before = useful().find(|about| Some(about.number) == current.from);
    kept.extend(before.or_else(|| useful().next_back()).map(|about| about.number));
    let of_another = useful().rfind(|about| about.version != current.version);
    kept.extend(of_another.map(|about| about.number));
    let mut newest: Vec<Number> = useful().map(|about| about.number).collect();
    while kept.len() < most
        && let Some(number) = newest.pop()
    {
        kept.insert(number);
    }
    others().map(|about| about.number).filter(|number| !kept.contains(number)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about(number: u32, version: u32, bundles: &[&str], from: Option<u32>) -> About {
        let numbered = |number: u32| number.to_string().parse().unwrap();
        About {
            number: numbered(number),
            version: version.to_string().parse().ok(),
            bundles: bundles.iter().map(|bundle| bundle.parse().unwrap()).collect(),
            tracked: BTreeSet::new(),
            made: 0,
            why: String::new(),
            from: from.map(numbered),
            inode: 0,
        }
    }

    fn gone(known: &[About], running: u32, most: usize) -> Vec<u32> {
        let running = running.to_string().parse().unwrap();
        superfluous(known, running, most).iter().map(|number| number.get()).collect()
    }

    #[test]
    fn the_one_before_and_the_last_of_another_version_stay() {
        let known = [
            about(1, 10, &["a"], None),
            about(2, 20, &["a"], Some(1)),
            about(3, 20, &["a", "b"], Some(2)),
            about(4, 20, &["a", "b", "c"], Some(3)),
        ];
        assert_eq!(gone(&known, 4, 2), [2]);
        assert_eq!(gone(&known, 4, 4), [0_u32; 0]);
        assert_eq!(gone(&known[..3], 3, 2), [0_u32; 0]);
        // After going back to the first, the one that was left is kept.
        assert_eq!(gone(&known[..2], 1, 2), [0_u32; 0]);
    }

    #[test]
    fn what_was_only_mended_is_not_kept_nor_is_what_nobody_knows() {
        let known = [
            about(1, 10, &["a"], None),
            about(2, 20, &["a"], Some(1)),
            about(3, 20, &["a"], Some(2)),
        ];
        assert_eq!(gone(&known, 3, 2), [2]);
        let unknown = About { version: None, ..about(1, 10, &["a"], None) };
        assert_eq!(gone(&[unknown, about(2, 20, &["a"], Some(1))], 2, 5), [1]);
    }
}

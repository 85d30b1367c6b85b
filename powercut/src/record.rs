//! What reached the disks of a machine, in order.

use std::sync::Arc;

use crate::{
    image::Image,
    states::{Cut, Moment},
};

/// Something that happened to one of the disks, or beside them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    /// Bytes of one block were written: on the disk at any time from now on.
    Write {
        /// The disk.
        disk: usize,
        /// Where the bytes begin.
        at: u64,
        /// The bytes.
        bytes: Arc<[u8]>,
    },
    /// Everything that was written to the disk before is on it now.
    Flush {
        /// The disk.
        disk: usize,
    },
    /// A name that everybody sees is about to change.
    Visible,
    /// A program reported that what it was asked for is done.
    Done,
}

/// What was on the disks of a machine, and what happened to them then.
#[derive(Debug, Clone)]
pub(crate) struct Recording {
    /// What was on them.
    pub(crate) bases: Vec<Image>,
    /// What happened.
    pub(crate) events: Vec<Event>,
}

impl Recording {
    /// Returns what is on the disks after a cut.
    pub(crate) fn images(&self, cut: &Cut) -> Vec<Image> {
        let mut images = self.bases.clone();
        for (number, event) in self.events.iter().take(cut.after).enumerate() {
            if let Event::Write { disk, at, bytes } = event
                && !cut.lost.contains(&number)
            {
                images[*disk].write(*at, bytes);
            }
        }
        images
    }

    /// Returns the events as far as cuts are concerned.
    pub(crate) fn moments(&self) -> Vec<Moment> {
        let moment = |event: &Event| match event {
            Event::Write { disk, .. } => Moment::Write(*disk),
            Event::Flush { disk } => Moment::Flush(*disk),
            Event::Visible => Moment::Visible,
            Event::Done => Moment::Done,
        };
        self.events.iter().map(moment).collect()
    }

    /// Says whether something was reported as done before the cut.
    pub(crate) fn is_done_at(&self, cut: &Cut) -> bool {
        self.events[..cut.after].contains(&Event::Done)
    }

    /// Returns how many writes and flushes there are.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let moments = self.moments();
        let count = |is: fn(&Moment) -> bool| moments.iter().filter(|moment| is(moment)).count();
        (count(|m| matches!(m, Moment::Write(_))), count(|m| matches!(m, Moment::Flush(_))))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::image::BLOCK;

    #[test]
    fn a_cut_has_what_was_written_before_it_and_not_lost() {
        let write = |disk, at, byte| Event::Write { disk, at, bytes: Arc::from([byte; BLOCK]) };
        let recording = Recording {
            bases: vec![Image::of_zeros(2); 2],
            events: vec![
                write(0, 0, 1),
                Event::Flush { disk: 0 },
                write(1, 4096, 2),
                write(0, 4096, 3),
                Event::Done,
                write(0, 0, 4),
            ],
        };
        assert_eq!(recording.counts(), (4, 1));
        let first = |after, lost: &[usize]| {
            let cut = Cut { after, lost: lost.iter().copied().collect::<BTreeSet<_>>() };
            let images = recording.images(&cut);
            let bytes = |disk: usize, at| images[disk].read(at, 1)[0];
            (bytes(0, 0), bytes(0, 4096), bytes(1, 4096), recording.is_done_at(&cut))
        };
        assert_eq!(first(0, &[]), (0, 0, 0, false));
        assert_eq!(first(4, &[]), (1, 3, 2, false));
        assert_eq!(first(5, &[2]), (1, 3, 0, true));
        assert_eq!(first(6, &[3]), (4, 0, 2, true));
    }
}

//! Optimisation variants: one path, several builds, and which of them a CPU should get.

/// The third flag of an entry: which CPUs an object is built for, and which other builds of the
/// same path exist. The meaning of the letters is the protocol's table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Variant(u8);

impl Variant {
    /// The build that every CPU runs, where no other exists.
    pub const BASELINE: Self = Self(0);

    /// Reads a flag letter. The letters of old formats (boot, state, config) and unknown ones read
    /// as the baseline.
    pub fn from_letter(letter: u8) -> Self {
        let index = LETTERS.iter().position(|known| *known == letter).unwrap_or(0);
        u8::try_from(index).map_or(Self::BASELINE, Self)
    }

    /// Returns the variant at this place in the order of letters, of which there are 64.
    pub fn from_index(index: u8) -> Option<Self> {
        (usize::from(index) < LETTERS.len()).then_some(Self(index))
    }

    /// Returns the flag letter.
    pub fn letter(self) -> u8 {
        LETTERS[usize::from(self.0)]
    }

    /// Returns what the letter means; none for the letters that are reserved.
    pub fn build(self) -> Option<Build> {
        let table = |level, existing| Some(Build { level, existing: Levels(existing) });
        match self.0 {
            index @ 0..=3 => table(Level::Baseline, index),
            4 => table(Level::Avx2, 1),
            5 => table(Level::Avx2, 3),
            6 => table(Level::Avx512, 2),
            7 => table(Level::Avx512, 3),
            index @ 8..=11 => table(Level::Baseline, index - 4),
            12 => table(Level::Avx2, 5),
            13 => table(Level::Avx2, 7),
            14 => table(Level::Avx512, 6),
            15 => table(Level::Avx512, 7),
            index @ 16..=19 => table(Level::Apx, index - 12),
            _ => None,
        }
    }

    /// Says whether a CPU that can run `runnable` should get this build of the path: it is the
    /// best among those that exist and run. False for a reserved letter.
    pub fn suits(self, runnable: Levels) -> bool {
        self.build().is_some_and(|build| {
            let best = [Level::Apx, Level::Avx512, Level::Avx2]
                .into_iter()
                .find(|level| build.existing.has(*level) && runnable.has(*level))
                .unwrap_or(Level::Baseline);
            best == build.level
        })
    }
}

/// What a variant's letter means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Build {
    /// What a CPU needs to run this build.
    pub level: Level,
    /// The optimised builds of the same path that exist.
    pub existing: Levels,
}

/// What a build asks of a CPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing beyond the architecture.
    Baseline,
    /// x86-64-v3.
    Avx2,
    /// x86-64-v4.
    Avx512,
    /// APX.
    Apx,
}

/// A set of optimised levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Levels(u8);

impl Levels {
    /// No optimised level: what a tree that is not the running system gets.
    pub const NONE: Self = Self(0);

    /// Returns the set with one more level; the baseline is in every set.
    #[must_use]
    pub fn with(self, level: Level) -> Self {
        Self(self.0 | bit(level))
    }

    /// Says whether the level is in the set.
    pub fn has(self, level: Level) -> bool {
        let bit = bit(level);
        self.0 & bit == bit
    }
}

fn bit(level: Level) -> u8 {
    match level {
        Level::Baseline => 0,
        Level::Avx2 => 1,
        Level::Avx512 => 2,
        Level::Apx => 4,
    }
}

const LETTERS: &[u8; 64] = b".acdefghijklmnopqrtuvwxyzABDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#^*";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_those_of_the_table() {
        assert_eq!(Variant::from_letter(b'.'), Variant::BASELINE);
        for legacy in *b"bsC?" {
            assert_eq!(Variant::from_letter(legacy), Variant::BASELINE);
        }
        let apx7 = Build { level: Level::Apx, existing: Levels(7) };
        assert_eq!(Variant::from_letter(b'u').build(), Some(apx7));
        let avx2_1 = Build { level: Level::Avx2, existing: Levels(1) };
        assert_eq!(Variant::from_letter(b'e').build(), Some(avx2_1));
        assert_eq!(Variant::from_letter(b'v').build(), None);
        for index in 0..64 {
            let variant = Variant::from_index(index).unwrap();
            assert_eq!(Variant::from_letter(variant.letter()), variant);
        }
        assert_eq!(Variant::from_index(64), None);
    }

    #[test]
    fn each_cpu_gets_exactly_one_build_of_a_path() {
        for existing in 0..8u8 {
            let builds: Vec<Variant> = (0..20)
                .filter_map(Variant::from_index)
                .filter(|v| v.build().is_some_and(|b| b.existing == Levels(existing)))
                .collect();
            for runnable in 0..8u8 {
                let chosen = builds.iter().filter(|v| v.suits(Levels(runnable))).count();
                assert_eq!(chosen, 1, "existing {existing}, runnable {runnable}");
            }
        }
    }
}

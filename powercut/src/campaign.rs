//! All that is tried on one file system.

use crate::{
    check::{Engine, Judge, Side},
    file_system::FileSystem,
    keep::{self, Kept},
    lane::{Apart, Lane},
    output::{complain, say},
    scenario::{Outcomes, Rhythm, Scenario, Stage, install},
    seed::Seed,
    states::cuts,
    stop::Stop,
    trial::{Finding, Stand, Trial},
    trouble::Trouble,
};

/// What is tried.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) scenarios: Vec<Scenario>,
    /// States on each file system.
    pub(crate) states: usize,
    /// States in which the power failed during the recovery from another cut, too.
    pub(crate) recovery_states: usize,
    pub(crate) seed: u64,
    /// How many machines at once.
    pub(crate) lanes: usize,
    pub(crate) engine: Engine,
    /// What is on a file system of its own.
    pub(crate) apart: Apart,
    /// Whether it goes on after a bad state.
    pub(crate) goes_on: bool,
    /// Where bad states are kept.
    pub(crate) keep: std::path::PathBuf,
}

/// How many states were tried, and how many were bad.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) states: usize,
    pub(crate) recovery_states: usize,
    pub(crate) bad: usize,
}

/// Works on one file system.
pub(crate) struct Campaign<'a> {
    stage: &'a Stage,
    file_system: FileSystem,
    wanted: &'a Wanted,
    stop: &'a Stop,
    stands: Vec<Stand>,
    tally: Tally,
}

impl<'a> Campaign<'a> {
    /// Sets everything up.
    pub(crate) fn begin(
        stage: &'a Stage,
        file_system: FileSystem,
        wanted: &'a Wanted,
        stop: &'a Stop,
    ) -> Result<Self, Trouble> {
        let stands = (0..wanted.lanes).map(|n| stand(stage, file_system, n, wanted.apart));
        let stands = stands.collect::<Result<_, _>>()?;
        Ok(Self { stage, file_system, wanted, stop, stands, tally: Tally::default() })
    }

    /// Tries everything that is wanted, up to the first bad state unless it goes on.
    pub(crate) fn run(mut self) -> Result<Tally, Trouble> {
        let installed = self.installed()?;
        let works = |scenario: &&Scenario| scenario.works_with(self.wanted.engine);
        let scenarios: Vec<&Scenario> = self.wanted.scenarios.iter().filter(works).collect();
        let recordings = scenarios.len() * Rhythm::ALL.len();
        for scenario in scenarios {
            for rhythm in Rhythm::ALL {
                self.stop.check()?;
                self.try_out(&installed, *scenario, rhythm, recordings)?;
                if self.tally.bad > 0 && !self.wanted.goes_on {
                    return Ok(self.tally);
                }
            }
        }
        Ok(self.tally)
    }

    /// Looks again at a state that was kept; returns whether it is bad.
    pub(crate) fn look_again(self, kept: &Kept) -> Result<bool, Trouble> {
        let outcomes = self.outcomes(kept.about.scenario)?;
        let judge = Judge {
            scenario: kept.about.scenario,
            engine: self.wanted.engine,
            outcomes: &outcomes,
        };
        let trial = kept.trial(judge);
        let stand = &self.stands[0];
        Ok(match trial.judge(stand, 0, None)? {
            Ok(good) => {
                say(&format!("{}: {}", kept.about.name, good.side));
                false
            }
            Err(bad) => {
                say(&format!("{}: {bad}", kept.about.name));
                true
            }
        })
    }

    fn outcomes(&self, scenario: Scenario) -> Result<Outcomes, Trouble> {
        let installed = self.installed()?;
        let recorded = self.stage.record(self.first(), installed, scenario, Rhythm::Quiet)?;
        Ok(recorded.1)
    }

    fn installed(&self) -> Result<Vec<crate::image::Image>, Trouble> {
        let (lane, machine, pages) = self.first();
        install(lane, machine, pages)
    }

    fn first(&self) -> (&Lane, &swupd_fixtures::world::Machine, &std::path::Path) {
        self.stands[0].parts()
    }

    fn try_out(
        &mut self,
        installed: &[crate::image::Image],
        scenario: Scenario,
        rhythm: Rhythm,
        recordings: usize,
    ) -> Result<(), Trouble> {
        let Wanted { states, recovery_states, seed, engine, .. } = *self.wanted;
        let recorded = self.stage.record(self.first(), installed.to_vec(), scenario, rhythm)?;
        let (recording, outcomes) = recorded;
        let judge = Judge { scenario, engine, outcomes: &outcomes };
        let cuts = cuts(&recording.moments(), states.div_ceil(recordings), seed);
        let trial = Trial { recording: &recording, cuts, judge, before: None, after: Side::New };
        let name = format!("{} {scenario} {rhythm}", self.file_system);
        let findings = trial.run(&self.stands, self.stop, self.wanted.goes_on)?;
        let (writes, flushes) = recording.counts();
        say(&format!("{name}: {writes} writes, {flushes} flushes; {}", told(&findings)));
        self.tally.states += findings.len();
        self.tell_bad(&name, &trial, &findings)?;
        if !scenario.is_of_the_client() || (self.tally.bad > 0 && !self.wanted.goes_on) {
            return Ok(());
        }
        self.cut_recoveries(&name, &trial, &findings, recovery_states.div_ceil(recordings))
    }

    /// Cuts the power once more, while the client recovers from some of the cuts.
    fn cut_recoveries(
        &mut self,
        name: &str,
        trial: &Trial<'_>,
        findings: &[Finding],
        wanted: usize,
    ) -> Result<(), Trouble> {
        let unfinished = unfinished(findings, self.wanted.seed);
        let mut all = Vec::new();
        let mut recoveries = 0;
        for number in unfinished {
            let left = wanted.saturating_sub(all.len());
            if left == 0 {
                break;
            }
            // The same state again, to see what the client writes.
            let tracer = self.stage.tracer();
            let Ok(good) = trial.judge(&self.stands[0], number, Some(tracer))? else { continue };
            let Some(recording) = good.recovery else { continue };
            recoveries += 1;
            let seed = self.wanted.seed.wrapping_add(number as u64);
            let second = Trial {
                cuts: cuts(&recording.moments(), left.min(CUTS_PER_RECOVERY), seed),
                recording: &recording,
                judge: trial.judge,
                before: trial.done_at(&trial.cuts[number]),
                after: good.side,
            };
            let found = second.run(&self.stands, self.stop, self.wanted.goes_on)?;
            let name = format!("{name} state {number}, recovery");
            self.tell_bad(&name, &second, &found)?;
            all.extend(found);
            if self.tally.bad > 0 && !self.wanted.goes_on {
                break;
            }
        }
        self.tally.recovery_states += all.len();
        say(&format!("{name}, cut again in {recoveries} recoveries: {}", told(&all)));
        Ok(())
    }

    /// Tells of bad states, and keeps them.
    fn tell_bad(
        &mut self,
        name: &str,
        trial: &Trial<'_>,
        findings: &[Finding],
    ) -> Result<(), Trouble> {
        for finding in findings {
            let Err(bad) = &finding.found else { continue };
            self.tally.bad += 1;
            let number = finding.number;
            let cut = &trial.cuts[number];
            complain(&format!(
                "BAD: {name} state {number} (seed {}; cut after {} of {} events, {} writes \
                 lost):\n{bad}",
                self.wanted.seed,
                cut.after,
                trial.recording.events.len(),
                cut.lost.len()
            ));
            if self.tally.bad > KEPT {
                continue;
            }
            let about = keep::About {
                name: format!("{name} state {number}"),
                file_system: self.file_system,
                scenario: trial.judge.scenario,
                engine: self.wanted.engine,
                apart: self.wanted.apart,
                before: trial.before,
                after: trial.after,
            };
            let path = keep::keep(&self.wanted.keep, about, trial.recording, cut)?;
            complain(&format!(
                "kept; look again with: cargo run -p swupd-powercut -- --again {}",
                path.display()
            ));
        }
        Ok(())
    }
}

fn stand(
    stage: &Stage,
    file_system: FileSystem,
    number: usize,
    apart: Apart,
) -> Result<Stand, Trouble> {
    let name = format!("{file_system}-{number}");
    let room = |what: &str| stage.room(&format!("{name}-{what}"));
    let room = |what: &str| room(what).map_err(Trouble::when("make a directory"));
    let machine = stage.machine(&name);
    fs_err::create_dir_all(machine.tree()).map_err(Trouble::when("make a directory"))?;
    let lane = Lane::open(file_system, &room("disks")?, machine.tree(), apart.directories())?;
    Ok(Stand { lane, machine, pages: room("pages")?.join("said") })
}

fn told(findings: &[Finding]) -> String {
    let of = |side| {
        let is_it = |finding: &&Finding| matches!(finding.found, Ok((found, _)) if found == side);
        findings.iter().filter(is_it).count()
    };
    let unfinished = findings.iter().filter(|f| matches!(f.found, Ok((_, true)))).count();
    let bad = findings.iter().filter(|finding| finding.is_bad()).count();
    format!(
        "{} states: {} old, {} new, {bad} bad; {unfinished} had something to finish or discard",
        findings.len(),
        of(Side::Old),
        of(Side::New)
    )
}

/// Returns the numbers of states in which the client found something unfinished, in a random order:
/// by turns one that it finished and one that it discarded.
fn unfinished(findings: &[Finding], seed: u64) -> Vec<usize> {
    let mut seed = Seed::new(seed);
    let [mut finished, mut discarded] = [Side::New, Side::Old].map(|side| {
        let is_it = |finding: &&Finding| matches!(finding.found, Ok((s, true)) if s == side);
        findings.iter().filter(is_it).map(|finding| finding.number).collect::<Vec<_>>()
    });
    seed.shuffle(&mut finished);
    seed.shuffle(&mut discarded);
    let turns = finished.len().max(discarded.len());
    let of_turn = |turn| [finished.get(turn), discarded.get(turn)].into_iter().flatten().copied();
    (0..turns).flat_map(of_turn).collect()
}

const CUTS_PER_RECOVERY: usize = 12;
/// So many bad states are kept, and no more.
const KEPT: usize = 3;

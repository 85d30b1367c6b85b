//! What the machine lives through.

use std::{
    thread,
    time::{Duration, Instant},
};

use fs_err as fs;

use crate::{
    Arguments, Result,
    disk::{Disk, Kernel},
    guest::Guest,
    publisher::Publisher,
    say,
    tree::{self, text},
    watch::{Watch, ask},
};

/// Tells it all; an error is where it went wrong.
pub(crate) fn tell(arguments: &Arguments) -> Result<()> {
    fs::create_dir_all(&arguments.dir).map_err(text)?;
    let dir = fs::canonicalize(&arguments.dir).map_err(text)?;
    let lab = tempfile::Builder::new().prefix("run-").tempdir_in(&dir).map_err(text)?;
    let room = lab.path();
    let mut clock = Clock::begin();

    let debian = tree::debian(&dir, &arguments.mirror)?;
    clock.tell("a Debian tree");
    let publisher = Publisher::begin(room)?;
    publisher.publish(10, &tree::version(room, &debian, 10)?)?;
    let next = tree::version(room, &debian, 20)?;
    clock.tell("version 10 published");
    let disk = Disk::make(room)?;
    disk.install(&publisher, &next.join("usr/share/factory/etc"))?;
    clock.tell("installed on a disk");
    let kernel = Kernel::of(room, &debian)?;
    let start = || Guest::start(room, &kernel, &disk, arguments.console);

    let guest = start()?;
    let boot = guest.has_started(None)?;
    clock.tell("the machine has started");
    let machine = Machine { guest: &guest };
    machine.must_be(10)?;
    machine.looks_often()?;
    let publish = || publisher.publish(20, &next);
    machine.updates_itself(publish, &mut clock)?;
    machine.goes_back(&boot, &mut clock)?;
    guest.power_off()?;

    disk.empty(&["etc", "var"])?;
    let guest = start()?;
    guest.has_started(None)?;
    clock.tell("it has started with nothing in /etc and /var");
    let machine = Machine { guest: &guest };
    machine.must_be(10)?;
    say(&format!("it says that it is {}", guest.ask("systemctl is-system-running")?.1.trim()));
    say(&format!("its /etc has {}", guest.run("ls /etc | tr '\\n' ' '")?));
    machine.undisturbed("swupd update")?;
    machine.must_be(20)?;
    clock.tell("it has updated from there");
    guest.power_off()?;
    clock.tell("and is off");
    Ok(())
}

/// The machine, as its owner sees it.
#[derive(Debug)]
struct Machine<'a> {
    guest: &'a Guest,
}

impl Machine<'_> {
    /// Says what is wrong unless it is whole, on this version, protected and at work.
    fn must_be(&self, version: u32) -> Result<()> {
        let is = self.guest.run("swupd info --quiet")?;
        let answer = self.answer()?;
        if is != version.to_string() || answer != is {
            return Err(format!("it is on {is} and answers {answer}, not {version}"));
        }
        if self.guest.ask("touch /usr/bin/written")?.0 == 0 {
            return Err("/usr can be written to".into());
        }
        self.undisturbed("swupd diagnose --picky")
    }

    /// Lets it do something that must succeed, once its timer's run is over: that one comes often here.
    fn undisturbed(&self, line: &str) -> Result<()> {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            match self.guest.ask(line)? {
                (0, _) => return Ok(()),
                (ANOTHER_RUN, _) => thread::sleep(Duration::from_millis(500)),
                (code, said) => {
                    return Err(format!("in the machine, `{line}` ends with {code}: {said}"));
                }
            }
        }
        Err(format!("in the machine, `{line}` waits for another run without end"))
    }

    /// Sees its timer update it to version 20 once that is published, while somebody uses its service.
    fn updates_itself(
        &self,
        publish: impl FnOnce() -> Result<()>,
        clock: &mut Clock,
    ) -> Result<()> {
        let watch = Watch::begin(self.guest.port());
        publish()?;
        clock.tell("version 20 published");
        self.waits_for(20)?;
        clock.tell("its timer has updated it");
        self.must_be(20)?;
        say(&self.guest.ask("swupd status")?.1);
        let seen = watch.end()?;
        say(&format!(
            "its service answered {} times meanwhile, versions {:?}, the longest took {} ms",
            seen.answers,
            seen.versions,
            seen.longest.as_millis()
        ));
        if !seen.failures.is_empty() || seen.versions != ["10", "20"] {
            return Err(format!("its service did not just go on: {:?}", seen.failures));
        }
        Ok(())
    }

    /// Lets it start anew, go back, and start anew again.
    fn goes_back(&self, boot: &str, clock: &mut Clock) -> Result<()> {
        let boot = self.starts_anew(boot)?;
        clock.tell("it has started anew");
        self.must_be(20)?;
        self.undisturbed("swupd rollback --reason 'it was better before'")?;
        clock.tell("it has gone back");
        self.must_be(10)?;
        self.stays_at(10)?;
        clock.tell("its timer leaves it there");
        self.starts_anew(&boot)?;
        clock.tell("it has started anew");
        self.must_be(10)
    }

    /// Waits until its service answers: it is one of the last that start.
    fn answer(&self) -> Result<String> {
        let begun = Instant::now();
        loop {
            match ask(self.guest.port()) {
                Err(error) if begun.elapsed() > PATIENCE => return Err(text(error)),
                Err(_) => thread::sleep(Duration::from_millis(200)),
                Ok(version) => return Ok(version),
            }
        }
    }

    /// Lets its timer fire every quarter of a minute, not once a day.
    fn looks_often(&self) -> Result<()> {
        let state = self.guest.run("swupd autoupdate; systemctl is-active swupd-update.timer")?;
        say(&state);
        let often = "[Timer]\\nOnCalendar=\\nOnCalendar=*:*:0/15\\nRandomizedDelaySec=0\\n\
                     AccuracySec=1s\\n";
        let place = "/etc/systemd/system/swupd-update.timer.d";
        self.guest.run(&format!("mkdir -p {place} && printf '{often}' >{place}/often.conf"))?;
        // As the service is shipped, so many starts in an hour would be the end of it for that day.
        let place = "/etc/systemd/system/swupd-update.service.d";
        let often = "[Unit]\\nStartLimitIntervalSec=0\\n[Service]\\nRestart=no\\n";
        self.guest.run(&format!("mkdir -p {place} && printf '{often}' >{place}/often.conf"))?;
        self.guest.run("systemctl daemon-reload && systemctl restart swupd-update.timer").map(drop)
    }

    fn waits_for(&self, version: u32) -> Result<()> {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if self.guest.run("swupd info --quiet")? == version.to_string() {
                // It does some more after that.
                let busy = "while systemctl is-active -q swupd-update.service || [ $(systemctl show \
                            -P SubState swupd-update.service) = start ]; do sleep 0.3; done";
                return self.guest.run(busy).map(drop);
            }
            thread::sleep(Duration::from_secs(1));
        }
        let log =
            self.guest.ask("journalctl -b --no-pager -u swupd-update.service | tail -n 30")?.1;
        Err(format!("it does not update itself; the log ends:\n{log}"))
    }

    /// Sees its timer fire, and nothing come of it.
    fn stays_at(&self, version: u32) -> Result<()> {
        let count = "journalctl -b --no-pager -u swupd-update.service | grep -c Started";
        let fired = || self.guest.ask("systemctl show -P LastTriggerUSec swupd-update.timer");
        let (mut before, mut times) = (fired()?.1, 0);
        let begun = Instant::now();
        while times < 2 {
            if begun.elapsed() > PATIENCE {
                return Err(format!("its timer does not fire: {}", self.guest.ask(count)?.1));
            }
            thread::sleep(Duration::from_secs(1));
            let last = fired()?.1;
            times += usize::from(last != before);
            before = last;
        }
        thread::sleep(Duration::from_secs(10));
        self.must_be(version)
    }

    /// Starts it anew, and returns which start that is.
    fn starts_anew(&self, boot: &str) -> Result<String> {
        self.guest.tell("systemctl reboot");
        self.guest.has_started(Some(boot))
    }
}

/// Tells how long things took.
#[derive(Debug)]
struct Clock {
    begun: Instant,
    last: Instant,
}

impl Clock {
    fn begin() -> Self {
        let now = Instant::now();
        Self { begun: now, last: now }
    }

    fn tell(&mut self, what: &str) {
        let (total, step) = (self.begun.elapsed(), self.last.elapsed());
        say(&format!("{:7.1} s  (+{:5.1} s)  {what}", total.as_secs_f64(), step.as_secs_f64()));
        self.last = Instant::now();
    }
}

/// How long anything may take.
const PATIENCE: Duration = Duration::from_mins(8);
/// The exit code of a command that found another at work.
const ANOTHER_RUN: i32 = 9;

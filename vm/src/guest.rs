//! The virtual machine.

use std::{
    io::{BufRead, BufReader, ErrorKind, Write},
    os::unix::net::UnixStream,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use crate::{
    Result,
    disk::{Disk, Kernel},
    publisher::free_port,
    say,
    tree::{remove, text},
};

/// A machine that runs until it is dropped.
#[derive(Debug)]
pub(crate) struct Guest {
    qemu: Child,
    /// Where what it is asked goes, and its answers come from: one connection for all, since a
    /// machine notices the end of one, and what comes too soon after that is lost.
    line: UnixStream,
    port: u16,
    console: Arc<Mutex<String>>,
    is_shown: Arc<AtomicBool>,
    /// How many were asked.
    questions: AtomicUsize,
}

impl Guest {
    /// Starts a machine, with the help of the processor where that works; `is_shown` says whether what
    /// it prints is shown.
    pub(crate) fn start(room: &Path, kernel: &Kernel, disk: &Disk, is_shown: bool) -> Result<Self> {
        let guest = Self::start_somehow(room, kernel, disk)?;
        guest.is_shown.store(is_shown, Ordering::Relaxed);
        Ok(guest)
    }

    fn start_somehow(room: &Path, kernel: &Kernel, disk: &Disk) -> Result<Self> {
        if Path::new("/dev/kvm").exists() {
            let guest = Self::start_with("kvm", room, kernel, disk)?;
            if guest.says("Linux version", SIGN_OF_LIFE) {
                return Ok(guest);
            }
            say("KVM does not work here: the processor is emulated");
        }
        Self::start_with("tcg,thread=multi", room, kernel, disk)
    }

    fn start_with(accelerator: &str, room: &Path, kernel: &Kernel, disk: &Disk) -> Result<Self> {
        let (line, port) = (room.join("agent"), free_port()?);
        remove(&line)?;
        let mut qemu = Command::new("qemu-system-x86_64");
        qemu.args(["-accel", accelerator, "-cpu", "max", "-smp", "2", "-m", "1024"]);
        qemu.args(["-display", "none", "-serial", "stdio", "-monitor", "none"]);
        qemu.arg("-kernel").arg(&kernel.kernel).arg("-initrd").arg(&kernel.initrd);
        qemu.args(["-append", "console=ttyS0 panic=-1 systemd.firstboot=0"]);
        let drive = format!("file={},format=raw,if=virtio,cache=writeback", disk.image.display());
        qemu.args(["-drive", &drive, "-nic"]);
        qemu.arg(format!("user,model=virtio-net-pci,hostfwd=tcp:127.0.0.1:{port}-:8080"));
        let socket = format!("socket,path={},server=on,wait=off,id=agent", line.display());
        qemu.args(["-device", "virtio-serial", "-chardev", &socket]);
        qemu.args(["-device", "virtserialport,chardev=agent,name=agent"]);
        qemu.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut qemu = qemu.spawn().map_err(text)?;
        let line = connected(&line)?;
        let (console, is_shown) =
            (Arc::<Mutex<String>>::default(), Arc::new(AtomicBool::new(false)));
        let printed = qemu.stdout.take().ok_or("the console is somebody else's")?;
        let (page, shown) = (Arc::clone(&console), Arc::clone(&is_shown));
        thread::spawn(move || keep(BufReader::new(printed), &page, &shown));
        let questions = AtomicUsize::new(0);
        Ok(Self { qemu, line, port, console, is_shown, questions })
    }

    /// Returns where its service answers.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Waits until it has started: it answers, and not as the one that it was before (`boot`).
    /// Returns which start it is.
    pub(crate) fn has_started(&self, boot: Option<&str>) -> Result<String> {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            match self.ask_within("cat /proc/sys/kernel/random/boot_id", Duration::from_secs(5)) {
                Ok((0, id)) if boot != Some(id.trim()) && id.trim().len() == ID => {
                    return Ok(id.trim().to_owned());
                }
                _ => thread::sleep(Duration::from_millis(500)),
            }
        }
        Err(format!("the machine does not start; its console ends:\n{}", self.last_words()))
    }

    /// Lets it do something, and returns what came of it.
    pub(crate) fn ask(&self, line: &str) -> Result<(i32, String)> {
        self.ask_within(line, PATIENCE)
    }

    /// Lets it do something that must succeed, and returns what was printed.
    pub(crate) fn run(&self, line: &str) -> Result<String> {
        match self.ask(line)? {
            (0, said) => Ok(said.trim().to_owned()),
            (code, said) => Err(format!("in the machine, `{line}` ends with {code}: {said}")),
        }
    }

    /// Lets it do something after which it may be gone before it has answered.
    pub(crate) fn tell(&self, line: &str) {
        drop(self.ask_within(line, Duration::from_secs(5)));
    }

    fn ask_within(&self, line: &str, patience: Duration) -> Result<(i32, String)> {
        let mut stream = self.line.try_clone().map_err(text)?;
        stream.set_read_timeout(Some(Duration::from_millis(200))).map_err(text)?;
        // What is left of answers to somebody who did not wait for them ends with the mark.
        let mark = format!("mark-{}", self.questions.fetch_add(1, Ordering::Relaxed));
        stream.write_all(format!("echo {mark}\n{line}\n").as_bytes()).map_err(text)?;
        let begins = format!("{mark}\n--- 0\n");
        let (mut answer, mut reader) = (String::new(), BufReader::new(stream));
        let deadline = Instant::now() + patience;
        while Instant::now() < deadline {
            match reader.read_line(&mut answer) {
                Ok(0) => return Err("the machine has hung up".into()),
                Ok(_) => {}
                Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                Err(error) => return Err(text(error)),
            }
            let Some((_, said)) = answer.split_once(&begins) else { continue };
            if let Some((said, code)) = said.rsplit_once("--- ")
                && let Some(code) = code.strip_suffix('\n')
            {
                return Ok((code.parse().map_err(text)?, said.to_owned()));
            }
        }
        Err(format!("the machine does not answer `{line}`"))
    }

    fn says(&self, word: &str, patience: Duration) -> bool {
        let deadline = Instant::now() + patience;
        while Instant::now() < deadline {
            if self.console.lock().unwrap_or_else(PoisonError::into_inner).contains(word) {
                return true;
            }
            thread::sleep(Duration::from_millis(100));
        }
        false
    }

    fn last_words(&self) -> String {
        let console = self.console.lock().unwrap_or_else(PoisonError::into_inner);
        let lines: Vec<&str> = console.lines().collect();
        lines[lines.len().saturating_sub(LINES)..].join("\n")
    }

    /// Switches it off, as who presses the button does, and waits for that.
    pub(crate) fn power_off(mut self) -> Result<()> {
        self.tell("systemctl poweroff");
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if self.qemu.try_wait().map_err(text)?.is_some() {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(200));
        }
        Err(format!("the machine does not end:\n{}", self.last_words()))
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        drop(self.qemu.kill().and_then(|()| self.qemu.wait()));
    }
}

/// Connects to a socket that is there in a moment.
fn connected(line: &Path) -> Result<UnixStream> {
    let deadline = Instant::now() + SIGN_OF_LIFE;
    loop {
        match UnixStream::connect(line) {
            Err(error) if Instant::now() > deadline => return Err(text(error)),
            Err(_) => thread::sleep(Duration::from_millis(100)),
            Ok(stream) => return Ok(stream),
        }
    }
}

fn keep(mut printed: impl BufRead, page: &Mutex<String>, is_shown: &AtomicBool) {
    let mut line = Vec::new();
    while printed.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
        let text = String::from_utf8_lossy(&line);
        if is_shown.load(Ordering::Relaxed) {
            say(&format!("| {}", text.trim_end()));
        }
        page.lock().unwrap_or_else(PoisonError::into_inner).push_str(&text);
        line.clear();
    }
}

/// How long a kernel may take to say its first words.
const SIGN_OF_LIFE: Duration = Duration::from_secs(20);
/// How long anything may take; an emulated processor on a busy machine is slow.
const PATIENCE: Duration = Duration::from_mins(8);
/// How long the name of a start is, in characters.
const ID: usize = 36;
/// How much of the console is shown where something went wrong, in lines.
const LINES: usize = 40;

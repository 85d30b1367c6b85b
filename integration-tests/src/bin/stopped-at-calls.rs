//! Becomes another program that stops at some system calls, for whoever started it to look at.

fn main() -> std::process::ExitCode {
    swupd_fixtures::syscalls::stopper::run()
}

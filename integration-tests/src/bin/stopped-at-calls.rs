//! Becomes another program that stops at some system calls, for whoever started it to look at:
//! `stopped-at-calls NUMBER,NUMBER… PROGRAM [ARGUMENT…]`.

use std::{
    collections::BTreeMap,
    env::args_os,
    error::Error,
    os::unix::process::CommandExt,
    process::{Command, ExitCode},
};

use nix::sys::ptrace;
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, apply_filter};

fn main() -> ExitCode {
    // It only returns where it has failed; the code is one that no program under test has.
    match become_another() {
        Ok(never) => match never {},
        Err(_) => ExitCode::from(99),
    }
}

fn become_another() -> Result<std::convert::Infallible, Box<dyn Error>> {
    let mut arguments = args_os().skip(1);
    let numbers = arguments.next().ok_or("no numbers")?;
    let program = arguments.next().ok_or("no program")?;
    let numbers = numbers.to_str().ok_or("no numbers")?.split(',');
    let rules: Result<BTreeMap<i64, _>, _> =
        numbers.map(|number| number.parse().map(|number| (number, Vec::new()))).collect();
    let filter = SeccompFilter::new(
        rules?,
        SeccompAction::Allow,
        SeccompAction::Trace(0),
        std::env::consts::ARCH.try_into()?,
    )?;
    let filter: BpfProgram = filter.try_into()?;
    ptrace::traceme()?;
    apply_filter(&filter)?;
    Err(Command::new(program).args(arguments).exec().into())
}

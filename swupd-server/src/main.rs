//! The `swupd-server` program.

fn main() -> std::process::ExitCode {
    swupd_server::program::run()
}

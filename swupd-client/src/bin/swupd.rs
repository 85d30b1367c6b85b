//! The `swupd` command.

fn main() -> std::process::ExitCode {
    swupd_client::program::run()
}

//! The `swupd` command as a program of this package, so that it is made before the tests run.

fn main() -> std::process::ExitCode {
    swupd_client::program::run()
}

//! The `swupd-server` program as one of this package, so that it is made before the tests run.

fn main() -> std::process::ExitCode {
    swupd_server::program::run()
}

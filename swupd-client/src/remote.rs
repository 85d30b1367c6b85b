//! The server, as the rooms of the client see it: [`swupd_remote`], which tells our observers.

use std::sync::Arc;

pub use swupd_remote::{
    Base, Body, Failure, FetchError, FetchErrorKind, Patience, PlainHttp, Proxies, Remote,
    RemoteError, RemoteSettings, Retries, Source, Statistics, Verdict, check_url, each,
};

use crate::report::{Observer, of_transfers};

/// Returns the repository at the addresses of the settings. Nothing is connected yet; `observer` is
/// told of transfers that are tried again.
pub fn connect(
    settings: &RemoteSettings,
    observer: Arc<dyn Observer>,
) -> Result<Remote, RemoteError> {
    Remote::new(settings, of_transfers(observer))
}

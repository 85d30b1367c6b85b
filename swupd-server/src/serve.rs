//! A static server for what is published: HTTP/1.1, ranges and validators, nothing written. It
//! opens only what lies below its directory, and follows no link.

use std::{
    fmt,
    future::Future,
    io,
    net::{SocketAddr, TcpListener},
    path::Path,
    sync::Arc,
    time::Duration,
};

use axum::{
    Router, body::Body, extract::State, http::Request, response::Response, serve::ListenerExt,
};

mod answer;
mod body;
mod conditions;
mod files;

use files::Files;

/// One request and what became of it, told once the last byte is out or the client is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// Who asked.
    pub client: SocketAddr,
    /// The method.
    pub method: String,
    /// What was asked for, as it was written.
    pub target: String,
    /// The `Range` header, where there was one.
    pub range: Option<String>,
    /// The status of the answer.
    pub status: u16,
    /// Bytes of the body that were handed on.
    pub sent: u64,
    /// Bytes of the body that there were to send.
    pub size: u64,
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { client, method, target, status, sent, .. } = self;
        // The target comes from a stranger: it must not forge lines or move the cursor.
        write!(f, "{client} {method} {} {status} {sent}", target.escape_debug())?;
        if let Some(range) = &self.range {
            write!(f, " range={}", range.escape_debug())?;
        }
        if self.sent < self.size {
            write!(f, " (broken off, {} bytes were left)", self.size - self.sent)?;
        }
        Ok(())
    }
}

/// Takes the access log, from any thread.
pub type AccessLog = Arc<dyn Fn(Access) + Send + Sync>;

/// A server that has its address and answers once it runs.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    shop: Arc<Shop>,
}

/// What every request needs.
struct Shop {
    files: Files,
    log: AccessLog,
}

impl Server {
    /// Takes the address for content in this directory. Port 0 means any that is free.
    pub fn bind(directory: &Path, address: SocketAddr, log: AccessLog) -> Result<Self, ServeError> {
        let files = Files::below(directory).map_err(|source| ServeError::Directory { source })?;
        let bound = TcpListener::bind(address).and_then(|listener| {
            listener.set_nonblocking(true)?;
            Ok((listener.local_addr()?, listener))
        });
        let (address, listener) =
            bound.map_err(|source| ServeError::Address { address, source })?;
        Ok(Self { listener, address, shop: Arc::new(Shop { files, log }) })
    }

    /// Returns the address that it has.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the URL of its content.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Answers until `stop` comes; requests under way then have ten seconds to end.
    pub fn run(self, stop: impl Future<Output = ()> + Send + 'static) -> Result<(), ServeError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|source| ServeError::Running { source })?;
        let answered = runtime.block_on(self.answer_until(stop));
        // Connections that end now still write their lines of the log; a read that hangs (a dead
        // network file system) is not waited for longer than this.
        runtime.shutdown_timeout(LAST_WORDS);
        answered.map_err(|source| ServeError::Running { source })
    }

    async fn answer_until(self, stop: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        // Head and body of an answer go out apart: without this, the second waits for the client's
        // word on the first, some 40 ms for each file.
        let listener = tokio::net::TcpListener::from_std(self.listener)?.tap_io(|connection| {
            // One that is gone already needs none.
            drop(connection.set_nodelay(true));
        });
        let router = Router::new().fallback(respond).with_state(self.shop);
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let (stopping, stopped) = tokio::sync::oneshot::channel();
        let signal = async move {
            stop.await;
            // Nobody listens only where the server ended before.
            let _ = stopping.send(());
        };
        let deadline = async move {
            match stopped.await {
                Ok(()) => tokio::time::sleep(GRACE).await,
                Err(_) => std::future::pending().await,
            }
        };
        let served = axum::serve(listener, service).with_graceful_shutdown(signal).into_future();
        tokio::select! {
            ended = served => ended,
            () = deadline => Ok(()),
        }
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("address", &self.address).finish_non_exhaustive()
    }
}

/// Comes when the process is asked to stop, by SIGINT or SIGTERM.
pub async fn asked_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let signals = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
    let (Ok(mut interrupt), Ok(mut terminate)) = signals else {
        // Without handlers, the signals end the process the hard way.
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

async fn respond(State(shop): State<Arc<Shop>>, request: Request<Body>) -> Response {
    answer::answer(&shop.files, &shop.log, &request.into_parts().0).await
}

/// Why nothing can be served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The directory cannot be opened.
    #[error("the published content cannot be opened")]
    Directory {
        /// Why.
        source: io::Error,
    },
    /// The address cannot be had.
    #[error("cannot listen on {address}")]
    Address {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The server failed.
    #[error("the server failed")]
    Running {
        /// Why.
        source: io::Error,
    },
}

/// How long requests may take to end once the server shall stop.
const GRACE: Duration = Duration::from_secs(10);

/// How long what is left after that may take to let go.
const LAST_WORDS: Duration = Duration::from_secs(2);

#[cfg(test)]
#[path = "serve/tests.rs"]
mod tests;

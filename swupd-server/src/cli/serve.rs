//! `serve`: serves what is published, for trying things out and for small networks.

use std::{net::SocketAddr, sync::Arc};

use clap::Args;

use super::{Done, Place, Surroundings, Verdict};
use crate::{
    serve::{Server, asked_to_stop},
    working_directory::WorkingDirectory,
};

/// Serve what is published over HTTP, until SIGINT or SIGTERM
#[derive(Debug, Args)]
pub(super) struct Serve {
    #[command(flatten)]
    pub(super) place: Place,
    /// The address and port to listen at; port 0 means any that is free
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
}

impl Serve {
    pub(super) fn run(self, surroundings: &Surroundings) -> Done {
        let directory = WorkingDirectory::open(&surroundings.directory)?;
        let output = surroundings.output.clone();
        let log = Arc::new(move |access| output.access(&access));
        let server = Server::bind(&directory.published(), self.listen, log)?;
        surroundings.output.result(&server.url());
        server.run(asked_to_stop())?;
        Ok(Verdict::Good)
    }
}

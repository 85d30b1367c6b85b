//! The bytes of an answer: a part of a file, read piece by piece as the client takes them, with a
//! line in the access log at its end, however it ends.

use std::{
    io::{self, SeekFrom},
    ops::Range,
};

use axum::body::{Body, Bytes};
use futures_util::stream;
use tokio::{
    fs::File,
    io::{AsyncReadExt, AsyncSeekExt},
};

use super::{Access, AccessLog};

/// A line for the access log, which writes itself when it is dropped.
pub(super) struct Line {
    pub(super) log: AccessLog,
    pub(super) access: Access,
}

impl Drop for Line {
    fn drop(&mut self) {
        (self.log)(self.access.clone());
    }
}

/// Returns a body with these bytes of the file. A file that became shorter breaks the connection
/// off, so that the client can tell.
pub(super) async fn of_file(
    file: std::fs::File,
    part: Range<u64>,
    mut line: Line,
) -> io::Result<Body> {
    let mut file = File::from_std(file);
    file.seek(SeekFrom::Start(part.start)).await?;
    file.set_max_buf_size(PIECE);
    line.access.size = part.end - part.start;
    let sending = Sending { file, left: part.end - part.start, line };
    Ok(Body::from_stream(stream::try_unfold(sending, Sending::next)))
}

struct Sending {
    file: File,
    left: u64,
    line: Line,
}

impl Sending {
    async fn next(mut self) -> io::Result<Option<(Bytes, Self)>> {
        let most = usize::try_from(self.left).unwrap_or(PIECE).min(PIECE);
        if most == 0 {
            return Ok(None);
        }
        let mut piece = vec![0; most];
        let read = self.file.read(&mut piece).await?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        piece.truncate(read);
        self.left -= read as u64;
        self.line.access.sent += read as u64;
        Ok(Some((piece.into(), self)))
    }
}

const PIECE: usize = 256 << 10;

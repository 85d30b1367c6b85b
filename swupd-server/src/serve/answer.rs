//! From a request to its answer.

use std::{io, net::SocketAddr};

use axum::{
    body::Body,
    extract::ConnectInfo,
    http::{
        HeaderValue, Method, StatusCode,
        header::{self, HeaderName},
        request::Parts,
    },
    response::Response,
};

use super::{
    Access, AccessLog,
    body::{self, Line},
    conditions::{self, Wanted, wanted},
    files::{Files, Found},
};

/// Answers one request; whatever goes wrong is an answer too.
pub(super) async fn answer(files: &Files, log: &AccessLog, request: &Parts) -> Response {
    let line = line(log, request);
    if !matches!(request.method, Method::GET | Method::HEAD) {
        let mut response = plain(StatusCode::METHOD_NOT_ALLOWED, line);
        set(&mut response, header::ALLOW, "GET, HEAD");
        return response;
    }
    let (files, path) = (files.clone(), request.uri.path().to_owned());
    let found = tokio::task::spawn_blocking(move || files.find(&path)).await;
    match found.map_err(io::Error::other).flatten() {
        Ok(Some(found)) => send(found, request, line).await,
        Ok(None) => plain(StatusCode::NOT_FOUND, line),
        Err(_) => plain(StatusCode::INTERNAL_SERVER_ERROR, line),
    }
}

async fn send(found: Found, request: &Parts, mut line: Line) -> Response {
    let Found { file, size, tag, changed } = found;
    let (status, part) = match wanted(&request.headers, &tag, changed, size) {
        Wanted::Whole => (StatusCode::OK, 0..size),
        Wanted::Part(part) => (StatusCode::PARTIAL_CONTENT, part),
        Wanted::Beyond => (StatusCode::RANGE_NOT_SATISFIABLE, 0..0),
        Wanted::Unchanged => (StatusCode::NOT_MODIFIED, 0..0),
        Wanted::Another => (StatusCode::PRECONDITION_FAILED, 0..0),
    };
    line.access.status = status.as_u16();
    let with_body = matches!(status, StatusCode::OK | StatusCode::PARTIAL_CONTENT);
    let body = if with_body && request.method == Method::GET {
        match body::of_file(file, part.clone(), line).await {
            Ok(body) => body,
            // The line was written with what was known; there is nothing to send.
            Err(_) => return status_only(StatusCode::INTERNAL_SERVER_ERROR),
        }
    } else {
        Body::empty()
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    set(&mut response, header::ACCEPT_RANGES, "bytes");
    set(&mut response, header::ETAG, &tag);
    if let Some(date) = conditions::date(changed) {
        set(&mut response, header::LAST_MODIFIED, &date);
    }
    if with_body {
        set(&mut response, header::CONTENT_TYPE, "application/octet-stream");
        set(&mut response, header::CONTENT_LENGTH, &(part.end - part.start).to_string());
    }
    let range = match status {
        StatusCode::PARTIAL_CONTENT => format!("bytes {}-{}/{size}", part.start, part.end - 1),
        StatusCode::RANGE_NOT_SATISFIABLE => format!("bytes */{size}"),
        _ => return response,
    };
    set(&mut response, header::CONTENT_RANGE, &range);
    response
}

fn line(log: &AccessLog, request: &Parts) -> Line {
    let client = request.extensions.get::<ConnectInfo<SocketAddr>>();
    let range = request.headers.get(header::RANGE).and_then(|value| value.to_str().ok());
    let access = Access {
        client: client.map_or_else(|| ([0, 0, 0, 0], 0).into(), |ConnectInfo(client)| *client),
        method: request.method.to_string(),
        target: request.uri.to_string(),
        range: range.map(ToOwned::to_owned),
        status: StatusCode::INTERNAL_SERVER_ERROR.as_u16(),
        sent: 0,
        size: 0,
    };
    Line { log: log.clone(), access }
}

/// An answer that only says how it went.
fn plain(status: StatusCode, mut line: Line) -> Response {
    line.access.status = status.as_u16();
    status_only(status)
}

fn status_only(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// Sets a header whose value is made of visible characters.
fn set(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

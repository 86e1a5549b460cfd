//! Bodies of requests: read to their end before anything else happens, within limits.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderValue, Response, header};
use axum::middleware::Next;
use http_body_util::BodyExt as _;

use super::response;
use crate::service::reply::Refusal;

/// The largest body that is read; files of 30 MB are documented.
const LARGEST: usize = 40 << 20;
/// How much of a larger one is thrown away, because many clients read no answer before they have sent everything.
const IGNORED: usize = 400 << 20;
/// How long a body may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Hand a request on with its whole body.
pub async fn whole(request: Request, next: Next) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let refusal = match tokio::time::timeout(PATIENCE, read(body)).await {
        Ok(Ok(body)) => return next.run(Request::from_parts(parts, Body::from(body))).await,
        Ok(Err(refusal)) => refusal,
        Err(_) => Refusal::detail(408, "The body's end did not come within 30 seconds."),
    };
    let mut refused = response(refusal.into_reply());
    // What is left of the body is not read.
    refused.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    refused
}

async fn read(mut body: Body) -> Result<Bytes, Refusal> {
    let mut chunks: Vec<Bytes> = Vec::new();
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Refusal::detail(400, "The body breaks off, or is not what its headers say."))?;
        let Ok(chunk) = frame.into_data() else { continue };
        length += chunk.len();
        if length <= LARGEST {
            chunks.push(chunk);
            continue;
        }
        chunks.clear();
        if length > IGNORED {
            break;
        }
    }
    match chunks.len() {
        _ if length > LARGEST => Err(Refusal::detail(413, "The body is larger than 40 MB.")),
        1 => Ok(chunks.remove(0)),
        _ => Ok(chunks.concat().into()),
    }
}

use std::borrow::Cow;

use axum::body::HttpBody;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use countersign_api::{Code, FaultCode};
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderName};

use crate::http::Edge;
use crate::http::call::{UUID, UUID_CHARS_MAX, only, uuid_of};
use crate::http::faults::{Faults, FieldFault};
use crate::http::problem::Refused;

const PLATFORM: HeaderName = HeaderName::from_static("platform");

/// Checks the headers that every call of the two services must have, all of them at once.
pub(crate) async fn require_headers(State(edge): State<Edge>, request: Request, next: Next) -> Response {
    match check(&edge.platforms, request.headers(), !request.body().is_end_stream()) {
        Ok(()) => next.run(request).await,
        Err(refused) => refused.into_response(),
    }
}

fn check(platforms: &[String], headers: &HeaderMap, has_body: bool) -> Result<(), Refused> {
    let mut faults = Faults::default();
    platform(platforms, headers, &mut faults);
    request_id(headers, &mut faults);
    let has_other_faults = !faults.is_empty();
    if has_body {
        media_type(headers, &mut faults);
    }
    match faults.is_empty() {
        true => Ok(()),
        false if has_other_faults => Err(faults.into()),
        false => Err(Refused::new(Code::UnsupportedMediaType).faults(faults)),
    }
}

fn platform(platforms: &[String], headers: &HeaderMap, faults: &mut Faults) {
    let names = || platforms.join(" or ");
    if !headers.contains_key(&PLATFORM) {
        add(faults, PLATFORM.as_str(), FaultCode::Required, format!("is missing: send {}", names()));
    } else if !only(headers, &PLATFORM).is_some_and(|sent| platforms.iter().any(|known| known == sent)) {
        add(faults, PLATFORM.as_str(), FaultCode::Invalid, format!("must be {}", names()));
    }
}

fn request_id(headers: &HeaderMap, faults: &mut Faults) {
    if !headers.contains_key(&UUID) {
        add(faults, UUID.as_str(), FaultCode::Required, "is missing: send a unique id of this request");
    } else if uuid_of(headers).is_none() {
        let must = format!("must be 1 to {UUID_CHARS_MAX} visible ASCII characters, once");
        add(faults, UUID.as_str(), FaultCode::Invalid, must);
    }
}

fn media_type(headers: &HeaderMap, faults: &mut Faults) {
    if !only(headers, &CONTENT_TYPE).is_some_and(is_json) {
        add(faults, "Content-Type", FaultCode::Unsupported, "must be application/json, in UTF-8");
    }
    if headers.get(CONTENT_ENCODING).is_some_and(|coding| coding != "identity") {
        add(faults, "Content-Encoding", FaultCode::Unsupported, "must be left out: bodies are not compressed");
    }
}

fn add(faults: &mut Faults, header: &str, code: FaultCode, must: impl Into<Cow<'static, str>>) {
    faults.add(header, FieldFault::by_client(code, must));
}

/// Parameters are allowed (RFC 9110 section 8.3.1) and say nothing, but another charset is another text.
fn is_json(value: &str) -> bool {
    let mut parts = value.split(';').map(str::trim);
    let is_json = parts.next().is_some_and(|media_type| media_type.eq_ignore_ascii_case("application/json"));
    is_json
        && parts.filter_map(|parameter| parameter.split_once('=')).all(|(name, value)| {
            !name.eq_ignore_ascii_case("charset") || value.trim_matches('"').eq_ignore_ascii_case("utf-8")
        })
}

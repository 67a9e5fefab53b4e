//! What happens to every request around its story, from the outside in: it gets a name; a panic becomes an answer; what
//! is left of a refused body is read; every error becomes a problem; every answer gets the headers that protect a browser; one line is logged.

pub(crate) mod cors;
mod headers;
mod rest;
pub(crate) mod service;
mod settle;
pub(crate) mod tenant;

use std::panic::AssertUnwindSafe;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use countersign_api::Code;
use futures_util::FutureExt;
use http::StatusCode;
use tracing::Instrument;

use super::call::{Call, UUID};
use super::problem::{self, Refused};
use super::{Edge, HEAD_FIELDS_MAX};
use rest::Rest;
use settle::Settling;
pub(crate) use settle::known_method;

/// The outermost layer: around every route and around what no route takes.
pub(crate) async fn every_request(State(edge): State<Edge>, mut request: Request, next: Next) -> Response {
    let call = Call::begin(&edge, &request);
    request.extensions_mut().insert(call.clone());
    let settling = Settling::new(&edge, &call);
    // What deeper rooms say meanwhile says for which request.
    let span = tracing::info_span!("request", request_id = call.request_id, trace_id = call.trace_id);
    let (request, rest) = Rest::of(request);
    let response = answer(request, next).instrument(span).await;
    // What was too slow once is not waited for again.
    if !response.status().is_success() && response.status() != StatusCode::REQUEST_TIMEOUT {
        rest.read().await;
    }
    let (mut response, refused) = problem::render(&call, response);
    headers::protect(response.headers_mut(), edge.https);
    if let Ok(name) = call.request_id.parse() {
        response.headers_mut().insert(UUID, name);
    }
    settling.answered(response.status(), refused.as_ref());
    response
}

async fn answer(mut request: Request, next: Next) -> Response {
    if let Err(refused) = tenant::read_host(&mut request) {
        return refused.into_response();
    }
    // HTTP/1.1 is held to this by its parser; HTTP/2 bounds the bytes of a head and not its fields.
    if request.headers().len() > HEAD_FIELDS_MAX {
        return Refused::new(Code::HeadersTooLarge).into_response();
    }
    // Nothing is shared with a story that broke off but what is behind locks or in the store's transactions.
    match AssertUnwindSafe(next.run(request)).catch_unwind().await {
        Ok(response) => response,
        Err(panic) => Refused::broken(panic_text(&*panic)).into_response(),
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("panic: {}", text.unwrap_or("without a text"))
}

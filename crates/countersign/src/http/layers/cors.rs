use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::{HeaderValue, Method, StatusCode};

use super::tenant::AtTenant;
use crate::http::call::only;

const METHODS: HeaderValue = HeaderValue::from_static("GET, PUT, POST, DELETE");
const HEADERS: HeaderValue =
    HeaderValue::from_static("content-type, platform, uuid, x-auth-token, authorization, traceparent");
/// What a page needs to keep time, wait and name its request.
const EXPOSED: HeaderValue = HeaderValue::from_static("date, retry-after, uuid");
/// Ten minutes: an origin taken off the list is out after that.
const REMEMBERED_SECONDS: HeaderValue = HeaderValue::from_static("600");

/// Lets pages of the origins that the tenant lists read our answers; to any other page CORS does not exist here.
/// Credentials are never allowed: cookies do not authenticate the API.
pub(crate) async fn allow_listed(AtTenant(tenant): AtTenant, request: Request, next: Next) -> Response {
    let listed = &tenant.tenant.settings.cors_origins;
    if listed.is_empty() {
        return next.run(request).await;
    }
    let origin = only(request.headers(), &ORIGIN).filter(|origin| listed.iter().any(|known| known == origin));
    let origin = origin.and_then(|origin| origin.parse::<HeaderValue>().ok());
    let asks_first =
        request.method() == Method::OPTIONS && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = match origin {
        Some(_) if asks_first => preflight(),
        _ => next.run(request).await,
    };
    let headers = response.headers_mut();
    headers.append(VARY, HeaderValue::from_name(ORIGIN));
    if let Some(origin) = origin {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    }
    response
}

fn preflight() -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HEADERS);
    headers.insert(ACCESS_CONTROL_MAX_AGE, REMEMBERED_SECONDS);
    response
}

use axum::response::{IntoResponse, Response};
use countersign_domain::signing_key::JWKS_MAX_AGE;
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

use crate::http::layers::tenant::AtTenant;

/// The tenant's published keys
///
/// A JWK set (RFC 7517): what its access tokens are verified with. May be kept for five minutes; keys are published
/// ten minutes before their first use.
#[utoipa::path(
    get,
    path = "/.well-known/jwks.json",
    tag = "verifiers",
    responses((status = 200, description = "The keys.", body = Object, content_type = "application/jwk-set+json"))
)]
pub(super) async fn jwks(AtTenant(tenant): AtTenant) -> Response {
    let cache = format!("public, max-age={}", JWKS_MAX_AGE.as_secs());
    let mut response = tenant.jwks.document().to_owned().into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/jwk-set+json"));
    if let Ok(cache) = cache.parse() {
        headers.insert(CACHE_CONTROL, cache);
    }
    response
}

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;

use crate::http::problem::Refused;

/// Gives the refusals of the standard endpoints the words of RFC 6749 section 5.2, beside our own: their callers are
/// libraries that know no others.
pub(crate) async fn word(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if let Some(refused) = response.extensions_mut().remove::<Refused>() {
        let error = match response.status().as_u16() {
            401 => "invalid_client",
            403 => "unauthorized_client",
            429 | 503 => "temporarily_unavailable",
            500.. => "server_error",
            _ => "invalid_request",
        };
        response.extensions_mut().insert(refused.in_oauth(error));
    }
    response
}

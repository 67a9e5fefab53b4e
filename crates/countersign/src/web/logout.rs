use axum::extract::State;
use axum::response::Response;
use http::{HeaderName, HeaderValue};

use super::LOGIN;
use super::cookies::Cookie;
use super::visit::{Posted, Turned, Visit};
use crate::http::calls::App;

const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");
/// Not the cookies: those of the whole site would go, siblings' too. Ours is taken back by name.
const CLEARED: HeaderValue = HeaderValue::from_static("\"cache\", \"storage\"");

/// Whoever comes here by a link has not logged out by it.
pub(super) async fn show(visit: Visit) -> Response {
    visit.to("/")
}

pub(super) async fn log_out(State(app): State<App>, Posted { visit, .. }: Posted) -> Result<Response, Turned> {
    if let Some(browser) = &visit.browser {
        app.flows.logout_in_browser(&visit.request, browser).await?;
    }
    visit.clear(Cookie::Session);
    let mut response = visit.to(&format!("{LOGIN}?done=logged-out"));
    response.headers_mut().insert(CLEAR_SITE_DATA, CLEARED);
    Ok(response)
}

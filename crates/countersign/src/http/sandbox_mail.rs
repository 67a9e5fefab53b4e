//! The sandbox's letters, for people and for programs: registering, inviting and resetting can be tried without a mail
//! server.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use countersign_api::{Hidden, SandboxLetter};
use http::header::{ACCEPT, CONTENT_SECURITY_POLICY, CONTENT_TYPE, VARY};
use http::{HeaderMap, HeaderValue};

use super::layers::tenant::AtTenant;
use super::pages::PAGE_POLICY;
use super::problem::Refused;
use crate::mail::{BoxedLetter, SandboxBox};

/// The route, where there is a box.
pub fn router<S: Clone + Send + Sync + 'static>(letters: SandboxBox) -> Router<S> {
    Router::new().route("/sandbox/mail", get(sandbox_mail)).with_state(letters)
}

#[derive(Template)]
#[template(path = "sandbox_mail.html")]
struct Page {
    letters: Vec<BoxedLetter>,
}

async fn sandbox_mail(
    State(letters): State<SandboxBox>,
    AtTenant(tenant): AtTenant,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let letters = letters.letters(tenant.tenant.id, asked_for(query.as_deref().unwrap_or_default()).as_deref());
    let mut response = if asks_for_json(&headers) {
        Json(letters.into_iter().map(answer).collect::<Vec<_>>()).into_response()
    } else {
        let mut page = Page { letters }.render().map_err(Refused::broken)?.into_response();
        page.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        page.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(PAGE_POLICY));
        page
    };
    response.headers_mut().insert(VARY, HeaderValue::from_static("accept"));
    Ok(response)
}

fn asks_for_json(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(ACCEPT).into_iter().filter_map(|value| value.to_str().ok());
    let mut kinds = accepted.flat_map(|value| value.split(',')).filter_map(|range| range.split(';').next());
    kinds.any(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

/// The value of `to`. A plus sign is left as it is: it belongs to the documented users' addresses, and no address has a
/// space for which it could stand.
fn asked_for(query: &str) -> Option<String> {
    let value = query.split('&').find_map(|pair| pair.strip_prefix("to="))?;
    let mut bytes = Vec::new();
    let mut rest = value.as_bytes();
    while let [first, after @ ..] = rest {
        let escaped = match (first, after) {
            (b'%', [high, low, ..]) => hex(*high).zip(hex(*low)).map(|(high, low)| high << 4 | low),
            _ => None,
        };
        bytes.push(escaped.unwrap_or(*first));
        rest = after.get(if escaped.is_some() { 2 } else { 0 }..).unwrap_or_default();
    }
    Some(String::from_utf8_lossy(&bytes).into_owned()).filter(|to| !to.is_empty())
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

fn answer(letter: BoxedLetter) -> SandboxLetter {
    SandboxLetter {
        id: letter.id,
        to: Hidden::new(letter.to),
        subject: letter.subject,
        text: Hidden::new(letter.text),
        links: letter.links.into_iter().map(Hidden::new).collect(),
        sent_at: letter.sent_at.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_a_query_is_found_however_it_is_written() {
        for (query, to) in [
            ("", None),
            ("to=", None),
            ("from=a@b.c", None),
            ("to=a@b.c", Some("a@b.c")),
            ("x=1&to=hello%2B2%40remitjunction.co.uk&y", Some("hello+2@remitjunction.co.uk")),
            ("to=hello+2@remitjunction.co.uk", Some("hello+2@remitjunction.co.uk")),
            ("to=a%4", Some("a%4")),
            ("to=%zz%", Some("%zz%")),
        ] {
            assert_eq!(asked_for(query).as_deref(), to, "{query}");
        }
    }

    #[test]
    fn json_is_for_whoever_asks_for_it() {
        for (accept, json) in [
            ("application/json", true),
            ("text/html, Application/JSON;q=0.9", true),
            ("text/html", false),
            ("*/*", false),
        ] {
            let headers = [(ACCEPT, HeaderValue::from_static(accept))].into_iter().collect();
            assert_eq!(asks_for_json(&headers), json, "{accept}");
        }
    }
}

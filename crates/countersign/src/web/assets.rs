//! What pages are made of besides themselves: one style sheet, with the tenant's colour, and one script; the dashboard has
//! one more of each, which nobody else waits for.

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use countersign_api::Code;
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

use super::chart;
use crate::http::AtTenant;
use crate::http::calls::App;
use crate::http::problem::Refused;

const STYLE: &str = include_str!("../../assets/pages.css");
const ICON: &str = include_str!("../../assets/pages.svg");
const SCRIPT: &str = include_str!("../../assets/pages.js");
const MANAGE_STYLE: &str = include_str!("../../assets/manage.css");
const MANAGE_SCRIPT: &str = include_str!("../../assets/manage.js");
/// Where the tenant's logo is; a page adds which one it means.
pub(super) const LOGO: &str = "/pages/logo";
/// A logo of one name never changes.
const KEPT: HeaderValue = HeaderValue::from_static("max-age=31536000, immutable");
/// A new colour, or a new version, is seen after five minutes.
const REMEMBERED: HeaderValue = HeaderValue::from_static("max-age=300");
/// Where the tenant has chosen none: dark enough for white on it.
const COLOUR: &str = "#1f4e79";

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/pages/style.css", get(style))
        .route("/pages/script.js", get(script))
        .route("/pages/manage.css", get(manage_style))
        .route("/pages/manage.js", get(manage_script))
        .route("/pages/icon.svg", get(icon))
        .route(LOGO, get(logo))
}

async fn style(State(_): State<App>, AtTenant(tenant): AtTenant) -> Response {
    let colour = tenant.tenant.settings.mail_colour.as_deref().filter(|colour| luminance(colour).is_some());
    let colour = colour.unwrap_or(COLOUR);
    let on_it = if luminance(colour).is_some_and(|light| light > LIGHT) { "#000" } else { "#fff" };
    file("text/css; charset=utf-8", format!("{STYLE}:root{{--brand:{colour};--on-brand:{on_it}}}\n"))
}

async fn script() -> Response {
    file("text/javascript; charset=utf-8", SCRIPT.to_owned())
}

async fn manage_style() -> Response {
    file("text/css; charset=utf-8", format!("{MANAGE_STYLE}{}", chart::STYLE))
}

async fn manage_script() -> Response {
    file("text/javascript; charset=utf-8", MANAGE_SCRIPT.to_owned())
}

async fn icon() -> Response {
    file("image/svg+xml", ICON.to_owned())
}

/// The logo as it is now: under another name than its own it may be another one soon.
async fn logo(
    State(app): State<App>,
    AtTenant(tenant): AtTenant,
    RawQuery(query): RawQuery,
) -> Result<Response, Refused> {
    let logo = app.flows.logo(tenant.tenant.id).await?.ok_or_else(|| Refused::new(Code::NotFound))?;
    let is_named = query.is_some_and(|query| query == format!("v={}", logo.hash()));
    let mut response = logo.png().to_vec().into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("image/png"));
    response.headers_mut().insert(CACHE_CONTROL, if is_named { KEPT } else { REMEMBERED });
    Ok(response)
}

fn file(media_type: &'static str, text: String) -> Response {
    let mut response = text.into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    response.headers_mut().insert(CACHE_CONTROL, REMEMBERED);
    response
}

/// Above it black is easier to read on a colour than white (WCAG 2.2, contrast ratio of both alike at 0.179).
const LIGHT: f64 = 0.179;

/// The relative luminance of a colour like `#1f4e79` (WCAG 2.2).
fn luminance(colour: &str) -> Option<f64> {
    let digits = colour.strip_prefix('#').filter(|digits| digits.len() == 6)?;
    let [_, red, green, blue] = u32::from_str_radix(digits, 16).ok()?.to_be_bytes();
    let linear = |part: u8| {
        let part = f64::from(part) / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    };
    Some(0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_on_a_colour_can_be_read() {
        for (colour, light) in [("#000000", 0.0), ("#ffffff", 1.0), ("#777777", 0.184), (COLOUR, 0.071)] {
            assert!((luminance(colour).unwrap() - light).abs() < 0.001, "{colour}: {:?}", luminance(colour));
        }
        for bad in ["", "#fff", "red", "#12345g", "1f4e79"] {
            assert_eq!(luminance(bad), None);
        }
    }
}

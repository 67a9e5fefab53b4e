use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use countersign_api::Code;
use countersign_domain::BadLogo;
use countersign_flows::Doer;
use countersign_flows::admin::TenantRefusal;

use super::allowed::Allowed;
use super::{LOGO, SETTINGS};
use crate::http::calls::App;
use crate::http::calls::granted::ManageSettings;
use crate::http::problem::Refused;
use crate::web::assets;
use crate::web::page::{Shell, Told};
use crate::web::proof::prove;
use crate::web::upload::{FILE_FIELD, Uploaded};
use crate::web::visit::{Form, Inside, Turned, Visit};
use crate::web::words::LogoWords;

/// The page on which a logo is chosen. It has one of its own: the form of a file is sent in another way than others, and the
/// file is lost whenever something is refused.
#[derive(Template)]
#[template(path = "web/manage/logo.html")]
struct Page<'v> {
    shell: Shell<'v>,
    told: Told,
    here: &'static str,
    settings: &'static str,
    file_field: &'static str,
    /// The logo there is, as a page shows it: not what is in memory, which may be a minute old.
    now: Option<String>,
}

pub(super) async fn show(
    State(app): State<App>,
    Allowed { who: Inside { visit, .. }, .. }: Allowed<ManageSettings, Inside>,
    RawQuery(query): RawQuery,
) -> Result<Response, Turned> {
    let query = Form::of_query(query.as_deref().unwrap_or_default());
    let told = match query.text("done") {
        "saved" => Told::Done(visit.words.manage.logo.saved),
        "removed" => Told::Done(visit.words.manage.logo.removed),
        _ => Told::Nothing,
    };
    page(&app, &visit, told).await
}

pub(super) async fn change(
    State(app): State<App>,
    Allowed { who: Uploaded { mut posted, file }, .. }: Allowed<ManageSettings, Uploaded>,
) -> Result<Response, Turned> {
    if let Err(told) = prove(&app, &mut posted).await? {
        return page(&app, &posted.visit, told).await;
    }
    let visit = &posted.visit;
    let words = &visit.words.manage.logo;
    let (file, done) = match (posted.form.text("act"), file) {
        ("remove", _) => (None, "removed"),
        (_, Some(file)) => (Some(file), "saved"),
        (_, None) => return page(&app, visit, refused(Code::ValidationFailed, words.missing)).await,
    };
    let doer = Doer::Caller(&visit.request, &posted.browser.caller);
    let told = match app.flows.set_logo(doer, &visit.request.tenant.tenant, file).await? {
        Ok(()) => return Ok(visit.to(&format!("{LOGO}?done={done}"))),
        Err(TenantRefusal::Already) => Told::Done(words.already),
        Err(TenantRefusal::Logo(why)) => refused(Code::ValidationFailed, worded(why, words)),
        Err(why) => return Err(Refused::broken(why).into()),
    };
    page(&app, visit, told).await
}

fn refused(code: Code, sentence: &'static str) -> Told {
    Told::Worded(Box::new(Refused::new(code)), sentence)
}

const fn worded(why: BadLogo, words: &LogoWords) -> &'static str {
    match why {
        BadLogo::TooManyBytes => words.too_large,
        BadLogo::NotPng => words.not_png,
        BadLogo::TooManyPixels(..) => words.too_wide,
        BadLogo::Animated => words.animated,
        BadLogo::Damaged => words.damaged,
    }
}

async fn page(app: &App, visit: &Visit, told: Told) -> Result<Response, Turned> {
    let hash = app.flows.logo_hash(visit.request.tenant.tenant.id).await?;
    let now = hash.map(|hash| format!("{}?v={hash}", assets::LOGO));
    let page = Page { shell: visit.shell(), told, here: LOGO, settings: SETTINGS, file_field: FILE_FIELD, now };
    Ok(visit.page(&page, &page.told))
}

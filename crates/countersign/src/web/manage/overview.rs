//! What happened lately, as pictures and numbers. It refreshes itself where there is script (`assets/manage.js`).

mod live;
mod said;
#[cfg(test)]
mod tests;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use countersign_flows::overview::Period;

use super::MANAGE;
use super::allowed::Allowed;
use crate::http::calls::App;
use crate::http::calls::granted::ReadAudit;
use crate::http::problem::Refused;
use crate::web::page::{Shell, Told};
use crate::web::visit::{Form, Inside, Turned};
use live::{Frame, Live};

#[derive(Template)]
#[template(path = "web/manage/overview.html")]
struct Page<'v> {
    shell: Shell<'v>,
    here: &'static str,
    /// Each period's name in an address and on the page, and whether it is shown.
    periods: [(&'static str, &'static str, bool); Period::ALL.len()],
    live: Live,
}

pub(super) async fn show(
    State(app): State<App>,
    Allowed { who: Inside { visit, .. }, .. }: Allowed<ReadAudit, Inside>,
    RawQuery(query): RawQuery,
) -> Result<Response, Turned> {
    let query = Form::of_query(query.as_deref().unwrap_or_default());
    let period = query.text("period").parse().unwrap_or_default();
    let overview = app.flows.overview(&visit.request.tenant.tenant, period).await?;
    let frame =
        Frame { period, starts: &overview.starts, now: app.flows.now(), words: visit.words, language: visit.language };
    let live = Live::of(&frame, |line| overview.counts(line)).map_err(Refused::broken)?;
    let words = &visit.words.manage.overview;
    let page = Page {
        shell: visit.shell().keeping(format!("period={}&", period.name())),
        here: MANAGE,
        periods: Period::ALL.map(|each| (each.name(), said::period(each, words), each == period)),
        live,
    };
    Ok(visit.page(&page, &Told::Nothing))
}

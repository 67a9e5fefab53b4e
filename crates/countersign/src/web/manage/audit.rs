//! The audit trail: what happened, the newest first, and all of it to take away.

mod asked;
mod view;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use countersign_domain::audit::Action;
use countersign_flows::Doer;
use countersign_store::EventPage;

use self::asked::{asking, read};
pub(super) use self::view::Happened;
use super::AUDIT;
use super::allowed::Allowed;
use crate::http::calls::granted::ReadAudit;
use crate::http::calls::{App, audit_events};
use crate::web::page::{Shell, Told};
use crate::web::visit::{Form, Inside, PostedInside, Turned, Visit};

#[derive(Template)]
#[template(path = "web/manage/audit.html")]
struct Page<'v> {
    shell: Shell<'v>,
    told: Told,
    here: &'static str,
    asked: Form,
    /// Every action there is, and the one that was asked for.
    actions: &'static [&'static str],
    events: Vec<Happened>,
    unreadable: usize,
    /// The queries of the first page and of the next.
    first: Option<String>,
    next: Option<String>,
}

impl Page<'_> {
    fn is_asked(&self, field: &str, value: &str) -> bool {
        self.asked.text(field) == value
    }

    /// What was asked for and is in no list: it stays chosen beside what is wrong with it.
    fn stray_action(&self) -> Option<&str> {
        self.asked.filled("action").filter(|action| !self.actions.contains(action))
    }
}

pub(super) async fn show(
    State(app): State<App>,
    Allowed { who: Inside { visit, .. }, .. }: Allowed<ReadAudit, Inside>,
    RawQuery(query): RawQuery,
) -> Result<Response, Turned> {
    let asked = Form::of_query(query.as_deref().unwrap_or_default());
    page(&app, &visit, asked, Told::Nothing).await
}

/// Whoever reloads the page of a refused download, or chooses another language on it, sees the trail.
pub(super) async fn back(visit: Visit) -> Response {
    visit.to(AUDIT)
}

/// A download is a form that is posted, though it changes nothing that people see: it reads the whole trail and is an event,
/// so no page of anybody else may begin one.
pub(super) async fn export(
    State(app): State<App>,
    Allowed { who: PostedInside { visit, browser, .. }, .. }: Allowed<ReadAudit, PostedInside>,
) -> Result<Response, Turned> {
    let doer = Doer::Caller(&visit.request, &browser.caller);
    match audit_events::export(&app, doer, &visit.request.tenant.tenant).await? {
        Ok(file) => Ok(file),
        Err(too_many) => page(&app, &visit, Form::of_query(""), too_many.into()).await,
    }
}

async fn page(app: &App, visit: &Visit, asked: Form, told: Told) -> Result<Response, Turned> {
    let (found, told) = match read(&asked) {
        Ok(filter) => (app.flows.list_events(visit.request.tenant_id(), filter).await?, told),
        Err(refused) => (EventPage::default(), refused.into()),
    };
    let sees_all = visit.sees_all_people();
    let page = Page {
        shell: visit.shell().keeping(asking(&asked, asked.filled("cursor"))).at(AUDIT),
        told,
        here: AUDIT,
        actions: Action::NAMES,
        events: found.events.iter().map(|event| Happened::of(event, sees_all)).collect(),
        unreadable: found.unreadable.len(),
        first: asked.filled("cursor").map(|_| asking(&asked, None)),
        next: found.next.map(|next| asking(&asked, Some(&next.to_string()))),
        asked,
    };
    Ok(visit.page(&page, &page.told))
}

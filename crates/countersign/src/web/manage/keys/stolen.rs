use askama::Template;
use axum::extract::State;
use axum::response::Response;
use countersign_api::Code;
use countersign_domain::KeyId;
use countersign_flows::Doer;
use countersign_flows::admin::ListedKey;

use super::refused;
use crate::http::calls::App;
use crate::http::calls::granted::ManageKeys;
use crate::http::extract::PathId;
use crate::http::problem::Refused;
use crate::web::LOGIN;
use crate::web::cookies::Cookie;
use crate::web::manage::KEYS;
use crate::web::manage::allowed::Allowed;
use crate::web::page::{Shell, Told};
use crate::web::proof::prove;
use crate::web::visit::{Inside, PostedInside, Turned, Visit};

/// The page on which a key is declared stolen: it has a page of its own, because of its price.
#[derive(Template)]
#[template(path = "web/manage/key_stolen.html")]
struct Page<'v> {
    shell: Shell<'v>,
    told: Told,
    here: &'v str,
    list: &'static str,
    key: &'v ListedKey,
}

/// The path of that page.
pub(super) fn path(id: KeyId) -> String {
    format!("{KEYS}/{}/stolen", id.uuid())
}

pub(in crate::web::manage) async fn show(
    State(app): State<App>,
    PathId(id): PathId,
    Allowed { who: Inside { visit, .. }, .. }: Allowed<ManageKeys, Inside>,
) -> Result<Response, Turned> {
    let key = found(&app, &visit, KeyId::from_uuid(id)).await?;
    Ok(page(&visit, &key, Told::Nothing))
}

/// Every session of the tenant ends with it, that of whoever declares it too: the way leads to the log-in.
pub(in crate::web::manage) async fn declare(
    State(app): State<App>,
    PathId(id): PathId,
    Allowed { who: mut posted, .. }: Allowed<ManageKeys, PostedInside>,
) -> Result<Response, Turned> {
    let key = found(&app, &posted.visit, KeyId::from_uuid(id)).await?;
    if let Err(told) = prove(&app, &mut posted).await? {
        return Ok(page(&posted.visit, &key, told));
    }
    let PostedInside { visit, browser, form, .. } = posted;
    let words = &visit.words.manage.keys;
    if !form.is_ticked("known") {
        let told = Told::Worded(Box::new(Refused::new(Code::ValidationFailed)), words.stolen_unticked);
        return Ok(page(&visit, &key, told));
    }
    let doer = Doer::Caller(&visit.request, &browser.caller);
    if let Err(why) = app.flows.compromise_key(doer, &visit.request.tenant.tenant, key.record.id).await? {
        return Ok(page(&visit, &key, refused(why, words)));
    }
    visit.clear(Cookie::Session);
    Ok(visit.to(&format!("{LOGIN}?role=staff&done=key-stolen")))
}

async fn found(app: &App, visit: &Visit, id: KeyId) -> Result<ListedKey, Turned> {
    let keys = app.flows.signing_keys(&visit.request.tenant.tenant).await?;
    let key = keys.into_iter().find(|key| key.record.id == id);
    key.ok_or_else(|| Refused::new(Code::NotFound).into())
}

fn page(visit: &Visit, key: &ListedKey, told: Told) -> Response {
    let here = path(key.record.id);
    let page = Page { shell: visit.shell(), told, here: &here, list: KEYS, key };
    visit.page(&page, &page.told)
}

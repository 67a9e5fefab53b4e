use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use countersign_api::Code;
use countersign_domain::{ApiToken, ApiTokenId, ApiTokenState, Overlap, Secret};
use countersign_flows::{ApiTokenShown, Doer};

use super::API_TOKENS;
use super::allowed::Allowed;
use super::api_tokens::{DELETED, Maker, SEEN, again, maker_of};
use crate::http::FieldFault;
use crate::http::calls::granted::ManageApiTokens;
use crate::http::calls::{App, api_tokens};
use crate::http::extract::PathId;
use crate::http::problem::Refused;
use crate::web::page::{Shell, Told};
use crate::web::proof::prove;
use crate::web::visit::{Form, Inside, PostedInside, Turned, Visit};
use crate::web::words::ApiTokenWords;

const ENDED: &str = "ended";
/// How long the secret before a rotation can stay good, in seconds: not at all, while one server is changed, while several
/// are. The API takes every length up to a week.
const HOUR: &str = "3600";
const DAY: &str = "86400";

#[derive(Template)]
#[template(path = "web/manage/api_token.html")]
struct Page<'v> {
    shell: Shell<'v>,
    told: Told,
    here: &'v str,
    list: &'static str,
    token: &'v ApiToken,
    state: ApiTokenState,
    maker: Maker,
    /// Where it was just made.
    secret: Option<&'v Secret>,
    seen: &'v str,
    overlaps: [(&'static str, &'static str, bool); 3],
}

/// The path of the page about a token.
pub(super) fn path(id: ApiTokenId) -> String {
    format!("{API_TOKENS}/{}", id.uuid())
}

pub(super) async fn show(
    State(app): State<App>,
    PathId(id): PathId,
    Allowed { who: Inside { visit, .. }, .. }: Allowed<ManageApiTokens, Inside>,
    RawQuery(query): RawQuery,
) -> Result<Response, Turned> {
    let query = Form::of_query(query.as_deref().unwrap_or_default());
    let told = match query.text("done") {
        ENDED => Told::Done(visit.words.manage.api_tokens.ended),
        _ => Told::Nothing,
    };
    let token = token(&app, &visit, ApiTokenId::from_uuid(id)).await?;
    let token = token.ok_or_else(|| Refused::new(Code::NotFound))?;
    page(&app, (&visit, &query), &token, None, told).await
}

pub(super) async fn change(
    State(app): State<App>,
    PathId(id): PathId,
    Allowed { who: mut posted, .. }: Allowed<ManageApiTokens, PostedInside>,
) -> Result<Response, Turned> {
    let token = match token(&app, &posted.visit, ApiTokenId::from_uuid(id)).await? {
        Some(token) => token,
        // Pressed twice: it is gone, which is what was asked for.
        None if posted.form.text("act") == "delete" => return Ok(posted.visit.to(&deleted())),
        None => return Err(Refused::new(Code::NotFound).into()),
    };
    if let Err(told) = prove(&app, &mut posted).await? {
        return page(&app, (&posted.visit, &posted.form), &token, None, told).await;
    }
    match posted.form.text("act") {
        "rotate" => rotate(&app, &posted, &token).await,
        "end" => end(&app, &posted, &token).await,
        "delete" => delete(&app, &posted, &token).await,
        _ => Err(Refused::new(Code::ValidationFailed).into()),
    }
}

async fn rotate(app: &App, posted: &PostedInside, token: &ApiToken) -> Result<Response, Turned> {
    let PostedInside { visit, browser, form, .. } = posted;
    if form.text(SEEN) != seen(token) {
        return page(app, (visit, form), token, None, again(&visit.words.manage.api_tokens)).await;
    }
    let overlap = form.text("overlap").parse().ok().and_then(|seconds| Overlap::seconds(seconds).ok());
    let Some(overlap) = overlap else {
        let refused = Refused::field("overlap", FieldFault::unknown("must be one of the choices"));
        return page(app, (visit, form), token, None, refused.into()).await;
    };
    match app.flows.rotate_api_token(&visit.request, &browser.caller, token.id, overlap).await? {
        Ok(ApiTokenShown { token, secret }) => {
            let told = Told::Done(visit.words.manage.api_tokens.rotated_done);
            page(app, (visit, form), &token, Some(&secret), told).await
        }
        Err(why) => page(app, (visit, form), token, None, api_tokens::refused(why).into()).await,
    }
}

async fn end(app: &App, posted: &PostedInside, token: &ApiToken) -> Result<Response, Turned> {
    let PostedInside { visit, browser, form, .. } = posted;
    let doer = Doer::Caller(&visit.request, &browser.caller);
    match app.flows.invalidate_api_token(doer, &visit.request.tenant.tenant, token.id).await? {
        Ok(()) => Ok(visit.to(&format!("{}?done={ENDED}", path(token.id)))),
        Err(why) => page(app, (visit, form), token, None, api_tokens::refused(why).into()).await,
    }
}

async fn delete(app: &App, posted: &PostedInside, token: &ApiToken) -> Result<Response, Turned> {
    let PostedInside { visit, browser, form, .. } = posted;
    let doer = Doer::Caller(&visit.request, &browser.caller);
    match app.flows.delete_api_token(doer, &visit.request.tenant.tenant, token.id).await? {
        Ok(()) => Ok(visit.to(&deleted())),
        Err(why) => page(app, (visit, form), token, None, api_tokens::refused(why).into()).await,
    }
}

/// The list, saying that one is gone.
fn deleted() -> String {
    format!("{API_TOKENS}?done={DELETED}")
}

async fn token(app: &App, visit: &Visit, id: ApiTokenId) -> Result<Option<ApiToken>, Turned> {
    let tokens = app.flows.list_api_tokens(&visit.request.tenant.tenant).await?;
    Ok(tokens.into_iter().find(|token| token.id == id))
}

/// What a form to rotate it is shown beside: the secret that it has, as far as anybody can see it.
fn seen(token: &ApiToken) -> &str {
    &token.hint
}

/// The page of a token, with its secret where that was just made.
pub(super) async fn page(
    app: &App,
    (visit, typed): (&Visit, &Form),
    token: &ApiToken,
    secret: Option<&Secret>,
    told: Told,
) -> Result<Response, Turned> {
    let here = path(token.id);
    let page = Page {
        shell: visit.shell().at(&here),
        told,
        here: &here,
        list: API_TOKENS,
        token,
        state: token.state(app.flows.now()),
        maker: maker_of(app, visit, token.maker).await?,
        secret,
        seen: seen(token),
        overlaps: overlaps(&visit.words.manage.api_tokens, typed.text("overlap")),
    };
    Ok(visit.page(&page, &page.told))
}

/// Whoever says nothing gets an hour: the one that puts servers out at once is chosen by hand.
fn overlaps(words: &ApiTokenWords, chosen: &str) -> [(&'static str, &'static str, bool); 3] {
    let known = ["0", HOUR, DAY].contains(&chosen);
    let chosen = if known { chosen } else { HOUR };
    [("0", words.overlap_none), (HOUR, words.overlap_hour), (DAY, words.overlap_day)]
        .map(|(seconds, words)| (seconds, words, seconds == chosen))
}

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use countersign_api::Code;
use countersign_domain::{
    API_TOKEN_LIVES, AccountId, ApiToken, ApiTokenId, ApiTokenLife, ApiTokenName, ApiTokenState, Kind, Permission,
    Role, Timestamp,
};
use countersign_flows::{ApiTokenAsk, ApiTokenRefusal, ApiTokenShown};

use super::allowed::Allowed;
use super::people::name;
use super::{API_TOKENS, api_token, path_of};
use crate::http::Faults;
use crate::http::calls::granted::ManageApiTokens;
use crate::http::calls::{App, api_tokens};
use crate::http::problem::Refused;
use crate::web::page::{Shell, Told};
use crate::web::proof::prove;
use crate::web::visit::{Form, Inside, PostedInside, Turned, Visit};
use crate::web::words::ApiTokenWords;

/// The field in which a form says what it was shown beside.
///
/// The answer that shows a secret is that of the post itself, so a reload posts the form again: the browser asks, and
/// people say yes. What was newest when the form was made no longer is once the form has done its work, so the second time
/// it makes nothing. Nothing has to be kept for it, and two tokens may have one name.
pub(super) const SEEN: &str = "seen";
pub(super) const DELETED: &str = "deleted";

#[derive(Template)]
#[template(path = "web/manage/api_tokens.html")]
struct Page<'v> {
    shell: Shell<'v>,
    told: Told,
    here: &'static str,
    typed: Form,
    seen: String,
    tokens: Vec<Row>,
    roles: Vec<(Role, bool)>,
    /// How long a token can be good, by name and in words, and which is chosen.
    lives: Vec<(&'static str, &'static str, bool)>,
}

/// A token as a row shows it.
struct Row {
    path: String,
    token: ApiToken,
    state: ApiTokenState,
    maker: Maker,
}

/// Who was last shown a token's secret.
#[derive(Clone)]
pub(super) struct Maker {
    pub(super) name: String,
    /// None where whoever looks may not see staff.
    pub(super) path: Option<String>,
}

pub(super) async fn show(
    State(app): State<App>,
    Allowed { who: Inside { visit, .. }, .. }: Allowed<ManageApiTokens, Inside>,
    RawQuery(query): RawQuery,
) -> Result<Response, Turned> {
    let query = Form::of_query(query.as_deref().unwrap_or_default());
    let told = match query.text("done") {
        DELETED => Told::Done(visit.words.manage.api_tokens.deleted),
        _ => Told::Nothing,
    };
    page(&app, &visit, Form::of_query(""), told).await
}

pub(super) async fn make(
    State(app): State<App>,
    Allowed { who: mut posted, .. }: Allowed<ManageApiTokens, PostedInside>,
) -> Result<Response, Turned> {
    if let Err(told) = prove(&app, &mut posted).await? {
        return page(&app, &posted.visit, posted.form, told).await;
    }
    let PostedInside { visit, browser, form, .. } = posted;
    let ask = match read(&form) {
        Ok(ask) => ask,
        Err(refused) => return page(&app, &visit, form, refused.into()).await,
    };
    match app.flows.create_api_token(&visit.request, &browser.caller, ask).await? {
        Ok(ApiTokenShown { token, secret }) => {
            let told = Told::Done(visit.words.manage.api_tokens.made_done);
            api_token::page(&app, (&visit, &form), &token, Some(&secret), told).await
        }
        Err(ApiTokenRefusal::Unseen) => page(&app, &visit, form, again(&visit.words.manage.api_tokens)).await,
        Err(why) => page(&app, &visit, form, api_tokens::refused(why).into()).await,
    }
}

/// What is said to a form that was shown before something else was made, or that has done its work.
pub(super) fn again(words: &ApiTokenWords) -> Told {
    Told::Worded(Box::new(Refused::new(Code::ChangedMeanwhile)), words.again)
}

fn newest(tokens: &[ApiToken]) -> String {
    tokens.first().map(|token| token.id.to_string()).unwrap_or_default()
}

fn read(form: &Form) -> Result<ApiTokenAsk, Refused> {
    let mut faults = Faults::default();
    let name = faults.check("name", form.text("name").parse::<ApiTokenName>());
    let life = faults.check("expiry", form.text("expiry").parse::<ApiTokenLife>());
    let roles = faults.check("roles", form.texts("roles").map(str::parse).collect::<Result<Vec<Role>, _>>());
    // A form that names no token of ours was shown beside none.
    let seen = Some(form.text(SEEN).parse().ok().map(ApiTokenId::from_uuid));
    match (name, life, roles) {
        (Some(name), Some(life), Some(roles)) if faults.is_empty() => Ok(ApiTokenAsk { name, life, roles, seen }),
        _ => Err(faults.into()),
    }
}

async fn page(app: &App, visit: &Visit, typed: Form, told: Told) -> Result<Response, Turned> {
    let tenant = &visit.request.tenant.tenant;
    let tokens = app.flows.list_api_tokens(tenant).await?;
    let roles = app.flows.roles(tenant).await?.into_iter().map(|record| record.role);
    let staff = roles.filter(|role| role.kind() == Kind::Staff);
    let page = Page {
        shell: visit.shell(),
        told,
        here: API_TOKENS,
        seen: newest(&tokens),
        roles: staff.map(|role| (role.clone(), typed.texts("roles").any(|typed| typed == role.as_str()))).collect(),
        lives: lives(&visit.words.manage.api_tokens, typed.text("expiry")),
        tokens: rows(app, visit, tokens).await?,
        typed,
    };
    Ok(visit.page(&page, &page.told))
}

/// Whoever says nothing gets a month: long enough to be no burden, short enough that a forgotten token goes.
fn lives(words: &ApiTokenWords, chosen: &str) -> Vec<(&'static str, &'static str, bool)> {
    let chosen = chosen.parse().unwrap_or(ApiTokenLife::Month);
    let worded = |life| match life {
        ApiTokenLife::Day => words.day,
        ApiTokenLife::Month => words.month,
        ApiTokenLife::ThreeMonths => words.three_months,
        ApiTokenLife::SixMonths => words.six_months,
        ApiTokenLife::Year => words.year,
    };
    API_TOKEN_LIVES.into_iter().map(|life| (life.name(), worded(life), life == chosen)).collect()
}

async fn rows(app: &App, visit: &Visit, tokens: Vec<ApiToken>) -> Result<Vec<Row>, Turned> {
    let now: Timestamp = app.flows.now();
    let mut makers: BTreeMap<AccountId, Maker> = BTreeMap::new();
    let mut rows = Vec::with_capacity(tokens.len());
    for token in tokens {
        let maker = match makers.get(&token.maker) {
            Some(maker) => maker.clone(),
            None => maker_of(app, visit, token.maker).await?,
        };
        makers.insert(token.maker, maker.clone());
        rows.push(Row { path: api_token::path(token.id), state: token.state(now), maker, token });
    }
    Ok(rows)
}

/// Somebody as whoever looks may see him.
pub(super) async fn maker_of(app: &App, visit: &Visit, id: AccountId) -> Result<Maker, Turned> {
    let account = match visit.may(Permission::ReadStaff) {
        true => app.flows.account(&visit.request.tenant.tenant, id).await?,
        false => None,
    };
    Ok(match account {
        Some(account) => Maker { name: name(&account), path: Some(path_of(id)) },
        None => Maker { name: id.uuid().to_string(), path: None },
    })
}

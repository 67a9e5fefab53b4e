use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use countersign_api::{FromFields, ListQuery};
use countersign_domain::{Account, Kind, Role, Standing, Timestamp};
use countersign_store::{ListPeople, OnlyPeople, PeoplePage};

use super::allowed::Allowed;
use super::{list_of, path_of};
use crate::http::calls::App;
use crate::http::calls::granted::{ReadCustomers, ReadStaff};
use crate::http::calls::person;
use crate::http::cursor;
use crate::http::extract::Body;
use crate::web::page::{Shell, Told};
use crate::web::visit::{Form, Inside, Turned, Visit};

#[derive(Template)]
#[template(path = "web/manage/people.html")]
struct Page<'v> {
    shell: Shell<'v>,
    told: Told,
    kind: Kind,
    here: &'static str,
    search: &'v str,
    /// The roles to choose from, with the one that is chosen; none for customers, who have all the same.
    roles: Vec<(Role, bool)>,
    standing: Option<Standing>,
    people: Vec<Row>,
    /// The query of the next page.
    next: Option<String>,
    /// The query of the first page, where this is another.
    first: Option<String>,
}

/// Somebody as a row shows him.
pub(super) struct Row {
    pub(super) path: String,
    pub(super) name: String,
    pub(super) email: String,
    pub(super) roles: String,
    pub(super) is_closed: bool,
    pub(super) since: Timestamp,
}

impl Row {
    pub(super) fn of(account: &Account) -> Self {
        Self {
            path: path_of(account.id),
            name: name(account),
            email: account.email.clone(),
            roles: account.roles.iter().map(Role::as_str).collect::<Vec<_>>().join(", "),
            is_closed: account.standing == Standing::Deactivated,
            since: account.created_at,
        }
    }
}

/// How somebody is called; the address where no name is known.
pub(super) fn name(account: &Account) -> String {
    let names = [account.first_name.as_deref(), account.last_name.as_deref()];
    let name = names.into_iter().flatten().collect::<Vec<_>>().join(" ");
    if name.is_empty() { account.email.clone() } else { name }
}

pub(super) async fn customers(
    State(app): State<App>,
    Allowed { who, .. }: Allowed<ReadCustomers, Inside>,
    RawQuery(query): RawQuery,
) -> Result<Response, Turned> {
    list(&app, &who.visit, Kind::Customer, query).await
}

pub(super) async fn staff(
    State(app): State<App>,
    Allowed { who, .. }: Allowed<ReadStaff, Inside>,
    RawQuery(query): RawQuery,
) -> Result<Response, Turned> {
    list(&app, &who.visit, Kind::Staff, query).await
}

async fn list(app: &App, visit: &Visit, kind: Kind, query: Option<String>) -> Result<Response, Turned> {
    let (tenant, query) = (&visit.request.tenant.tenant, Form::of_query(query.as_deref().unwrap_or_default()));
    let roles = match kind {
        Kind::Customer => Vec::new(),
        Kind::Staff => staff_roles(app, visit, |role| role.as_str() == query.text("role")).await?,
    };
    let only = OnlyPeople {
        role: roles.iter().find(|(_, is_chosen)| *is_chosen).map(|(role, _)| role.clone()),
        standing: query.filled("standing").and_then(|standing| standing.parse().ok()),
    };
    let mut fields = query.fields();
    let request = ListQuery::from_fields(&mut fields);
    let (found, told) = match person::ask(kind, Body { request, faults: fields.into_faults().widened() }) {
        Ok(ask) => (app.flows.list_people(tenant, ListPeople { only: only.clone(), ..ask }).await?, Told::Nothing),
        Err(refused) => (PeoplePage { accounts: Vec::new(), next: None }, refused.into()),
    };
    let next = found.next.as_ref().map(|next| asking(&query, Some(&cursor::write(next))));
    let page = Page {
        shell: visit.shell().keeping(format!("{}&", asking(&query, query.filled("cursor")))),
        told,
        kind,
        here: list_of(kind),
        search: query.text("search"),
        roles,
        standing: only.standing,
        people: found.accounts.iter().map(Row::of).collect(),
        next,
        first: query.filled("cursor").map(|_| asking(&query, None)),
    };
    Ok(visit.page(&page, &page.told))
}

/// The query of a page of the same list.
fn asking(query: &Form, cursor: Option<&str>) -> String {
    let mut asking = form_urlencoded::Serializer::new(String::new());
    let kept = ["search", "role", "standing"].map(|name| (name, query.text(name)));
    asking.extend_pairs(kept.into_iter().filter(|(_, text)| !text.is_empty()));
    asking.extend_pairs(cursor.map(|cursor| ("cursor", cursor)));
    asking.finish()
}

/// The staff roles of the tenant, and which of them are chosen.
pub(super) async fn staff_roles(
    app: &App,
    visit: &Visit,
    is_chosen: impl Fn(&Role) -> bool,
) -> Result<Vec<(Role, bool)>, Turned> {
    let records = app.flows.roles(&visit.request.tenant.tenant).await?;
    let staff = records.into_iter().map(|record| record.role).filter(|role| role.kind() == Kind::Staff);
    Ok(staff.map(|role| (is_chosen(&role), role)).map(|(chosen, role)| (role, chosen)).collect())
}

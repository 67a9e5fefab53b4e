use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use countersign_api::{FromFields, ListQuery};
use countersign_domain::{Account, Kind, Role, Standing, Timestamp};
use countersign_store::PeoplePage;

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
    people: Vec<Row>,
    /// The query of the next page.
    next: Option<String>,
    /// It is not the first.
    is_later: bool,
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
    let query = Form::of_query(query.as_deref().unwrap_or_default());
    let mut fields = query.fields();
    let request = ListQuery::from_fields(&mut fields);
    let (found, told) = match person::ask(kind, Body { request, faults: fields.into_faults().widened() }) {
        Ok(ask) => (app.flows.list_people(&visit.request.tenant.tenant, ask).await?, Told::Nothing),
        Err(refused) => (PeoplePage { accounts: Vec::new(), next: None }, refused.into()),
    };
    let search = query.text("search");
    let next = found.next.as_ref().map(|next| asking(search, Some(&cursor::write(next))));
    let page = Page {
        shell: visit.shell().keeping(format!("{}&", asking(search, query.filled("cursor")))),
        told,
        kind,
        here: list_of(kind),
        search,
        people: found.accounts.iter().map(Row::of).collect(),
        next,
        is_later: query.filled("cursor").is_some(),
    };
    Ok(visit.page(&page, &page.told))
}

fn asking(search: &str, cursor: Option<&str>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("search", search);
    if let Some(cursor) = cursor {
        query.append_pair("cursor", cursor);
    }
    query.finish()
}

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use countersign_api::{Code, EditProfileRequest, FromFields};
use countersign_domain::{Account, LANGUAGES, Language, Person};

use super::page::{Shell, Told};
use super::visit::{Form, Inside, PostedInside, Turned, Visit};
use super::words::Words;
use super::{ACCOUNT, PASSWORD, SESSIONS};
use crate::http::calls::{App, profile};
use crate::http::extract::Body;
use crate::http::problem::Refused;

#[derive(Template)]
#[template(path = "web/account.html")]
struct AccountPage<'v> {
    shell: Shell<'v>,
    told: Told,
    account: &'v Account,
    person: &'v Person,
    /// What was typed, where it was refused.
    typed: Option<&'v Form>,
    here: &'static str,
    password: &'static str,
    sessions: &'static str,
}

impl AccountPage<'_> {
    /// What a field shows: what was typed, else what is known.
    fn shown(&self, field: &str) -> &str {
        if let Some(typed) = self.typed {
            return typed.text(field);
        }
        let phone = self.person.phone.as_ref();
        match field {
            "firstName" => self.account.first_name.as_deref().unwrap_or_default(),
            "lastName" => self.account.last_name.as_deref().unwrap_or_default(),
            "dialingCode" => phone.map_or("", |phone| phone.dialing_code()),
            "phone" => phone.map_or("", |phone| phone.national()),
            "address" => self.person.address.as_ref().map_or("", |address| address.as_str()),
            _ => "",
        }
    }

    /// The languages of letters, with the one that is chosen.
    fn letter_languages(&self) -> impl Iterator<Item = (&'static str, &'static str, bool)> {
        let chosen = self.person.language;
        LANGUAGES
            .into_iter()
            .map(move |language: Language| (language.tag(), Words::of(language).name, chosen == Some(language)))
    }
}

pub(super) async fn show(
    State(app): State<App>,
    Inside { visit, browser }: Inside,
    RawQuery(query): RawQuery,
) -> Result<Response, Turned> {
    let account = &browser.caller.account;
    let person = app.flows.person_of(&visit.request.tenant.tenant, account.id).await?;
    let told = match query.as_deref() {
        Some("done=password") => Told::Done(visit.words.password.changed),
        Some("done=advice") => Told::Done(visit.words.password.advice),
        _ => Told::Nothing,
    };
    Ok(page(&visit, (account, &person), None, told))
}

pub(super) async fn save(
    State(app): State<App>,
    PostedInside { visit, browser, form, .. }: PostedInside,
) -> Result<Response, Turned> {
    let mut fields = form.fields();
    let request = EditProfileRequest::from_fields(&mut fields);
    let caller = &browser.caller;
    let refused = match profile::read(Body { request, faults: fields.into_faults().widened() }) {
        Err(refused) => refused,
        Ok(edit) => match app.flows.edit_profile(&visit.request, caller, edit).await? {
            Some((account, person)) => {
                return Ok(page(&visit, (&account, &person), None, Told::Done(visit.words.account.saved)));
            }
            None => Refused::new(Code::ChangedMeanwhile),
        },
    };
    let person = app.flows.person_of(&visit.request.tenant.tenant, caller.account.id).await?;
    Ok(page(&visit, (&caller.account, &person), Some(&form), refused.into()))
}

fn page(visit: &Visit, (account, person): (&Account, &Person), typed: Option<&Form>, told: Told) -> Response {
    let page = AccountPage {
        shell: visit.shell(),
        told,
        account,
        person,
        typed,
        here: ACCOUNT,
        password: PASSWORD,
        sessions: SESSIONS,
    };
    visit.page(&page, &page.told)
}

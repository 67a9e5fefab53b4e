use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use countersign_api::{Code, EditProfileRequest, FromFields};
use countersign_domain::{Account, LANGUAGES, Language, Person};

use super::page::{Shell, Told};
use super::visit::{Inside, PostedInside, Turned, Visit};
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
    here: &'static str,
    password: &'static str,
    sessions: &'static str,
}

impl AccountPage<'_> {
    fn dialing_code(&self) -> &str {
        self.person.phone.as_ref().map_or("", |phone| phone.dialing_code())
    }

    fn phone(&self) -> &str {
        self.person.phone.as_ref().map_or("", |phone| phone.national())
    }

    fn address(&self) -> &str {
        self.person.address.as_ref().map_or("", |address| address.as_str())
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
    Ok(page(&visit, account, &person, told))
}

pub(super) async fn save(
    State(app): State<App>,
    PostedInside { visit, browser, form }: PostedInside,
) -> Result<Response, Turned> {
    let mut fields = form.fields();
    let request = EditProfileRequest::from_fields(&mut fields);
    let caller = &browser.caller;
    let refused = match profile::read(Body { request, faults: fields.into_faults().widened() }) {
        Err(refused) => refused,
        Ok(edit) => match app.flows.edit_profile(&visit.request, caller, edit).await? {
            Some((account, person)) => {
                return Ok(page(&visit, &account, &person, Told::Done(visit.words.account.saved)));
            }
            None => Refused::new(Code::ChangedMeanwhile),
        },
    };
    let person = app.flows.person_of(&visit.request.tenant.tenant, caller.account.id).await?;
    Ok(page(&visit, &caller.account, &person, refused.into()))
}

fn page(visit: &Visit, account: &Account, person: &Person, told: Told) -> Response {
    let page = AccountPage {
        shell: visit.shell(),
        told,
        account,
        person,
        here: ACCOUNT,
        password: PASSWORD,
        sessions: SESSIONS,
    };
    visit.page(&page, &page.told)
}

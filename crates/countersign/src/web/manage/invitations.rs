use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use countersign_domain::{AccountId, Email, Permission, PersonName, Role, Timestamp};
use countersign_flows::{Doer, NewStaff, StaffRefusal};
use countersign_store::{Invitation, ListCursor};

use super::allowed::Allowed;
use super::people::{name, staff_roles};
use super::{INVITATIONS, path_of};
use crate::http::Faults;
use crate::http::calls::granted::{ChangeStaff, ReadStaff};
use crate::http::calls::{App, employees};
use crate::http::cursor;
use crate::http::problem::Refused;
use crate::web::page::{Shell, Told};
use crate::web::proof::prove;
use crate::web::visit::{Form, Inside, PostedInside, Turned, Visit};
use crate::web::words::Words;

pub(super) const WITHDRAWN: &str = "withdrawn";
/// Invitations on a page.
const SHOWN: u32 = 50;

#[derive(Template)]
#[template(path = "web/manage/invitations.html")]
struct Page<'v> {
    shell: Shell<'v>,
    told: Told,
    here: &'static str,
    typed: Form,
    invited: Vec<Invited>,
    next: Option<String>,
    /// The staff roles to choose from; none where whoever looks may not invite.
    roles: Option<Vec<(Role, bool)>>,
}

/// Somebody who is invited and has not set a password.
struct Invited {
    path: String,
    name: String,
    email: String,
    roles: String,
    since: Timestamp,
    until: Timestamp,
    is_over: bool,
}

impl Invited {
    fn of(invitation: &Invitation, now: Timestamp) -> Self {
        let account = &invitation.account;
        Self {
            path: path_of(account.id),
            name: name(account),
            email: account.email.clone(),
            roles: account.roles.iter().map(Role::as_str).collect::<Vec<_>>().join(", "),
            since: invitation.invited_at,
            until: invitation.expires_at,
            is_over: invitation.expires_at <= now,
        }
    }
}

pub(super) async fn show(
    State(app): State<App>,
    Allowed { who: Inside { visit, .. }, .. }: Allowed<ReadStaff, Inside>,
    RawQuery(query): RawQuery,
) -> Result<Response, Turned> {
    let query = Form::of_query(query.as_deref().unwrap_or_default());
    let before = query.filled("cursor").and_then(|text| cursor::read(text, false).ok());
    let before = before.map(|(ListCursor::Before(id) | ListCursor::After(_, id))| id);
    let told = match query.text("done") {
        "invited" => Told::Done(visit.words.manage.invitations.invited),
        WITHDRAWN => Told::Done(visit.words.manage.invitations.withdrawn),
        _ => Told::Nothing,
    };
    page(&app, &visit, before, Form::of_query(""), told).await
}

pub(super) async fn invite(
    State(app): State<App>,
    Allowed { who: mut posted, .. }: Allowed<ChangeStaff, PostedInside>,
) -> Result<Response, Turned> {
    if let Err(told) = prove(&app, &mut posted).await? {
        return page(&app, &posted.visit, None, posted.form, told).await;
    }
    let PostedInside { visit, browser, form, .. } = posted;
    let doer = Doer::Caller(&visit.request, &browser.caller);
    let invited = match read(&form) {
        Ok(new) => app.flows.invite(doer, &visit.request.tenant.tenant, new).await?,
        Err(refused) => return page(&app, &visit, None, form, refused.into()).await,
    };
    match invited {
        Ok(_) => Ok(visit.to(&format!("{INVITATIONS}?done=invited"))),
        Err(why) => page(&app, &visit, None, form, told(&why, visit.words)).await,
    }
}

/// As the API refuses it, but for what a manager is told in other words than whoever logs in.
pub(super) fn told(why: &StaffRefusal, words: &Words) -> Told {
    let (refused, words) = (employees::refused(why), &words.manage.invitations);
    match why {
        StaffRefusal::TooMany(_) => Told::Worded(Box::new(refused), words.too_many),
        StaffRefusal::EmailTaken => Told::Worded(Box::new(refused), words.taken),
        _ => refused.into(),
    }
}

fn read(form: &Form) -> Result<NewStaff, Refused> {
    let mut faults = Faults::default();
    let email = faults.check("email", Email::parse(form.text("email")));
    let first_name = faults.check("firstName", form.text("firstName").parse::<PersonName>());
    let last_name = faults.check("lastName", form.text("lastName").parse::<PersonName>());
    let roles = faults.check("roles", form.texts("roles").map(str::parse).collect::<Result<Vec<Role>, _>>());
    match (email, roles) {
        (Some(email), Some(roles)) if faults.is_empty() => Ok(NewStaff { email, first_name, last_name, roles }),
        _ => Err(faults.into()),
    }
}

async fn page(
    app: &App,
    visit: &Visit,
    before: Option<AccountId>,
    typed: Form,
    told: Told,
) -> Result<Response, Turned> {
    let tenant = &visit.request.tenant.tenant;
    // One more than is shown tells whether there is another page.
    let mut invitations = app.flows.invitations(tenant, before, SHOWN + 1).await?;
    let goes_on = invitations.len() > SHOWN as usize;
    invitations.truncate(SHOWN as usize);
    let last = invitations.last().filter(|_| goes_on).map(|last| ListCursor::Before(last.account.id));
    let roles = match visit.may(Permission::ChangeStaff) {
        true => Some(staff_roles(app, visit, |role| typed.texts("roles").any(|typed| typed == role.as_str())).await?),
        false => None,
    };
    let now = app.flows.now();
    let page = Page {
        shell: visit.shell(),
        told,
        here: INVITATIONS,
        invited: invitations.iter().map(|invitation| Invited::of(invitation, now)).collect(),
        next: last.as_ref().map(cursor::write),
        roles,
        typed,
    };
    Ok(visit.page(&page, &page.told))
}

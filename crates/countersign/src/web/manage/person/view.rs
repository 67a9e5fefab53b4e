use askama::Template;
use axum::response::Response;
use countersign_domain::audit::Event;
use countersign_domain::session::Session;
use countersign_domain::{Account, Kind, Obstacle, Permission, Person, Role, Standing};
use countersign_flows::{BrowserCaller, Doer};
use countersign_store::EventFilter;

use super::seen;
use crate::http::calls::App;
use crate::web::manage::audit::Happened;
use crate::web::manage::explained::Explained;
use crate::web::manage::people::{name, staff_roles};
use crate::web::manage::{list_of, path_of};
use crate::web::page::{Shell, Told};
use crate::web::sessions::SessionView;
use crate::web::visit::{Form, Turned, Visit};

/// The newest of what happened; the rest is the trail's to tell.
const EVENTS_SHOWN: usize = 20;

#[derive(Template)]
#[template(path = "web/manage/person.html")]
struct Page<'v> {
    shell: Shell<'v>,
    told: Told,
    here: &'v str,
    list: &'static str,
    name: String,
    account: &'v Account,
    person: &'v Person,
    /// What was typed, where it was refused.
    typed: Option<&'v Form>,
    access: Option<Explained>,
    /// Invited, and has not set a password, in time or not.
    is_invited: bool,
    seen: String,
    is_self: bool,
    sessions: Option<Vec<SessionView>>,
    history: Option<Vec<Happened>>,
    /// The staff roles of the tenant, and whether the person has each. Empty where whoever looks may not change them.
    roles: Vec<(Role, bool)>,
    may: May,
}

/// What whoever looks may do.
struct May {
    unlock: bool,
    change_standing: bool,
    change_staff: bool,
    end_sessions: bool,
}

impl Page<'_> {
    fn is_staff(&self) -> bool {
        self.account.kind == Kind::Staff
    }

    fn is_closed(&self) -> bool {
        self.account.standing == Standing::Deactivated
    }

    /// Whether a link for a new password is any use: who is invited has one, and no letter opens a closed account.
    fn may_send_reset(&self) -> bool {
        self.may.unlock && !self.is_closed() && !self.is_invited
    }

    /// What a field shows: what was typed, else what is known.
    fn shown(&self, field: &str) -> &str {
        match (self.typed.filter(|typed| typed.is_ticked("edit")), field) {
            (Some(typed), _) => typed.text(field),
            (None, "firstName") => self.account.first_name.as_deref().unwrap_or_default(),
            (None, "lastName") => self.account.last_name.as_deref().unwrap_or_default(),
            _ => "",
        }
    }

    fn must_change(&self) -> bool {
        let typed = self.typed.filter(|typed| typed.is_ticked("edit"));
        typed.map_or(self.account.must_change_password, |typed| typed.is_ticked("mustChangePassword"))
    }
}

/// The page about somebody, with as much as whoever looks may see.
pub(super) async fn page(
    app: &App,
    visit: &Visit,
    browser: &BrowserCaller,
    account: &Account,
    typed: Option<&Form>,
    told: Told,
) -> Result<Response, Turned> {
    let (tenant, flows) = (&visit.request.tenant.tenant, &app.flows);
    let doer = Doer::Caller(&visit.request, &browser.caller);
    let access = flows.access_of(tenant, account).await?;
    let is_invitation = |why: &Obstacle| matches!(why, Obstacle::Invited(_) | Obstacle::InvitationOver(_));
    let sessions = match visit.may(Permission::ManageSessions) {
        true => Some(flows.living_sessions(tenant, account).await?),
        false => None,
    };
    let session_of = |session: &Session| SessionView::of(session, browser.caller.session);
    let happened = |event: &Event| Happened::of(event, visit.sees_all_people());
    let history = match visit.may(Permission::ReadAudit) {
        true => Some(flows.list_events(tenant.id, about(account)).await?.events.iter().map(happened).collect()),
        false => None,
    };
    let reaches = flows.reaches(doer, tenant, &account.roles).await?;
    let change_staff = reaches && account.kind == Kind::Staff && visit.may(Permission::ChangeStaff);
    let path = path_of(account.id);
    let page = Page {
        shell: visit.shell().at(&path),
        told,
        here: &path,
        list: list_of(account.kind),
        name: name(account),
        account,
        person: &flows.person_of(tenant, account.id).await?,
        typed,
        is_invited: access.obstacles.iter().any(is_invitation),
        access: visit.may(Permission::ExplainAccess).then(|| Explained::of(&access, visit.words)),
        seen: seen::of(account),
        is_self: browser.caller.account.id == account.id,
        sessions: sessions.map(|sessions| sessions.iter().map(session_of).collect()),
        history,
        roles: if change_staff { roles(app, visit, account, typed).await? } else { Vec::new() },
        may: May {
            unlock: reaches && visit.may(Permission::Unlock),
            change_standing: reaches && visit.may(Permission::ChangeStanding),
            change_staff,
            end_sessions: flows.may_end_sessions(doer, tenant, account).await?,
        },
    };
    Ok(visit.page(&page, &page.told))
}

fn about(account: &Account) -> EventFilter {
    EventFilter { subject: Some(account.id), events_max: EVENTS_SHOWN, ..EventFilter::default() }
}

/// The staff roles of the tenant, and which of them are chosen: in the form that came back, else by the account.
async fn roles(app: &App, visit: &Visit, account: &Account, typed: Option<&Form>) -> Result<Vec<(Role, bool)>, Turned> {
    let typed = typed.filter(|typed| typed.is_ticked("edit"));
    let is_chosen = |role: &Role| match typed {
        Some(typed) => typed.texts("roles").any(|typed| typed == role.as_str()),
        None => account.roles.contains(role),
    };
    staff_roles(app, visit, is_chosen).await
}

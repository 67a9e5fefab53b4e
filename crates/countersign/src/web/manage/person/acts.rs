use axum::extract::{FromRequest, FromRequestParts, Request, State};
use axum::response::Response;
use countersign_api::Code;
use countersign_domain::{Account, AccountId, Kind, Permission, PersonName, Role, SessionId, Standing, Tenant};
use countersign_flows::{Doer, SendResetRefusal, StaffEdit, StaffRefusal};
use uuid::Uuid;

use super::{seen, view};
use crate::http::Faults;
use crate::http::calls::granted::{ChangeStaff, ChangeStanding, ManageSessions, Needs, Unlock};
use crate::http::calls::{App, employees, standing};
use crate::http::extract::PathId;
use crate::http::problem::Refused;
use crate::web::manage::allowed::{Allowed, must};
use crate::web::manage::invitations::{self, WITHDRAWN};
use crate::web::manage::{INVITATIONS, path_of};
use crate::web::page::Told;
use crate::web::proof::prove;
use crate::web::visit::{Form, PostedInside, Turned};
use crate::web::words::Words;

pub(super) const UNLOCKED: &str = "unlocked";
pub(super) const ACTIVATED: &str = "activated";
pub(super) const DEACTIVATED: &str = "deactivated";
pub(super) const RESET_SENT: &str = "reset-sent";
pub(super) const SAVED: &str = "saved";
pub(super) const SESSIONS_ENDED: &str = "sessions-ended";
pub(super) const INVITED: &str = "invited";

/// Something that is done to somebody, by who may do it and may see him.
pub(in crate::web::manage) struct Act<N: Needs> {
    posted: PostedInside,
    account: Account,
    needs: std::marker::PhantomData<N>,
}

impl<N: Needs> FromRequest<App> for Act<N> {
    type Rejection = Turned;

    async fn from_request(request: Request, app: &App) -> Result<Self, Turned> {
        let (mut parts, body) = request.into_parts();
        let PathId(id) = PathId::from_request_parts(&mut parts, app).await?;
        let request = Request::from_parts(parts, body);
        let Allowed { who: posted, .. } = Allowed::<N, PostedInside>::from_request(request, app).await?;
        Ok(Self::on(app, posted, id).await?)
    }
}

impl<N: Needs> Act<N> {
    async fn on(app: &App, posted: PostedInside, id: Uuid) -> Result<Self, Refused> {
        let account = super::seen(app, &posted.visit, AccountId::from_uuid(id)).await?;
        Ok(Self { posted, account, needs: std::marker::PhantomData })
    }

    fn doer(&self) -> Doer<'_> {
        Doer::Caller(&self.posted.visit.request, &self.posted.browser.caller)
    }

    fn tenant(&self) -> &Tenant {
        &self.posted.visit.request.tenant.tenant
    }

    /// The person's page, saying that it is done, or why not.
    async fn answer(self, app: &App, judged: Result<(), Refused>, done: &str) -> Result<Response, Turned> {
        match judged {
            Ok(()) => Ok(self.posted.visit.to(&format!("{}?done={done}", path_of(self.account.id)))),
            Err(refused) => self.shown(app, refused.into()).await,
        }
    }

    async fn shown(self, app: &App, told: Told) -> Result<Response, Turned> {
        let PostedInside { visit, browser, form, .. } = &self.posted;
        let account = app.flows.account(self.tenant(), self.account.id).await?.unwrap_or(self.account.clone());
        view::page(app, visit, browser, &account, Some(form), told).await
    }
}

pub(in crate::web::manage) async fn unlock(State(app): State<App>, act: Act<Unlock>) -> Result<Response, Turned> {
    let done = app.flows.unlock_account(act.doer(), act.tenant(), &act.account).await?;
    act.answer(&app, standing::judged(done), UNLOCKED).await
}

pub(in crate::web::manage) async fn activate(
    State(app): State<App>,
    mut act: Act<ChangeStanding>,
) -> Result<Response, Turned> {
    // Whose account was closed may be who sits at a manager's open browser.
    if act.account.kind == Kind::Staff
        && let Err(told) = prove(&app, &mut act.posted).await?
    {
        return act.shown(&app, told).await;
    }
    let done = app.flows.set_standing(act.doer(), act.tenant(), &act.account, Standing::Active).await?;
    act.answer(&app, standing::judged(done), ACTIVATED).await
}

pub(in crate::web::manage) async fn deactivate(
    State(app): State<App>,
    act: Act<ChangeStanding>,
) -> Result<Response, Turned> {
    let done = app.flows.set_standing(act.doer(), act.tenant(), &act.account, Standing::Deactivated).await?;
    act.answer(&app, standing::judged(done), DEACTIVATED).await
}

/// Sends a link to set a new password to the address of the account.
pub(in crate::web::manage) async fn send_reset(State(app): State<App>, act: Act<Unlock>) -> Result<Response, Turned> {
    let sent = app.flows.send_reset(act.doer(), act.tenant(), &act.account).await?;
    match sent {
        Ok(()) => act.answer(&app, Ok(()), RESET_SENT).await,
        Err(why) => {
            let told = refused_link(&why, act.posted.visit.words);
            act.shown(&app, told).await
        }
    }
}

fn refused_link(why: &SendResetRefusal, words: &Words) -> Told {
    let refused = |code| Refused::new(code).detail(why.to_string());
    match why {
        SendResetRefusal::Beyond => refused(Code::Forbidden).into(),
        // It was so a moment ago, or the button would not have been there.
        SendResetRefusal::Deactivated | SendResetRefusal::Invited => refused(Code::ChangedMeanwhile).into(),
        SendResetRefusal::TooMany(wait) => {
            let refused = refused(Code::TooManyRequests).retry_after(*wait);
            Told::Worded(Box::new(refused), words.manage.invitations.too_many)
        }
    }
}

/// Ends the named session of the person, or all where none is named.
pub(in crate::web::manage) async fn end_sessions(
    State(app): State<App>,
    act: Act<ManageSessions>,
) -> Result<Response, Turned> {
    let (doer, tenant, account) = (act.doer(), act.tenant(), &act.account);
    let judged = match act.posted.form.filled("session").map(str::parse) {
        // One that has ended already is as good as ended, and so is one that never was.
        Some(Ok(id)) => {
            app.flows.end_session(doer, tenant, Some(account.id), SessionId::from_uuid(id)).await?.map(|_| ())
        }
        Some(Err(_)) => Ok(()),
        None => {
            // His own, if it is himself: whoever ends them all means the others.
            let own = Some(act.posted.browser.caller.session);
            app.flows.end_other_sessions(doer, tenant, account, own).await?.map(|_| ())
        }
    };
    act.answer(&app, judged.map_err(Refused::from), SESSIONS_ENDED).await
}

pub(in crate::web::manage) async fn invite_again(
    State(app): State<App>,
    act: Act<ChangeStaff>,
) -> Result<Response, Turned> {
    match app.flows.invite_again(act.doer(), act.tenant(), act.account.id).await? {
        Ok(()) => act.answer(&app, Ok(()), INVITED).await,
        Err(why) => {
            let told = invitations::told(&why, act.posted.visit.words);
            act.shown(&app, told).await
        }
    }
}

/// Takes the invitation back, and the account with it. What is gone already is as good as withdrawn: a button is pressed
/// twice.
pub(in crate::web::manage) async fn withdraw(
    State(app): State<App>,
    PathId(id): PathId,
    Allowed { who: posted, .. }: Allowed<ChangeStaff, PostedInside>,
) -> Result<Response, Turned> {
    must(&posted.visit, Permission::ReadStaff)?;
    let gone = posted.visit.to(&format!("{INVITATIONS}?done={WITHDRAWN}"));
    let act = match Act::<ChangeStaff>::on(&app, posted, id).await {
        Ok(act) => act,
        Err(refused) if refused.code() == Code::NotFound => return Ok(gone),
        Err(refused) => return Err(refused.into()),
    };
    match app.flows.withdraw_invitation(act.doer(), act.tenant(), act.account.id).await? {
        Ok(()) => Ok(gone),
        Err(why) => act.shown(&app, employees::refused(&why).into()).await,
    }
}

/// Names, roles, and whether a new password is due.
pub(in crate::web::manage) async fn edit(
    State(app): State<App>,
    mut act: Act<ChangeStaff>,
) -> Result<Response, Turned> {
    if let Err(told) = prove(&app, &mut act.posted).await? {
        return act.shown(&app, told).await;
    }
    let edited = match read(&act.posted.form, &act.account) {
        Ok(edit) => app.flows.edit_staff(act.doer(), act.tenant(), act.account.id, edit).await?,
        Err(faults) => return act.shown(&app, faults.into()).await,
    };
    match edited {
        // What is so now is shown, and not what was typed beside something else.
        Err(StaffRefusal::Meanwhile) => {
            let told = Refused::new(Code::ChangedMeanwhile).into();
            view::page(&app, &act.posted.visit, &act.posted.browser, &act.account, None, told).await
        }
        Err(why) => {
            let told = refused_edit(&why, act.posted.visit.words);
            act.shown(&app, told).await
        }
        Ok(_) => act.answer(&app, Ok(()), SAVED).await,
    }
}

/// As the API refuses it, but for what a manager is told in other words than whoever logs in.
fn refused_edit(why: &StaffRefusal, words: &Words) -> Told {
    let refused = employees::refused(why);
    match why {
        StaffRefusal::OwnRoles => Told::Worded(Box::new(refused), words.manage.person.own_roles),
        _ => refused.into(),
    }
}

fn read(form: &Form, account: &Account) -> Result<StaffEdit, Refused> {
    let mut faults = Faults::default();
    let mut name = |field| faults.check(field, form.text(field).parse::<PersonName>());
    // Who has no name need not be given one.
    let has_names = account.first_name.is_some() || account.last_name.is_some();
    let is_named = has_names || form.filled("firstName").is_some() || form.filled("lastName").is_some();
    let names = is_named.then(|| (name("firstName"), name("lastName")));
    let names = names.and_then(|(first, last)| first.zip(last));
    let roles = form.texts("roles").map(str::parse::<Role>).collect::<Result<Vec<_>, _>>();
    let roles = faults.check("roles", roles);
    let seen = Some(seen::read(form.text(seen::FIELD)));
    match faults.is_empty() {
        true => Ok(StaffEdit { names, roles, must_change_password: Some(form.is_ticked("mustChangePassword")), seen }),
        false => Err(faults.into()),
    }
}

//! What each role opens.

mod one;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use countersign_api::Code;
use countersign_domain::{Kind, MANAGER, PERMISSIONS, Permission, Permissions, Role, RoleRecord};
use countersign_flows::Doer;
use countersign_flows::admin::RoleRefusal;

use super::ROLES;
use super::allowed::Allowed;
use crate::http::Faults;
use crate::http::calls::App;
use crate::http::calls::granted::ManageRoles;
use crate::http::problem::Refused;
use crate::web::page::{Shell, Told};
use crate::web::proof::prove;
use crate::web::visit::{Form, Inside, PostedInside, Turned, Visit};
use crate::web::words::RoleWords;

pub(super) use one::{change, show as show_one};

const DELETED: &str = "deleted";

#[derive(Template)]
#[template(path = "web/manage/roles.html")]
struct Page<'v> {
    shell: Shell<'v>,
    told: Told,
    here: &'static str,
    typed: Form,
    roles: Vec<Row>,
    boxes: Vec<Ticked>,
}

/// A role as a row shows it.
struct Row {
    role: Role,
    is_fixed: bool,
    path: String,
    opens: Vec<&'static str>,
}

/// A permission as a box.
pub(super) struct Ticked {
    pub(super) permission: Permission,
    pub(super) words: &'static str,
    pub(super) is_ticked: bool,
}

impl Row {
    fn of(record: &RoleRecord, words: &RoleWords) -> Self {
        Self {
            role: record.role.clone(),
            is_fixed: is_fixed(&record.role),
            path: one::path(&record.role),
            opens: record.permissions().into_iter().map(|permission| words.of(permission)).collect(),
        }
    }

    fn is_manager(&self) -> bool {
        self.role.as_str() == MANAGER
    }
}

impl RoleWords {
    /// A permission in words.
    fn of(&self, permission: Permission) -> &'static str {
        match permission {
            Permission::ReadCustomers => self.read_customers,
            Permission::ReadStaff => self.read_staff,
            Permission::ChangeStaff => self.change_staff,
            Permission::ChangeStanding => self.change_standing,
            Permission::Unlock => self.unlock,
            Permission::ExplainAccess => self.explain_access,
            Permission::ManageSessions => self.manage_sessions,
            Permission::ReadAudit => self.read_audit,
            Permission::ManageApiTokens => self.manage_api_tokens,
            Permission::ManageKeys => self.manage_keys,
            Permission::ManageRoles => self.manage_roles,
            Permission::ManageSettings => self.manage_settings,
        }
    }
}

/// Every permission as a box, ticked where `is_ticked` says so.
fn boxes(words: &RoleWords, is_ticked: impl Fn(Permission) -> bool) -> Vec<Ticked> {
    let ticked = |permission: &Permission| Ticked {
        permission: *permission,
        words: words.of(*permission),
        is_ticked: is_ticked(*permission),
    };
    PERMISSIONS.iter().map(ticked).collect()
}

fn is_fixed(role: &Role) -> bool {
    role.as_str() == MANAGER || role.kind() == Kind::Customer
}

pub(super) async fn show(
    State(app): State<App>,
    Allowed { who: Inside { visit, .. }, .. }: Allowed<ManageRoles, Inside>,
    RawQuery(query): RawQuery,
) -> Result<Response, Turned> {
    let query = Form::of_query(query.as_deref().unwrap_or_default());
    let told = match query.text("done") {
        DELETED => Told::Done(visit.words.manage.roles.deleted),
        _ => Told::Nothing,
    };
    page(&app, &visit, Form::of_query(""), told).await
}

pub(super) async fn make(
    State(app): State<App>,
    Allowed { who: mut posted, .. }: Allowed<ManageRoles, PostedInside>,
) -> Result<Response, Turned> {
    if let Err(told) = prove(&app, &mut posted).await? {
        return page(&app, &posted.visit, posted.form, told).await;
    }
    let PostedInside { visit, browser, form, .. } = posted;
    let mut faults = Faults::default();
    let name = faults.check("name", form.text("name").trim().parse::<Role>());
    let opens = faults.check("permissions", permissions(&form));
    let (Some(name), Some(opens)) = (name, opens) else {
        return page(&app, &visit, form, Refused::from(faults).into()).await;
    };
    let doer = Doer::Caller(&visit.request, &browser.caller);
    match app.flows.create_role(doer, &visit.request.tenant.tenant, name.clone(), opens).await? {
        Ok(()) => Ok(visit.to(&format!("{}?done=made", one::path(&name)))),
        Err(why) => page(&app, &visit, form, refused(&why, &visit.words.manage.roles)).await,
    }
}

/// The permissions that are ticked.
fn permissions(form: &Form) -> Result<Permissions, countersign_domain::UnknownName> {
    form.texts("permissions").map(str::parse).collect()
}

/// A refusal in the words of the page: no call of the API changes roles.
fn refused(why: &RoleRefusal, words: &RoleWords) -> Told {
    let (code, sentence) = match why {
        RoleRefusal::NoSuchRole(_) => (Code::NotFound, words.gone),
        RoleRefusal::Taken(_) => (Code::ChangedMeanwhile, words.taken),
        RoleRefusal::Held(_) => (Code::ChangedMeanwhile, words.held),
        RoleRefusal::Already => return Told::Done(words.already),
        RoleRefusal::Fixed(_) => (Code::Forbidden, words.fixed),
        RoleRefusal::Beyond => (Code::Forbidden, words.beyond),
    };
    Told::Worded(Box::new(Refused::new(code)), sentence)
}

async fn page(app: &App, visit: &Visit, typed: Form, told: Told) -> Result<Response, Turned> {
    let words = &visit.words.manage.roles;
    let records = app.flows.roles(&visit.request.tenant.tenant).await?;
    let page = Page {
        shell: visit.shell(),
        told,
        here: ROLES,
        roles: records.iter().map(|record| Row::of(record, words)).collect(),
        boxes: boxes(words, |permission| typed.texts("permissions").any(|typed| typed == permission.name())),
        typed,
    };
    Ok(visit.page(&page, &page.told))
}

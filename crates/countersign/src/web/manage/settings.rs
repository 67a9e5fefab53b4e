//! Every setting of the tenant explained; a manager changes those that are his.

mod explained;
mod field;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use countersign_api::Code;
use countersign_domain::{Settings, Tenant};
use countersign_flows::Doer;
use countersign_flows::admin::TenantRefusal;
use serde_json::{Map, Value};

use self::explained::{GROUPS, OPERATORS, told_value};
use self::field::{Control, Field, read};
use super::allowed::Allowed;
use super::{LOGO, SETTINGS};
use crate::http::Faults;
use crate::http::calls::App;
use crate::http::calls::granted::ManageSettings;
use crate::http::problem::Refused;
use crate::web::page::{Shell, Told};
use crate::web::proof::prove;
use crate::web::visit::{Form, Inside, PostedInside, Turned, Visit};

/// The settings that the form was made of: whoever saves what somebody else has changed since is told, and overwrites
/// nothing unseen.
const SEEN: &str = "seen";

#[derive(Template)]
#[template(path = "web/manage/settings.html")]
struct Page<'v> {
    shell: Shell<'v>,
    told: Told,
    here: &'static str,
    /// Where the logo is chosen.
    logo: &'static str,
    seen: String,
    groups: Vec<(&'static str, Vec<Field>)>,
    operators: Vec<Shown>,
}

/// A setting that is shown and not changed here.
struct Shown {
    name: &'static str,
    label: &'static str,
    about: &'static str,
    value: String,
    default: String,
}

pub(super) async fn show(
    State(app): State<App>,
    Allowed { who: Inside { visit, .. }, .. }: Allowed<ManageSettings, Inside>,
    RawQuery(query): RawQuery,
) -> Result<Response, Turned> {
    let query = Form::of_query(query.as_deref().unwrap_or_default());
    let told = match query.text("done") {
        "saved" => Told::Done(visit.words.manage.settings.saved),
        _ => Told::Nothing,
    };
    let tenant = now(&app, &visit).await?;
    page(&app, &visit, &tenant, None, told)
}

pub(super) async fn save(
    State(app): State<App>,
    Allowed { who: mut posted, .. }: Allowed<ManageSettings, PostedInside>,
) -> Result<Response, Turned> {
    let proved = prove(&app, &mut posted).await?;
    let tenant = now(&app, &posted.visit).await?;
    let told = match proved {
        Ok(()) => match change(&app, &posted, &tenant).await? {
            Ok(()) => return Ok(posted.visit.to(&format!("{SETTINGS}?done=saved"))),
            Err(told) => told,
        },
        Err(told) => told,
    };
    page(&app, &posted.visit, &tenant, Some(&posted.form), told)
}

async fn change(app: &App, posted: &PostedInside, tenant: &Tenant) -> Result<Result<(), Told>, Turned> {
    let PostedInside { visit, browser, form, .. } = posted;
    let words = &visit.words.manage.settings;
    let meanwhile = || Told::Worded(Box::new(Refused::new(Code::ChangedMeanwhile)), words.meanwhile);
    let before = members(&tenant.settings)?;
    if form.text(SEEN) != seen(&before) {
        return Ok(Err(meanwhile()));
    }
    let (settings, detail) = match read(app, words, &before, form) {
        Ok((after, detail)) => (serde_json::from_value(Value::Object(after)).map_err(Refused::broken)?, detail),
        Err(faults) => return Ok(Err(Refused::from(faults).into())),
    };
    let doer = Doer::Caller(&visit.request, &browser.caller);
    Ok(match app.flows.set_tenant_settings(doer, tenant, settings, detail).await? {
        Ok(()) => Ok(()),
        Err(TenantRefusal::Already) => Err(Told::Done(words.unchanged)),
        Err(TenantRefusal::Meanwhile(_)) => Err(meanwhile()),
        Err(TenantRefusal::BadSettings(bad)) => {
            let mut faults = Faults::default();
            for bad in bad {
                faults.add(bad.name, bad.must.into());
            }
            Err(Refused::from(faults).into())
        }
        // A form of this page cannot ask for more than it shows, nor a tenant go while its manager is logged in.
        Err(why) => return Err(Refused::broken(why).into()),
    })
}

/// The tenant as it is: the request's may be a minute old.
async fn now(app: &App, visit: &Visit) -> Result<Tenant, Turned> {
    let tenant = app.flows.tenant(&visit.request.tenant.tenant.slug).await?;
    tenant.ok_or_else(|| Refused::new(Code::NotFound).into())
}

/// Every setting by its name.
fn members(settings: &Settings) -> Result<Map<String, Value>, Refused> {
    match serde_json::to_value(settings).map_err(Refused::broken)? {
        Value::Object(members) => Ok(members),
        _ => Err(Refused::broken("settings are no object")),
    }
}

/// Those a manager may change, as one text.
fn seen(members: &Map<String, Value>) -> String {
    let managed = Settings::MANAGED.iter().filter_map(|name| members.get(*name));
    managed.map(Value::to_string).collect::<Vec<_>>().join(" ")
}

fn page(app: &App, visit: &Visit, tenant: &Tenant, typed: Option<&Form>, told: Told) -> Result<Response, Turned> {
    let words = &visit.words.manage.settings;
    let (known, defaults) = (members(&tenant.settings)?, members(&Settings::default())?);
    let field = |name: &&'static str| Field::of(app, words, name, (&known, &defaults), typed);
    let shown = |name: &&'static str| {
        let (label, about) = words.of(name);
        let value = |members: &Map<String, Value>| told_value(words, name, members.get(*name).unwrap_or(&Value::Null));
        Shown { name, label, about, value: value(&known), default: value(&defaults) }
    };
    let page = Page {
        shell: visit.shell(),
        told,
        here: SETTINGS,
        logo: LOGO,
        seen: seen(&known),
        groups: GROUPS.map(|(title, names)| (title(words), names.iter().map(field).collect())).into(),
        operators: OPERATORS.iter().map(shown).collect(),
    };
    Ok(visit.page(&page, &page.told))
}

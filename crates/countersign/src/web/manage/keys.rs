//! Keys: which one signs, which one comes next, and what encrypted fields are encrypted under.

mod stolen;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use countersign_api::Code;
use countersign_domain::encryption_key::{ENCRYPTION_ALGORITHM, EncryptionKeyRecord, EncryptionKeySize};
use countersign_domain::signing_key::{Algorithm, Refusal, State as KeyState};
use countersign_domain::{KeyId, Timestamp};
use countersign_flows::Doer;
use countersign_flows::admin::ListedKey;

use super::KEYS;
use super::allowed::Allowed;
use crate::http::FieldFault;
use crate::http::calls::App;
use crate::http::calls::granted::ManageKeys;
use crate::http::problem::Refused;
use crate::web::page::{Shell, Told};
use crate::web::proof::prove;
use crate::web::visit::{Form, Inside, PostedInside, Turned, Visit};
use crate::web::words::KeyWords;

pub(super) use stolen::{declare, show as show_stolen};

#[derive(Template)]
#[template(path = "web/manage/keys.html")]
struct Page<'v> {
    shell: Shell<'v>,
    told: Told,
    here: &'static str,
    signing: Vec<Row>,
    encryption: Vec<EncryptionRow>,
    /// What the next key may sign with, and which is chosen.
    algorithms: Vec<(&'static str, bool)>,
    sizes: Vec<(&'static str, bool)>,
    encryption_algorithm: &'static str,
}

/// A signing key as a row shows it.
struct Row {
    id: String,
    kid: String,
    algorithm: &'static str,
    state: KeyState,
    about: &'static str,
    published_at: Timestamp,
    active_at: Timestamp,
    /// Where it can be declared stolen.
    stolen: Option<String>,
}

struct EncryptionRow {
    id: String,
    bits: &'static str,
    is_in_use: bool,
    made_at: Timestamp,
}

impl Row {
    fn of(key: &ListedKey, words: &KeyWords) -> Self {
        let record = &key.record;
        Self {
            id: record.id.uuid().to_string(),
            kid: record.kid.clone(),
            algorithm: record.algorithm.name(),
            state: key.state,
            about: match key.state {
                KeyState::Next => words.next,
                KeyState::Active => words.active,
                KeyState::Retired => words.retired,
                KeyState::Gone => words.gone,
                KeyState::Compromised => words.compromised,
            },
            published_at: record.published_at,
            active_at: record.active_at,
            stolen: key.state.is_published().then(|| stolen::path(record.id)),
        }
    }

    fn is_next(&self) -> bool {
        self.state == KeyState::Next
    }
}

impl EncryptionRow {
    fn of(key: &EncryptionKeyRecord) -> Self {
        Self {
            id: key.id.uuid().to_string(),
            bits: key.size.name(),
            is_in_use: key.retired_at.is_none(),
            made_at: key.created_at,
        }
    }
}

pub(super) async fn show(
    State(app): State<App>,
    Allowed { who: Inside { visit, .. }, .. }: Allowed<ManageKeys, Inside>,
    RawQuery(query): RawQuery,
) -> Result<Response, Turned> {
    let query = Form::of_query(query.as_deref().unwrap_or_default());
    let words = &visit.words.manage.keys;
    let told = match query.text("done") {
        "rotated" => Told::Done(words.rotated),
        "withdrawn" => Told::Done(words.withdrawn),
        "encryption-rotated" => Told::Done(words.encryption_rotated),
        _ => Told::Nothing,
    };
    page(&app, &visit, None, told).await
}

pub(super) async fn change(
    State(app): State<App>,
    Allowed { who: mut posted, .. }: Allowed<ManageKeys, PostedInside>,
) -> Result<Response, Turned> {
    let told = match prove(&app, &mut posted).await? {
        Ok(()) => match act(&app, &posted).await? {
            Ok(done) => return Ok(posted.visit.to(&format!("{KEYS}?done={done}"))),
            Err(told) => told,
        },
        Err(told) => told,
    };
    page(&app, &posted.visit, Some(&posted.form), told).await
}

/// Does what the button says; the name of what was done, or why it was not.
async fn act(app: &App, posted: &PostedInside) -> Result<Result<&'static str, Told>, Turned> {
    let PostedInside { visit, browser, form, .. } = posted;
    let (doer, tenant) = (Doer::Caller(&visit.request, &browser.caller), &visit.request.tenant.tenant);
    if let Some(id) = form.filled("withdraw") {
        let id = id.parse().map(KeyId::from_uuid).map_err(|_| Refused::new(Code::NotFound))?;
        let moved = app.flows.retire_key(doer, tenant, id).await?;
        return Ok(moved.map(|()| "withdrawn").map_err(|why| refused(why, &visit.words.manage.keys)));
    }
    match form.text("act") {
        "rotate" => {
            let Ok(algorithm) = form.text("algorithm").parse::<Algorithm>() else {
                return Ok(Err(unknown("algorithm")));
            };
            let moved = app.flows.rotate_key(doer, tenant, algorithm).await?;
            Ok(moved.map(|()| "rotated").map_err(|why| refused(why, &visit.words.manage.keys)))
        }
        "rotate-encryption" => {
            let size = EncryptionKeySize::ALL.into_iter().find(|size| size.name() == form.text("bits"));
            let Some(size) = size else { return Ok(Err(unknown("bits"))) };
            app.flows.rotate_encryption_key(doer, tenant, size).await?;
            Ok(Ok("encryption-rotated"))
        }
        _ => Err(Refused::new(Code::ValidationFailed).into()),
    }
}

fn unknown(field: &str) -> Told {
    Refused::field(field, FieldFault::unknown("must be one of the choices")).into()
}

/// A refusal in the words of the page: no call of the API moves keys.
fn refused(why: Refusal, words: &KeyWords) -> Told {
    let (code, sentence) = match why {
        Refusal::Unknown => (Code::NotFound, words.unknown_key),
        Refusal::AlreadyRotating => (Code::ChangedMeanwhile, words.already_rotating),
        Refusal::StillSigning => (Code::ChangedMeanwhile, words.still_signing),
        Refusal::AlreadyRetired | Refusal::Gone => (Code::ChangedMeanwhile, words.already_retired),
        Refusal::AlreadyCompromised => (Code::ChangedMeanwhile, words.already_stolen),
    };
    Told::Worded(Box::new(Refused::new(code)), sentence)
}

async fn page(app: &App, visit: &Visit, typed: Option<&Form>, told: Told) -> Result<Response, Turned> {
    let tenant = &visit.request.tenant.tenant;
    let signing = app.flows.signing_keys(tenant).await?;
    let encryption = app.flows.encryption_keys(tenant).await?;
    let typed = |field| typed.and_then(|form| form.filled(field));
    let signs = signing.iter().find(|key| key.state == KeyState::Active).map(|key| key.record.algorithm);
    let algorithm = typed("algorithm").unwrap_or(signs.unwrap_or_default().name());
    let size = typed("bits").unwrap_or(encryption.last().map(|key| key.size).unwrap_or_default().name());
    let page = Page {
        shell: visit.shell(),
        told,
        here: KEYS,
        signing: signing.iter().map(|key| Row::of(key, &visit.words.manage.keys)).collect(),
        algorithms: Algorithm::ALL.map(|one| (one.name(), one.name() == algorithm)).into(),
        sizes: EncryptionKeySize::ALL.map(|one| (one.name(), one.name() == size)).into(),
        encryption: encryption.iter().rev().map(EncryptionRow::of).collect(),
        encryption_algorithm: ENCRYPTION_ALGORITHM,
    };
    Ok(visit.page(&page, &page.told))
}

//! Letters that were given up, and how they are sent again.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use countersign_api::Code;
use countersign_domain::{Permission, Timestamp};
use countersign_flows::Doer;
use countersign_store::{LetterState, Retried, StoredLetter};
use uuid::Uuid;

use super::LETTERS;
use super::allowed::Allowed;
use crate::http::calls::App;
use crate::http::calls::granted::{ManageSettings, ReadAudit};
use crate::http::problem::Refused;
use crate::web::page::{Shell, Told};
use crate::web::visit::{Form, Inside, PostedInside, Turned, Visit};
use crate::web::words::LetterWords;

/// Letters on a page.
const SHOWN: u32 = 50;
/// More of what a mail server says helps nobody.
const ERROR_CHARS_MAX: usize = 200;
/// The field that names a letter; where it is missing, all are meant.
const LETTER: &str = "letter";

#[derive(Template)]
#[template(path = "web/manage/letters.html")]
struct Page<'v> {
    shell: Shell<'v>,
    told: Told,
    here: &'static str,
    letters: Vec<Dead>,
    next: Option<Uuid>,
    /// What became of all, where all were sent again.
    swept: Option<Swept>,
    may_send: bool,
}

/// How many are due again, and how many are over.
#[derive(Clone, Copy, Debug, Default)]
struct Swept {
    again: u32,
    over: u32,
}

impl Swept {
    fn read(query: &Form) -> Option<Self> {
        Some(Self { again: query.filled("again")?.parse().ok()?, over: query.filled("over")?.parse().ok()? })
    }

    fn of(retried: &[(Uuid, Retried)]) -> Self {
        let count = |what| u32::try_from(retried.iter().filter(|(_, became)| *became == what).count());
        Self { again: count(Retried::Yes).unwrap_or(u32::MAX), over: count(Retried::Over).unwrap_or(u32::MAX) }
    }
}

/// A letter as its row shows it.
struct Dead {
    id: Uuid,
    /// What it is, where this version knows it, and else the name of its kind.
    kind: Result<&'static str, String>,
    posted: Timestamp,
    attempts: u32,
    error: String,
    until: Timestamp,
    is_over: bool,
}

impl Dead {
    fn of(letter: StoredLetter, words: &LetterWords, now: Timestamp) -> Self {
        let error = letter.last_error.unwrap_or_default();
        let cut: String = error.chars().take(ERROR_CHARS_MAX).collect();
        Self {
            id: letter.id,
            kind: kind(&letter.kind, words).ok_or(letter.kind),
            posted: letter.created_at,
            attempts: letter.attempts,
            error: if cut.len() < error.len() { cut + "…" } else { error },
            until: letter.expires_at,
            is_over: letter.expires_at <= now,
        }
    }
}

fn kind(name: &str, words: &LetterWords) -> Option<&'static str> {
    Some(match name {
        "confirmation" => words.confirmation,
        "address_taken" => words.address_taken,
        "invitation" => words.invitation,
        "reset" => words.reset,
        "password_changed" => words.password_changed,
        "password_reset" => words.password_reset,
        "refresh_reused" => words.refresh_reused,
        _ => return None,
    })
}

pub(super) async fn show(
    State(app): State<App>,
    Allowed { who: Inside { visit, .. }, .. }: Allowed<ReadAudit, Inside>,
    RawQuery(query): RawQuery,
) -> Result<Response, Turned> {
    let query = Form::of_query(query.as_deref().unwrap_or_default());
    let told = match query.text("done") {
        "again" => Told::Done(visit.words.manage.letters.is_again),
        _ => Told::Nothing,
    };
    page(&app, &visit, &query, told).await
}

/// Sends the named letter again, or all where none is named.
pub(super) async fn send_again(
    State(app): State<App>,
    Allowed { who: PostedInside { visit, browser, form, .. }, .. }: Allowed<ManageSettings, PostedInside>,
) -> Result<Response, Turned> {
    let (doer, tenant) = (Doer::Caller(&visit.request, &browser.caller), &visit.request.tenant.tenant);
    let Some(id) = form.filled(LETTER) else {
        let Swept { again, over } = Swept::of(&app.flows.retry_dead_letters(doer, tenant).await?);
        return Ok(visit.to(&format!("{LETTERS}?again={again}&over={over}")));
    };
    let retried = match id.parse() {
        Ok(id) => app.flows.retry_letter(doer, tenant, id).await?,
        Err(_) => Retried::NoSuchLetter,
    };
    match refused(retried, &visit.words.manage.letters) {
        None => Ok(visit.to(&format!("{LETTERS}?done=again"))),
        Some(told) if visit.may(Permission::ReadAudit) => page(&app, &visit, &Form::of_query(""), told).await,
        Some(_) => Err(Refused::new(Code::ChangedMeanwhile).into()),
    }
}

fn refused(retried: Retried, words: &LetterWords) -> Option<Told> {
    let worded = |sentence| Told::Worded(Box::new(Refused::new(Code::ChangedMeanwhile)), sentence);
    match retried {
        Retried::Yes => None,
        Retried::NotDead => Some(worded(words.not_dead)),
        Retried::Over => Some(worded(words.is_over)),
        Retried::NoSuchLetter => Some(Refused::new(Code::NotFound).into()),
    }
}

async fn page(app: &App, visit: &Visit, query: &Form, told: Told) -> Result<Response, Turned> {
    let before = query.filled("cursor").and_then(|cursor| cursor.parse().ok());
    let tenant = &visit.request.tenant.tenant;
    let found = app.flows.letters(tenant, Some(LetterState::Dead), before, SHOWN).await?;
    let (words, now) = (&visit.words.manage.letters, app.flows.now());
    let page = Page {
        shell: visit.shell().keeping(before.map(|before: Uuid| format!("cursor={before}&")).unwrap_or_default()),
        told,
        here: LETTERS,
        letters: found.letters.into_iter().map(|letter| Dead::of(letter, words, now)).collect(),
        next: found.next,
        swept: Swept::read(query),
        may_send: visit.may(Permission::ManageSettings),
    };
    Ok(visit.page(&page, &page.told))
}

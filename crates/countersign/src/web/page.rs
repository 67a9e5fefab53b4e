//! A page on its way out: what surrounds it, its headers, and refusals as pages.

use std::borrow::Cow;

use askama::Template;
use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use countersign_api::Code;
use countersign_domain::{LANGUAGES, Language, Secret, Timestamp};
use http::HeaderValue;
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, RETRY_AFTER};

use super::cookies::Jar;
use super::manage::{MANAGE, Place, places};
use super::visit::{FORM_FIELD, Visit};
use super::words::Words;
use crate::http::calls::App;
use crate::http::problem::{IsPage, Refused, whole_seconds};
use crate::http::{FieldFault, words};

/// Our own style sheet and script, forms to this host, nothing inline, no frame around it.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'",
);

/// What surrounds every page.
pub(super) struct Shell<'v> {
    pub(super) words: &'static Words,
    pub(super) language: Language,
    /// The tenant's name.
    pub(super) tenant: &'v str,
    /// Names the tenant's logo, where there is one.
    pub(super) logo: Option<String>,
    /// What the list of languages calls by its path, and what stays of its query.
    pub(super) path: &'v str,
    pub(super) kept: String,
    /// Whoever is logged in.
    pub(super) who: Option<&'v str>,
    /// His address, so that whatever keeps passwords for him finds the right one.
    pub(super) email: Option<&'v str>,
    pub(super) form_field: &'static str,
    /// Where in the dashboard whoever is logged in may go.
    pub(super) places: Vec<Place>,
    /// Whether a form that asks for the password again must ask now.
    pub(super) must_prove: bool,
    form: &'v Secret,
}

impl<'v> Shell<'v> {
    pub(super) fn new(visit: &'v Visit, form: &'v Secret) -> Self {
        let account = visit.browser.as_ref().map(|browser| &browser.caller.account);
        Self {
            words: visit.words,
            language: visit.language,
            tenant: &visit.request.tenant.tenant.name,
            logo: visit.request.tenant.logo.map(|hash| hash.to_string()),
            path: &visit.path,
            kept: String::new(),
            who: account.map(|account| account.first_name.as_deref().unwrap_or(&account.email)),
            email: account.map(|account| account.email.as_str()),
            form_field: FORM_FIELD,
            places: places(visit),
            must_prove: visit.must_prove,
            form,
        }
    }

    /// The same where the languages are called with so much of the query.
    pub(super) fn keeping(self, kept: String) -> Self {
        Self { kept, ..self }
    }

    /// The same for a page that is shown at another path than its own.
    pub(super) fn at(self, path: &'v str) -> Self {
        Self { path, ..self }
    }

    /// Whether it is a page of the dashboard, which takes more room.
    pub(super) fn is_wide(&self) -> bool {
        self.path.starts_with(MANAGE)
    }

    /// The name of the place where the page is.
    pub(super) fn here(&self) -> Option<&'static str> {
        self.places.iter().find(|place| place.is_here).map(|place| place.name)
    }

    /// A moment for whoever runs no script.
    pub(super) fn minute(&self, at: &Timestamp) -> String {
        let text: String = at.to_string().chars().take("2026-11-24T10:00".len()).collect();
        format!("{} UTC", text.replace('T', " "))
    }

    /// The token of the page's forms.
    pub(super) fn form(&self) -> &str {
        self.form.expose()
    }

    pub(super) fn direction(&self) -> &'static str {
        if self.language.is_right_to_left() { "rtl" } else { "ltr" }
    }

    /// Every language, by its own name.
    pub(super) fn languages(&self) -> impl Iterator<Item = (&'static str, &'static str, bool)> {
        LANGUAGES.map(|language| (language.tag(), Words::of(language).name, language == self.language)).into_iter()
    }
}

/// What a page says above a form that came back, or about something that was done.
pub(super) enum Told {
    /// Nothing yet.
    Nothing,
    /// It is done.
    Done(&'static str),
    /// It was refused; with what the person can do, and the end of a lock.
    Refused(Box<Refused>),
    /// The same in words of this page's own, where those of the code say what a program can do.
    Worded(Box<Refused>, &'static str),
}

impl Told {
    /// The sentence.
    pub(super) fn sentence(&self, language: Language) -> Option<&str> {
        match self {
            Self::Nothing => None,
            Self::Done(sentence) => Some(sentence),
            Self::Refused(refused) => Some(words::codes::of(language, refused.code()).message),
            Self::Worded(_, sentence) => Some(sentence),
        }
    }

    const fn refused(&self) -> Option<&Refused> {
        match self {
            Self::Refused(refused) | Self::Worded(refused, _) => Some(refused),
            Self::Nothing | Self::Done(_) => None,
        }
    }

    pub(super) const fn is_refusal(&self) -> bool {
        self.refused().is_some()
    }

    /// What the person can do.
    pub(super) fn solutions(&self, language: Language) -> &[&'static str] {
        match self {
            Self::Refused(refused) => words::codes::of(language, refused.code()).solutions,
            _ => &[],
        }
    }

    /// What is wrong with a field.
    pub(super) fn of(&self, field: &str, language: Language) -> Option<Cow<'static, str>> {
        self.fault_of(field).map(|fault| words::faults::of(language, fault))
    }

    pub(super) fn is_about(&self, field: &str) -> bool {
        self.fault_of(field).is_some()
    }

    /// Whether fields alone are wrong: what the code says of them is meant for a program.
    pub(super) fn is_about_fields(&self) -> bool {
        matches!(self, Self::Refused(refused) if refused.faults_of_fields().iter().next().is_some())
    }

    fn fault_of(&self, field: &str) -> Option<&FieldFault> {
        self.refused()?.faults_of_fields().iter().find(|(name, _)| *name == field).map(|(_, fault)| fault)
    }

    /// Whole seconds to wait, not a moment: a cheap phone's clock is often wrong.
    pub(super) fn seconds(&self) -> u64 {
        self.refused().and_then(Refused::wait).map_or(0, whole_seconds)
    }

    /// Whole minutes to wait, rounded up; none where there is nothing to wait for.
    pub(super) fn minutes(&self) -> Option<u64> {
        self.refused()?.wait().map(|wait| wait.as_secs().div_ceil(60).max(1))
    }
}

impl From<Refused> for Told {
    fn from(refused: Refused) -> Self {
        Self::Refused(Box::new(refused))
    }
}

impl Visit {
    /// A page for this visit, with the status of what it tells.
    pub(super) fn page(&self, page: &impl Template, told: &Told) -> Response {
        let html = match page.render() {
            Ok(html) => html,
            Err(error) => return Refused::broken(error).into_response(),
        };
        let mut response = self.answer(html);
        finish(&mut response);
        if let Some(refused) = told.refused() {
            mark(&mut response, refused);
        }
        response
    }
}

fn finish(response: &mut Response) {
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CONTENT_SECURITY_POLICY, POLICY);
    response.extensions_mut().insert(IsPage);
}

/// The status and the log line are those of the refusal.
fn mark(response: &mut Response, refused: &Refused) {
    *response.status_mut() = refused.status();
    if let Some(wait) = refused.wait() {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(whole_seconds(wait)));
    }
    response.extensions_mut().insert(refused.clone());
}

#[derive(Template)]
#[template(path = "web/refused.html")]
struct RefusedPage<'v> {
    shell: Shell<'v>,
    told: Told,
    is_stale: bool,
}

/// A form that came back to another browser than it was served to, or too late: nothing is done, and the way back is shown.
pub(super) fn stale(visit: &Visit) -> Response {
    let page = RefusedPage { shell: visit.shell(), told: Told::Nothing, is_stale: true };
    let mut response = visit.page(&page, &Told::Nothing);
    mark(&mut response, &Refused::new(Code::Forbidden).detail("The form is out of date."));
    response
}

/// Makes a page of every refusal that comes out of a page's route, whoever refused.
pub(super) async fn refusals_as_pages(State(app): State<App>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    // What was set before the refusal stands: a session's new cookie is the only one that opens it.
    parts.extensions.insert(Jar::default());
    let mut again = parts.clone();
    let mut response = next.run(Request::from_parts(parts, body)).await;
    if response.extensions().get::<IsPage>().is_some() || response.status().as_u16() < 400 {
        return response;
    }
    let refused = response.extensions_mut().remove::<Refused>();
    let refused = refused.unwrap_or_else(|| Refused::of_status(response.status()));
    let Ok(visit) = Visit::from_request_parts(&mut again, &app).await else { return refused.into_response() };
    let told = Told::from(refused);
    let page = RefusedPage { shell: visit.shell(), told, is_stale: false };
    visit.page(&page, &page.told)
}

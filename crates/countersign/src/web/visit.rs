//! Who looks at a page, and what a form that comes back has to prove. A handler that takes [`Inside`] or [`Posted`] cannot
//! be reached without the gate and without the check of the form.

use axum::extract::{FromRequest, FromRequestParts, Request as HttpRequest};
use axum::response::{IntoResponse, Redirect, Response};
use countersign_api::{Code, Fields};
use countersign_domain::{Kind, Language, Permission, Secret};
use countersign_flows::tokens::cookie::FormOf;
use countersign_flows::{BrowserCaller, Request};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, header};

use super::cookies::{Cookie, Jar, marks};
use super::origin;
use super::page::{Shell, stale};
use super::words::Words;
use crate::http::call::{Call, only};
use crate::http::calls::{App, request_of};
use crate::http::extract::{BODY_READ_MAX, is_form, read_within};
use crate::http::problem::Refused;
use crate::http::words::label;

const FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");
/// The field of every form that carries its token.
pub(super) const FORM_FIELD: &str = "form";
/// More fields than any form of ours; what comes after is not looked at.
const FIELDS_MAX: usize = 200;

/// Somebody at a page, logged in or not.
pub(super) struct Visit {
    /// The request as stories take it.
    pub(super) request: Request,
    /// Who it is, where the cookie opens anything.
    pub(super) browser: Option<BrowserCaller>,
    /// What the page says, in the language that it is written in.
    pub(super) words: &'static Words,
    pub(super) language: Language,
    /// The path, to come back to.
    pub(super) path: String,
    /// Who logged in here last, where the browser remembers.
    pub(super) kind: Option<Kind>,
    /// Whether what asks for the password again must ask whoever is logged in.
    pub(super) must_prove: bool,
    /// What forms are bound to: the session, whatever its cookie is by now, or the visitor.
    bound_to: FormOf,
    form: Secret,
    jar: Jar,
}

impl Visit {
    /// What surrounds every page.
    pub(super) fn shell(&self) -> Shell<'_> {
        Shell::new(self, &self.form)
    }

    /// The answer sets this cookie too.
    pub(super) fn set(&self, cookie: Cookie, value: &Secret) {
        self.jar.put(cookie, cookie.set(value));
    }

    /// The answer takes this cookie back.
    pub(super) fn clear(&self, cookie: Cookie) {
        self.jar.put(cookie, cookie.clear());
    }

    /// An answer to this visit.
    pub(super) fn answer(&self, answer: impl IntoResponse) -> Response {
        let mut response = answer.into_response();
        for cookie in self.jar.all() {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        response.headers_mut().insert(header::VARY, HeaderValue::from_static("cookie"));
        label(response.headers_mut(), self.language);
        response
    }

    /// Whether the roles of whoever is logged in open this.
    pub(super) fn may(&self, permission: Permission) -> bool {
        self.browser.as_ref().is_some_and(|browser| browser.caller.may(&self.request, permission))
    }

    /// Whether whoever is logged in may see customers and staff.
    pub(super) fn sees_all_people(&self) -> bool {
        self.may(Permission::ReadCustomers) && self.may(Permission::ReadStaff)
    }

    /// To another page of this host, by GET.
    pub(super) fn to(&self, path: &str) -> Response {
        self.answer(Redirect::to(path))
    }
}

impl FromRequestParts<App> for Visit {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refused> {
        let call = Call::from_request_parts(parts, app).await?;
        let request = request_of(parts, app).await?;
        let jar = parts.extensions.get::<Jar>().cloned().unwrap_or_default();
        let chosen = parts.uri.query().and_then(chosen_language);
        if let Some(language) = chosen {
            jar.put(Cookie::Language, Cookie::Language.set(&Secret::new(language.tag())));
        }
        let kept = || Cookie::Language.of(&parts.headers)?.expose().parse().ok();
        let language = chosen.or_else(kept).or(request.language);
        let language = language.unwrap_or(request.tenant.tenant.settings.language);

        let session = Cookie::Session.of(&parts.headers);
        let browser = match &session {
            Some(cookie) => app.flows.admit_browser(&request, cookie.expose(), is_looked_at(&parts.headers)).await?,
            None => None,
        };
        if let Some(browser) = &browser {
            call.set_caller(browser.caller.account.id.uuid());
        }
        let bound_to = match (&browser, Cookie::Visitor.of(&parts.headers)) {
            (Some(browser), _) => FormOf::Session(browser.caller.session),
            (None, Some(visitor)) => FormOf::Visitor(visitor),
            (None, None) => {
                let visitor = app.flows.visitor();
                jar.put(Cookie::Visitor, Cookie::Visitor.set(&visitor));
                FormOf::Visitor(visitor)
            }
        };
        let form = app.flows.form_token(&request, &bound_to);
        let request = Request { language: Some(language), ..request };
        let kind = Cookie::Kind.of(&parts.headers).and_then(|kind| kind.expose().parse().ok());
        let must_prove = browser.as_ref().is_some_and(|browser| app.flows.must_prove(browser));
        let path = parts.uri.path().to_owned();
        let words = Words::of(language);
        Ok(Self { request, browser, words, language, path, kind, must_prove, bound_to, form, jar })
    }
}

/// Whether somebody goes to the page, rather than a script or another page fetching it as whatever else (Fetch Metadata): no
/// script can change this header. A browser that sends none is too old to be told apart, and counts as somebody.
fn is_looked_at(headers: &HeaderMap) -> bool {
    !headers.contains_key(&FETCH_DEST) || only(headers, &FETCH_DEST) == Some("document")
}

fn chosen_language(query: &str) -> Option<Language> {
    form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "lang").and_then(|(_, value)| value.parse().ok())
}

/// Somebody who is logged in.
pub(super) struct Inside {
    pub(super) visit: Visit,
    pub(super) browser: BrowserCaller,
}

/// Why a page is not shown.
pub(super) enum Turned {
    /// Whoever comes must log in, change the password, or prove it first.
    Away(Box<Response>),
    /// It is refused.
    Refused(Refused),
}

impl From<Refused> for Turned {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl From<countersign_flows::Fault> for Turned {
    fn from(fault: countersign_flows::Fault) -> Self {
        Self::Refused(fault.into())
    }
}

impl IntoResponse for Turned {
    fn into_response(self) -> Response {
        match self {
            Self::Away(response) => *response,
            Self::Refused(refused) => refused.into_response(),
        }
    }
}

impl Inside {
    fn of(visit: Visit) -> Result<Self, Turned> {
        let Some(browser) = visit.browser.clone() else {
            return Err(Turned::Away(Box::new(visit.to(&log_in_and_return(&visit.path)))));
        };
        if browser.caller.account.must_change_password && visit.path != super::PASSWORD && visit.path != super::LOGOUT {
            return Err(Turned::Away(Box::new(visit.to(super::PASSWORD))));
        }
        Ok(Self { visit, browser })
    }
}

impl FromRequestParts<App> for Inside {
    type Rejection = Turned;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Turned> {
        Self::of(Visit::from_request_parts(parts, app).await?)
    }
}

fn log_in_and_return(path: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("to", path).finish();
    format!("{}?{query}", super::LOGIN)
}

/// A form that came back from a page of ours.
pub(super) struct Posted {
    pub(super) visit: Visit,
    pub(super) form: Form,
    /// What the browser was given when passwords were proved in it.
    pub(super) marks: Vec<Secret>,
}

/// The same of somebody who is logged in.
pub(super) struct PostedInside {
    pub(super) visit: Visit,
    pub(super) browser: BrowserCaller,
    pub(super) form: Form,
    pub(super) marks: Vec<Secret>,
}

impl FromRequest<App> for Posted {
    type Rejection = Turned;

    async fn from_request(request: HttpRequest, app: &App) -> Result<Self, Turned> {
        let (mut parts, body) = request.into_parts();
        let visit = at_own_page(&mut parts, app).await?;
        if !is_form(&parts.headers) {
            return Err(Refused::new(Code::UnsupportedMediaType).into());
        }
        let form = Form::read(&read_within(BODY_READ_MAX, body).await?);
        Self::believed(app, visit, &parts, form)
    }
}

/// Whoever posts, if from a page of this host.
pub(super) async fn at_own_page(parts: &mut Parts, app: &App) -> Result<Visit, Turned> {
    let visit = Visit::from_request_parts(parts, app).await?;
    let authority = parts.uri.authority().map(http::uri::Authority::as_str);
    match origin::is_own(&parts.headers, authority, app.is_https) {
        true => Ok(visit),
        false => Err(Refused::new(Code::Forbidden).detail("A form is taken from a page of this host alone.").into()),
    }
}

impl Posted {
    /// The form, if it carries the token of its page.
    pub(super) fn believed(app: &App, visit: Visit, parts: &Parts, form: Form) -> Result<Self, Turned> {
        match app.flows.is_form_token(&visit.request, &visit.bound_to, form.text(FORM_FIELD)) {
            true => Ok(Self { visit, form, marks: marks(&parts.headers) }),
            false => Err(Turned::Away(Box::new(stale(&visit)))),
        }
    }

    /// The same of somebody who is logged in.
    pub(super) fn inside(self) -> Result<PostedInside, Turned> {
        let Self { visit, form, marks } = self;
        let Inside { visit, browser } = Inside::of(visit)?;
        Ok(PostedInside { visit, browser, form, marks })
    }
}

impl FromRequest<App> for PostedInside {
    type Rejection = Turned;

    async fn from_request(request: HttpRequest, app: &App) -> Result<Self, Turned> {
        Posted::from_request(request, app).await?.inside()
    }
}

/// The fields of a form.
pub(super) struct Form(Vec<(String, Secret)>);

impl Form {
    fn read(bytes: &[u8]) -> Self {
        let pairs = form_urlencoded::parse(bytes).take(FIELDS_MAX);
        Self(pairs.map(|(name, value)| (name.into_owned(), Secret::new(&*value))).collect())
    }

    /// The same of fields that were read elsewhere.
    pub(super) fn of_fields(fields: impl Iterator<Item = (String, Secret)>) -> Self {
        Self(fields.take(FIELDS_MAX).collect())
    }

    /// The same of what follows the question mark.
    pub(super) fn of_query(query: &str) -> Self {
        Self::read(query.as_bytes())
    }

    /// A field's text; empty where there is none.
    pub(super) fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.expose())
    }

    /// A field that was filled in.
    pub(super) fn filled(&self, name: &str) -> Option<&str> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    /// Every text of a field that can stand there several times.
    pub(super) fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.expose())
    }

    /// Whether a box is ticked.
    pub(super) fn is_ticked(&self, name: &str) -> bool {
        !self.text(name).is_empty()
    }

    /// The form as a call of the API reads it. What was left empty is left out.
    pub(super) fn fields(&self) -> Fields {
        self.fields_without("")
    }

    /// The same without a field that means something else here.
    pub(super) fn fields_without(&self, left_out: &str) -> Fields {
        let filled = self.0.iter().filter(|(name, value)| !value.expose().is_empty() && name != left_out);
        Fields::from_pairs(filled.map(|(name, value)| (name.clone(), value.expose().to_owned())))
    }
}

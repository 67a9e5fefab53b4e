use std::borrow::Cow;
use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use countersign_api::{Code, FieldError, OAuthProblem, PROBLEM_MEDIA_TYPE, Problem};
use countersign_domain::{Language, Timestamp};
use countersign_store::Fault;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};

use super::call::Call;
use super::faults::{Faults, FieldFault};
use super::openapi::STANDARD;
use super::words;

/// A request that is not served, as a value on its way out. The outermost layer makes the problem of it, since only
/// that knows the request's name.
#[derive(Clone, Debug)]
pub struct Refused(Arc<Refusal>);

/// Why, and what the client may know of it.
#[derive(Clone, Debug)]
struct Refusal {
    code: Code,
    faults: Faults,
    detail: Option<Cow<'static, str>>,
    retry_after: Option<Duration>,
    locked_until: Option<Timestamp>,
    challenge: Option<&'static str>,
    /// For the log line alone.
    cause: Option<String>,
}

/// How long a client waits that we cannot serve right now, unless somebody knows better.
const RETRY_AFTER_DEFAULT: Duration = Duration::from_secs(1);

/// RFC 9110 section 11.6.1 wants a challenge with every 401; RFC 6750 section 3 says how one for tokens looks.
const CHALLENGE: &str = "Bearer realm=\"countersign\"";
const CHALLENGE_INVALID: &str = "Bearer realm=\"countersign\", error=\"invalid_token\"";

impl Refused {
    /// The refusal of a code, with what belongs to every answer of it.
    pub fn new(code: Code) -> Self {
        Self(Arc::new(Refusal {
            code,
            faults: Faults::default(),
            detail: None,
            retry_after: matches!(code.status(), 429 | 503).then_some(RETRY_AFTER_DEFAULT),
            locked_until: None,
            challenge: match code {
                Code::InvalidCredentials => Some(CHALLENGE),
                Code::InvalidToken | Code::InvalidRefreshToken => Some(CHALLENGE_INVALID),
                _ => None,
            },
            cause: None,
        }))
    }

    /// Something is broken: the client gets the one constant text, the log line the cause. Never put a secret or an
    /// address of mail into it.
    pub fn broken(cause: impl Display) -> Self {
        Self::new(Code::Internal).caused_by(cause)
    }

    /// No token was presented at all, so none is called invalid (RFC 6750 section 3.1).
    pub fn no_token() -> Self {
        Self::new(Code::InvalidToken).with(|refusal| refusal.challenge = Some(CHALLENGE))
    }

    /// A lockout until `until`; the client may try again after `wait`.
    pub fn locked(until: Timestamp, wait: Duration) -> Self {
        Self::new(Code::AccountLocked).retry_after(wait).with(|refusal| refusal.locked_until = Some(until))
    }

    /// What this occurrence is about, for a developer.
    #[must_use]
    pub fn detail(self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.with(|refusal| refusal.detail = Some(detail.into()))
    }

    /// When to try again; said in whole seconds, rounded up.
    #[must_use]
    pub fn retry_after(self, wait: Duration) -> Self {
        self.with(|refusal| refusal.retry_after = Some(wait))
    }

    /// What the log line says about it and the answer does not.
    #[must_use]
    pub fn caused_by(self, cause: impl Display) -> Self {
        self.with(|refusal| refusal.cause = Some(cause.to_string()))
    }

    /// Names the bad fields or headers.
    #[must_use]
    pub fn faults(self, faults: Faults) -> Self {
        self.with(|refusal| refusal.faults = faults)
    }

    /// One bad field.
    pub fn field(field: &str, fault: impl Into<FieldFault>) -> Self {
        let mut faults = Faults::default();
        faults.add(field, fault.into());
        faults.into()
    }

    /// The refusal of an answer of the framework's own.
    pub fn of_status(status: StatusCode) -> Self {
        by_status(status).unwrap_or_else(|| Self::broken(format!("an answer of status {status} that is no refusal")))
    }

    /// What is wrong with which field.
    pub fn faults_of_fields(&self) -> &Faults {
        &self.0.faults
    }

    /// When to try again.
    pub fn wait(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The status of every answer with this code.
    pub fn status(&self) -> StatusCode {
        status_of(self.0.code)
    }

    /// The code, for the log line and the metrics.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// The cause, for the log line.
    pub fn cause(&self) -> Option<&str> {
        self.0.cause.as_deref()
    }

    fn with(mut self, change: impl FnOnce(&mut Refusal)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }

    /// The answer.
    fn render(&self, call: &Call, mut response: Response) -> Response {
        let refusal = &*self.0;
        let language = call.answered_in();
        let words = words::codes::of(language, refusal.code);
        let mut problem = Problem::new(refusal.code, words, call.path.as_str(), call.request_id.as_str());
        if let Some(detail) = &refusal.detail {
            problem.detail = detail.clone();
        }
        problem.errors = refusal.faults.iter().map(|(field, fault)| word(language, field, fault)).collect();
        problem.locked_until = refusal.locked_until.map(|until| until.to_string());
        *response.status_mut() = status_of(refusal.code);
        let headers = response.headers_mut();
        headers.remove(CONTENT_LENGTH);
        let is_oauth = call.path.starts_with(STANDARD);
        let media_type = if is_oauth { "application/json" } else { PROBLEM_MEDIA_TYPE };
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
        words::label(headers, language);
        if let Some(wait) = refusal.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(whole_seconds(wait)));
        }
        if let Some(challenge) = refusal.challenge {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        // A struct of texts and numbers always has a JSON form.
        let body = match is_oauth {
            true => serde_json::to_vec(&OAuthProblem::of(problem)),
            false => serde_json::to_vec(&problem),
        };
        *response.body_mut() = Body::from(body.unwrap_or_default());
        response
    }
}

fn word(language: Language, field: &str, fault: &FieldFault) -> FieldError {
    let message = words::faults::of(language, fault).into_owned();
    FieldError { field: field.to_owned(), code: fault.code(), message }
}

fn status_of(code: Code) -> StatusCode {
    StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// At least one: a client told to wait no time at all would come back at once.
pub(crate) fn whole_seconds(wait: Duration) -> u64 {
    (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1)
}

impl<F: Into<FieldFault>> From<countersign_api::Faults<F>> for Refused {
    fn from(faults: countersign_api::Faults<F>) -> Self {
        Self::new(Code::ValidationFailed).faults(faults.widened())
    }
}

/// What is broken in the store; whether trying again may help is all that the client learns.
impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Unavailable(_) | Fault::Uncertain(_) | Fault::Contended => {
                Self::new(Code::StoreUnavailable).caused_by(fault)
            }
            Fault::Corrupt { .. } | Fault::Taken | Fault::Broken(_) => Self::broken(fault),
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut response = status_of(self.0.code).into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Marks an answer that is a page: a refusal with it is for the log line alone.
#[derive(Clone, Copy)]
pub(crate) struct IsPage;

/// Gives every error its problem: our refusals, and what the framework refuses on its own.
pub(super) fn render(call: &Call, mut response: Response) -> (Response, Option<Refused>) {
    if response.extensions_mut().remove::<IsPage>().is_some() {
        let refused = response.extensions_mut().remove::<Refused>();
        return (response, refused);
    }
    let refused = response.extensions_mut().remove::<Refused>().or_else(|| by_status(response.status()));
    match refused {
        Some(refused) => (refused.render(call, response), Some(refused)),
        None => (response, None),
    }
}

fn by_status(status: StatusCode) -> Option<Refused> {
    let code = match status.as_u16() {
        ..400 => return None,
        404 => Code::NotFound,
        405 => Code::MethodNotAllowed,
        408 => Code::RequestTimeout,
        413 => Code::PayloadTooLarge,
        415 => Code::UnsupportedMediaType,
        431 => Code::HeadersTooLarge,
        400..500 => Code::ValidationFailed,
        _ => return Some(Refused::broken(format!("an answer of status {status} that is none of ours"))),
    };
    Some(Refused::new(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_never_rounded_away() {
        for (wait, seconds) in [(0, 1), (1, 1), (1_000, 1), (1_001, 2), (900_000, 900)] {
            assert_eq!(whole_seconds(Duration::from_millis(wait)), seconds);
        }
    }
}

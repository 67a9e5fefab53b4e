use axum::extract::{FromRequest, Request};
use countersign_api::{Code, FaultCode, Fields, FromFields};
use http::HeaderMap;
use http::header::CONTENT_TYPE;

use super::body::{BODY_READ_MAX, read_within};
use crate::http::call::only;
use crate::http::faults::{Faults, FieldFault};
use crate::http::problem::Refused;

const FORM: &str = "application/x-www-form-urlencoded";
/// More parameters than any call takes; what comes after is not looked at.
const PARAMETERS_MAX: usize = 32;

/// A form as the OAuth endpoints take one (RFC 6749 appendix B): each parameter once, all bad ones named.
#[derive(Debug)]
pub struct Form<T>(pub T);

impl<S: Sync, T: FromFields> FromRequest<S> for Form<T> {
    type Rejection = Refused;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refused> {
        if !is_form(request.headers()) {
            let mut faults = Faults::default();
            let must = format!("must be {FORM}");
            faults.add(CONTENT_TYPE.as_str(), FieldFault::by_client(FaultCode::Unsupported, must));
            return Err(Refused::new(Code::UnsupportedMediaType).faults(faults));
        }
        let bytes = read_within(BODY_READ_MAX, request.into_body()).await?;
        let pairs = form_urlencoded::parse(&bytes).take(PARAMETERS_MAX);
        let mut fields = Fields::from_pairs(pairs.map(|(name, value)| (name.into_owned(), value.into_owned())));
        let form = T::from_fields(&mut fields);
        let faults = fields.into_faults();
        if faults.is_empty() { Ok(Self(form)) } else { Err(faults.into()) }
    }
}

/// Whether the body is said to be a form; parameters say nothing.
pub(crate) fn is_form(headers: &HeaderMap) -> bool {
    let media_type = only(headers, &CONTENT_TYPE).and_then(|value| value.split(';').next());
    media_type.is_some_and(|value| value.trim().eq_ignore_ascii_case(FORM))
}

use axum::extract::FromRequestParts;
use countersign_api::{Fields, FromFields};
use http::request::Parts;

use super::Body;
use crate::http::problem::Refused;

/// More queries than any call takes; what comes after is not looked at.
const QUERIES_MAX: usize = 32;

/// The queries of a request, read as strictly as a body: each once, all bad ones named.
#[derive(Debug)]
pub struct Queries<T>(pub Body<T>);

impl<S: Sync, T: FromFields> FromRequestParts<S> for Queries<T> {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refused> {
        let query = parts.uri.query().unwrap_or_default();
        let pairs = form_urlencoded::parse(query.as_bytes()).take(QUERIES_MAX);
        let mut fields = Fields::from_pairs(pairs.map(|(name, value)| (name.into_owned(), value.into_owned())));
        let request = T::from_fields(&mut fields);
        Ok(Self(Body { request, faults: fields.into_faults().widened() }))
    }
}

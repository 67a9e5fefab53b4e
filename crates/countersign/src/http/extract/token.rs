use axum::extract::FromRequestParts;
use countersign_api::TOKEN_BYTES_MAX;
use countersign_domain::Secret;
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{HeaderMap, HeaderName};

use super::client_address::X_CLIENT_ADDRESS;
use crate::http::call::only;
use crate::http::faults::{Faults, FieldFault};
use crate::http::problem::Refused;

const X_AUTH_TOKEN: HeaderName = HeaderName::from_static("x-auth-token");

/// The token that a request presents, in `X-Auth-Token` or as a bearer in `Authorization`; nothing is known of it yet. The two
/// may differ only where a back-end names its client's address: then its own token is the bearer, and the other the
/// client's.
#[derive(Clone, Debug)]
pub struct PresentedToken {
    own: Option<Secret>,
    bearer: Option<Secret>,
}

impl PresentedToken {
    /// The token, where there is one.
    pub fn get(&self) -> Option<&Secret> {
        self.own.as_ref().or(self.bearer.as_ref())
    }

    /// The one in `Authorization`.
    pub fn bearer(&self) -> Option<&Secret> {
        self.bearer.as_ref()
    }

    /// The token, where the call needs one.
    ///
    /// # Errors
    /// 401 with a challenge.
    pub fn required(&self) -> Result<&Secret, Refused> {
        self.get().ok_or_else(Refused::no_token)
    }
}

impl<S: Sync> FromRequestParts<S> for PresentedToken {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refused> {
        let mut faults = Faults::default();
        let own = field(&parts.headers, &X_AUTH_TOKEN, &mut faults);
        let bearer = field(&parts.headers, &AUTHORIZATION, &mut faults).and_then(bearer_token);
        if let (Some(own), Some(bearer)) = (own, bearer)
            && own != bearer
            && !parts.headers.contains_key(&X_CLIENT_ADDRESS)
        {
            let must = "must be the same token as in Authorization, or left out";
            faults.add(X_AUTH_TOKEN.as_str(), FieldFault::unknown(must));
        }
        match faults.is_empty() {
            true => Ok(Self { own: own.map(Secret::new), bearer: bearer.map(Secret::new) }),
            false => Err(faults.into()),
        }
    }
}

fn field<'h>(headers: &'h HeaderMap, name: &HeaderName, faults: &mut Faults) -> Option<&'h str> {
    if !headers.contains_key(name) {
        return None;
    }
    let value = only(headers, name).map(str::trim);
    match value {
        Some(value) if value.len() <= TOKEN_BYTES_MAX => {}
        Some(_) => faults.add(name.as_str(), FieldFault::TooLong(TOKEN_BYTES_MAX)),
        None => faults.add(name.as_str(), FieldFault::unknown("must stand there once, in visible ASCII")),
    }
    value.filter(|value| !value.is_empty())
}

/// Another scheme is no token of ours, so the request presents none.
fn bearer_token(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    Some(token.trim_start()).filter(|token| scheme.eq_ignore_ascii_case("bearer") && !token.is_empty())
}

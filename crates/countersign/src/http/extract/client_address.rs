use std::net::IpAddr;

use axum::extract::FromRequestParts;
use http::HeaderName;
use http::request::Parts;

use crate::http::call::only;
use crate::http::faults::FieldFault;
use crate::http::problem::Refused;

pub(super) const X_CLIENT_ADDRESS: HeaderName = HeaderName::from_static("x-client-address");

/// The address that a back-end names as its client's, so that limits count each of its customers by himself. Nothing
/// says yet that the back-end may be believed.
#[derive(Clone, Copy, Debug)]
pub struct ClientAddress(pub Option<IpAddr>);

impl<S: Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refused> {
        if !parts.headers.contains_key(&X_CLIENT_ADDRESS) {
            return Ok(Self(None));
        }
        let address = only(&parts.headers, &X_CLIENT_ADDRESS).and_then(|text| text.trim().parse::<IpAddr>().ok());
        match address {
            Some(address) => Ok(Self(Some(address.to_canonical()))),
            None => {
                let fault = FieldFault::unknown("must be one IPv4 or IPv6 address, once");
                Err(Refused::field(X_CLIENT_ADDRESS.as_str(), fault))
            }
        }
    }
}

use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use countersign_api::Code;
use countersign_domain::{Host, Place, TenantState};
use countersign_flows::Served;
use http::Version;
use http::header::HOST;
use http::request::Parts;

use crate::http::Edge;
use crate::http::call::Call;
use crate::http::problem::Refused;

/// The tenant whose host the request names.
#[derive(Clone, Debug)]
pub struct AtTenant(pub Arc<Served>);

impl<S: Sync> FromRequestParts<S> for AtTenant {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refused> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| Refused::broken("a route without a tenant"))
    }
}

/// Finds the tenant before anything else is looked at.
pub(crate) async fn find(State(edge): State<Edge>, call: Call, mut request: Request, next: Next) -> Response {
    let host = request.extensions().get::<Host>().cloned();
    match tenant_of(&edge, host).await {
        Ok(tenant) => {
            call.set_tenant(&tenant.tenant);
            request.extensions_mut().insert(AtTenant(tenant));
            next.run(request).await
        }
        Err(refused) => refused.into_response(),
    }
}

/// Lets nobody in while the tenant is suspended.
pub(crate) async fn served(AtTenant(tenant): AtTenant, request: Request, next: Next) -> Response {
    match tenant.tenant.state {
        TenantState::Active => next.run(request).await,
        TenantState::Suspended => Refused::new(Code::TenantSuspended).into_response(),
    }
}

async fn tenant_of(edge: &Edge, host: Option<Host>) -> Result<Arc<Served>, Refused> {
    let host = host.ok_or_else(|| Refused::broken("a route outside the layers"))?;
    let place = edge.bases.place(&host);
    let nobody = || Refused::new(Code::TenantNotFound);
    if place == Place::Nobody {
        return Err(nobody());
    }
    edge.flows.tenant_at(&place).await?.ok_or_else(nobody)
}

/// Reads the host of any request, also of one that leads nowhere: a request with two of them is not looked at further.
pub(super) fn read_host(request: &mut Request) -> Result<(), Refused> {
    // What is no text cannot be a host either, and must not be overlooked as a second field.
    let fields: Vec<&str> = request.headers().get_all(HOST).iter().map(|value| value.to_str().unwrap_or("?")).collect();
    // In HTTP/1.1 the field is required even where the target names the host (RFC 9112 section 3.2).
    let authority = request.uri().authority().filter(|_| request.version() >= Version::HTTP_2 || !fields.is_empty());
    let host = Host::of_request(fields, authority.map(http::uri::Authority::as_str))
        .map_err(|why| Refused::new(Code::BadHost).detail(why.to_string()))?;
    request.extensions_mut().insert(host);
    Ok(())
}

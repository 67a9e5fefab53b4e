//! Which path leads where, and through which layers.

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use countersign_api::Code;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use super::layers::{cors, every_request, service, tenant};
use super::{Edge, Refused, openapi, pages};

/// The calls of the tenants' listener, by what stands before them.
pub struct Doors<S: Clone + Send + Sync + 'static> {
    /// The calls of the two services: a served tenant, the required headers.
    pub service: OpenApiRouter<S>,
    /// The standard endpoints for verifiers: a served tenant, and what their RFCs say.
    pub standard: OpenApiRouter<S>,
    /// What a tenant publishes, suspended or not, to anybody who asks.
    pub published: OpenApiRouter<S>,
    /// Pages besides the description, which it does not mention.
    pub pages: Router<S>,
}

/// The whole of the tenants' listener, and its description.
///
/// A request is looked at in this order: its host, its origin, whether the tenant is served, the headers, and last
/// what the handler takes. A method that a path does not take is refused before the headers are asked for.
pub fn tenants<S: Clone + Send + Sync + 'static>(edge: &Edge, state: S, doors: Doors<S>) -> (Router, OpenApi) {
    let (service, mut description) = doors.service.split_for_parts();
    let (standard, other) = doors.standard.split_for_parts();
    description.merge(other);
    let (published, other) = doors.published.split_for_parts();
    description.merge(other);
    openapi::complete(&mut description, &edge.platforms);
    let find = from_fn_with_state(edge.clone(), tenant::find);
    let service = service
        .route_layer(from_fn_with_state(edge.clone(), service::require_headers))
        .route_layer(from_fn(tenant::served))
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn(cors::allow_listed))
        .layer(find.clone());
    let standard = standard
        .route_layer(from_fn(tenant::served))
        .method_not_allowed_fallback(method_not_allowed)
        .layer(find.clone());
    let published = published.method_not_allowed_fallback(method_not_allowed).layer(find.clone());
    // What no route takes is a page too: a suspended tenant has none of either.
    let pages = pages::router(&description)
        .merge(doors.pages)
        .method_not_allowed_fallback(method_not_allowed)
        .fallback(not_found)
        .layer(from_fn(tenant::served))
        .layer(find);
    let all = service.merge(standard).merge(published).merge(pages).with_state(state);
    (all.layer(from_fn_with_state(edge.clone(), every_request)), description)
}

async fn not_found() -> Refused {
    Refused::new(Code::NotFound)
}

async fn method_not_allowed() -> Refused {
    Refused::new(Code::MethodNotAllowed)
}

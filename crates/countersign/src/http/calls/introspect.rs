use axum::Json;
use axum::extract::State;
use countersign_api::{IntrospectionAnswer, TOKEN_TYPE, TokenForm};
use countersign_domain::TenantId;
use countersign_flows::{Introspected, Served};

use super::App;
use super::asking::Server;
use crate::http::extract::Form;
use crate::http::problem::Refused;

/// What a token is
///
/// Introspection (RFC 7662): whether a token opens anything right now, and what it says. The caller shows an API token of
/// the tenant as a bearer.
#[utoipa::path(
    post,
    path = "/oauth2/introspect",
    tag = "verifiers",
    request_body(content = TokenForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "What it is.", body = IntrospectionAnswer)),
    security(("Bearer" = []))
)]
pub(super) async fn introspect(
    State(app): State<App>,
    Server { request, .. }: Server,
    Form(form): Form<TokenForm>,
) -> Result<Json<IntrospectionAnswer>, Refused> {
    let found = app.flows.introspect(&request, form.token.expose()).await?;
    Ok(Json(found.map_or_else(IntrospectionAnswer::default, |found| word(&request.tenant, found))))
}

fn word(served: &Served, found: Introspected) -> IntrospectionAnswer {
    let answer = IntrospectionAnswer {
        active: true,
        iss: Some(served.issuer.clone()),
        tenancy_id: Some(served.tenant.id.uuid()),
        ..IntrospectionAnswer::default()
    };
    let bearer = Some(TOKEN_TYPE.to_owned());
    match found {
        Introspected::Access(claims) => IntrospectionAnswer {
            token_type: bearer,
            client_id: Some(claims.client.clone()),
            sub: Some(claims.account.to_string()),
            exp: Some(claims.expires_at.unix_seconds()),
            iat: Some(claims.issued_at.unix_seconds()),
            aud: claims.audience.clone(),
            jti: Some(claims.id.to_string()),
            sid: Some(claims.session.uuid()),
            roles: Some(claims.roles),
            ..answer
        },
        Introspected::Refresh { account, session, issued_at, expires_at } => IntrospectionAnswer {
            token_type: Some("refresh_token".to_owned()),
            client_id: Some(TenantId::to_string(&served.tenant.id)),
            sub: Some(account.to_string()),
            exp: Some(expires_at.unix_seconds()),
            iat: Some(issued_at.unix_seconds()),
            sid: Some(session.uuid()),
            ..answer
        },
        Introspected::ApiToken(server) => IntrospectionAnswer {
            token_type: bearer,
            client_id: Some(server.token.id.to_string()),
            sub: Some(server.token.id.to_string()),
            exp: Some(server.good_until.min(server.token.expires_at).unix_seconds()),
            iat: Some(server.token.created_at.unix_seconds()),
            roles: Some(server.token.roles.iter().map(|role| role.as_str().to_owned()).collect()),
            ..answer
        },
    }
}

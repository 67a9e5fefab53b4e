use std::marker::PhantomData;

use axum::extract::{FromRequest, FromRequestParts, Request};
use countersign_api::Code;
use countersign_domain::Permission;
use http::request::Parts;

use crate::http::calls::App;
use crate::http::calls::granted::Needs;
use crate::http::problem::Refused;
use crate::web::upload::Uploaded;
use crate::web::visit::{Inside, PostedInside, Turned, Visit};

/// Somebody who is logged in, at a page ([`Inside`]) or with a form ([`PostedInside`]), and whose roles open what the
/// handler does.
pub(super) struct Allowed<N: Needs, W> {
    /// Who it is.
    pub(super) who: W,
    /// Private, so that none is made but here.
    needs: PhantomData<N>,
}

/// Refuses whom the roles do not open this for.
pub(super) fn must(visit: &Visit, permission: Permission) -> Result<(), Refused> {
    match visit.may(permission) {
        true => Ok(()),
        false => Err(Refused::new(Code::Forbidden).detail(format!("This needs the permission {permission}."))),
    }
}

impl<N: Needs> FromRequestParts<App> for Allowed<N, Inside> {
    type Rejection = Turned;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Turned> {
        let who = Inside::from_request_parts(parts, app).await?;
        must(&who.visit, N::PERMISSION)?;
        Ok(Self { who, needs: PhantomData })
    }
}

impl<N: Needs> FromRequest<App> for Allowed<N, PostedInside> {
    type Rejection = Turned;

    async fn from_request(request: Request, app: &App) -> Result<Self, Turned> {
        let who = PostedInside::from_request(request, app).await?;
        must(&who.visit, N::PERMISSION)?;
        Ok(Self { who, needs: PhantomData })
    }
}

impl<N: Needs> FromRequest<App> for Allowed<N, Uploaded> {
    type Rejection = Turned;

    async fn from_request(request: Request, app: &App) -> Result<Self, Turned> {
        let who = Uploaded::from_request(request, app).await?;
        must(&who.posted.visit, N::PERMISSION)?;
        Ok(Self { who, needs: PhantomData })
    }
}

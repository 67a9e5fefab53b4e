use std::marker::PhantomData;

use axum::extract::FromRequestParts;
use countersign_api::Code;
use countersign_domain::Permission;
use countersign_flows::{Caller, Doer, Request};
use http::request::Parts;

use super::{App, LetThrough};
use crate::http::problem::Refused;

/// A caller whom the gate has let through and who owes no new password. A handler that takes one serves everybody who
/// is logged in, for what is their own.
pub(super) struct OfOwn {
    /// Who asks.
    pub(super) caller: Caller,
    /// The request.
    pub(super) request: Request,
}

impl FromRequestParts<App> for OfOwn {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refused> {
        let LetThrough { caller, request } = LetThrough::from_request_parts(parts, app).await?;
        match caller.account.must_change_password {
            true => Err(Refused::new(Code::Forbidden).detail("The password must be changed before anything else.")),
            false => Ok(Self { caller, request }),
        }
    }
}

impl OfOwn {
    /// Refuses a caller whose roles do not open this.
    ///
    /// # Errors
    /// 403 `FORBIDDEN`.
    pub(super) fn must(&self, permission: Permission) -> Result<(), Refused> {
        match self.caller.may(&self.request, permission) {
            true => Ok(()),
            false => Err(Refused::new(Code::Forbidden).detail(format!("This needs the permission {permission}."))),
        }
    }

    /// The caller as who does something.
    pub(super) fn doer(&self) -> Doer<'_> {
        Doer::Caller(&self.request, &self.caller)
    }
}

/// What a handler asks of its caller, as a type: a handler that takes [`Granted`] cannot be reached without it.
pub(super) trait Needs: Send {
    /// The permission.
    const PERMISSION: Permission;
}

/// A caller whose roles open what the handler does.
pub(super) struct Granted<N: Needs> {
    /// The caller.
    pub(super) own: OfOwn,
    /// Private, so that none is made but by the gate.
    needs: PhantomData<N>,
}

impl<N: Needs> FromRequestParts<App> for Granted<N> {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refused> {
        let own = OfOwn::from_request_parts(parts, app).await?;
        own.must(N::PERMISSION)?;
        Ok(Self { own, needs: PhantomData })
    }
}

macro_rules! needs {
    ($($name:ident),+) => {
        $(
            /// [`Permission`] of this name.
            pub(super) struct $name;

            impl Needs for $name {
                const PERMISSION: Permission = Permission::$name;
            }
        )+
    };
}

needs!(ReadCustomers, ReadStaff, ChangeStaff, ChangeStanding, Unlock, ExplainAccess, ReadAudit);

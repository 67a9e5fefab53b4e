use std::marker::PhantomData;

use axum::extract::FromRequestParts;
use countersign_domain::Permission;
use http::request::Parts;

use super::App;
use super::asking::{Asker, Asks};
use crate::http::problem::Refused;

/// What a handler asks of its caller, as a type: a handler that takes [`Granted`] cannot be reached without it.
pub(crate) trait Needs: Send {
    /// The permission.
    const PERMISSION: Permission;
}

/// A caller whose roles open what the handler does: anybody, or whom `W` says.
pub(super) struct Granted<N: Needs, W: Asks = Asker> {
    /// The caller.
    pub(super) asker: W,
    /// Private, so that none is made but by the gate.
    needs: PhantomData<N>,
}

impl<N: Needs, W: Asks> FromRequestParts<App> for Granted<N, W> {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refused> {
        let asker = W::from_request_parts(parts, app).await?;
        asker.must(N::PERMISSION)?;
        Ok(Self { asker, needs: PhantomData })
    }
}

macro_rules! needs {
    ($($name:ident),+) => {
        $(
            /// [`Permission`] of this name.
            pub(crate) struct $name;

            impl Needs for $name {
                const PERMISSION: Permission = Permission::$name;
            }
        )+
    };
}

needs!(
    ReadCustomers,
    ReadStaff,
    ChangeStaff,
    ChangeStanding,
    Unlock,
    ExplainAccess,
    ManageSessions,
    ReadAudit,
    ManageApiTokens,
    ManageKeys,
    ManageRoles,
    ManageSettings
);

//! The dashboard.

mod opens;
mod people;

use countersign_domain::{AccountId, Email, Secret};
use countersign_flows::admin::NewPerson;
use countersign_flows::{Doer, NewStaff};

use crate::http::start::Running;
use crate::http::world::PASSWORD;

/// Somebody of the tenant, who knows [`PASSWORD`].
pub(super) async fn has(server: &Running, email: &str, (first, last): (&str, &str), role: &str) -> AccountId {
    let tenant = server.flows.tenant(&"remitjunction".parse().unwrap()).await.unwrap().unwrap();
    let person = NewPerson {
        email: Email::parse(email).unwrap(),
        roles: vec![role.parse().unwrap()],
        first_name: Some(first.to_owned()),
        last_name: Some(last.to_owned()),
        password: Secret::new(PASSWORD),
        must_change_password: false,
    };
    server.flows.create_account(&tenant, person).await.unwrap().unwrap()
}

/// Somebody who is invited as a cashier.
pub(super) async fn invites(server: &Running, email: &str) -> AccountId {
    let tenant = server.flows.tenant(&"remitjunction".parse().unwrap()).await.unwrap().unwrap();
    let new = NewStaff {
        email: Email::parse(email).unwrap(),
        first_name: None,
        last_name: None,
        roles: vec!["CASHIER".parse().unwrap()],
    };
    server.flows.invite(Doer::Operator, &tenant, new).await.unwrap().unwrap().0
}

//! What people may do to each other, over HTTP.

use countersign_domain::{AccountId, Email, Permission, Role, Secret};
use countersign_flows::Doer;
use countersign_flows::admin::NewPerson;
use serde_json::{Value, json};

use super::start::{Running, start};
use super::wire::{LOGIN, Reply, exchange, request};
use super::world::{MANAGER, PASSWORD};

const DESK: &str = "desk@example.com";
const SESSIONS: &str = "/api/v6/services/securitymanagement/sessions";
const PEOPLE: &str = "/api/v6/services/usermanagement";

/// Makes a role that opens these, and somebody who holds it.
async fn desk(running: &Running, opens: &[Permission]) -> AccountId {
    let tenant = running.flows.tenant(&"remitjunction".parse().unwrap()).await.unwrap().unwrap();
    let role: Role = "DESK".parse().unwrap();
    let opens = opens.iter().copied().collect();
    running.flows.create_role(Doer::Operator, &tenant, role.clone(), opens).await.unwrap().unwrap();
    let person = NewPerson {
        email: Email::parse(DESK).unwrap(),
        roles: vec![role],
        first_name: None,
        last_name: None,
        password: Secret::new(PASSWORD),
        must_change_password: false,
    };
    running.flows.create_account(&tenant, person).await.unwrap().unwrap()
}

async fn ask(running: &Running, (method, path): (&str, &str), token: &str, body: &Value) -> Reply {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let token = format!("X-Auth-Token: {token}");
    exchange(running.address, &request(method, path, &[&token], &body)).await.unwrap()
}

async fn log_in(running: &Running, email: &str) -> String {
    let body = json!({ "email": email, "currentPassword": PASSWORD }).to_string();
    let reply = exchange(running.address, &request("PUT", LOGIN, &[], &body)).await.unwrap();
    assert_eq!(reply.status, 200, "{}", reply.json());
    reply.json()["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn nobody_ends_the_sessions_of_those_above() {
    let running = start().await;
    desk(&running, &[Permission::ManageSessions]).await;
    let (desk, manager) = (log_in(&running, DESK).await, log_in(&running, MANAGER).await);
    let of_manager = format!("{SESSIONS}?account={}", running.manager);
    let seen = ask(&running, ("GET", &of_manager), &desk, &Value::Null).await;
    assert_eq!(seen.status, 200, "seeing is no harm");
    let session = seen.json()["items"][0]["id"].as_str().unwrap().to_owned();
    let one = format!("{SESSIONS}/{session}?account={}", running.manager);
    for path in [&of_manager, &one] {
        let refused = ask(&running, ("DELETE", path), &desk, &Value::Null).await;
        assert_eq!((refused.status, refused.problem().code.as_ref()), (403, "FORBIDDEN"), "{path}");
    }
    // Without naming whose it is, a session of another is nobody's.
    let unnamed = ask(&running, ("DELETE", &format!("{SESSIONS}/{session}")), &desk, &Value::Null).await;
    assert_eq!(unnamed.status, 404);
    let lives = ask(&running, ("GET", SESSIONS), &manager, &Value::Null).await;
    assert_eq!(lives.status, 200);
}

#[tokio::test]
async fn who_may_explain_access_is_not_told_who_it_is() {
    let running = start().await;
    desk(&running, &[Permission::ExplainAccess]).await;
    let desk = log_in(&running, DESK).await;
    let path = format!("{PEOPLE}/accounts/{}/access", running.manager);
    let reply = ask(&running, ("GET", &path), &desk, &Value::Null).await;
    assert_eq!(reply.status, 200);
    assert!(!String::from_utf8_lossy(&reply.body).contains(MANAGER));
    let answer = reply.json();
    assert_eq!(answer["account"], json!({ "id": running.manager.to_string(), "kind": "staff" }));
    assert_eq!((&answer["canLogIn"], &answer["reasons"]), (&json!(true), &json!([])));
    assert_eq!(answer["notes"][0]["note"], "network_limit");
}

#[tokio::test]
async fn a_reason_comes_with_its_code_and_its_remedies() {
    let running = start().await;
    let manager = log_in(&running, MANAGER).await;
    let desk = desk(&running, &[]).await;
    for _ in 0..5 {
        let body = json!({ "email": DESK, "currentPassword": "Wrong-horse-1" }).to_string();
        exchange(running.address, &request("PUT", LOGIN, &[], &body)).await.unwrap();
    }
    let path = format!("{PEOPLE}/accounts/{desk}/access");
    let answer = ask(&running, ("GET", &path), &manager, &Value::Null).await.json();
    assert_eq!(answer["canLogIn"], false);
    let reason = &answer["reasons"][0];
    assert_eq!((&reason["reason"], &reason["code"]), (&json!("locked"), &json!("ACCOUNT_LOCKED")));
    let remedies = json!([
        { "action": "unlock", "by": "accounts.unlock" },
        { "action": "reset_password", "by": "person" },
        { "action": "set_password", "by": "operator" },
        { "action": "wait", "by": "time" },
    ]);
    assert_eq!(reason["remedies"], remedies);
    assert_eq!(
        reason["remedy"],
        "Unlock the account, or the person uses Forgot Password, or the operator sets a password, or wait."
    );
    assert_eq!(reason["endsAt"], answer["devices"][0]["lockedUntil"]);
    assert_eq!((&answer["devices"][0]["canLogIn"], &answer["devices"][0]["remedies"]), (&json!(false), &remedies));
}

#[tokio::test]
async fn invitations_beyond_the_bound_are_told_to_come_back() {
    let running = start().await;
    let manager = log_in(&running, MANAGER).await;
    let new = json!({ "firstName": "Bob", "lastName": "Cash", "email": "bob@example.com", "roles": ["CASHIER"] });
    let made = ask(&running, ("POST", &format!("{PEOPLE}/employees")), &manager, &new).await;
    assert_eq!(made.status, 201);
    let again = format!("{PEOPLE}/invitations/{}", made.json()["id"].as_str().unwrap());
    for _ in 0..4 {
        assert_eq!(ask(&running, ("PUT", &again), &manager, &Value::Null).await.status, 200);
    }
    let refused = ask(&running, ("PUT", &again), &manager, &Value::Null).await;
    assert_eq!((refused.status, refused.problem().code.as_ref()), (429, "TOO_MANY_REQUESTS"));
    assert_eq!(refused.header("retry-after").as_deref(), Some("3600"));
}

#[tokio::test]
async fn nobody_changes_the_own_roles() {
    let running = start().await;
    let manager = log_in(&running, MANAGER).await;
    let own = format!("{PEOPLE}/employees/{}", running.manager);
    let refused = ask(&running, ("PUT", &own), &manager, &json!({ "roles": ["AGENT"] })).await;
    assert_eq!((refused.status, refused.problem().code.as_ref()), (403, "FORBIDDEN"));
}

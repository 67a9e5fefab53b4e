//! The sandbox's letters over HTTP.

use std::sync::Arc;

use countersign_domain::{Language, Letter};
use countersign_store::NewLetter;
use serde_json::Value;

use super::start::{HOST, Running, start};
use super::wire::{Reply, exchange, request_to};
use super::world::MANAGER;

const PATH: &str = "/sandbox/mail";

async fn get(running: &Running, host: &str, path: &str, accept: &str) -> Reply {
    let accept = format!("Accept: {accept}");
    exchange(running.address, &request_to(host, "GET", path, &[&accept], "")).await.unwrap()
}

/// Posts a notice to the manager, and lets the sender do its work.
async fn with_a_letter() -> Running {
    let running = start().await;
    let tenant = running.flows.tenant(&"remitjunction".parse().unwrap()).await.unwrap().unwrap();
    let letter = NewLetter {
        id: uuid::Uuid::from_u128(7),
        tenant: tenant.id,
        name_hash: [1; 32],
        letter: Letter::PasswordChanged { account: running.manager },
        language: Some(Language::French),
    };
    assert!(running.flows.store().tenant(tenant.id).post_letter(letter).await.unwrap());
    assert_eq!(running.flows.mail_once(Arc::new(running.letters.clone())).await.unwrap(), 1);
    running
}

#[tokio::test]
async fn a_program_reads_letters_as_json() {
    let running = with_a_letter().await;
    let reply = get(&running, HOST, PATH, "application/json").await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("content-type").as_deref(), Some("application/json"));
    assert_eq!(reply.header("cache-control").as_deref(), Some("no-store"));
    let letters = reply.json();
    assert_eq!(letters.as_array().unwrap().len(), 1);
    let letter = letters[0].as_object().unwrap();
    let mut names: Vec<_> = letter.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["id", "links", "sentAt", "subject", "text", "to"]);
    assert_eq!(letter["to"], MANAGER);
    assert_eq!(letter["subject"], "Votre mot de passe a été modifié");
    assert_eq!(letter["sentAt"], "2026-11-24T10:00:00.123456Z");
    assert!(letter["text"].as_str().unwrap().contains("remitjunction"));
    for (query, found) in
        [("hello@REMITJUNCTION.co.uk", 1), ("hello%40remitjunction.co.uk", 1), ("other@example.com", 0)]
    {
        let reply = get(&running, HOST, &format!("{PATH}?to={query}"), "application/json").await;
        assert_eq!(reply.json().as_array().unwrap().len(), found, "{query}");
    }
}

#[tokio::test]
async fn a_person_reads_letters_as_a_page() {
    let running = with_a_letter().await;
    let reply = get(&running, HOST, PATH, "text/html").await;
    assert_eq!((reply.status, reply.header("cache-control").as_deref()), (200, Some("no-store")));
    assert!(reply.header("content-security-policy").unwrap().starts_with("default-src 'none'"));
    let page = String::from_utf8(reply.body).unwrap();
    assert!(page.contains("Votre mot de passe a été modifié") && page.contains(MANAGER));
}

#[tokio::test]
async fn a_tenant_sees_its_own_letters_alone() {
    let running = with_a_letter().await;
    let reply = get(&running, "otherjunction.localhost", PATH, "application/json").await;
    assert_eq!((reply.status, reply.json()), (200, Value::Array(Vec::new())));
    assert_eq!(get(&running, "nobody.localhost", PATH, "application/json").await.problem().code, "TENANT_NOT_FOUND");
    assert_eq!(get(&running, "suspended.localhost", PATH, "application/json").await.status, 403);
    let posted = exchange(running.address, &request_to(HOST, "POST", PATH, &[], "")).await.unwrap();
    assert_eq!(posted.status, 405);
}

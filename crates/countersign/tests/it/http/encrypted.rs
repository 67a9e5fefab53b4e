//! A login whose password comes encrypted, over HTTP.

use std::collections::BTreeSet;

use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, Pkcs1PublicEncryptingKey, PublicEncryptingKey};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use countersign_domain::Tenant;
use countersign_domain::encryption_key::EncryptionKeySize;
use countersign_flows::Doer;
use serde_json::{Value, json};

use super::start::{HOST, Running};
use super::wire::{LOGIN, Reply, exchange, request, request_to};
use super::world::{MANAGER, PASSWORD};

const KEY: &str = "/api/v6/services/securitymanagement/encryption-key";

/// The program, with the keys that are asked for here made before: on a busy machine that takes longer than these tests
/// wait for an answer.
async fn start() -> Running {
    let running = super::start::start().await;
    for slug in ["remitjunction", "otherjunction"] {
        running.flows.encryption_key(tenant(&running, slug).await.id).await.unwrap();
    }
    running
}

async fn tenant(running: &Running, slug: &str) -> Tenant {
    running.flows.tenant(&slug.parse().unwrap()).await.unwrap().unwrap()
}

async fn fetch(running: &Running) -> Value {
    let reply = exchange(running.address, &request("GET", KEY, &[], "")).await.unwrap();
    assert_eq!((reply.status, reply.header("cache-control").as_deref()), (200, Some("no-store")));
    reply.json()
}

fn public(key: &Value) -> PublicEncryptingKey {
    let der = BASE64_STANDARD.decode(key["publicKey"].as_str().unwrap()).unwrap();
    PublicEncryptingKey::from_der(&der).unwrap()
}

fn encrypted(key: &Value, text: &str) -> String {
    let key = OaepPublicEncryptingKey::new(public(key)).unwrap();
    let mut sent = vec![0; key.ciphertext_size()];
    key.encrypt(&OAEP_SHA256_MGF1SHA256, text.as_bytes(), &mut sent, None).unwrap();
    BASE64_STANDARD.encode(sent)
}

async fn send(running: &Running, body: &Value) -> Reply {
    exchange(running.address, &request("PUT", LOGIN, &[], &body.to_string())).await.unwrap()
}

async fn log_in(running: &Running, sent: &str) -> Reply {
    send(running, &json!({ "email": MANAGER, "currentPassword": sent, "payloadEncrypted": true })).await
}

#[tokio::test]
async fn the_key_is_published_to_anybody_and_opens_a_login() {
    let running = start().await;
    let key = fetch(&running).await;
    let members: BTreeSet<&str> = key.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, BTreeSet::from(["algorithm", "keyId", "publicKey"]));
    assert_eq!(key["algorithm"], "RSA-OAEP-256");
    assert!(key["keyId"].as_str().unwrap().parse::<uuid::Uuid>().is_ok());
    assert_eq!(fetch(&running).await, key);
    let reply = log_in(&running, &encrypted(&key, PASSWORD)).await;
    assert_eq!(reply.status, 200, "{}", reply.json());
    // Another tenant has another.
    let lines = ["platform: fincode", "uuid: 200"];
    let other =
        exchange(running.address, &request_to("otherjunction.localhost", "GET", KEY, &lines, "")).await.unwrap();
    assert_ne!(other.json()["publicKey"], key["publicKey"]);
    let suspended =
        exchange(running.address, &request_to("suspended.localhost", "GET", KEY, &lines, "")).await.unwrap();
    assert_eq!(suspended.problem().code, "TENANT_SUSPENDED");
    // Without the flag it is a password like any other, and too long for one.
    let plain = json!({ "email": MANAGER, "currentPassword": encrypted(&key, PASSWORD) });
    assert_eq!(send(&running, &plain).await.bad_fields(), ["currentPassword"]);
}

#[tokio::test]
async fn rules_are_those_of_the_plain_text_and_every_bad_field_is_named() {
    let running = start().await;
    let key = fetch(&running).await;
    let wrong = log_in(&running, &encrypted(&key, "Password@2")).await;
    assert_eq!((wrong.status, wrong.problem().code.as_ref()), (401, "INVALID_CREDENTIALS"));
    for text in ["short", "", "Pass\nword1", "Password\u{0}1"] {
        assert_eq!(log_in(&running, &encrypted(&key, text)).await.bad_fields(), ["currentPassword"], "{text:?}");
    }
    let body = json!({ "email": "none", "role": "cashier", "currentPassword": encrypted(&key, "short"), "payloadEncrypted": true });
    assert_eq!(send(&running, &body).await.bad_fields(), ["email", "currentPassword", "role"]);
    let body = json!({ "email": "none", "payloadEncrypted": true });
    assert_eq!(send(&running, &body).await.bad_fields(), ["currentPassword", "email"]);
    let long = json!({ "email": MANAGER, "currentPassword": "A".repeat(2_000), "payloadEncrypted": true });
    assert_eq!(send(&running, &long).await.bad_fields(), ["currentPassword"]);
}

#[tokio::test]
async fn whatever_does_not_decrypt_is_one_answer_and_no_failure() {
    let running = start().await;
    let key = fetch(&running).await;
    let good = BASE64_STANDARD.decode(encrypted(&key, PASSWORD)).unwrap();
    let mut pkcs1 = vec![0; good.len()];
    Pkcs1PublicEncryptingKey::new(public(&key)).unwrap().encrypt(PASSWORD.as_bytes(), &mut pkcs1).unwrap();
    let mut changed = good.clone();
    changed[100] ^= 1;
    let sent = [
        String::new(),
        PASSWORD.to_owned(),
        "?".repeat(344),
        BASE64_STANDARD.encode(&good[1..]),
        BASE64_STANDARD.encode([0xff; 256]),
        BASE64_STANDARD.encode(changed),
        BASE64_STANDARD.encode(pkcs1),
    ];
    let mut answers = Vec::new();
    for sent in &sent {
        let reply = log_in(&running, sent).await;
        assert_eq!((reply.status, reply.problem().code.as_ref()), (400, "DECRYPTION_FAILED"));
        answers.push(reply.body);
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "byte for byte");
    // More often than the tenant allows wrong passwords.
    assert_eq!(log_in(&running, &encrypted(&key, PASSWORD)).await.status, 200);
    let here = tenant(&running, HOST.split('.').next().unwrap()).await;
    running.flows.rotate_encryption_key(Doer::Operator, &here, EncryptionKeySize::Bits3072).await.unwrap();
    let reply = log_in(&running, &BASE64_STANDARD.encode(&good)).await;
    assert_eq!(reply.body, answers[0], "the key before is void at once");
    assert_eq!(log_in(&running, &encrypted(&fetch(&running).await, PASSWORD)).await.status, 200);
    assert!(!running.log_text().contains(PASSWORD));
}

//! Encrypted fields as the stories open them.

use std::sync::Arc;

use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use countersign_domain::audit::Action;
use countersign_domain::encryption_key::{EncryptionKeyRecord, EncryptionKeySize};
use countersign_domain::{Email, Secret};
use countersign_flows::{Doer, EncryptedFields, Flows, NotDecrypted, Refusal, Request};

use crate::support::{ADA, PASSWORD, WRONG, World, on_both};

fn encrypted(key: &EncryptionKeyRecord, text: &str) -> Secret {
    let key = OaepPublicEncryptingKey::new(PublicEncryptingKey::from_der(&key.public).unwrap()).unwrap();
    let mut sent = vec![0; key.ciphertext_size()];
    key.encrypt(&OAEP_SHA256_MGF1SHA256, text.as_bytes(), &mut sent, None).unwrap();
    Secret::new(BASE64_STANDARD.encode(sent))
}

async fn open(flows: &Arc<Flows>, request: &Request, fields: &[Secret]) -> Result<Vec<String>, NotDecrypted> {
    open_marked(flows, request, fields, None).await
}

async fn open_marked(
    flows: &Arc<Flows>,
    request: &Request,
    fields: &[Secret],
    mark: Option<(&Email, &Secret)>,
) -> Result<Vec<String>, NotDecrypted> {
    let sent = EncryptedFields { tried: Action::Login, fields: fields.to_vec(), mark };
    let opened = flows.decrypt_fields(request, sent).await.unwrap();
    opened.map(|texts| texts.iter().map(|text| text.expose().to_owned()).collect())
}

async fn several_fields_open_and_nothing_is_counted(world: World) {
    let request = world.anonymous().request().await;
    let key = world.flows.encryption_key(world.tenant.id).await.unwrap();
    let fields = [encrypted(&key, "old"), encrypted(&key, "new")];
    assert_eq!(open(&world.flows, &request, &fields).await.unwrap(), ["old", "new"]);
    for _ in 0..20 {
        let fields = [encrypted(&key, "old"), Secret::new("new")];
        assert_eq!(open(&world.flows, &request, &fields).await, Err(NotDecrypted::Undecryptable));
    }
    world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    world.anonymous().logs_in(ADA, PASSWORD).await;
    assert_eq!(world.telling("encryption_key_created done").await.len(), 1);
}

async fn a_rotation_voids_the_key_before_at_once_on_every_node(world: World) {
    let other = world.another_node().await;
    let (here, there) = (world.anonymous().request().await, world.anonymous().on(&other).request().await);
    let first = world.flows.encryption_key(world.tenant.id).await.unwrap();
    assert_eq!(other.encryption_key(world.tenant.id).await.unwrap(), first);
    let under_first = [encrypted(&first, "x")];
    assert!(open(&other, &there, &under_first).await.is_ok(), "the pair is in the other node's memory");

    world.flows.rotate_encryption_key(Doer::Operator, &world.tenant, EncryptionKeySize::Bits3072).await.unwrap();
    assert_eq!(open(&other, &there, &under_first).await, Err(NotDecrypted::Undecryptable));
    assert_eq!(open(&world.flows, &here, &under_first).await, Err(NotDecrypted::Undecryptable));
    let second = other.encryption_key(world.tenant.id).await.unwrap();
    assert_eq!((second.id != first.id, second.size), (true, EncryptionKeySize::Bits3072));
    for (flows, request) in [(&world.flows, &here), (&other, &there)] {
        assert_eq!(open(flows, request, &[encrypted(&second, "x")]).await.unwrap(), ["x"]);
    }
    assert_eq!(world.telling("encryption_key_rotated done").await.len(), 1);
}

async fn nodes_that_are_asked_together_publish_one_key(world: World) {
    let other = world.another_node().await;
    let one = |flows: &Arc<Flows>| {
        let (flows, tenant) = (flows.clone(), world.tenant.id);
        tokio::spawn(async move { flows.encryption_key(tenant).await.unwrap().id })
    };
    let tasks: Vec<_> = (0..3).flat_map(|_| [one(&world.flows), one(&other)]).collect();
    let mut ids = Vec::new();
    for task in tasks {
        ids.push(task.await.unwrap());
    }
    assert!(ids.iter().all(|id| *id == ids[0]));
    assert_eq!(world.telling("encryption_key_created done").await.len(), 1);
}

async fn a_key_is_one_tenants(world: World) {
    let other = world.tenant_with(countersign_domain::Settings::default()).await;
    let key = world.flows.encryption_key(world.tenant.id).await.unwrap();
    let request = world.anonymous_of(&other).request().await;
    assert_eq!(open(&world.flows, &request, &[encrypted(&key, "x")]).await, Err(NotDecrypted::Undecryptable));
}

async fn a_source_that_failed_too_often_opens_nothing_unless_its_mark_is_genuine(world: World) {
    let strict = world.node(|setup| setup.limits.failures_per_network_max = 3).await;
    world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    let who = world.anonymous().on(&strict);
    let mark = who.logs_in(ADA, PASSWORD).await.mark().clone();
    let key = strict.encryption_key(world.tenant.id).await.unwrap();
    let (request, fields) = (who.request().await, [encrypted(&key, "x")]);
    who.guesses(2, "nobody@example.com").await;
    assert!(open(&strict, &request, &fields).await.is_ok());
    who.guesses(1, "nobody@example.com").await;
    let too_many = |opened| matches!(opened, Err(NotDecrypted::TooMany(_)));
    assert!(too_many(open(&strict, &request, &fields).await));
    let (ada, nobody) = (Email::parse(ADA).unwrap(), Email::parse("nobody@example.com").unwrap());
    assert!(open_marked(&strict, &request, &fields, Some((&ada, &mark))).await.is_ok());
    assert!(too_many(open_marked(&strict, &request, &fields, Some((&nobody, &mark))).await), "it is another name's");
    assert!(too_many(open_marked(&strict, &request, &fields, Some((&ada, &Secret::new(WRONG)))).await));
}

/// It costs as much as a failure, so it counts on the client's network, and on nobody else.
async fn what_does_not_open_counts_on_its_network(world: World) {
    let strict = world.node(|setup| setup.limits.failures_per_network_max = 3).await;
    world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    strict.encryption_key(world.tenant.id).await.unwrap();
    let (who, fields) = (world.anonymous().on(&strict), [Secret::new("x")]);
    let request = who.request().await;
    for _ in 0..3 {
        assert_eq!(open(&strict, &request, &fields).await, Err(NotDecrypted::Undecryptable));
    }
    assert!(matches!(open(&strict, &request, &fields).await, Err(NotDecrypted::TooMany(_))));
    assert!(matches!(who.tries(ADA, PASSWORD).await, Refusal::TooMany(_)));
    who.from("198.51.100.9").logs_in(ADA, PASSWORD).await;
}

async fn a_key_of_another_place_is_a_fault_and_no_refusal(world: World) {
    let other = world.tenant_with(countersign_domain::Settings::default()).await;
    let key = world.flows.encryption_key(world.tenant.id).await.unwrap();
    // Somebody who can write to the store gives one tenant the key of the other.
    let moved = countersign_store::NewEncryptionKey {
        id: key.id,
        size: key.size,
        public: key.public.clone(),
        sealed_private: key.sealed_private.clone().unwrap(),
    };
    let event = world.trail().await.remove(0);
    let event = countersign_domain::audit::Event {
        id: countersign_domain::EventId::from_uuid(uuid::Uuid::from_u128(1)),
        tenant: other.id,
        ..event
    };
    world.store.tenant(other.id).rotate_encryption_key(moved, event).await.unwrap();
    let node = world.another_node().await;
    let request = world.anonymous_of(&other).on(&node).request().await;
    let sent = EncryptedFields { tried: Action::Login, fields: vec![encrypted(&key, "x")], mark: None };
    assert!(node.decrypt_fields(&request, sent).await.is_err());
}

on_both! {
    several_fields_open_and_nothing_is_counted,
    a_rotation_voids_the_key_before_at_once_on_every_node,
    nodes_that_are_asked_together_publish_one_key,
    a_key_is_one_tenants,
    a_source_that_failed_too_often_opens_nothing_unless_its_mark_is_genuine,
    what_does_not_open_counts_on_its_network,
    a_key_of_another_place_is_a_fault_and_no_refusal,
}

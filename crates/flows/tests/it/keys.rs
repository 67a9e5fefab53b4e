//! Keys that somebody moves who is not at the command line.

use countersign_domain::audit::Actor;
use countersign_domain::encryption_key::EncryptionKeySize;
use countersign_domain::signing_key::{Algorithm, State};
use countersign_flows::Doer;

use crate::people::caller;
use crate::support::{ADA, PASSWORD, World, on_both};

async fn a_manager_moves_keys_and_the_trail_names_who(world: World) {
    let id = world.operator().creates("MANAGER", ADA, PASSWORD).await;
    let ada = world.anonymous().logs_in(ADA, PASSWORD).await;
    let (request, manager) = caller(&ada).await;
    let (by, flows, tenant) = (Doer::Caller(&request, &manager), &world.flows, &world.tenant);
    let first = flows.signing_keys(tenant).await.unwrap()[0].record.id;
    flows.rotate_key(by, tenant, Algorithm::Es256).await.unwrap().unwrap();
    let keys = flows.signing_keys(tenant).await.unwrap();
    let next = keys.iter().find(|key| key.state == State::Next).unwrap().record.id;
    flows.retire_key(by, tenant, next).await.unwrap().unwrap();
    flows.rotate_encryption_key(by, tenant, EncryptionKeySize::default()).await.unwrap();
    assert!(ada.is_let_in().await);
    flows.compromise_key(by, tenant, first).await.unwrap().unwrap();
    assert!(!ada.is_let_in().await, "every session of the tenant ends, the manager's too");
    for action in ["key_created", "key_retired", "encryption_key_rotated", "key_compromised"] {
        let told = world.telling(&format!("{action} done")).await;
        let who: Vec<_> = told.iter().map(|event| (event.actor, event.session, event.request_id.as_deref())).collect();
        assert_eq!(who, [(Actor::Account(id), Some(manager.session), Some("200"))], "{action}");
    }
}

on_both! {
    a_manager_moves_keys_and_the_trail_names_who,
}

use countersign_domain::KeyId;
use countersign_domain::audit::Action;
use countersign_domain::encryption_key::EncryptionKeySize;

use super::world::{id, make_tenant};
use super::{World, on_both};
use crate::{Fault, NewEncryptionKey};

fn new_key(byte: u8) -> NewEncryptionKey {
    NewEncryptionKey {
        id: KeyId::from_uuid(id()),
        size: EncryptionKeySize::ALL[usize::from(byte % 2)],
        public: vec![byte; 294],
        sealed_private: vec![byte; 1_200],
    }
}

async fn the_first_key_reads_back_as_it_was_made(world: World) {
    assert_eq!(world.here().encryption_key().await.unwrap(), None);
    let key = new_key(3);
    let made = world.here().first_encryption_key(key.clone(), world.event(Action::EncryptionKeyCreated)).await.unwrap();
    assert_eq!(world.here().encryption_key().await.unwrap().as_ref(), Some(&made));
    assert_eq!((made.tenant, made.id, made.size), (world.tenant, key.id, EncryptionKeySize::Bits3072));
    assert_eq!((made.public, made.sealed_private), (key.public, Some(key.sealed_private)));
    assert_eq!((made.created_at, made.retired_at), (world.now(), None));
    assert_eq!(world.told(&Action::EncryptionKeyCreated).await, 1);
}

async fn nodes_that_make_the_first_key_together_agree_on_one(world: World) {
    let one = |byte| {
        let (here, event) = (world.here().clone(), world.event(Action::EncryptionKeyCreated));
        tokio::spawn(async move { here.first_encryption_key(new_key(byte), event).await.unwrap() })
    };
    let tasks: Vec<_> = (0..8).map(one).collect();
    let mut read = Vec::new();
    for task in tasks {
        read.push(task.await.unwrap());
    }
    assert!(read.iter().all(|key| *key == read[0]));
    assert_eq!(world.here().encryption_keys().await.unwrap(), read[..1]);
    assert_eq!(world.told(&Action::EncryptionKeyCreated).await, 1, "and it is told once");
}

async fn a_rotation_leaves_nothing_private_of_the_key_before(world: World) {
    let first = world.here().first_encryption_key(new_key(1), world.event(Action::EncryptionKeyCreated)).await.unwrap();
    world.pass(5);
    let second = new_key(2);
    world.here().rotate_encryption_key(second.clone(), world.event(Action::EncryptionKeyRotated)).await.unwrap();
    let keys = world.here().encryption_keys().await.unwrap();
    assert_eq!((keys.len(), keys[0].id, keys[1].id), (2, first.id, second.id));
    assert_eq!((&keys[0].sealed_private, keys[0].retired_at), (&None, Some(world.now())));
    assert_eq!(keys[0].public, first.public, "who used it can still be told which it was");
    assert_eq!(world.here().encryption_key().await.unwrap(), Some(keys[1].clone()));
    assert_eq!(world.told(&Action::EncryptionKeyRotated).await, 1);
    // A late node does not bring the first one back.
    let late = world.here().first_encryption_key(new_key(3), world.event(Action::EncryptionKeyCreated)).await.unwrap();
    assert_eq!(late, keys[1]);
}

async fn rotations_that_meet_leave_one_key_in_use(world: World) {
    // Of one that has no key yet, too.
    let one = |byte| {
        let (here, event) = (world.here().clone(), world.event(Action::EncryptionKeyRotated));
        tokio::spawn(async move { here.rotate_encryption_key(new_key(byte), event).await.unwrap() })
    };
    let tasks: Vec<_> = (0..8).map(one).collect();
    for task in tasks {
        task.await.unwrap();
    }
    let keys = world.here().encryption_keys().await.unwrap();
    let in_use: Vec<_> = keys.iter().filter(|key| key.retired_at.is_none()).collect();
    assert_eq!((keys.len(), in_use.len(), in_use[0].id), (8, 1, keys[7].id));
    assert_eq!(world.told(&Action::EncryptionKeyRotated).await, 8);
}

async fn keys_of_another_tenant_are_out_of_reach(world: World) {
    let other = make_tenant(&world.store, "there").await;
    world.here().first_encryption_key(new_key(1), world.event(Action::EncryptionKeyCreated)).await.unwrap();
    let there = world.store.tenant(other);
    assert_eq!(there.encryption_key().await.unwrap(), None);
    there.rotate_encryption_key(new_key(2), world.event(Action::EncryptionKeyRotated)).await.unwrap();
    let here = world.here().encryption_keys().await.unwrap();
    assert_eq!((here.len(), here[0].retired_at), (1, None));
}

async fn a_row_of_an_unknown_size_is_named(world: World) {
    world.here().first_encryption_key(new_key(1), world.event(Action::EncryptionKeyCreated)).await.unwrap();
    world.meddle("UPDATE encryption_key SET bits = 1024").await;
    let fault = world.here().encryption_key().await.unwrap_err();
    assert!(matches!(&fault, Fault::Corrupt { column, .. } if column == "bits"), "{fault}");
}

on_both! {
    the_first_key_reads_back_as_it_was_made,
    nodes_that_make_the_first_key_together_agree_on_one,
    a_rotation_leaves_nothing_private_of_the_key_before,
    rotations_that_meet_leave_one_key_in_use,
    keys_of_another_tenant_are_out_of_reach,
    a_row_of_an_unknown_size_is_named,
}

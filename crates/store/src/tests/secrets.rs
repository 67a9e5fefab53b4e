use countersign_domain::KeyId;

use super::world::id;
use super::{World, on_both};
use crate::{Origin, SealedSecret};

fn secret(purpose: &str, version: i64, byte: u8) -> SealedSecret {
    SealedSecret { purpose: purpose.into(), version, id: KeyId::from_uuid(id()), sealed: vec![byte; 60] }
}

async fn a_store_keeps_the_mark_of_who_made_it(world: World) {
    assert_eq!(world.store.origin(Origin::Sandbox).await.unwrap(), Origin::Sandbox);
    assert_eq!(world.store.origin(Origin::Production).await.unwrap(), Origin::Sandbox);
    assert_eq!(world.number("SELECT count(*) FROM store_mark").await, 1);
    world.meddle("UPDATE store_mark SET origin = 'moon'").await;
    assert!(world.store.origin(Origin::Production).await.is_err());
}

async fn secrets_read_back_in_order(world: World) {
    assert!(world.store.secrets().await.unwrap().is_empty());
    let made = [secret("refresh", 1, 1), secret("device", 2, 2), secret("device", 1, 3)];
    world.store.add_secrets(made.to_vec()).await.unwrap();
    let [refresh, second, first] = made;
    assert!(world.store.secrets().await.unwrap() == [first, second, refresh]);
}

async fn two_nodes_that_start_together_agree_on_the_first_secrets(world: World) {
    let one = |byte: u8| {
        let store = world.store.clone();
        tokio::spawn(async move {
            let secrets = vec![secret("a", 1, byte), secret("b", 1, byte), secret("c", 1, byte)];
            store.add_secrets(secrets).await.unwrap();
            store.secrets().await.unwrap()
        })
    };
    let tasks: Vec<_> = (0..8).map(one).collect();
    let mut read = Vec::new();
    for task in tasks {
        read.push(task.await.unwrap());
    }
    assert!(read.windows(2).all(|pair| pair[0] == pair[1]));
    // All of one node, never a mixture.
    assert!(read[0].len() == 3 && read[0].iter().all(|secret| secret.sealed == read[0][0].sealed));
}

on_both! {
    a_store_keeps_the_mark_of_who_made_it,
    secrets_read_back_in_order,
    two_nodes_that_start_together_agree_on_the_first_secrets,
}

use std::sync::atomic::{AtomicUsize, Ordering};

use countersign_domain::audit::Action;
use countersign_domain::signing_key::{Algorithm, KeyWrite, SigningKeyRecord, State};
use countersign_domain::{Kind, Timestamp, gate};

use super::world::{make_tenant, signing_key};
use super::{World, on_both};
use crate::Rotated;

fn add(key: &SigningKeyRecord) -> KeyWrite {
    KeyWrite { insert: Some(key.clone()), ..KeyWrite::default() }
}

fn change(key: SigningKeyRecord) -> KeyWrite {
    KeyWrite { update: vec![key], ..KeyWrite::default() }
}

async fn make_move(
    world: &World,
    judge: impl Fn(&[SigningKeyRecord], Timestamp) -> Result<KeyWrite, String> + Send + Sync + 'static,
) -> Result<(), String> {
    world.here().move_keys(judge, world.event(Action::KeyCreated)).await.unwrap()
}

async fn keys(world: &World) -> Vec<SigningKeyRecord> {
    world.here().signing_keys().await.unwrap()
}

async fn a_key_reads_back_as_it_was_made(world: World) {
    for algorithm in Algorithm::ALL {
        let key = SigningKeyRecord {
            algorithm,
            published_at: Timestamp::from_micros(1),
            active_at: Timestamp::from_micros(2),
            retired_at: Some(Timestamp::from_micros(3)),
            compromised_at: Some(Timestamp::from_micros(4)),
            ..signing_key(world.tenant)
        };
        let made = key.clone();
        make_move(&world, move |_, _| Ok(add(&made))).await.unwrap();
        assert_eq!(keys(&world).await.last(), Some(&key));
    }
    assert_eq!(world.told(&Action::KeyCreated).await, 4);
}

async fn a_refused_move_writes_and_tells_nothing(world: World) {
    let before = keys(&world).await;
    let refused = make_move(&world, |keys, _| Err(format!("{} are enough", keys.len()))).await;
    assert_eq!(refused, Err("1 are enough".into()));
    assert_eq!((keys(&world).await, world.told(&Action::KeyCreated).await), (before, 0));
}

async fn a_change_touches_one_key_and_its_moments_only(world: World) {
    let made = signing_key(world.tenant);
    let added = made.clone();
    make_move(&world, move |_, _| Ok(add(&added))).await.unwrap();
    world.pass(5);
    let moments =
        |key: &SigningKeyRecord, now| SigningKeyRecord { active_at: now, retired_at: Some(now), ..key.clone() };
    make_move(&world, move |keys, now| {
        Ok(change(SigningKeyRecord { kid: "other".into(), sealed_private: vec![1], ..moments(&keys[1], now) }))
    })
    .await
    .unwrap();
    let kept = keys(&world).await;
    assert_eq!((kept[0].retired_at, &kept[1]), (None, &moments(&made, world.now())));
}

async fn a_compromised_key_ends_every_session_of_its_tenant_only(world: World) {
    let account = world.account(Kind::Customer, "ada@example.com").await;
    let session = world.log_in(&account).await;
    let successor = signing_key(world.tenant);
    let id = successor.id;
    let compromise = |keys: &[SigningKeyRecord], now| KeyWrite {
        update: vec![SigningKeyRecord { compromised_at: Some(now), ..keys[0].clone() }],
        ends_sessions: true,
        ..KeyWrite::default()
    };
    let write =
        move |keys: &[SigningKeyRecord], now| Ok(KeyWrite { insert: Some(successor.clone()), ..compromise(keys, now) });
    make_move(&world, write).await.unwrap();
    let kept = keys(&world).await;
    assert_eq!((kept.len(), kept[1].id), (2, id));
    assert_eq!(kept[0].state(&kept, world.now()), State::Compromised);
    let is_admitted = async |store: &crate::TenantStore, session| {
        let facts = store.holder(session).await.unwrap().unwrap().facts;
        gate::admit(&facts, world.now()).is_ok()
    };
    assert!(!is_admitted(world.here(), session.id).await);
    assert!(matches!(world.here().rotate(world.token(&session, 0)).await.unwrap(), Rotated::Refused));
    world.pass(1);
    let later = world.log_in(&account).await;
    assert!(is_admitted(world.here(), later.id).await);
    // Another tenant's people notice nothing.
    let other = make_tenant(&world.store, "there").await;
    world.pass(1);
    let judge = move |keys: &[SigningKeyRecord], now| Ok::<_, String>(compromise(keys, now));
    let moved = world.store.tenant(other).move_keys(judge, world.event(Action::KeyCompromised)).await.unwrap();
    assert_eq!(moved, Ok(()));
    assert!(is_admitted(world.here(), later.id).await);
}

async fn two_operators_do_not_cross(world: World) {
    static JUDGED: AtomicUsize = AtomicUsize::new(0);
    // Each adds a key only while there is one: judged under the lock, the second sees the first's.
    let one = |key: SigningKeyRecord| {
        let here = world.here().clone();
        let event = world.event(Action::KeyCreated);
        let judge = move |keys: &[SigningKeyRecord], _| {
            JUDGED.fetch_add(1, Ordering::Relaxed);
            if keys.len() > 1 { Err("there is one already".to_owned()) } else { Ok(add(&key)) }
        };
        tokio::spawn(async move { here.move_keys(judge, event).await.unwrap() })
    };
    let tasks: Vec<_> = (0..8).map(|_| one(signing_key(world.tenant))).collect();
    let mut moved = 0;
    for task in tasks {
        moved += usize::from(task.await.unwrap().is_ok());
    }
    assert_eq!((moved, keys(&world).await.len()), (1, 2));
    assert!(JUDGED.load(Ordering::Relaxed) >= 8);
}

async fn keys_of_another_tenant_are_out_of_reach(world: World) {
    let other = make_tenant(&world.store, "there").await;
    let foreign = world.store.tenant(other).signing_keys().await.unwrap().remove(0);
    make_move(&world, move |keys, now| {
        assert!(keys.iter().all(|key| key.id != foreign.id));
        // What the caller says about the owner counts for nothing.
        Ok(change(SigningKeyRecord { tenant: keys[0].tenant, retired_at: Some(now), ..foreign.clone() }))
    })
    .await
    .unwrap();
    assert_eq!(world.store.tenant(other).signing_keys().await.unwrap()[0].retired_at, None);
}

on_both! {
    a_key_reads_back_as_it_was_made,
    a_refused_move_writes_and_tells_nothing,
    a_change_touches_one_key_and_its_moments_only,
    a_compromised_key_ends_every_session_of_its_tenant_only,
    two_operators_do_not_cross,
    keys_of_another_tenant_are_out_of_reach,
}

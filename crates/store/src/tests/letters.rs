use std::time::Duration;

use countersign_domain::letter::RESET_LIFE;
use countersign_domain::{AccountId, Language, Letter};

use super::world::id;
use super::{World, on_all};
use crate::fault::{Fault, Result};
use crate::job::Job;
use crate::tx::Tx;
use crate::{NewLetter, Purged, letters};

const DAY_SECONDS: u64 = 86_400;

pub(super) fn reset(world: &World) -> NewLetter {
    letter(world, Letter::Reset { offers: Vec::new() })
}

pub(super) fn letter(world: &World, letter: Letter) -> NewLetter {
    NewLetter { id: id(), tenant: world.tenant, name_hash: [5; 32], letter, language: Some(Language::French) }
}

async fn count(world: &World, table: &str) -> i64 {
    world.number(&format!("SELECT count(*) FROM {table}")).await
}

async fn a_name_is_sent_so_many_letters_of_a_kind_and_no_more(world: World) {
    let post = async |letter: NewLetter| world.here().post_letter(letter).await.unwrap();
    for _ in 0..3 {
        assert!(post(reset(&world)).await);
    }
    assert!(!post(reset(&world)).await);
    let other_name = NewLetter { name_hash: [6; 32], ..reset(&world) };
    assert!(post(other_name).await);
    let taken = Letter::AddressTaken { account: AccountId::from_uuid(id()) };
    assert!(post(letter(&world, taken)).await, "kinds are counted apart");
    let there = super::world::make_tenant(&world.store, "there").await;
    assert!(post(NewLetter { tenant: there, ..reset(&world) }).await, "tenants are counted apart");
    assert_eq!((count(&world, "letter").await, count(&world, "letter_due").await), (6, 6));
    world.pass(30 * 60);
    assert!(post(reset(&world)).await, "the window is over");
}

async fn notices_are_never_capped(world: World) {
    for _ in 0..9 {
        let notice = Letter::PasswordChanged { account: AccountId::from_uuid(id()) };
        assert!(world.here().post_letter(letter(&world, notice)).await.unwrap());
    }
    assert_eq!(count(&world, "letter").await, 9);
}

async fn letters_at_once_do_not_pass_the_cap(world: World) {
    let posts = (0..20).map(|_| {
        let (here, letter) = (world.here().clone(), reset(&world));
        tokio::spawn(async move { here.post_letter(letter).await.unwrap() })
    });
    let posts: Vec<_> = posts.collect();
    let mut written = 0;
    for post in posts {
        written += i64::from(post.await.unwrap());
    }
    assert_eq!((written, count(&world, "letter").await), (3, 3));
}

/// Posts a letter, and then finds that it must not.
struct Regretted(NewLetter);

impl Job for Regretted {
    type Out = ();

    async fn run(&self, tx: &Tx<'_>) -> Result<()> {
        assert!(letters::post(tx, &self.0).await?);
        Err(Fault::Broken("regretted".into()))
    }
}

async fn a_letter_goes_with_its_fact(world: World) {
    assert!(world.store.write(Regretted(reset(&world))).await.is_err());
    for table in ["letter", "letter_due", "passing_due"] {
        assert_eq!(count(&world, table).await, 0, "{table}");
    }
}

async fn a_letter_stays_some_days_after_its_life(world: World) {
    world.here().post_letter(reset(&world)).await.unwrap();
    world.pass(RESET_LIFE.as_secs() + 7 * DAY_SECONDS - 1);
    assert_eq!(world.store.purge_passing().await.unwrap(), Purged::default());
    world.pass(1);
    assert_eq!(world.store.purge_passing().await.unwrap(), Purged { seen: 1, gone: 1 });
    assert_eq!((count(&world, "letter").await, count(&world, "passing_due").await), (0, 0));
}

async fn what_lives_longer_is_looked_at_again(world: World) {
    world.here().post_letter(reset(&world)).await.unwrap();
    let later = Duration::from_secs(DAY_SECONDS).as_micros();
    world.meddle(&format!("UPDATE letter SET expires_at = expires_at + {later}")).await;
    world.pass(RESET_LIFE.as_secs() + 7 * DAY_SECONDS);
    assert_eq!(world.store.purge_passing().await.unwrap(), Purged { seen: 1, gone: 0 });
    assert_eq!(world.store.purge_passing().await.unwrap(), Purged::default());
    world.pass(DAY_SECONDS);
    assert_eq!(world.store.purge_passing().await.unwrap(), Purged { seen: 1, gone: 1 });
}

async fn what_a_newer_version_wrote_is_left_to_it(world: World) {
    let entry = "INSERT INTO passing_due (due_at, id, tenant, what) SELECT 1, id, id, 'carrier_pigeon' FROM tenant";
    world.meddle(entry).await;
    assert_eq!(world.store.purge_passing().await.unwrap(), Purged { seen: 1, gone: 0 });
    assert_eq!(world.store.purge_passing().await.unwrap(), Purged::default());
    assert_eq!(count(&world, "passing_due").await, 1);
}

async fn purgers_at_once_do_not_get_in_each_others_way(world: World) {
    for n in 0..90 {
        world.here().post_letter(NewLetter { name_hash: [n; 32], ..reset(&world) }).await.unwrap();
    }
    world.pass(RESET_LIFE.as_secs() + 7 * DAY_SECONDS);
    let purge = || {
        let store = world.store.clone();
        tokio::spawn(async move { store.purge_passing().await.unwrap() })
    };
    for task in [purge(), purge(), purge()] {
        task.await.unwrap();
    }
    assert_eq!((count(&world, "letter").await, count(&world, "passing_due").await), (0, 0));
}

on_all! {
    letters_at_once_do_not_pass_the_cap,
    purgers_at_once_do_not_get_in_each_others_way,
    a_name_is_sent_so_many_letters_of_a_kind_and_no_more,
    notices_are_never_capped,
    a_letter_goes_with_its_fact,
    a_letter_stays_some_days_after_its_life,
    what_lives_longer_is_looked_at_again,
    what_a_newer_version_wrote_is_left_to_it,
}

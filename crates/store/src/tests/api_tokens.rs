use std::time::Duration;

use countersign_domain::audit::Action;
use countersign_domain::gate::{Closed, admit_api_token};
use countersign_domain::{
    API_TOKENS_MAX, Account, ApiToken, ApiTokenId, ApiTokenState, Kind, ROTATIONS_APART, Role, Standing,
};

use super::world::{id, make_tenant, new_account};
use super::{World, on_both};
use crate::{
    ApiTokenCreated, ApiTokenEnded, ApiTokenRotated, ApiTokenSecret, Changed, Created, EditAccount, Edited, Location,
    NewApiToken, RotateApiToken,
};

const DAY: u64 = 86_400;

fn secret(byte: u8) -> ApiTokenSecret {
    ApiTokenSecret { hash: [byte; 32], hint: format!("countersign_{byte:06x}") }
}

fn roles(names: &[&str]) -> Vec<Role> {
    names.iter().map(|name| name.parse().unwrap()).collect()
}

impl World {
    async fn staff(&self, email: &str, role: &str) -> Account {
        let account = new_account(Kind::Staff, email, &[role]);
        let id = account.id;
        assert_eq!(
            self.here().create_account(account, self.event(Action::AccountCreated)).await.unwrap(),
            Created::Yes
        );
        self.here().account(id).await.unwrap().unwrap()
    }

    fn asking(&self, maker: &Account, byte: u8, names: &[&str]) -> NewApiToken {
        NewApiToken {
            id: ApiTokenId::from_uuid(id()),
            name: "job".to_owned(),
            roles: roles(names),
            secret: secret(byte),
            expires_at: self.now().plus(Duration::from_secs(DAY)),
            maker: maker.clone(),
        }
    }

    async fn api_token(&self, maker: &Account, byte: u8, names: &[&str]) -> ApiToken {
        let asking = self.asking(maker, byte, names);
        match self.here().create_api_token(asking, self.event(Action::ApiTokenCreated)).await.unwrap() {
            ApiTokenCreated::Yes(token) => token,
            other => panic!("{other:?}"),
        }
    }

    /// What the gate says of a secret; nothing where it knows none.
    async fn shown(&self, byte: u8) -> Option<Result<(), Closed>> {
        let holder = self.here().api_token_holder([byte; 32]).await.unwrap()?;
        Some(admit_api_token(&holder.facts, self.now()))
    }

    async fn rotated(&self, token: &ApiToken, byte: u8, overlap: u64, maker: &Account) -> ApiTokenRotated {
        let rotate = RotateApiToken {
            id: token.id,
            secret: secret(byte),
            overlap: Duration::from_secs(overlap),
            maker: maker.clone(),
        };
        self.here().rotate_api_token(rotate, self.event(Action::ApiTokenRotated)).await.unwrap()
    }
}

async fn a_token_reads_back_as_it_was_made(world: World) {
    let ada = world.staff("ada@example.com", "MANAGER").await;
    let made = world.api_token(&ada, 1, &["AGENT", "CASHIER"]).await;
    assert_eq!((&made.name, &made.hint, made.maker), (&"job".to_owned(), &"countersign_000001".to_owned(), ada.id));
    assert_eq!(made.roles, roles(&["AGENT", "CASHIER"]));
    assert_eq!((made.created_at, made.state(world.now())), (world.now(), ApiTokenState::Active));
    assert_eq!(world.here().api_token(made.id).await.unwrap().as_ref(), Some(&made));
    let holder = world.here().api_token_holder([1; 32]).await.unwrap().unwrap();
    assert_eq!((holder.token, holder.maker_roles), (made.clone(), roles(&["MANAGER"])));
    world.pass(1);
    let second = world.api_token(&ada, 2, &[]).await;
    assert_eq!(world.here().api_tokens().await.unwrap(), [second, made]);
    assert_eq!(world.told(&Action::ApiTokenCreated).await, 2);
}

async fn it_is_good_until_its_end_and_gone_a_month_later(world: World) {
    let ada = world.staff("ada@example.com", "MANAGER").await;
    let made = world.api_token(&ada, 1, &[]).await;
    world.pass(DAY - 1);
    assert_eq!(world.shown(1).await, Some(Ok(())));
    world.pass(1);
    assert_eq!(world.shown(1).await, Some(Err(Closed::Ended)));
    world.pass(30 * DAY - 1);
    world.store.purge_passing().await.unwrap();
    assert!(world.here().api_token(made.id).await.unwrap().is_some());
    world.pass(1);
    assert_eq!(world.store.purge_passing().await.unwrap().gone, 1);
    assert_eq!(world.here().api_token(made.id).await.unwrap(), None);
    assert_eq!(world.number("SELECT count(*) FROM api_token_secret").await, 0);
}

async fn a_rotation_overlaps_as_long_as_was_asked(world: World) {
    let (ada, bob) = (world.staff("ada@example.com", "MANAGER").await, world.staff("bob@example.com", "MANAGER").await);
    let made = world.api_token(&ada, 1, &["AGENT"]).await;
    world.pass(60);
    let ApiTokenRotated::Yes(rotated) = world.rotated(&made, 2, 300, &bob).await else { panic!() };
    assert_eq!((rotated.id, rotated.maker, &*rotated.hint), (made.id, bob.id, "countersign_000002"));
    assert_eq!(world.here().api_token(made.id).await.unwrap(), Some(rotated));
    assert_eq!((world.shown(1).await, world.shown(2).await), (Some(Ok(())), Some(Ok(()))));
    // Who was shown the first one answers for it while it lasts.
    let close = |account: &Account| {
        world.here().set_standing(account.id, Standing::Deactivated, world.event(Action::AccountDeactivated))
    };
    assert_eq!(close(&ada).await.unwrap(), Changed::Yes);
    assert_eq!((world.shown(1).await, world.shown(2).await), (Some(Err(Closed::Ended)), Some(Ok(()))));
    world.here().set_standing(ada.id, Standing::Active, world.event(Action::AccountActivated)).await.unwrap();
    world.pass(299);
    assert_eq!(world.shown(1).await, Some(Ok(())));
    world.pass(1);
    assert_eq!((world.shown(1).await, world.shown(2).await), (Some(Err(Closed::Ended)), Some(Ok(()))));
    // Of three secrets two are kept, and an overlap ends before the token does.
    assert!(matches!(world.rotated(&made, 3, 7 * DAY, &bob).await, ApiTokenRotated::Yes(_)));
    assert_eq!((world.shown(1).await, world.shown(2).await), (None, Some(Ok(()))));
    world.pass(10);
    assert!(matches!(world.rotated(&made, 4, 0, &bob).await, ApiTokenRotated::Yes(_)));
    assert_eq!(
        (world.shown(2).await, world.shown(3).await, world.shown(4).await),
        (None, Some(Err(Closed::Ended)), Some(Ok(())))
    );
}

async fn of_rotations_at_once_one_wins(world: World) {
    let ada = world.staff("ada@example.com", "MANAGER").await;
    let made = world.api_token(&ada, 1, &[]).await;
    // What lies in memory has one node.
    let another = match world.location {
        Location::Memory => world.here().clone(),
        _ => world.another_node().await.tenant(world.tenant),
    };
    let one = |byte: u8| {
        let store = if byte % 2 == 0 { world.here().clone() } else { another.clone() };
        let event = world.event(Action::ApiTokenRotated);
        let rotate = RotateApiToken { id: made.id, secret: secret(byte), overlap: Duration::ZERO, maker: ada.clone() };
        tokio::spawn(async move { (byte, store.rotate_api_token(rotate, event).await.unwrap()) })
    };
    let tasks: Vec<_> = (10..26).map(one).collect();
    let mut won = Vec::new();
    for task in tasks {
        let (byte, rotated) = task.await.unwrap();
        match rotated {
            ApiTokenRotated::Yes(_) => won.push(byte),
            ApiTokenRotated::JustNow(next) => assert_eq!(next, world.now().plus(ROTATIONS_APART)),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(won.len(), 1);
    assert_eq!(world.shown(won[0]).await, Some(Ok(())), "and nobody has voided what the winner was shown");
    assert_eq!(world.told(&Action::ApiTokenRotated).await, 1);
    world.pass(10);
    assert!(matches!(world.rotated(&made, 50, 0, &ada).await, ApiTokenRotated::Yes(_)));
}

async fn an_end_is_an_end(world: World) {
    let ada = world.staff("ada@example.com", "MANAGER").await;
    let made = world.api_token(&ada, 1, &[]).await;
    let end = || world.here().invalidate_api_token(made.id, world.event(Action::ApiTokenInvalidated));
    assert_eq!((end().await.unwrap(), end().await.unwrap()), (ApiTokenEnded::Yes, ApiTokenEnded::Already));
    assert_eq!(world.shown(1).await, None);
    assert_eq!(world.rotated(&made, 2, 0, &ada).await, ApiTokenRotated::Ended);
    let listed = world.here().api_token(made.id).await.unwrap().unwrap();
    assert_eq!(listed.state(world.now()), ApiTokenState::Invalidated);
    let delete = || world.here().delete_api_token(made.id, world.event(Action::ApiTokenDeleted));
    assert_eq!((delete().await.unwrap(), delete().await.unwrap()), (ApiTokenEnded::Yes, ApiTokenEnded::NoSuchToken));
    assert_eq!(end().await.unwrap(), ApiTokenEnded::NoSuchToken);
    assert_eq!(world.rotated(&made, 2, 0, &ada).await, ApiTokenRotated::NoSuchToken);
    let (told, ended) = (world.told(&Action::ApiTokenDeleted).await, world.told(&Action::ApiTokenInvalidated).await);
    assert_eq!((told, ended), (1, 1));
}

async fn what_its_maker_loses_ends_it_for_good(world: World) {
    let ada = world.staff("ada@example.com", "MANAGER").await;
    world.api_token(&ada, 1, &["MANAGER"]).await;
    world.api_token(&ada, 2, &["AGENT"]).await;
    world.api_token(&ada, 3, &[]).await;
    let edit = |was: &Account, names: &[&str]| {
        let edit = EditAccount {
            was: was.clone(),
            names: None,
            roles: Some(roles(names)),
            must_change_password: None,
            person: None,
        };
        world.here().edit_account(edit, world.event(Action::AccountChanged))
    };
    // Somebody else stays a manager.
    world.staff("bob@example.com", "MANAGER").await;
    let Edited::Yes(now) = edit(&ada, &["AGENT"]).await.unwrap() else { panic!() };
    assert_eq!((world.shown(1).await, world.shown(2).await), (None, Some(Ok(()))));
    let Edited::Yes(now) = edit(&now, &["MANAGER"]).await.unwrap() else { panic!() };
    assert_eq!(world.shown(1).await, None, "roles that come back bring no token back");
    world.here().set_standing(now.id, Standing::Deactivated, world.event(Action::AccountDeactivated)).await.unwrap();
    world.here().set_standing(now.id, Standing::Active, world.event(Action::AccountActivated)).await.unwrap();
    assert_eq!((world.shown(2).await, world.shown(3).await), (None, None));
    let told = "SELECT count(*) FROM event WHERE detail LIKE 'API tokens ended: %'";
    assert_eq!(world.number(told).await, 2, "both changes name what ended with them");
}

async fn a_maker_who_was_changed_meanwhile_makes_none(world: World) {
    let ada = world.staff("ada@example.com", "MANAGER").await;
    world.staff("bob@example.com", "MANAGER").await;
    let made = world.api_token(&ada, 1, &[]).await;
    world.here().set_standing(ada.id, Standing::Deactivated, world.event(Action::AccountDeactivated)).await.unwrap();
    let asking = world.asking(&ada, 2, &[]);
    let refused = world.here().create_api_token(asking, world.event(Action::ApiTokenCreated)).await.unwrap();
    assert_eq!(refused, ApiTokenCreated::MakerChanged);
    assert_eq!(world.rotated(&made, 3, 0, &ada).await, ApiTokenRotated::MakerChanged);
}

async fn a_tenant_has_a_hundred_at_most(world: World) {
    let ada = world.staff("ada@example.com", "MANAGER").await;
    for byte in 1..API_TOKENS_MAX {
        world.api_token(&ada, u8::try_from(byte).unwrap(), &[]).await;
    }
    let tasks: Vec<_> = (200..208)
        .map(|byte| {
            let (here, event) = (world.here().clone(), world.event(Action::ApiTokenCreated));
            let asking = world.asking(&ada, byte, &[]);
            tokio::spawn(async move { here.create_api_token(asking, event).await.unwrap() })
        })
        .collect();
    let mut made = 0;
    for task in tasks {
        match task.await.unwrap() {
            ApiTokenCreated::Yes(_) => made += 1,
            ApiTokenCreated::TooMany => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((made, world.here().api_tokens().await.unwrap().len()), (1, API_TOKENS_MAX));
}

async fn its_use_is_noted_once_a_minute(world: World) {
    let ada = world.staff("ada@example.com", "MANAGER").await;
    let made = world.api_token(&ada, 1, &[]).await;
    let first = world.now();
    for (passes, noted) in [(0, first), (59, first), (1, first.plus(Duration::from_secs(60)))] {
        world.pass(passes);
        world.here().note_api_token_use(made.id).await.unwrap();
        let read = world.here().api_token(made.id).await.unwrap().unwrap();
        assert_eq!(read.last_used_at, Some(noted));
    }
    world.here().note_api_token_use(ApiTokenId::from_uuid(id())).await.unwrap();
}

async fn tokens_of_another_tenant_are_out_of_reach(world: World) {
    let ada = world.staff("ada@example.com", "MANAGER").await;
    let made = world.api_token(&ada, 1, &[]).await;
    let there = world.store.tenant(make_tenant(&world.store, "there").await);
    assert!(there.api_token_holder([1; 32]).await.unwrap().is_none());
    assert!(there.api_token(made.id).await.unwrap().is_none() && there.api_tokens().await.unwrap().is_empty());
    let event = || world.event(Action::ApiTokenInvalidated);
    assert_eq!(there.invalidate_api_token(made.id, event()).await.unwrap(), ApiTokenEnded::NoSuchToken);
    assert_eq!(there.delete_api_token(made.id, event()).await.unwrap(), ApiTokenEnded::NoSuchToken);
    assert_eq!(world.shown(1).await, Some(Ok(())));
}

on_both! {
    a_token_reads_back_as_it_was_made,
    it_is_good_until_its_end_and_gone_a_month_later,
    a_rotation_overlaps_as_long_as_was_asked,
    of_rotations_at_once_one_wins,
    an_end_is_an_end,
    what_its_maker_loses_ends_it_for_good,
    a_maker_who_was_changed_meanwhile_makes_none,
    a_tenant_has_a_hundred_at_most,
    its_use_is_noted_once_a_minute,
    tokens_of_another_tenant_are_out_of_reach,
}

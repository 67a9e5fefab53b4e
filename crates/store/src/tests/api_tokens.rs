use std::time::Duration;

use countersign_domain::audit::Action;
use countersign_domain::gate::{Closed, admit_api_token};
use countersign_domain::{
    API_TOKENS_MAX, Account, ApiToken, ApiTokenId, ApiTokenState, Kind, Overlap, Permission, Permissions,
    ROTATIONS_APART, Role, Standing,
};

use super::world::{id, make_tenant, new_account};
use super::{World, on_both};
use crate::{
    ApiTokenCreated, ApiTokenEnded, ApiTokenRotated, ApiTokenSecret, Created, EditAccount, EditPerson, Edited,
    Location, NewApiToken, RoleChange, RoleChanged, RotateApiToken,
};

const DAY: u64 = 86_400;

fn secret(byte: u8) -> ApiTokenSecret {
    ApiTokenSecret { hash: [byte; 32], hint: format!("countersign_{byte:06x}") }
}

fn overlapping(seconds: u64) -> Overlap {
    Overlap::seconds(u32::try_from(seconds).unwrap()).unwrap()
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
            seen: None,
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

    async fn gives(&self, was: &Account, names: &[&str]) -> Edited {
        let edit = EditAccount {
            was: was.clone(),
            first_name: None,
            last_name: None,
            roles: Some(roles(names)),
            must_change_password: None,
            person: EditPerson::default(),
        };
        self.here().edit_account(edit, self.event(Action::AccountChanged)).await.unwrap()
    }

    /// What the gate says of a secret; nothing where it knows none.
    async fn shown(&self, byte: u8) -> Option<Result<(), Closed>> {
        let holder = self.here().api_token_holder([byte; 32]).await.unwrap()?;
        Some(admit_api_token(&holder.facts, self.now()))
    }

    async fn rotated(&self, token: &ApiToken, byte: u8, overlap: u64, maker: &Account) -> ApiTokenRotated {
        let rotate =
            RotateApiToken { id: token.id, secret: secret(byte), overlap: overlapping(overlap), maker: maker.clone() };
        self.here().rotate_api_token(rotate, self.event(Action::ApiTokenRotated)).await.unwrap()
    }
}

/// A form that is posted twice at once makes one token: the other answer would be a secret that nobody is shown.
async fn of_tokens_made_by_one_form_at_once_there_is_one(world: World) {
    let ada = world.staff("ada@example.com", "MANAGER").await;
    for round in 0..5 {
        let seen = world.here().api_tokens().await.unwrap().first().map(|token| token.id);
        let make = |byte: u8| {
            let asking = NewApiToken { seen: Some(seen), ..world.asking(&ada, byte, &[]) };
            let (here, event) = (world.here(), world.event(Action::ApiTokenCreated));
            async move { here.create_api_token(asking, event).await.unwrap() }
        };
        let (one, two) = tokio::join!(make(2 * round + 1), make(2 * round + 2));
        let made = [&one, &two].into_iter().filter(|made| matches!(made, ApiTokenCreated::Yes(_))).count();
        assert!(made == 1 && [&one, &two].contains(&&ApiTokenCreated::Unseen), "{one:?} {two:?}");
        world.pass(1);
    }
    assert_eq!(world.here().api_tokens().await.unwrap().len(), 5);
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

async fn who_was_shown_a_secret_answers_for_it_while_it_lasts(world: World) {
    let (ada, bob) = (world.staff("ada@example.com", "MANAGER").await, world.staff("bob@example.com", "MANAGER").await);
    let made = world.api_token(&ada, 1, &["MANAGER"]).await;
    assert!(matches!(world.rotated(&made, 2, 7 * DAY, &bob).await, ApiTokenRotated::Yes(_)));
    let Edited::Yes(_) = world.gives(&ada, &["CASHIER"]).await else { panic!() };
    assert_eq!((world.shown(1).await, world.shown(2).await), (None, Some(Ok(()))));
    // A secret alone can be given up, and the token goes on with the next.
    world.pass(10);
    assert!(matches!(world.rotated(&made, 3, DAY - 60, &bob).await, ApiTokenRotated::Yes(_)));
    world.here().end_api_token_secret([2; 32], world.event(Action::ApiTokenInvalidated)).await.unwrap();
    world.here().end_api_token_secret([2; 32], world.event(Action::ApiTokenInvalidated)).await.unwrap();
    assert_eq!((world.shown(2).await, world.shown(3).await), (None, Some(Ok(()))));
    assert_eq!(world.told(&Action::ApiTokenInvalidated).await, 1);
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
        let store = if byte.is_multiple_of(2) { world.here().clone() } else { another.clone() };
        let event = world.event(Action::ApiTokenRotated);
        let rotate =
            RotateApiToken { id: made.id, secret: secret(byte), overlap: Overlap::default(), maker: ada.clone() };
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
    // Somebody else stays a manager.
    world.staff("bob@example.com", "MANAGER").await;
    let opens = [Permission::ManageApiTokens].into_iter().collect();
    let lead = RoleChange::Create("LEAD".parse().unwrap(), opens);
    assert_eq!(world.here().change_role(lead, world.event(Action::RoleCreated)).await.unwrap(), RoleChanged::Yes);
    let ada = world.staff("ada@example.com", "MANAGER").await;
    for (byte, names) in [(1, &["MANAGER"][..]), (2, &["CASHIER"]), (3, &["LEAD"]), (4, &[])] {
        world.api_token(&ada, byte, names).await;
    }
    let Edited::Yes(edited) = world.gives(&ada, &["LEAD"]).await else { panic!() };
    let now = edited.0;
    let living = async || {
        let mut living = Vec::new();
        for byte in 1..=4 {
            if world.shown(byte).await == Some(Ok(())) {
                living.push(byte);
            }
        }
        living
    };
    assert_eq!(living().await, [3, 4], "what opens nothing here may open cash elsewhere");
    let Edited::Yes(edited) = world.gives(&now, &["MANAGER"]).await else { panic!() };
    let now = edited.0;
    assert_eq!(living().await, [3, 4], "roles that come back bring no token back");
    world.here().set_standing(now.id, Standing::Deactivated, world.event(Action::AccountDeactivated)).await.unwrap();
    world.here().set_standing(now.id, Standing::Active, world.event(Action::AccountActivated)).await.unwrap();
    assert!(living().await.is_empty());
    let told = "SELECT count(*) FROM event WHERE action = 'api_token_invalidated' AND reason = 'maker_lost'";
    assert_eq!(world.number(told).await, 4, "each end is told");
}

async fn a_role_that_a_token_has_stays(world: World) {
    let ada = world.staff("ada@example.com", "MANAGER").await;
    let name: Role = "LEAD".parse().unwrap();
    let change = |change| world.here().change_role(change, world.event(Action::RoleChanged));
    change(RoleChange::Create(name.clone(), Permissions::new())).await.unwrap();
    let made = world.api_token(&ada, 1, &["LEAD"]).await;
    assert_eq!(change(RoleChange::Delete(name.clone())).await.unwrap(), RoleChanged::Held);
    world.here().invalidate_api_token(made.id, world.event(Action::ApiTokenInvalidated)).await.unwrap();
    assert_eq!(change(RoleChange::Delete(name)).await.unwrap(), RoleChanged::Yes);
    let gone = world.asking(&ada, 2, &["LEAD"]);
    let refused = world.here().create_api_token(gone, world.event(Action::ApiTokenCreated)).await.unwrap();
    assert_eq!(refused, ApiTokenCreated::Beyond);
}

async fn a_maker_who_was_changed_meanwhile_makes_none(world: World) {
    let ada = world.staff("ada@example.com", "MANAGER").await;
    world.staff("bob@example.com", "MANAGER").await;
    let made = world.api_token(&ada, 1, &[]).await;
    world.here().set_standing(ada.id, Standing::Deactivated, world.event(Action::AccountDeactivated)).await.unwrap();
    let asking = world.asking(&ada, 2, &[]);
    let refused = world.here().create_api_token(asking, world.event(Action::ApiTokenCreated)).await.unwrap();
    assert_eq!(refused, ApiTokenCreated::Meanwhile);
    assert_eq!(world.rotated(&made, 3, 0, &ada).await, ApiTokenRotated::Meanwhile);
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
    who_was_shown_a_secret_answers_for_it_while_it_lasts,
    a_role_that_a_token_has_stays,
    of_rotations_at_once_one_wins,
    of_tokens_made_by_one_form_at_once_there_is_one,
    an_end_is_an_end,
    what_its_maker_loses_ends_it_for_good,
    a_maker_who_was_changed_meanwhile_makes_none,
    a_tenant_has_a_hundred_at_most,
    its_use_is_noted_once_a_minute,
    tokens_of_another_tenant_are_out_of_reach,
}

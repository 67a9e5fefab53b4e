use countersign_domain::audit::Action;
use countersign_domain::{DeviceMark, Kind, PasswordHash, Standing};

use super::world::{id, name_hash, new_account};
use super::{World, on_all};
use crate::{Changed, Created, ReserveAttempt, SetPassword};

async fn one_address_has_one_account_of_each_kind(world: World) {
    let customer = world.account(Kind::Customer, "Ada@Example.com").await;
    let staff = world.account(Kind::Staff, "ada@example.com").await;
    let email = super::world::address("ADA@example.COM");
    assert_eq!(world.here().accounts_of(email.key()).await.unwrap(), [customer.clone(), staff]);
    let again = new_account(Kind::Customer, "ada@example.com", &["CUSTOMER"]);
    let made = world.here().create_account(again, world.event(Action::AccountCreated)).await.unwrap();
    assert_eq!(made, Created::EmailTaken);
    assert_eq!(world.told(&Action::AccountCreated).await, 2);
    assert_eq!((customer.email.as_str(), customer.generation, customer.password_version), ("Ada@Example.com", 1, 1));
}

async fn a_role_must_be_one_of_the_tenants_for_that_kind(world: World) {
    for (kind, role) in [(Kind::Customer, "MANAGER"), (Kind::Staff, "CUSTOMER"), (Kind::Staff, "TELLER")] {
        let account = new_account(kind, "a@example.com", &["CUSTOMER", role]);
        let account = crate::NewAccount { roles: vec![role.parse().unwrap()], ..account };
        let made = world.here().create_account(account, world.event(Action::AccountCreated)).await.unwrap();
        assert_eq!(made, Created::NoSuchRole(role.parse().unwrap()));
    }
    assert_eq!(world.told(&Action::AccountCreated).await, 0);
}

async fn one_address_in_two_tenants_is_two_people(world: World) {
    let account = world.account(Kind::Staff, "ada@example.com").await;
    let other = world.store.tenant(super::world::make_tenant(&world.store, "there").await);
    assert_eq!(other.account(account.id).await.unwrap(), None);
    let deactivate = other.set_standing(account.id, Standing::Deactivated, world.event(Action::AccountDeactivated));
    assert_eq!(deactivate.await.unwrap(), Changed::NoSuchAccount);
    let account = new_account(Kind::Staff, "ada@example.com", &["AGENT"]);
    let made = other.create_account(account, world.event(Action::AccountCreated)).await.unwrap();
    assert_eq!(made, Created::Yes);
}

async fn a_change_of_standing_ends_what_was_opened_under_the_old_one(world: World) {
    let account = world.account(Kind::Customer, "ada@example.com").await;
    let session = world.log_in(&account).await;
    let set = |standing, action| world.here().set_standing(account.id, standing, world.event(action));
    assert_eq!(set(Standing::Deactivated, Action::AccountDeactivated).await.unwrap(), Changed::Yes);
    assert_eq!(set(Standing::Deactivated, Action::AccountDeactivated).await.unwrap(), Changed::Already);
    assert_eq!(set(Standing::Active, Action::AccountActivated).await.unwrap(), Changed::Yes);
    let now = world.here().account(account.id).await.unwrap().unwrap();
    assert_eq!((now.generation, now.password_version, now.standing), (3, 1, Standing::Active));
    let facts = world.here().holder(session.id).await.unwrap().unwrap().facts;
    assert_eq!((facts.session_generation, facts.generation), (1, 3));
    assert_eq!(world.told(&Action::AccountDeactivated).await, 1);
}

async fn a_new_password_ends_sessions_and_every_lock_of_its_kind(world: World) {
    let account = world.account(Kind::Customer, "ada@example.com").await;
    world.account(Kind::Staff, "ada@example.com").await;
    let ask = || world.ask("ada@example.com");
    for _ in 0..5 {
        world.guess(&ask()).await;
    }
    let change = SetPassword {
        id: account.id,
        name_hash: name_hash("ada@example.com"),
        hash: PasswordHash::new("new"),
        must_change: true,
    };
    let set = world.here().set_password(change.clone(), world.event(Action::PasswordSet)).await.unwrap();
    assert_eq!(set, Changed::Yes);
    let now = world.here().account(account.id).await.unwrap().unwrap();
    assert_eq!((now.generation, now.password_version, now.must_change_password), (2, 2, true));
    assert_eq!(now.password_hash, Some(PasswordHash::new("new")));
    // The customer's counter is clear, the staff account's is not.
    let reserved = world.reserve(&ask()).await;
    assert_eq!(reserved.attempt, crate::ReservedKinds::Yes(vec![Kind::Customer]));
    let nobody = SetPassword { id: countersign_domain::AccountId::from_uuid(id()), ..change };
    let set = world.here().set_password(nobody, world.event(Action::PasswordSet)).await.unwrap();
    assert_eq!((set, world.told(&Action::PasswordSet).await), (Changed::NoSuchAccount, 1));
}

async fn an_unlock_is_told_once(world: World) {
    let account = world.account(Kind::Customer, "ada@example.com").await;
    let unlock = || world.here().unlock(account.id, name_hash("ada@example.com"), world.event(Action::AccountUnlocked));
    assert_eq!(unlock().await.unwrap(), Changed::Already);
    world.guess(&world.ask("ada@example.com")).await;
    assert_eq!(unlock().await.unwrap(), Changed::Yes);
    assert_eq!(unlock().await.unwrap(), Changed::Already);
    assert_eq!(world.told(&Action::AccountUnlocked).await, 1);
    let nobody = countersign_domain::AccountId::from_uuid(id());
    let unlock = world.here().unlock(nobody, [0; 32], world.event(Action::AccountUnlocked));
    assert_eq!(unlock.await.unwrap(), Changed::NoSuchAccount);
}

async fn a_hash_made_anew_never_brings_an_old_password_back(world: World) {
    let account = world.account(Kind::Customer, "ada@example.com").await;
    assert!(world.here().rehash(&account, PasswordHash::new("dearer")).await.unwrap());
    let now = world.here().account(account.id).await.unwrap().unwrap();
    assert_eq!(now.password_hash, Some(PasswordHash::new("dearer")));
    assert_eq!((now.generation, now.password_version), (1, 1));
    let change = SetPassword {
        id: account.id,
        name_hash: name_hash("ada@example.com"),
        hash: PasswordHash::new("new"),
        must_change: false,
    };
    world.here().set_password(change, world.event(Action::PasswordSet)).await.unwrap();
    assert!(!world.here().rehash(&account, PasswordHash::new("old, dearer")).await.unwrap());
    let now = world.here().account(account.id).await.unwrap().unwrap();
    assert_eq!(now.password_hash, Some(PasswordHash::new("new")));
}

async fn the_counters_of_a_name_are_shown_for_each_class_of_devices(world: World) {
    let account = world.account(Kind::Customer, "ada@example.com").await;
    let of = |name: &'static str| world.here().counters_of(name_hash(name));
    assert_eq!(of("ada@example.com").await.unwrap(), []);
    let mark = DeviceMark { account: account.id, password_version: 1, device: [3; 16] };
    let marked = ReserveAttempt { mark: Some(mark), ..world.ask("ada@example.com") };
    world.guess(&marked).await;
    world.guess(&world.ask("ada@example.com")).await;
    world.guess(&world.ask("ada@example.com")).await;
    let counters = of("ada@example.com").await.unwrap();
    let failures: Vec<_> = counters.iter().map(|(device, of)| (*device, of.of(Kind::Customer).failures)).collect();
    assert_eq!(failures, [(None, 2), (Some([3; 16]), 1)]);
    assert_eq!(of("bob@example.com").await.unwrap(), []);
}

on_all! {
    the_counters_of_a_name_are_shown_for_each_class_of_devices,
    one_address_has_one_account_of_each_kind,
    a_role_must_be_one_of_the_tenants_for_that_kind,
    one_address_in_two_tenants_is_two_people,
    a_change_of_standing_ends_what_was_opened_under_the_old_one,
    a_new_password_ends_sessions_and_every_lock_of_its_kind,
    an_unlock_is_told_once,
    a_hash_made_anew_never_brings_an_old_password_back,
}

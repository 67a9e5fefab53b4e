use countersign_domain::audit::{Action, Personal};
use countersign_domain::{AccountId, Address, Kind, Person, Standing, Timestamp};

use super::world::{address, make_tenant, new_account};
use super::{World, on_all};
use crate::{
    EventFilter, ImportAccounts, ImportPosition, Imported, ImportedAccount, ListPeople, Location, OnlyPeople,
    RoleChange,
};

const FILE: [u8; 32] = [7; 32];

fn imported(email: &str) -> ImportedAccount {
    ImportedAccount {
        account: new_account(Kind::Customer, email, &["CUSTOMER"]),
        standing: Standing::Active,
        created_at: None,
    }
}

fn batch(from: u64, to: u64, emails: &[&str]) -> ImportAccounts {
    ImportAccounts { plan: FILE, from, to, accounts: emails.iter().map(|email| imported(email)).collect() }
}

async fn import(world: &World, batch: ImportAccounts) -> Imported {
    world.here().import_accounts(batch, world.event(Action::AccountsImported)).await.unwrap()
}

fn yes(taken: &[usize]) -> Imported {
    Imported::Yes { taken: taken.to_vec() }
}

async fn found(world: &World, search: &str) -> usize {
    let ask = ListPeople {
        kind: Kind::Customer,
        search: Some(search.into()),
        cursor: None,
        only: OnlyPeople::default(),
        limit: 50,
    };
    world.here().people(ask).await.unwrap().accounts.len()
}

async fn a_batch_writes_all_that_an_account_made_alone_has(world: World) {
    let mut one = imported("Ada@Example.com");
    one.standing = Standing::Deactivated;
    one.created_at = Some(Timestamp::from_unix_seconds(1_700_000_000));
    one.account.must_change_password = true;
    one.account.person = Person { address: "1 High St".parse::<Address>().ok(), ..Person::default() };
    let staff = ImportedAccount {
        account: new_account(Kind::Staff, "bob@example.com", &["AGENT", "CASHIER"]),
        ..imported("x@example.com")
    };
    let (ada, bob) = (one.account.id, staff.account.id);
    let batch = ImportAccounts { plan: FILE, from: 0, to: 3, accounts: vec![one.clone(), staff] };
    assert_eq!(import(&world, batch).await, yes(&[]));

    let account = world.here().account(ada).await.unwrap().unwrap();
    assert_eq!(
        (account.email.as_str(), account.kind, account.standing),
        ("Ada@Example.com", Kind::Customer, Standing::Deactivated)
    );
    assert_eq!((account.generation, account.password_version, account.must_change_password), (1, 1, true));
    assert_eq!((Some(account.created_at), account.password_hash), (one.created_at, one.account.password_hash));
    assert_eq!(world.here().person(ada).await.unwrap(), one.account.person);
    assert_eq!((found(&world, "ada@").await, found(&world, "ADA").await), (1, 1));
    assert_eq!(world.here().account(bob).await.unwrap().unwrap().created_at, world.now());
    let holders = "SELECT count(*) FROM role_holder WHERE role IN ('AGENT', 'CASHIER', 'CUSTOMER')";
    assert_eq!(world.number(holders).await, 3);
    let position = world.here().import_position(&FILE).await.unwrap();
    assert_eq!(position, Some(ImportPosition { row: 3, written: 2 }));

    let filter = EventFilter { action: Some(Action::AccountsImported), events_max: 5, ..EventFilter::default() };
    let events = world.here().events(filter).await.unwrap().events;
    assert_eq!(events.iter().map(|event| event.count).collect::<Vec<_>>(), [2], "one event for all of them");
    assert!(matches!(events[0].personal, Personal::Kept { .. }));
}

async fn a_taken_name_is_left_as_it_is(world: World) {
    let ada = world.account(Kind::Customer, "ada@example.com").await;
    world.account(Kind::Staff, "bob@example.com").await;
    let names = ["bob@example.com", "ADA@example.com", "cleo@example.com"]
        .map(|email| (Kind::Customer, address(email).key().clone()));
    assert_eq!(world.here().names_taken(names.to_vec()).await.unwrap(), [1]);
    let batch = batch(0, 3, &["bob@example.com", "ADA@example.com", "cleo@example.com"]);
    assert_eq!(import(&world, batch).await, yes(&[1]));
    assert_eq!(world.here().accounts_of(address("ada@example.com").key()).await.unwrap(), [ada]);
    assert_eq!(found(&world, "ada").await, 3, "by the first name that all of them have");
    assert_eq!(world.number("SELECT count(*) FROM role_holder WHERE role = 'CUSTOMER'").await, 3);
    assert_eq!(world.number("SELECT count FROM event WHERE action = 'accounts_imported'").await, 2);
}

async fn a_batch_of_nothing_new_moves_the_position_and_tells_nothing(world: World) {
    world.account(Kind::Customer, "ada@example.com").await;
    assert_eq!(import(&world, batch(0, 7, &["ada@example.com"])).await, yes(&[0]));
    assert_eq!(import(&world, batch(7, 9, &[])).await, yes(&[]));
    assert_eq!(world.here().import_position(&FILE).await.unwrap(), Some(ImportPosition { row: 9, written: 0 }));
    assert_eq!(world.told(&Action::AccountsImported).await, 0);
}

async fn of_two_imports_of_one_file_each_batch_is_written_once(world: World) {
    let other = match world.location {
        Location::Memory => world.store.clone(),
        _ => world.another_node().await,
    };
    let there = other.tenant(world.tenant);
    let emails: Vec<String> = (0..40).map(|number| format!("p{number}@example.com")).collect();
    let emails: Vec<&str> = emails.iter().map(String::as_str).collect();
    let mine = world.here().import_accounts(batch(0, 40, &emails), world.event(Action::AccountsImported));
    let theirs = there.import_accounts(batch(0, 40, &emails), world.event(Action::AccountsImported));
    let (mine, theirs) = tokio::join!(mine, theirs);
    let mut outcomes = [mine.unwrap(), theirs.unwrap()];
    outcomes.sort_by_key(|outcome| *outcome == Imported::Meanwhile);
    assert_eq!(outcomes, [yes(&[]), Imported::Meanwhile]);
    assert_eq!(import(&world, batch(39, 41, &["late@example.com"])).await, Imported::Meanwhile);
    assert_eq!(world.number("SELECT count(*) FROM account").await, 40);
    assert_eq!(world.here().import_position(&FILE).await.unwrap(), Some(ImportPosition { row: 40, written: 40 }));
}

async fn a_role_that_is_gone_stops_its_batch(world: World) {
    let teller = "TELLER".parse().unwrap();
    let account = new_account(Kind::Staff, "ada@example.com", &["TELLER"]);
    let made = RoleChange::Create("TELLER".parse().unwrap(), Default::default());
    let batch = |account| ImportAccounts {
        accounts: vec![ImportedAccount { account, ..imported("x@example.com") }],
        ..batch(0, 1, &[])
    };
    assert_eq!(import(&world, batch(account.clone())).await, Imported::NoSuchRole(teller));
    assert_eq!(world.number("SELECT count(*) FROM account").await, 0);
    world.here().change_role(made, world.event(Action::RoleCreated)).await.unwrap();
    assert_eq!(import(&world, batch(account)).await, yes(&[]));
}

async fn a_position_is_a_tenants_own_and_goes_in_the_end(world: World) {
    assert_eq!(import(&world, batch(0, 1, &["ada@example.com"])).await, yes(&[]));
    let other = world.store.tenant(make_tenant(&world.store, "there").await);
    assert_eq!(other.import_position(&FILE).await.unwrap(), None);
    assert_eq!(world.here().import_position(&[8; 32]).await.unwrap(), None);
    world.pass(29 * 86_400);
    assert_eq!(import(&world, batch(1, 2, &["bob@example.com"])).await, yes(&[]));
    world.pass(2 * 86_400);
    assert_eq!(world.store.purge_passing().await.unwrap().gone, 0, "it went on since");
    assert!(world.here().import_position(&FILE).await.unwrap().is_some());
    world.here().end_import(&FILE).await.unwrap();
    world.pass(29 * 86_400);
    assert_eq!(world.store.purge_passing().await.unwrap().gone, 0, "its end counts too");
    world.pass(86_400);
    assert_eq!(world.store.purge_passing().await.unwrap().gone, 1);
    assert_eq!(world.here().import_position(&FILE).await.unwrap(), None);
    assert_eq!(world.number("SELECT count(*) FROM import").await, 0);
}

async fn every_account_is_read_once_in_the_order_of_ids(world: World) {
    let mut one = imported("p0@example.com");
    one.account.person.address = "1 High St".parse().ok();
    let emails: Vec<String> = (1..25).map(|number| format!("p{number}@example.com")).collect();
    let mut accounts: Vec<ImportedAccount> = emails.iter().map(|email| imported(email)).collect();
    accounts.push(one.clone());
    assert_eq!(import(&world, ImportAccounts { accounts, ..batch(0, 25, &[]) }).await, yes(&[]));
    world.store.tenant(make_tenant(&world.store, "there").await);
    let (mut after, mut all) = (AccountId::from_uuid(uuid::Uuid::nil()), Vec::new());
    loop {
        let page = world.here().accounts_after(after, 10).await.unwrap();
        let Some((last, _)) = page.last() else { break };
        after = last.id;
        all.extend(page);
    }
    assert!(all.is_sorted_by_key(|(account, _)| account.id) && all.len() == 25);
    let with_person: Vec<_> = all.iter().filter(|(_, person)| *person != Person::default()).collect();
    assert_eq!(with_person.len(), 1);
    assert_eq!((with_person[0].0.id, &with_person[0].1), (one.account.id, &one.account.person));
}

on_all! {
    a_batch_writes_all_that_an_account_made_alone_has,
    a_taken_name_is_left_as_it_is,
    a_batch_of_nothing_new_moves_the_position_and_tells_nothing,
    of_two_imports_of_one_file_each_batch_is_written_once,
    a_role_that_is_gone_stops_its_batch,
    a_position_is_a_tenants_own_and_goes_in_the_end,
    every_account_is_read_once_in_the_order_of_ids,
}

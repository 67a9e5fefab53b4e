use countersign_domain::{ConfirmEmail, Kind, PolicyFault, Role, Settings, Standing};
use countersign_flows::mail::Content;
use countersign_flows::{Confirmed, PasswordRefusal, Registered};
use countersign_store::{ListCursor, ListPeople, OnlyPeople, PeoplePage};

use super::{Door, letters, mailed_token, registering};
use crate::support::{ADA, PASSWORD, World, on_both};

async fn a_registration_becomes_an_account_by_token_and_password(world: World) {
    let door = Door::of(&world);
    assert_eq!(door.registers(ADA, PASSWORD).await, Registered::Yes);
    assert_eq!(
        door.who.tries(ADA, PASSWORD).await,
        countersign_flows::Refusal::UnknownEmail,
        "there is no account yet"
    );
    let token = mailed_token(&world).await;
    assert!(matches!(door.confirms(&token, "Other-horse-1").await, Confirmed::WrongPassword));
    let Confirmed::Yes(id, _mark) = door.confirms(&token, PASSWORD).await else { panic!("not confirmed") };
    assert_eq!(door.who.logs_in(ADA, PASSWORD).await.account(), id);
    let (account, person) = world.flows.view_person(&world.tenant, Kind::Customer, id).await.unwrap().unwrap();
    assert_eq!((account.first_name.as_deref(), person.dob.unwrap().to_string().as_str()), (Some("Ada"), "1990-05-17"));
    assert!(matches!(door.confirms(&token, PASSWORD).await, Confirmed::BadToken), "spent");
}

async fn the_fifth_wrong_password_ends_a_registration(world: World) {
    let door = Door::of(&world);
    door.registers(ADA, PASSWORD).await;
    let token = mailed_token(&world).await;
    for _ in 0..5 {
        assert!(matches!(door.confirms(&token, "Other-horse-1").await, Confirmed::WrongPassword));
    }
    assert!(matches!(door.confirms(&token, PASSWORD).await, Confirmed::BadToken));
}

async fn a_registration_is_over_after_a_day(world: World) {
    let door = Door::of(&world);
    door.registers(ADA, PASSWORD).await;
    let token = mailed_token(&world).await;
    world.pass(24 * 3600);
    assert!(matches!(door.confirms(&token, PASSWORD).await, Confirmed::BadToken));
}

/// Whoever registers a stranger's address learns nothing, and the first who confirms discards the others.
async fn a_taken_address_is_told_to_its_owner_alone(world: World) {
    let door = Door::of(&world);
    for password in [PASSWORD, "Strangers-horse-1"] {
        assert_eq!(door.registers(ADA, password).await, Registered::Yes);
    }
    let both = letters(&world).await;
    let [first, second] = [0, 1].map(|n| super::tokens(&both[n]).remove(0).1);
    // Letters of one moment have no order.
    let strangers = if matches!(door.confirms(&first, PASSWORD).await, Confirmed::Yes(..)) {
        second
    } else {
        assert!(matches!(door.confirms(&second, PASSWORD).await, Confirmed::Yes(..)));
        first
    };
    assert!(matches!(door.confirms(&strangers, "Strangers-horse-1").await, Confirmed::BadToken), "discarded");
    assert_eq!(door.registers(ADA, "Strangers-horse-1").await, Registered::Yes);
    let told = letters(&world).await;
    assert!(matches!(told[..], [ref letter] if matches!(letter.content, Content::AddressTaken)), "{told:?}");
}

async fn letters_that_strangers_cause_are_capped(world: World) {
    let door = Door::of(&world);
    for _ in 0..5 {
        assert_eq!(door.registers(ADA, PASSWORD).await, Registered::Yes);
    }
    assert_eq!(letters(&world).await.len(), 3);
    world.pass(3601);
    door.registers(ADA, PASSWORD).await;
    assert_eq!(letters(&world).await.len(), 1);
}

/// Strangers use up the letters of an address: its owner is sent none and confirms with one of theirs, and nobody gets in
/// with a password of theirs.
async fn letters_that_strangers_used_up_confirm_what_the_owner_registered(world: World) {
    let door = Door::of(&world);
    for n in 0..5 {
        door.registers(ADA, &format!("Strangers-horse-{n}")).await;
    }
    let strangers: Vec<_> = letters(&world).await.iter().map(|letter| super::tokens(letter).remove(0).1).collect();
    assert_eq!(strangers.len(), 3);
    let owner = Door { who: world.anonymous().from("198.51.100.9"), ..Door::of(&world) };
    let mut registering = registering(ADA, PASSWORD);
    registering.first_name = super::name("Augusta");
    world.flows.register(&owner.who.request().await, registering).await.unwrap();
    assert_eq!(letters(&world).await.len(), 0);
    assert!(matches!(owner.confirms(&strangers[0], "Strangers-horse-4").await, Confirmed::WrongPassword), "not kept");
    let Confirmed::Yes(id, _) = owner.confirms(&strangers[0], PASSWORD).await else { panic!("not confirmed") };
    let (account, _) = world.flows.view_person(&world.tenant, Kind::Customer, id).await.unwrap().unwrap();
    assert_eq!(account.first_name.as_deref(), Some("Augusta"), "the owner's own registration became the account");
    for n in 0..3 {
        assert_eq!(
            door.who.clone().exempt().tries(ADA, &format!("Strangers-horse-{n}")).await,
            countersign_flows::Refusal::WrongCredentials
        );
    }
    assert!(matches!(door.confirms(&strangers[1], "Strangers-horse-1").await, Confirmed::BadToken), "discarded");
}

/// One network cannot push out what another has registered; several, each within its bound, can after an hour at most.
async fn what_waits_for_a_letter_is_bounded_and_one_network_fills_no_more_than_its_share(world: World) {
    let from = |address: &str| Door { who: world.anonymous().from(address), ..Door::of(&world) };
    for n in 0..3 {
        from("192.0.2.1").registers(ADA, &format!("Strangers-horse-{n}")).await;
    }
    let token = super::tokens(&letters(&world).await[0]).remove(0).1;
    let owner = from("198.51.100.9");
    owner.registers(ADA, PASSWORD).await;
    for n in 0..30 {
        from("192.0.2.1").registers(ADA, &format!("Pushing-horse-{n}")).await;
    }
    for n in 0..2 {
        from("192.0.2.2").registers(ADA, &format!("Pushing-horse-{n}")).await;
    }
    assert!(matches!(owner.confirms(&token, PASSWORD).await, Confirmed::Yes(..)));
}

/// The newest stay.
async fn the_oldest_that_waits_for_a_letter_goes(world: World) {
    let from = |address: &str| Door { who: world.anonymous().from(address), ..Door::of(&world) };
    for n in 0..3 {
        from("192.0.2.1").registers(ADA, &format!("Strangers-horse-{n}")).await;
    }
    let token = super::tokens(&letters(&world).await[0]).remove(0).1;
    for n in 0..4 {
        world.pass(1);
        from(&format!("198.51.100.{n}")).registers(ADA, &format!("Waiting-horse-{n}")).await;
    }
    let door = from("203.0.113.1");
    assert!(matches!(door.confirms(&token, "Waiting-horse-0").await, Confirmed::WrongPassword));
    world.pass(3590);
    assert!(matches!(door.confirms(&token, "Waiting-horse-1").await, Confirmed::Yes(..)));
}

async fn what_waits_for_a_letter_is_over_after_an_hour(world: World) {
    let from = |address: &str| Door { who: world.anonymous().from(address), ..Door::of(&world) };
    for n in 0..3 {
        from("192.0.2.1").registers(ADA, &format!("Strangers-horse-{n}")).await;
    }
    let token = super::tokens(&letters(&world).await[0]).remove(0).1;
    from("198.51.100.9").registers(ADA, PASSWORD).await;
    world.pass(3600);
    assert!(matches!(from("198.51.100.9").confirms(&token, PASSWORD).await, Confirmed::WrongPassword));
}

async fn a_tenant_may_ask_for_no_confirmation(world: World) {
    let tenant = world.tenant_with(Settings { confirm_email: ConfirmEmail::Off, ..Settings::default() }).await;
    let request = world.anonymous_of(&tenant).request().await;
    let register = async || world.flows.register(&request, registering(ADA, PASSWORD)).await.unwrap();
    assert!(matches!(register().await, Registered::AccountMade(_)));
    assert_eq!(register().await, Registered::EmailTaken);
    world.anonymous_of(&tenant).logs_in(ADA, PASSWORD).await;
}

async fn what_the_policy_has_against_a_password_is_told_at_once(world: World) {
    let door = Door::of(&world);
    let refused = door.registers(ADA, "adapassword").await;
    let Registered::Password(PasswordRefusal::Policy(faults)) = refused else { panic!("{refused:?}") };
    for fault in [PolicyFault::NoUpper, PolicyFault::NoDigit, PolicyFault::NoSpecial] {
        assert!(faults.contains(&fault), "{faults:?}");
    }
    assert_eq!(letters(&world).await.len(), 0);
    let mut young = registering(ADA, PASSWORD);
    young.person.dob = "2015-01-01".parse().ok();
    let refused = world.flows.register(&door.who.request().await, young).await.unwrap();
    assert_eq!(refused, Registered::WrongAge);
}

async fn a_list_is_walked_by_its_cursor_and_searched_by_beginnings(world: World) {
    let operator = world.operator();
    let mut made = Vec::new();
    for n in 0..5 {
        made.push(operator.creates("CUSTOMER", &format!("c{n}@example.com"), PASSWORD).await);
        world.pass(1);
    }
    operator.creates("CASHIER", "c9@example.com", PASSWORD).await;
    let page = async |search: Option<&str>, cursor, limit| {
        let ask = ListPeople {
            kind: Kind::Customer,
            search: search.map(str::to_owned),
            cursor,
            only: OnlyPeople::default(),
            limit,
        };
        world.flows.list_people(&world.tenant, ask).await.unwrap()
    };
    let (mut walked, mut cursor) = (Vec::new(), None);
    loop {
        let PeoplePage { accounts, next } = page(None, cursor, 2).await;
        assert!(accounts.len() <= 2);
        walked.extend(accounts.iter().map(|account| account.id));
        cursor = next;
        if cursor.is_none() {
            break;
        }
        assert!(matches!(cursor, Some(ListCursor::Before(_))));
    }
    made.reverse();
    assert_eq!(walked, made, "the newest first, each once");
    let found = page(Some("C3@EX"), None, 50).await;
    assert_eq!(found.accounts.iter().map(|account| account.email.as_str()).collect::<Vec<_>>(), ["c3@example.com"]);
    let (mut found, mut cursor) = (Vec::new(), None);
    loop {
        let PeoplePage { accounts, next } = page(Some("c"), cursor, 2).await;
        found.extend(accounts.into_iter().map(|account| account.email));
        cursor = next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(found, ["c0@example.com", "c1@example.com", "c2@example.com", "c3@example.com", "c4@example.com"]);
}

/// By role and by standing, searched or not, over several pages.
async fn a_list_is_narrowed_down(world: World) {
    let operator = world.operator();
    for n in 0..4 {
        let role = if n % 2 == 0 { "CASHIER" } else { "AGENT" };
        let id = operator.creates(role, &format!("s{n}@example.com"), PASSWORD).await;
        if n > 1 {
            operator.deactivates(id).await.unwrap();
        }
        world.pass(1);
    }
    operator.creates("CUSTOMER", "s9@example.com", PASSWORD).await;
    let (cashiers, closed) = (Some("CASHIER".parse::<Role>().unwrap()), Some(Standing::Deactivated));
    let table = [
        (cashiers.clone(), None, None, &["s2@example.com", "s0@example.com"][..]),
        (None, closed, None, &["s3@example.com", "s2@example.com"]),
        (None, Some(Standing::Active), None, &["s1@example.com", "s0@example.com"]),
        (cashiers.clone(), closed, None, &["s2@example.com"]),
        (cashiers.clone(), None, Some("s"), &["s0@example.com", "s2@example.com"]),
        (cashiers, closed, Some("s0"), &[]),
        (Some("CUSTOMER".parse().unwrap()), None, None, &[]),
    ];
    for (role, standing, search, expected) in table {
        let (mut found, mut cursor) = (Vec::new(), None);
        loop {
            let only = OnlyPeople { role: role.clone(), standing };
            let search = search.map(str::to_owned);
            let ask = ListPeople { kind: Kind::Staff, search, only, cursor, limit: 1 };
            let page = world.flows.list_people(&world.tenant, ask).await.unwrap();
            found.extend(page.accounts.into_iter().map(|account| account.email));
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(found, expected, "{role:?} {standing:?} {search:?}");
    }
}

/// One person whose address and names begin alike is found once.
async fn who_is_found_by_two_words_is_listed_once(world: World) {
    let door = Door::of(&world);
    door.registers("adam@example.com", PASSWORD).await;
    let token = mailed_token(&world).await;
    assert!(matches!(door.confirms(&token, PASSWORD).await, Confirmed::Yes(..)));
    for search in ["ad", "ÁDA", "ada", "adam@", "byr", "B"] {
        let ask = ListPeople {
            kind: Kind::Customer,
            search: Some(search.to_owned()),
            cursor: None,
            only: OnlyPeople::default(),
            limit: 50,
        };
        let page = world.flows.list_people(&world.tenant, ask).await.unwrap();
        assert_eq!(page.accounts.len(), 1, "{search}");
    }
    let ask = ListPeople {
        kind: Kind::Customer,
        search: Some("dam".to_owned()),
        cursor: None,
        only: OnlyPeople::default(),
        limit: 50,
    };
    assert_eq!(world.flows.list_people(&world.tenant, ask).await.unwrap().accounts.len(), 0, "beginnings only");
}

on_both!(
    a_registration_becomes_an_account_by_token_and_password,
    the_fifth_wrong_password_ends_a_registration,
    a_registration_is_over_after_a_day,
    a_taken_address_is_told_to_its_owner_alone,
    letters_that_strangers_cause_are_capped,
    letters_that_strangers_used_up_confirm_what_the_owner_registered,
    what_waits_for_a_letter_is_bounded_and_one_network_fills_no_more_than_its_share,
    the_oldest_that_waits_for_a_letter_goes,
    what_waits_for_a_letter_is_over_after_an_hour,
    a_tenant_may_ask_for_no_confirmation,
    what_the_policy_has_against_a_password_is_told_at_once,
    a_list_is_walked_by_its_cursor_and_searched_by_beginnings,
    a_list_is_narrowed_down,
    who_is_found_by_two_words_is_listed_once,
);

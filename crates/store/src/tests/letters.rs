use std::time::Duration;

use countersign_domain::audit::Action;
use countersign_domain::letter::RESET_LIFE;
use countersign_domain::{Account, AccountId, Kind, Language, Letter, OneTimePurpose, ResetOffer};
use uuid::Uuid;

use super::world::id;
use super::{World, on_all};
use crate::fault::{Fault, Result};
use crate::job::Job;
use crate::tx::Tx;
use crate::{Attempted, Deliverable, LetterState, Location, Moot, NewLetter, Purged, Retried, TakenLetter, letters};

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
        assert_eq!(letters::post(tx, &self.0).await?, letters::Posted::Yes);
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

/// The tests of what a letter needs from others' rows write those rows as their owners do.
async fn write_registration(world: &World, id: Uuid, lives_seconds: u64) {
    let end = world.now().plus(Duration::from_secs(lives_seconds)).micros();
    world
        .meddle(&format!(
            "INSERT INTO registration (tenant, id, email_key, email, first_name, last_name, person, password_hash, \
             failures, created_at, expires_at) SELECT id, {}, 'ada@example.com', 'Ada@example.com', 'Ada', 'L', '{{}}', \
             'x', 0, 0, {end} FROM tenant WHERE slug = 'here'",
            literal(world, id)
        ))
        .await;
}

async fn write_token(world: &World, id: Uuid, account: &Account, lives_seconds: u64) {
    let end = world.now().plus(Duration::from_secs(lives_seconds)).micros();
    world
        .meddle(&format!(
            "INSERT INTO one_time_token (tenant, id, purpose, account, password_version, created_at, expires_at) \
             SELECT tenant, {}, 'reset', id, password_version, 0, {end} FROM account WHERE id = {}",
            literal(world, id),
            literal(world, account.id.uuid()),
        ))
        .await;
}

fn literal(world: &World, id: Uuid) -> String {
    match world.location {
        Location::Postgres(..) => format!("'{id}'"),
        _ => format!("x'{}'", id.simple()),
    }
}

const LEASE: Duration = Duration::from_secs(60);

async fn take(world: &World) -> Vec<TakenLetter> {
    world.store.take_letters(8, LEASE).await.unwrap()
}

async fn state(world: &World, id: Uuid) -> (LetterState, u32, Option<String>) {
    let page = world.here().letters(None, None, 1_000).await.unwrap();
    let letter = page.letters.into_iter().find(|letter| letter.id == id).unwrap();
    (letter.state, letter.attempts, letter.last_error)
}

async fn a_letter_is_taken_once_and_again_when_its_lease_is_over(world: World) {
    let posted = reset(&world);
    world.here().post_letter(posted.clone()).await.unwrap();
    assert_eq!(world.store.next_letter_due().await.unwrap(), Some(world.now()));
    let taken = take(&world).await;
    assert_eq!(taken.len(), 1);
    assert_eq!((taken[0].id, taken[0].attempt), (posted.id, 1));
    assert_eq!((&taken[0].letter, taken[0].language), (&posted.letter, posted.language));
    assert_eq!(take(&world).await, []);
    world.pass(60);
    let again = take(&world).await;
    assert_eq!((again[0].id, again[0].attempt), (posted.id, 2));
}

/// A flood of one tenant's registrations holds up neither its own resets nor another tenant's letters.
async fn a_reset_does_not_stand_behind_a_flood(world: World) {
    for n in 0..40 {
        let confirmation = letter(&world, Letter::Confirmation { registration: id() });
        world.here().post_letter(NewLetter { name_hash: [n; 32], ..confirmation }).await.unwrap();
    }
    world.pass(1);
    let there = super::world::make_tenant(&world.store, "there").await;
    let notice = letter(&world, Letter::PasswordChanged { account: AccountId::from_uuid(id()) });
    let notice = NewLetter { tenant: there, ..notice };
    world.store.tenant(there).post_letter(notice.clone()).await.unwrap();
    let late = reset(&world);
    world.here().post_letter(late.clone()).await.unwrap();
    let taken: Vec<_> = take(&world).await.into_iter().map(|letter| letter.id).collect();
    assert_eq!(taken.len(), 8);
    assert!(taken.contains(&late.id) && taken.contains(&notice.id), "{taken:?}");
    let (mut rest, mut more) = (0, take(&world).await.len());
    while more > 0 {
        (rest, more) = (rest + more, take(&world).await.len());
    }
    assert_eq!(rest, 34, "nothing is left behind");
}

/// An entry without its letter keeps nothing waiting, however many letters wait.
async fn an_entry_without_its_letter_goes(world: World) {
    for n in 0..20 {
        world.here().post_letter(NewLetter { name_hash: [n; 32], ..reset(&world) }).await.unwrap();
    }
    world.meddle("DELETE FROM letter").await;
    for _ in 0..3 {
        assert_eq!(take(&world).await, []);
    }
    assert_eq!(count(&world, "letter_due").await, 0);
}

async fn two_nodes_never_have_one_letter_at_once(world: World) {
    for n in 0..40 {
        world.here().post_letter(NewLetter { name_hash: [n; 32], ..reset(&world) }).await.unwrap();
    }
    let other = match &world.location {
        Location::Postgres(..) => world.another_node().await,
        _ => world.store.clone(),
    };
    let take = |n: usize| {
        let store = if n.is_multiple_of(2) { world.store.clone() } else { other.clone() };
        tokio::spawn(async move {
            let mut ids = Vec::new();
            for _ in 0..10 {
                ids.extend(store.take_letters(8, LEASE).await.unwrap().into_iter().map(|taken| taken.id));
            }
            ids
        })
    };
    let tasks: Vec<_> = (0..4).map(take).collect();
    let mut ids = Vec::new();
    for task in tasks {
        ids.extend(task.await.unwrap());
    }
    ids.sort_unstable();
    let all = ids.len();
    ids.dedup();
    assert_eq!((all, ids.len()), (40, 40));
}

async fn what_became_of_an_attempt_is_kept(world: World) {
    let here = world.here();
    let settle = async |attempted: Attempted| {
        let posted = letter(&world, Letter::PasswordChanged { account: AccountId::from_uuid(id()) });
        here.post_letter(posted.clone()).await.unwrap();
        let taken = take(&world).await;
        world.store.settle_letter(&taken[0], attempted.clone()).await.unwrap();
        // Asked again after a lost COMMIT.
        world.store.settle_letter(&taken[0], attempted).await.unwrap();
        posted.id
    };
    let sent = settle(Attempted::Sent).await;
    assert_eq!(state(&world, sent).await, (LetterState::Sent, 1, None));
    let dead = settle(Attempted::Dead("550".into())).await;
    assert_eq!(state(&world, dead).await, (LetterState::Dead, 1, Some("550".into())));
    let dropped = settle(Attempted::Dropped("gone".into())).await;
    assert_eq!(state(&world, dropped).await, (LetterState::Dropped, 1, Some("gone".into())));
    assert_eq!(count(&world, "letter_due").await, 0);
    let again = settle(Attempted::Again(world.now().plus(LEASE * 2), "451".into())).await;
    assert_eq!(state(&world, again).await, (LetterState::Due, 1, Some("451".into())));
    world.pass(119);
    assert_eq!(take(&world).await, []);
    world.pass(1);
    let taken = take(&world).await;
    assert_eq!((taken[0].id, taken[0].attempt), (again, 2));
    // A day later it is sent, and what failed before is told no longer as its state, only as its history.
    world.store.settle_letter(&taken[0], Attempted::Sent).await.unwrap();
    assert_eq!(state(&world, again).await, (LetterState::Sent, 2, Some("451".into())));
}

async fn who_lost_the_lease_says_only_that_it_was_sent(world: World) {
    let late = async |attempted: Attempted| {
        let posted = letter(&world, Letter::PasswordChanged { account: AccountId::from_uuid(id()) });
        world.here().post_letter(posted.clone()).await.unwrap();
        let first = take(&world).await;
        world.pass(60);
        let second = take(&world).await;
        assert_eq!(second[0].id, posted.id);
        world.store.settle_letter(&first[0], attempted).await.unwrap();
        (posted.id, second)
    };
    for attempted in [Attempted::Dead("550".into()), Attempted::Again(world.now(), "451".into())] {
        let (id, second) = late(attempted).await;
        assert_eq!(state(&world, id).await, (LetterState::Due, 2, None));
        world.store.settle_letter(&second[0], Attempted::Dropped("gone".into())).await.unwrap();
    }
    let (id, _second) = late(Attempted::Sent).await;
    assert_eq!(state(&world, id).await.0, LetterState::Sent);
    world.pass(60);
    assert_eq!(take(&world).await, [], "the other's entry means nothing any more");
    assert_eq!(count(&world, "letter_due").await, 0);
}

async fn a_letter_whose_life_is_over_is_given_up(world: World) {
    let posted = reset(&world);
    world.here().post_letter(posted.clone()).await.unwrap();
    world.pass(RESET_LIFE.as_secs());
    assert_eq!(take(&world).await, []);
    let (state, attempts, why) = state(&world, posted.id).await;
    assert_eq!((state, attempts), (LetterState::Dead, 0));
    assert!(why.unwrap().contains("over"));
    assert_eq!(world.here().retry_letter(posted.id, world.event(Action::LetterRetried)).await.unwrap(), Retried::Over);
    assert_eq!(count(&world, "letter_due").await, 0);
}

async fn a_letter_that_nobody_takes_is_given_up_in_the_end(world: World) {
    world.here().post_letter(reset(&world)).await.unwrap();
    world.pass(7 * DAY_SECONDS - 1);
    assert_eq!(world.store.purge_waiting_letters().await.unwrap(), Purged::default());
    world.pass(1);
    assert_eq!(world.store.purge_waiting_letters().await.unwrap(), Purged { seen: 1, gone: 1 });
    assert_eq!(count(&world, "letter_due").await, 0);
    assert_eq!(world.here().letters(Some(LetterState::Dead), None, 9).await.unwrap().letters.len(), 1);
}

async fn a_dead_letter_can_be_sent_again(world: World) {
    let posted = reset(&world);
    world.here().post_letter(posted.clone()).await.unwrap();
    assert_eq!(
        world.here().retry_letter(posted.id, world.event(Action::LetterRetried)).await.unwrap(),
        Retried::NotDead
    );
    assert_eq!(
        world.here().retry_letter(id(), world.event(Action::LetterRetried)).await.unwrap(),
        Retried::NoSuchLetter
    );
    let taken = take(&world).await;
    world.store.settle_letter(&taken[0], Attempted::Dead("550".into())).await.unwrap();
    let there = super::world::make_tenant(&world.store, "there").await;
    assert_eq!(
        world.store.tenant(there).retry_letter(posted.id, world.event(Action::LetterRetried)).await.unwrap(),
        Retried::NoSuchLetter
    );
    assert_eq!(world.here().retry_letter(posted.id, world.event(Action::LetterRetried)).await.unwrap(), Retried::Yes);
    assert_eq!(
        world.here().retry_letter(posted.id, world.event(Action::LetterRetried)).await.unwrap(),
        Retried::NotDead
    );
    assert_eq!(world.told(&Action::LetterRetried).await, 1, "what was refused is not told");
    let again = take(&world).await;
    assert_eq!((again[0].id, again[0].attempt), (posted.id, 1), "the pauses begin anew, the id stays");
}

async fn a_kind_of_a_newer_version_is_left_to_it(world: World) {
    let posted = reset(&world);
    world.here().post_letter(posted.clone()).await.unwrap();
    world.meddle("UPDATE letter SET kind = 'fax', about = '{\"kind\":\"fax\"}'").await;
    assert_eq!(take(&world).await, []);
    assert_eq!(state(&world, posted.id).await.0, LetterState::Due);
    world.pass(60);
    assert_eq!(world.store.next_letter_due().await.unwrap(), Some(world.now()), "its lease is over");
}

async fn letters_are_listed_newest_first_in_pages(world: World) {
    let mut posted = Vec::new();
    for n in 0..5 {
        let letter = NewLetter { name_hash: [n; 32], ..reset(&world) };
        posted.insert(0, letter.id);
        world.here().post_letter(letter).await.unwrap();
    }
    for taken in take(&world).await {
        let end = if taken.id < posted[1] { Attempted::Dead("550".into()) } else { Attempted::Sent };
        world.store.settle_letter(&taken, end).await.unwrap();
    }
    let list = async |state: Option<LetterState>| {
        let (mut ids, mut before) = (Vec::new(), None);
        loop {
            let page = world.here().letters(state, before, 2).await.unwrap();
            assert!(page.letters.len() <= 2);
            ids.extend(page.letters.iter().map(|letter| letter.id));
            before = page.next;
            if before.is_none() {
                return ids;
            }
        }
    };
    assert_eq!(list(None).await, posted);
    assert_eq!(list(Some(LetterState::Dead)).await, posted[2..]);
    assert_eq!(list(Some(LetterState::Sent)).await, posted[..2]);
    assert_eq!(list(Some(LetterState::Due)).await, Vec::<Uuid>::new());
    let there = super::world::make_tenant(&world.store, "there").await;
    assert_eq!(world.store.tenant(there).letters(None, None, 9).await.unwrap(), crate::LetterPage::default());
}

async fn a_confirmation_goes_to_who_registered(world: World) {
    let registration = id();
    let letter = Letter::Confirmation { registration };
    assert_eq!(world.here().deliverable(&letter).await.unwrap(), Deliverable::No(Moot::Gone));
    write_registration(&world, registration, 60).await;
    let Deliverable::Yes(to) = world.here().deliverable(&letter).await.unwrap() else { panic!() };
    assert_eq!((to.email.as_str(), to.first_name.as_deref(), to.language), ("Ada@example.com", Some("Ada"), None));
    assert_eq!((to.tokens[0].purpose, to.tokens[0].id), (OneTimePurpose::Confirmation, registration));
    world.pass(60);
    assert_eq!(world.here().deliverable(&letter).await.unwrap(), Deliverable::No(Moot::Spent));
}

async fn a_reset_offers_what_is_still_good(world: World) {
    let customer = world.account(Kind::Customer, "ada@example.com").await;
    let staff = world.account(Kind::Staff, "ada@example.com").await;
    let offers = [(&customer, id()), (&staff, id())];
    for (account, token) in offers {
        write_token(&world, token, account, 60).await;
    }
    let letter =
        Letter::Reset { offers: offers.map(|(account, token)| ResetOffer { account: account.id, token }).to_vec() };
    let kinds = async || match world.here().deliverable(&letter).await.unwrap() {
        Deliverable::Yes(to) => Ok(to.tokens.iter().map(|token| token.kind).collect::<Vec<_>>()),
        Deliverable::No(moot) => Err(moot),
    };
    assert_eq!(kinds().await, Ok(vec![Kind::Customer, Kind::Staff]));
    // A password that is set voids the tokens of its account.
    world.meddle("UPDATE account SET password_version = password_version + 1 WHERE kind = 'customer'").await;
    assert_eq!(kinds().await, Ok(vec![Kind::Staff]));
    world.pass(60);
    assert_eq!(kinds().await, Err(Moot::Spent));
    let nobody = Letter::Reset { offers: vec![ResetOffer { account: AccountId::from_uuid(id()), token: id() }] };
    assert_eq!(world.here().deliverable(&nobody).await.unwrap(), Deliverable::No(Moot::Gone));
    let there = super::world::make_tenant(&world.store, "there").await;
    assert_eq!(world.store.tenant(there).deliverable(&letter).await.unwrap(), Deliverable::No(Moot::Gone));
}

async fn a_notice_goes_to_its_account_in_its_language(world: World) {
    let account = world.account(Kind::Customer, "Ada@Example.com").await;
    let letter = Letter::PasswordChanged { account: account.id };
    let Deliverable::Yes(to) = world.here().deliverable(&letter).await.unwrap() else { panic!() };
    assert_eq!((to.email.as_str(), to.language, to.tokens.len()), (account.email.as_str(), None, 0));
    world.meddle("INSERT INTO person (tenant, account, language) SELECT tenant, id, 'ar' FROM account").await;
    let Deliverable::Yes(to) = world.here().deliverable(&letter).await.unwrap() else { panic!() };
    assert_eq!(to.language, Some(Language::Arabic));
    world.meddle("UPDATE person SET language = 'tlh'").await;
    let Deliverable::Yes(to) = world.here().deliverable(&letter).await.unwrap() else { panic!() };
    assert_eq!(to.language, None, "a language of a newer version is nobody's fault");
}

on_all! {
    a_reset_does_not_stand_behind_a_flood,
    an_entry_without_its_letter_goes,
    a_letter_is_taken_once_and_again_when_its_lease_is_over,
    two_nodes_never_have_one_letter_at_once,
    what_became_of_an_attempt_is_kept,
    who_lost_the_lease_says_only_that_it_was_sent,
    a_letter_whose_life_is_over_is_given_up,
    a_letter_that_nobody_takes_is_given_up_in_the_end,
    a_dead_letter_can_be_sent_again,
    a_kind_of_a_newer_version_is_left_to_it,
    letters_are_listed_newest_first_in_pages,
    a_confirmation_goes_to_who_registered,
    a_reset_offers_what_is_still_good,
    a_notice_goes_to_its_account_in_its_language,
    letters_at_once_do_not_pass_the_cap,
    purgers_at_once_do_not_get_in_each_others_way,
    a_name_is_sent_so_many_letters_of_a_kind_and_no_more,
    notices_are_never_capped,
    a_letter_goes_with_its_fact,
    a_letter_stays_some_days_after_its_life,
    what_lives_longer_is_looked_at_again,
    what_a_newer_version_wrote_is_left_to_it,
}

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use countersign_domain::audit::{Actor, Event, Personal};
use countersign_domain::letter::{LETTER_LIFE_MAX, RETRY_FIRST};
use countersign_domain::{AccountId, Language, Letter, Settings, Tenant, TenantState};
use countersign_flows::Doer;
use countersign_flows::mail::{Carried, Carrier, Content, Dispatch};
use countersign_store::{LetterState, NewLetter, Retried, StoredLetter};
use tokio::sync::{Notify, Semaphore};

use crate::people::caller;
use crate::support::{ADA, PASSWORD, World, next, on_both};

/// Keeps what it is given, and says what it was told to say: at last, that all is well.
#[derive(Default)]
pub(crate) struct Bag {
    carried: Mutex<Vec<Dispatch>>,
    says: Mutex<VecDeque<Carried>>,
}

impl Bag {
    fn saying(says: impl IntoIterator<Item = Carried>) -> Arc<Self> {
        Arc::new(Self { says: Mutex::new(says.into_iter().collect()), ..Self::default() })
    }

    pub(crate) fn letters(&self) -> Vec<Dispatch> {
        std::mem::take(&mut self.carried.lock().unwrap())
    }
}

impl Carrier for Bag {
    fn carry(&self, letter: Dispatch) -> Pin<Box<dyn Future<Output = Carried> + Send + '_>> {
        self.carried.lock().unwrap().push(letter);
        let said = self.says.lock().unwrap().pop_front().unwrap_or(Carried::Yes);
        Box::pin(async move { said })
    }
}

fn not_now() -> Carried {
    Carried::NotNow("451".into())
}

async fn account(world: &World) -> AccountId {
    world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    world.anonymous().logs_in(ADA, PASSWORD).await.account()
}

fn notice(tenant: &Tenant, account: AccountId) -> NewLetter {
    let id = uuid::Builder::from_unix_timestamp_millis(next(), &[7; 10]).into_uuid();
    let letter = Letter::PasswordChanged { account };
    NewLetter { id, tenant: tenant.id, name_hash: [1; 32], letter, language: Some(Language::Spanish) }
}

async fn post(world: &World, account: AccountId) -> uuid::Uuid {
    let letter = notice(&world.tenant, account);
    let id = letter.id;
    assert!(world.store.tenant(world.tenant.id).post_letter(letter).await.unwrap());
    id
}

async fn stored(world: &World, id: uuid::Uuid) -> StoredLetter {
    let page = world.store.tenant(world.tenant.id).letters(None, None, 100).await.unwrap();
    page.letters.into_iter().find(|letter| letter.id == id).unwrap()
}

async fn mail(world: &World, carrier: &Arc<Bag>) -> usize {
    world.flows.mail_once(carrier.clone()).await.unwrap()
}

async fn a_letter_goes_to_the_stored_address_once(world: World) {
    let account = account(&world).await;
    let carrier = Bag::saying([]);
    let id = post(&world, account).await;
    assert_eq!(mail(&world, &carrier).await, 1);
    assert_eq!(mail(&world, &carrier).await, 0);
    let letters = carrier.letters();
    let letter = &letters[0];
    assert_eq!((letter.id, letter.to.0.as_str(), letter.language), (id, ADA, Language::Spanish));
    assert_eq!(letter.tenant_name, world.tenant.name);
    assert!(matches!(letter.content, Content::PasswordChanged));
    assert!(!format!("{letter:?}").contains(ADA), "no log prints an address");
    assert_eq!(stored(&world, id).await.state, LetterState::Sent);
}

async fn what_fails_is_tried_again_later_under_the_same_id(world: World) {
    let account = account(&world).await;
    let carrier = Bag::saying([not_now(), not_now()]);
    let id = post(&world, account).await;
    mail(&world, &carrier).await;
    let told = stored(&world, id).await;
    assert_eq!((told.state, told.attempts, told.last_error.as_deref()), (LetterState::Due, 1, Some("451")));
    world.store.clock().advance(RETRY_FIRST / 2 - Duration::from_secs(1));
    assert_eq!(mail(&world, &carrier).await, 0, "half the pause is sure");
    world.store.clock().advance(RETRY_FIRST / 2 + Duration::from_secs(1));
    assert_eq!(mail(&world, &carrier).await, 1);
    world.store.clock().advance(RETRY_FIRST * 2);
    assert_eq!(mail(&world, &carrier).await, 1);
    assert!(carrier.letters().iter().all(|letter| letter.id == id));
    assert_eq!(stored(&world, id).await.state, LetterState::Sent);
}

async fn what_is_refused_for_good_is_dead_and_can_be_sent_again(world: World) {
    let account = account(&world).await;
    let carrier = Bag::saying([Carried::Never("550".into())]);
    let id = post(&world, account).await;
    mail(&world, &carrier).await;
    let told = stored(&world, id).await;
    assert_eq!((told.state, told.last_error.as_deref()), (LetterState::Dead, Some("550")));
    assert_eq!(world.flows.retry_letter(Doer::Operator, &world.tenant, id).await.unwrap(), Retried::Yes);
    assert_eq!(mail(&world, &carrier).await, 1);
    let letters = carrier.letters();
    assert_eq!(letters.iter().map(|letter| letter.id).collect::<Vec<_>>(), [id, id]);
}

async fn a_manager_has_dead_letters_sent_again_and_the_trail_names_who_and_which(world: World) {
    let manager = world.operator().creates("MANAGER", ADA, PASSWORD).await;
    let (request, caller) = caller(&world.anonymous().logs_in(ADA, PASSWORD).await).await;
    let by = Doer::Caller(&request, &caller);
    let carrier = Bag::saying([Carried::Never("550".into()), Carried::Never("550".into())]);
    let ids = [post(&world, manager).await, post(&world, manager).await];
    mail(&world, &carrier).await;
    let retried = world.flows.retry_dead_letters(by, &world.tenant).await.unwrap();
    assert_eq!(retried, [(ids[1], Retried::Yes), (ids[0], Retried::Yes)]);
    assert_eq!(world.flows.retry_letter(by, &world.tenant, ids[0]).await.unwrap(), Retried::NotDead);
    let told = world.telling("letter_retried done").await;
    let mut named: Vec<_> = told.iter().map(|event| (event.actor, detail(event))).collect();
    named.sort_by_key(|(_, detail)| detail.clone());
    let expected = ids.map(|id| (Actor::Account(manager), Some(id.to_string())));
    assert_eq!(named, expected, "each is told with its fact, and what was refused is not");
    assert_eq!(mail(&world, &carrier).await, 2);
}

fn detail(event: &Event) -> Option<String> {
    match &event.personal {
        Personal::Kept { fields, .. } => fields.detail.clone(),
        Personal::Erased { .. } => None,
    }
}

async fn a_letter_is_tried_as_long_as_it_lives(world: World) {
    let account = account(&world).await;
    let carrier = Bag::saying(vec![not_now(); 1_000]);
    let id = post(&world, account).await;
    let mut hours = 0_u64;
    while stored(&world, id).await.state == LetterState::Due {
        mail(&world, &carrier).await;
        world.pass(3600);
        hours += 1;
    }
    let told = stored(&world, id).await;
    assert_eq!((told.state, told.last_error.as_deref()), (LetterState::Dead, Some("451")));
    // The last pause may reach beyond the letter's end.
    let life = LETTER_LIFE_MAX.as_secs() / 3600;
    assert!((life..=life + 1).contains(&hours), "{hours}");
}

async fn what_nobody_needs_any_more_is_dropped(world: World) {
    let carrier = Bag::saying([]);
    let id = post(&world, AccountId::from_uuid(uuid::Uuid::from_u128(9))).await;
    assert_eq!(mail(&world, &carrier).await, 1);
    assert_eq!(stored(&world, id).await.state, LetterState::Dropped);
    assert!(carrier.letters().is_empty());
}

async fn a_suspended_tenants_letters_wait(world: World) {
    let account = account(&world).await;
    let carrier = Bag::saying([]);
    let id = post(&world, account).await;
    world.flows.set_tenant_state(&world.tenant, TenantState::Suspended).await.unwrap().unwrap();
    mail(&world, &carrier).await;
    assert!(carrier.letters().is_empty());
    assert_eq!(stored(&world, id).await.state, LetterState::Due);
    let tenant = world.flows.tenant(&world.tenant.slug).await.unwrap().unwrap();
    world.flows.set_tenant_state(&tenant, TenantState::Active).await.unwrap().unwrap();
    world.store.clock().advance(RETRY_FIRST);
    mail(&world, &carrier).await;
    assert_eq!(carrier.letters().len(), 1);
}

async fn the_tenants_language_is_for_people_who_asked_for_none(world: World) {
    let tenant = world.tenant_with(Settings { language: Language::Arabic, ..Settings::default() }).await;
    let operator = world.operator_of(&tenant);
    operator.creates("CUSTOMER", ADA, PASSWORD).await;
    let account = world.anonymous_of(&tenant).logs_in(ADA, PASSWORD).await.account();
    let carrier = Bag::saying([]);
    for language in [None, Some(Language::French)] {
        let letter = NewLetter { language, ..notice(&tenant, account) };
        world.store.tenant(tenant.id).post_letter(letter).await.unwrap();
        mail(&world, &carrier).await;
        assert_eq!(carrier.letters()[0].language, language.unwrap_or(Language::Arabic));
    }
}

/// Holds every letter until it is let go.
struct Slow {
    entered: Notify,
    gate: Semaphore,
    carried: Mutex<usize>,
}

impl Carrier for Slow {
    fn carry(&self, _letter: Dispatch) -> Pin<Box<dyn Future<Output = Carried> + Send + '_>> {
        Box::pin(async {
            self.entered.notify_one();
            let _open = self.gate.acquire().await.unwrap();
            *self.carried.lock().unwrap() += 1;
            Carried::Yes
        })
    }
}

async fn a_stop_waits_for_what_is_on_its_way(world: World) {
    let account = account(&world).await;
    let id = post(&world, account).await;
    let carrier = Arc::new(Slow { entered: Notify::new(), gate: Semaphore::new(0), carried: Mutex::new(0) });
    let stop = Arc::new(Notify::new());
    let (flows, slow, stopping) = (Arc::clone(&world.flows), Arc::clone(&carrier), Arc::clone(&stop));
    let keeping = tokio::spawn(async move { flows.keep_mailing(slow, stopping.notified()).await });
    carrier.entered.notified().await;
    stop.notify_one();
    assert!(!keeping.is_finished());
    carrier.gate.add_permits(1);
    keeping.await.unwrap();
    assert_eq!(*carrier.carried.lock().unwrap(), 1);
    assert_eq!(stored(&world, id).await.state, LetterState::Sent);
}

async fn the_loop_sends_more_than_may_be_on_their_way_at_once(world: World) {
    let account = account(&world).await;
    for _ in 0..20 {
        post(&world, account).await;
    }
    let carrier = Arc::new(Slow { entered: Notify::new(), gate: Semaphore::new(0), carried: Mutex::new(0) });
    let stop = Arc::new(Notify::new());
    let (flows, slow, stopping) = (Arc::clone(&world.flows), Arc::clone(&carrier), Arc::clone(&stop));
    let keeping = tokio::spawn(async move { flows.keep_mailing(slow, stopping.notified()).await });
    carrier.entered.notified().await;
    carrier.gate.add_permits(1_000);
    let tenant = world.store.tenant(world.tenant.id);
    while !tenant.letters(Some(LetterState::Due), None, 1).await.unwrap().letters.is_empty() {
        tokio::task::yield_now().await;
    }
    stop.notify_one();
    keeping.await.unwrap();
    assert_eq!(*carrier.carried.lock().unwrap(), 20);
}

/// More than are taken at once: none of them begins, and the loop neither ends there nor runs for ever.
async fn letters_that_are_over_do_not_hold_up_the_loop(world: World) {
    let account = account(&world).await;
    let mut over = Vec::new();
    for _ in 0..20 {
        over.push(post(&world, account).await);
    }
    world.store.clock().advance(LETTER_LIFE_MAX);
    let good = post(&world, account).await;
    let carrier = Bag::saying([]);
    let stop = Arc::new(Notify::new());
    let (flows, bag, stopping) = (Arc::clone(&world.flows), carrier.clone(), Arc::clone(&stop));
    let keeping = tokio::spawn(async move { flows.keep_mailing(bag, stopping.notified()).await });
    let tenant = world.store.tenant(world.tenant.id);
    while !tenant.letters(Some(LetterState::Due), None, 1).await.unwrap().letters.is_empty() {
        tokio::task::yield_now().await;
    }
    stop.notify_one();
    keeping.await.unwrap();
    assert_eq!(carrier.letters().iter().map(|letter| letter.id).collect::<Vec<_>>(), [good]);
    for id in over {
        assert_eq!(stored(&world, id).await.state, LetterState::Dead);
    }
}

on_both! {
    letters_that_are_over_do_not_hold_up_the_loop,
    a_letter_goes_to_the_stored_address_once,
    what_fails_is_tried_again_later_under_the_same_id,
    what_is_refused_for_good_is_dead_and_can_be_sent_again,
    a_manager_has_dead_letters_sent_again_and_the_trail_names_who_and_which,
    a_letter_is_tried_as_long_as_it_lives,
    what_nobody_needs_any_more_is_dropped,
    a_suspended_tenants_letters_wait,
    the_tenants_language_is_for_people_who_asked_for_none,
    a_stop_waits_for_what_is_on_its_way,
    the_loop_sends_more_than_may_be_on_their_way_at_once,
}

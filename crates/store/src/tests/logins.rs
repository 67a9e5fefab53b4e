use countersign_domain::audit::Action;
use countersign_domain::lockout::{ATTEMPT_LIFE, Lock};
use countersign_domain::session::{EndReason, SESSIONS_PER_ACCOUNT_MAX};
use countersign_domain::{Account, DeviceMark, Kind, PasswordHash, Standing, TenantState};

use super::world::{POLICY, id, name_hash};
use super::{World, on_all};
use crate::{
    Changed, CounterKey, ReserveAttempt, ReservedKinds, RightPassword, SetPassword, SettleAttempt, Settlement,
    TenantChange, Verdict,
};

const ADA: &str = "ada@example.com";
const BOTH: [Kind; 2] = [Kind::Customer, Kind::Staff];

fn counted(kinds: &[Kind]) -> ReservedKinds {
    ReservedKinds::Yes(kinds.to_vec())
}

async fn rows(world: &World) -> i64 {
    world.number("SELECT count(*) FROM counter").await
}

async fn settle(world: &World, ask: &ReserveAttempt, row: &CounterKey, verdict: Verdict) -> Settlement {
    world.here().settle_attempt(world.settling(ask, row.clone(), verdict)).await.unwrap()
}

fn matched(world: &World, account: &Account) -> Verdict {
    Verdict::Right(Box::new(world.right(account)))
}

async fn a_reservation_answers_with_the_names_facts(world: World) {
    let (customer, staff) = (world.account(Kind::Customer, ADA).await, world.account(Kind::Staff, ADA).await);
    let reserved = world.reserve(&world.ask(ADA)).await;
    assert_eq!(reserved.accounts, [customer, staff]);
    assert_eq!(reserved.row, CounterKey { name_hash: name_hash(ADA), device: None });
    assert_eq!(reserved.attempt, counted(&BOTH));
    let reserved = world.reserve(&world.ask("nobody@example.com")).await;
    assert_eq!((reserved.accounts, reserved.attempt), (Vec::new(), counted(&BOTH)));
}

async fn an_unknown_name_is_counted_and_locked_as_a_known_one(world: World) {
    for n in 1..=5 {
        let failed = world.guess(&world.ask("nobody@example.com")).await;
        assert_eq!(matches!(failed, Settlement::Failed(Some(_))), n == 5, "{n}: {failed:?}");
    }
    let reserved = world.reserve(&world.ask("nobody@example.com")).await;
    assert_eq!(reserved.attempt, ReservedKinds::Locked(Lock::Until(world.now().plus(POLICY.lockout))));
    assert_eq!((world.told(&Action::Login).await, world.told(&Action::LockoutStarted).await), (5, 1));
}

async fn as_many_attempts_as_are_left_and_then_they_wait(world: World) {
    let asks: Vec<_> = (0..6).map(|_| world.ask(ADA)).collect();
    world.guess(&asks[0]).await;
    for ask in &asks[1..5] {
        assert_eq!(world.reserve(ask).await.attempt, counted(&BOTH));
    }
    let row = world.reserve(&asks[5]).await;
    assert_eq!(row.attempt, ReservedKinds::Wait);
    // Asked again by the same attempt, nothing more is counted.
    assert_eq!(world.reserve(&asks[1]).await.attempt, counted(&BOTH));
    let released = settle(&world, &asks[1], &row.row, Verdict::Released).await;
    assert!(matches!(released, Settlement::Released));
    assert_eq!(world.reserve(&asks[5]).await.attempt, counted(&BOTH));
    assert_eq!(world.reserve(&asks[1]).await.attempt, ReservedKinds::Wait);
}

async fn a_lock_costs_nothing_and_ends_by_itself(world: World) {
    let account = world.account(Kind::Customer, ADA).await;
    for _ in 0..5 {
        world.guess(&world.ask(ADA)).await;
    }
    let end = world.now().plus(POLICY.lockout);
    world.pass(899);
    assert_eq!(world.reserve(&world.ask(ADA)).await.attempt, ReservedKinds::Locked(Lock::Until(end)));
    world.pass(1);
    world.log_in(&account).await;
    assert_eq!(world.told(&Action::LockoutStarted).await, 1);
}

async fn a_role_selects_one_kind(world: World) {
    let staff = ReserveAttempt { kinds: vec![Kind::Staff], ..world.ask(ADA) };
    for _ in 0..5 {
        world.guess(&ReserveAttempt { attempt: id(), ..staff.clone() }).await;
    }
    let again = ReserveAttempt { attempt: id(), ..staff };
    assert!(matches!(world.reserve(&again).await.attempt, ReservedKinds::Locked(_)));
    // Without a role, the kind that is locked stands aside.
    assert_eq!(world.reserve(&world.ask(ADA)).await.attempt, counted(&[Kind::Customer]));
}

async fn a_right_password_clears_its_own_kind_and_releases_the_other(world: World) {
    let (customer, _) = (world.account(Kind::Customer, ADA).await, world.account(Kind::Staff, ADA).await);
    for _ in 0..4 {
        world.guess(&world.ask(ADA)).await;
    }
    let session = world.log_in(&customer).await;
    assert_eq!((session.account, session.refresh_counter, session.ended), (customer.id, 0, None));
    // One more wrong one: the fifth for staff, the first for the customer.
    let ask = world.ask(ADA);
    assert!(matches!(world.guess(&ask).await, Settlement::Failed(None)));
    assert_eq!(world.reserve(&world.ask(ADA)).await.attempt, counted(&[Kind::Customer]));
    assert_eq!(world.told(&Action::Login).await, 6);
}

async fn a_good_mark_has_a_row_of_its_own(world: World) {
    let account = world.account(Kind::Customer, ADA).await;
    for _ in 0..5 {
        world.guess(&world.ask(ADA)).await;
    }
    let mark = DeviceMark { account: account.id, password_version: 1, device: [3; 16] };
    let marked = ReserveAttempt { mark: Some(mark), ..world.ask(ADA) };
    let reserved = world.reserve(&marked).await;
    assert_eq!((reserved.row.device, reserved.attempt), (Some([3; 16]), counted(&BOTH)));
    let opened = settle(&world, &marked, &reserved.row, matched(&world, &account)).await;
    assert!(matches!(opened, Settlement::Opened(_)));
    // The device's row is empty and gone; strangers are still locked out.
    assert_eq!(rows(&world).await, 1);
    assert!(matches!(world.reserve(&world.ask(ADA)).await.attempt, ReservedKinds::Locked(_)));
}

async fn a_stale_mark_falls_in_the_row_of_unknown_devices(world: World) {
    let account = world.account(Kind::Customer, ADA).await;
    let other = world.account(Kind::Customer, "bob@example.com").await;
    for mark in [
        DeviceMark { account: account.id, password_version: 2, device: [3; 16] },
        DeviceMark { account: account.id, password_version: 0, device: [3; 16] },
        DeviceMark { account: other.id, password_version: 1, device: [3; 16] },
    ] {
        let marked = ReserveAttempt { mark: Some(mark), ..world.ask(ADA) };
        let reserved = world.reserve(&marked).await;
        assert_eq!((reserved.row.device, reserved.attempt), (None, counted(&BOTH)), "{mark:?}");
    }
}

async fn a_mark_is_good_where_it_proves_every_account_that_is_asked(world: World) {
    let (customer, staff) = (world.account(Kind::Customer, ADA).await, world.account(Kind::Staff, ADA).await);
    let of = |account: &Account| DeviceMark { account: account.id, password_version: 1, device: [3; 16] };
    for (account, kinds, is_good) in [
        (&customer, &BOTH[..], false),
        (&staff, &BOTH[..], false),
        (&customer, &[Kind::Customer][..], true),
        (&staff, &[Kind::Staff][..], true),
        (&customer, &[Kind::Staff][..], false),
        (&staff, &[Kind::Customer][..], false),
    ] {
        let ask = ReserveAttempt { mark: Some(of(account)), kinds: kinds.to_vec(), ..world.ask(ADA) };
        let reserved = world.reserve(&ask).await;
        assert_eq!(reserved.row.device.is_some(), is_good, "{:?} asks for {kinds:?}", account.kind);
        settle(&world, &ask, &reserved.row, Verdict::Released).await;
    }
}

async fn a_device_that_is_locked_is_not_moved_to_the_unknown_row(world: World) {
    let account = world.account(Kind::Customer, ADA).await;
    let mark = DeviceMark { account: account.id, password_version: 1, device: [3; 16] };
    for _ in 0..5 {
        world.guess(&ReserveAttempt { mark: Some(mark), ..world.ask(ADA) }).await;
    }
    let reserved = world.reserve(&ReserveAttempt { mark: Some(mark), ..world.ask(ADA) }).await;
    assert!(matches!(reserved.attempt, ReservedKinds::Locked(_)));
    assert_eq!(world.reserve(&world.ask(ADA)).await.attempt, counted(&BOTH));
}

async fn a_release_that_leaves_a_row_empty_deletes_it(world: World) {
    let ask = world.ask(ADA);
    let reserved = world.reserve(&ask).await;
    assert_eq!(rows(&world).await, 1);
    settle(&world, &ask, &reserved.row, Verdict::Released).await;
    assert_eq!(rows(&world).await, 0);
    // Twice is the same as once.
    settle(&world, &ask, &reserved.row, Verdict::Released).await;
    assert_eq!(rows(&world).await, 0);
}

async fn an_unlock_in_between_leaves_the_attempt_to_be_settled(world: World) {
    let account = world.account(Kind::Customer, ADA).await;
    let unlock =
        async || world.here().unlock(account.id, name_hash(ADA), world.event(Action::AccountUnlocked)).await.unwrap();
    for _ in 0..4 {
        world.guess(&world.ask(ADA)).await;
    }
    let ask = ReserveAttempt { kinds: vec![Kind::Customer], ..world.ask(ADA) };
    let reserved = world.reserve(&ask).await;
    assert_eq!(unlock().await, Changed::Yes);
    let failed = settle(&world, &ask, &reserved.row, world.wrong()).await;
    assert!(matches!(failed, Settlement::Failed(None)), "{failed:?}");
    // The row is gone when the attempt is settled: a failure is counted in a new one.
    world.meddle("DELETE FROM counter").await;
    settle(&world, &ask, &reserved.row, world.wrong()).await;
    assert_eq!(rows(&world).await, 1);
    world.meddle("DELETE FROM counter").await;
    let opened = settle(&world, &ask, &reserved.row, matched(&world, &account)).await;
    assert!(matches!(opened, Settlement::Opened(_)));
    assert_eq!(rows(&world).await, 0);
}

async fn a_closed_account_is_refused_only_to_its_password(world: World) {
    let account = world.account(Kind::Customer, ADA).await;
    let event = world.event(Action::AccountDeactivated);
    world.here().set_standing(account.id, Standing::Deactivated, event).await.unwrap();
    world.guess(&world.ask(ADA)).await;
    let ask = world.ask(ADA);
    let reserved = world.reserve(&ask).await;
    let refused = settle(&world, &ask, &reserved.row, matched(&world, &reserved.accounts[0])).await;
    assert!(matches!(refused, Settlement::Deactivated), "{refused:?}");
    assert_eq!(world.number("SELECT count(*) FROM session").await, 0);
    assert_eq!(world.number("SELECT count(*) FROM event WHERE reason = 'deactivated'").await, 1);
    // The right password clears the customer's failures though it opens nothing.
    assert_eq!(world.number("SELECT count(*) FROM counter WHERE customer = ''").await, 1);
}

async fn what_changed_while_hashing_is_judged_again(world: World) {
    let account = world.account(Kind::Customer, ADA).await;
    let ask = world.ask(ADA);
    let reserved = world.reserve(&ask).await;
    let change =
        SetPassword { id: account.id, name_hash: name_hash(ADA), hash: PasswordHash::new("new"), must_change: false };
    world.here().set_password(change, world.event(Action::PasswordSet)).await.unwrap();
    let changed = settle(&world, &ask, &reserved.row, matched(&world, &reserved.accounts[0])).await;
    assert!(matches!(changed, Settlement::Changed), "{changed:?}");
    assert_eq!(world.number("SELECT count(*) FROM session").await, 0);
    // It begins again with the same attempt, which is still counted, once.
    let again = world.reserve(&ask).await;
    assert_eq!(again.attempt, counted(&BOTH));
    let opened = settle(&world, &ask, &again.row, matched(&world, &again.accounts[0])).await;
    assert!(matches!(opened, Settlement::Opened(session) if session.generation == 2));
}

async fn the_hundred_and_first_session_displaces_the_oldest(world: World) {
    let account = world.account(Kind::Customer, ADA).await;
    let mut sessions = Vec::new();
    for _ in 0..SESSIONS_PER_ACCOUNT_MAX + 2 {
        sessions.push(world.log_in(&account).await.id);
    }
    let kept = world.here().sessions(account.id, 200).await.unwrap();
    let ended: Vec<_> = kept.iter().filter(|session| session.ended.is_some()).collect();
    assert_eq!(ended.iter().map(|session| session.id).collect::<Vec<_>>(), [sessions[1], sessions[0]]);
    assert!(ended.iter().all(|session| session.ended == Some((world.now(), EndReason::TooManySessions))));
    // One that was ended otherwise makes room.
    let end = world.here().end_session(sessions[50], None, EndReason::Logout, world.event(Action::Logout));
    end.await.unwrap();
    world.log_in(&account).await;
    let kept = world.here().sessions(account.id, 200).await.unwrap();
    assert_eq!(kept.iter().filter(|session| session.ended.is_none()).count(), SESSIONS_PER_ACCOUNT_MAX);
}

async fn a_suspended_tenant_counts_nothing(world: World) {
    let event = world.event(Action::TenantSuspended);
    world.here().change_tenant(TenantChange::State(TenantState::Suspended), event).await.unwrap();
    let reserved = world.reserve(&world.ask(ADA)).await;
    assert_eq!(reserved.attempt, ReservedKinds::Suspended);
    assert_eq!(rows(&world).await, 0);
}

async fn a_suspension_while_hashing_opens_nothing(world: World) {
    let account = world.account(Kind::Customer, ADA).await;
    let ask = world.ask(ADA);
    let reserved = world.reserve(&ask).await;
    let event = world.event(Action::TenantSuspended);
    world.here().change_tenant(TenantChange::State(TenantState::Suspended), event).await.unwrap();
    let refused = settle(&world, &ask, &reserved.row, matched(&world, &account)).await;
    assert!(matches!(refused, Settlement::Suspended), "{refused:?}");
    assert_eq!((rows(&world).await, world.number("SELECT count(*) FROM session").await), (0, 0));
}

async fn a_settled_login_is_told_with_its_facts(world: World) {
    let account = world.account(Kind::Customer, ADA).await;
    world.pass(7);
    let ask = world.ask(ADA);
    let reserved = world.reserve(&ask).await;
    let right = world.right(&account);
    let event = right.event.clone().about(account.id).in_session(right.session.id);
    let right = RightPassword { event, ..right };
    let session = right.session.id;
    settle(&world, &ask, &reserved.row, Verdict::Right(Box::new(right))).await;
    let at = world.now().micros();
    let told = format!("SELECT count(*) FROM event WHERE action = 'login' AND at = {at} AND session IS NOT NULL");
    assert_eq!(world.number(&told).await, 1);
    let kept = world.here().sessions(account.id, 1).await.unwrap();
    assert_eq!((kept[0].id, kept[0].created_at), (session, world.now()));
    assert_eq!(
        world.number("SELECT count(*) FROM event_unsealed").await,
        world.number("SELECT count(*) FROM event").await
    );
}

async fn attempts_of_a_dead_process_lock_once_and_not_for_ever(world: World) {
    let account = world.account(Kind::Customer, ADA).await;
    for _ in 0..5 {
        assert_eq!(world.reserve(&world.ask(ADA)).await.attempt, counted(&BOTH));
    }
    world.pass(ATTEMPT_LIFE.as_secs());
    let lock = Lock::Until(world.now().plus(POLICY.lockout));
    assert_eq!(world.reserve(&world.ask(ADA)).await.attempt, ReservedKinds::Locked(lock));
    // Looking does not extend it.
    world.pass(POLICY.lockout.as_secs() - 1);
    assert_eq!(world.reserve(&world.ask(ADA)).await.attempt, ReservedKinds::Locked(lock));
    world.pass(1);
    world.log_in(&account).await;
}

async fn settling_twice_as_wrong_counts_twice(world: World) {
    let ask = world.ask(ADA);
    let reserved = world.reserve(&ask).await;
    for _ in 0..4 {
        assert!(matches!(settle(&world, &ask, &reserved.row, world.wrong()).await, Settlement::Failed(None)));
    }
    let SettleAttempt { policy, .. } = world.settling(&ask, reserved.row.clone(), Verdict::Released);
    let lock = Lock::Until(world.now().plus(policy.lockout));
    let failed = settle(&world, &ask, &reserved.row, world.wrong()).await;
    assert!(matches!(failed, Settlement::Failed(Some(found)) if found == lock), "{failed:?}");
}

on_all! {
    a_reservation_answers_with_the_names_facts,
    an_unknown_name_is_counted_and_locked_as_a_known_one,
    as_many_attempts_as_are_left_and_then_they_wait,
    a_lock_costs_nothing_and_ends_by_itself,
    a_role_selects_one_kind,
    a_right_password_clears_its_own_kind_and_releases_the_other,
    a_good_mark_has_a_row_of_its_own,
    a_stale_mark_falls_in_the_row_of_unknown_devices,
    a_mark_is_good_where_it_proves_every_account_that_is_asked,
    a_device_that_is_locked_is_not_moved_to_the_unknown_row,
    a_release_that_leaves_a_row_empty_deletes_it,
    an_unlock_in_between_leaves_the_attempt_to_be_settled,
    a_closed_account_is_refused_only_to_its_password,
    what_changed_while_hashing_is_judged_again,
    the_hundred_and_first_session_displaces_the_oldest,
    a_suspended_tenant_counts_nothing,
    a_suspension_while_hashing_opens_nothing,
    a_settled_login_is_told_with_its_facts,
    attempts_of_a_dead_process_lock_once_and_not_for_ever,
    settling_twice_as_wrong_counts_twice,
}

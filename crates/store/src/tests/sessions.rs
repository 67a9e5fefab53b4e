use std::sync::Arc;

use countersign_domain::audit::Action;
use countersign_domain::gate::{self, Closed};
use countersign_domain::session::{Client, EndReason, Presented, Session};
use countersign_domain::{Kind, RefreshReplay, RoleLife, SessionId, Settings, Standing, TenantState};

use super::world::{id, make_tenant};
use super::{World, on_all};
use crate::{Ended, RotateSession, Rotated, TenantChange};

const ADA: &str = "ada@example.com";

async fn opened(world: &World) -> Session {
    let account = world.account(Kind::Customer, ADA).await;
    world.log_in(&account).await
}

async fn rotate(world: &World, token: RotateSession) -> Rotated {
    world.here().rotate(token).await.unwrap()
}

fn next(rotated: Rotated) -> Session {
    match rotated {
        Rotated::Yes(session, _) => *session,
        other => panic!("{other:?}"),
    }
}

async fn kept(world: &World, session: &Session) -> Session {
    world.here().sessions(session.account, 9).await.unwrap().into_iter().find(|kept| kept.id == session.id).unwrap()
}

async fn a_session_reads_back_as_it_was_opened(world: World) {
    let session = opened(&world).await;
    assert_eq!(kept(&world, &session).await, session);
    assert_eq!(session.secret.len(), 16);
    let due = session.idle_expires_at.micros();
    let listed = format!("SELECT count(*) FROM session_due WHERE due_at = {due}");
    assert_eq!(world.number(&listed).await, 1);
}

async fn a_rotation_makes_one_successor_and_tells_nothing(world: World) {
    let session = opened(&world).await;
    let before = world.number("SELECT count(*) FROM event").await;
    world.pass(3600);
    let token = world.token(&session, 0);
    let first = next(rotate(&world, token.clone()).await);
    assert_eq!((first.refresh_counter, first.rotated_at), (1, world.now()));
    assert_eq!((first.last_request, first.idle_expires_at > session.idle_expires_at), (token.presented.request, true));
    assert_eq!(kept(&world, &session).await, first);
    let second = next(rotate(&world, world.token(&session, 1)).await);
    assert_eq!(second.refresh_counter, 2);
    assert_eq!(world.number("SELECT count(*) FROM event").await, before);
}

async fn an_honest_repeat_gets_the_same_successor(world: World) {
    let session = opened(&world).await;
    let first = next(rotate(&world, world.token(&session, 0)).await);
    world.pass(9);
    assert_eq!(next(rotate(&world, world.token(&session, 0)).await), first);
    // The very same request, hours later and from elsewhere.
    world.pass(3600);
    let mut token = world.token(&session, 0);
    token.presented.request = first.last_request;
    token.presented.client = Client::default();
    assert_eq!(next(rotate(&world, token).await), first);
}

async fn a_used_token_ends_the_session_and_is_told(world: World) {
    let session = opened(&world).await;
    rotate(&world, world.token(&session, 0)).await;
    world.pass(10);
    assert!(matches!(rotate(&world, world.token(&session, 0)).await, Rotated::Reuse));
    assert_eq!(kept(&world, &session).await.ended, Some((world.now(), EndReason::Reused)));
    // The living token is dead too, and nothing more is told.
    assert!(matches!(rotate(&world, world.token(&session, 1)).await, Rotated::Refused));
    assert!(matches!(rotate(&world, world.token(&session, 0)).await, Rotated::Refused));
    assert_eq!(world.told(&Action::RefreshReused).await, 1);
    let told =
        "SELECT count(*) FROM event WHERE action = 'refresh_reused' AND subject IS NOT NULL AND session IS NOT NULL";
    assert_eq!(world.number(told).await, 1);
}

async fn a_strict_tenant_takes_every_second_use_for_theft(world: World) {
    let session = opened(&world).await;
    let settings = Arc::new(Settings { refresh_replay: RefreshReplay::Strict, ..Settings::default() });
    let token = || RotateSession { settings: Arc::clone(&settings), ..world.token(&session, 0) };
    assert!(matches!(rotate(&world, token()).await, Rotated::Yes(..)));
    assert!(matches!(rotate(&world, token()).await, Rotated::Reuse));
}

async fn what_was_never_given_out_changes_nothing(world: World) {
    let session = opened(&world).await;
    rotate(&world, world.token(&session, 0)).await;
    world.pass(60);
    let good = world.token(&session, 0);
    let presented = |counter, token| Presented { counter, token, ..good.presented.clone() };
    for presented in [
        presented(2, session.token_id(2)),
        presented(-1, session.token_id(-1)),
        presented(0, session.token_id(1)),
        presented(1, [0; 16]),
        presented(i64::MAX, session.token_id(i64::MAX)),
    ] {
        let token = RotateSession { presented, ..good.clone() };
        assert!(matches!(rotate(&world, token).await, Rotated::Refused));
    }
    let nobody = RotateSession { session: SessionId::from_uuid(id()), ..good.clone() };
    assert!(matches!(rotate(&world, nobody).await, Rotated::Refused));
    // Another tenant has no such session.
    let other = world.store.tenant(make_tenant(&world.store, "there").await);
    assert!(matches!(other.rotate(good).await.unwrap(), Rotated::Refused));
    assert_eq!(kept(&world, &session).await.refresh_counter, 1);
}

async fn an_end_of_anything_above_it_refuses_a_rotation(world: World) {
    let session = opened(&world).await;
    let suspend = |state| TenantChange::State(state);
    let change = async |change, action| {
        world.here().change_tenant(change, world.event(action)).await.unwrap();
    };
    change(suspend(TenantState::Suspended), Action::TenantSuspended).await;
    assert!(matches!(rotate(&world, world.token(&session, 0)).await, Rotated::Suspended));
    let holder = world.here().holder(session.id).await.unwrap().unwrap();
    assert_eq!(gate::admit(&holder.facts, world.now()), Err(Closed::TenantSuspended));
    change(suspend(TenantState::Active), Action::TenantResumed).await;
    let event = world.event(Action::AccountDeactivated);
    world.here().set_standing(session.account, Standing::Deactivated, event).await.unwrap();
    assert!(matches!(rotate(&world, world.token(&session, 0)).await, Rotated::Refused));
    let event = world.event(Action::AccountActivated);
    world.here().set_standing(session.account, Standing::Active, event).await.unwrap();
    // Open again, but the session is of an older generation.
    assert!(matches!(rotate(&world, world.token(&session, 0)).await, Rotated::Refused));
    assert_eq!(kept(&world, &session).await.refresh_counter, 0);
}

async fn an_idle_session_is_over_and_a_rotation_keeps_it(world: World) {
    let session = opened(&world).await;
    world.pass(14 * 86_400 - 1);
    let first = next(rotate(&world, world.token(&session, 0)).await);
    world.pass(14 * 86_400);
    let holder = world.here().holder(session.id).await.unwrap().unwrap();
    assert_eq!(holder.facts.session_expires_at, first.idle_expires_at);
    assert_eq!(gate::admit(&holder.facts, world.now()), Err(Closed::Ended));
    assert!(matches!(rotate(&world, world.token(&session, 1)).await, Rotated::Refused));
}

async fn a_roles_shorter_life_counts_from_the_next_rotation(world: World) {
    let session = opened(&world).await;
    let mut settings = Settings::default();
    settings.session_by_role.insert("CUSTOMER".into(), RoleLife { idle_seconds: 60, absolute_seconds: 600 });
    let token = RotateSession { settings: Arc::new(settings), ..world.token(&session, 0) };
    let first = next(rotate(&world, token).await);
    assert_eq!(first.idle_expires_at.since(world.now()).as_secs(), 60);
}

async fn an_end_is_told_once_and_only_to_its_own_token(world: World) {
    let session = opened(&world).await;
    rotate(&world, world.token(&session, 0)).await;
    let end = async |asked_by| {
        let event = world.event(Action::Logout);
        world.here().end_session(session.id, asked_by, EndReason::Logout, event).await.unwrap()
    };
    assert_eq!(end(Some((0, [0; 16]))).await, Ended::NotOurs);
    // Any genuine token will do, whatever its counter.
    assert_eq!(end(Some((0, session.token_id(0)))).await, Ended::Now(session.account));
    assert_eq!(end(Some((1, session.token_id(1)))).await, Ended::Before);
    assert_eq!(end(None).await, Ended::Before);
    let nobody = SessionId::from_uuid(id());
    let ended = world.here().end_session(nobody, None, EndReason::Requested, world.event(Action::SessionEnded)).await;
    assert_eq!(ended.unwrap(), Ended::Before);
    assert_eq!(kept(&world, &session).await.ended, Some((world.now(), EndReason::Logout)));
    assert_eq!((world.told(&Action::Logout).await, world.told(&Action::SessionEnded).await), (1, 0));
    let holder = world.here().holder(session.id).await.unwrap().unwrap();
    assert!(holder.facts.session_ended);
}

async fn sessions_are_listed_the_living_first(world: World) {
    let account = world.account(Kind::Customer, ADA).await;
    let other = world.account(Kind::Staff, ADA).await;
    world.log_in(&other).await;
    let mut made = Vec::new();
    for _ in 0..4 {
        made.push(world.log_in(&account).await.id);
    }
    made.reverse();
    let listed = world.here().sessions(account.id, 3).await.unwrap();
    assert_eq!(listed.iter().map(|session| session.id).collect::<Vec<_>>(), made[..3]);
    for at in [0, 2] {
        world.pass(1);
        let event = world.event(Action::SessionEnded);
        world.here().end_session(made[at], None, EndReason::Requested, event).await.unwrap();
    }
    let expected = [made[1], made[3], made[2], made[0]];
    for limit in 1..=4 {
        let listed = world.here().sessions(account.id, limit as u32).await.unwrap();
        assert_eq!(listed.iter().map(|session| session.id).collect::<Vec<_>>(), expected[..limit]);
    }
}

async fn a_row_that_cannot_be_names_its_column_and_key(world: World) {
    let session = opened(&world).await;
    world.meddle("UPDATE session SET end_reason = 'boredom'").await;
    let fault = world.here().rotate(world.token(&session, 0)).await.unwrap_err().to_string();
    assert!(fault.contains("SESSION_LOCK") && fault.contains("end_reason"), "{fault}");
    assert!(fault.contains(&session.id.to_string()), "{fault}");
    world.meddle("UPDATE session SET end_reason = 'boredom', ended_at = 1").await;
    let fault = world.here().sessions(session.account, 9).await.unwrap_err().to_string();
    assert!(fault.contains("no reason for an end"), "{fault}");
}

on_all! {
    a_session_reads_back_as_it_was_opened,
    a_rotation_makes_one_successor_and_tells_nothing,
    an_honest_repeat_gets_the_same_successor,
    a_used_token_ends_the_session_and_is_told,
    a_strict_tenant_takes_every_second_use_for_theft,
    what_was_never_given_out_changes_nothing,
    an_end_of_anything_above_it_refuses_a_rotation,
    an_idle_session_is_over_and_a_rotation_keeps_it,
    a_roles_shorter_life_counts_from_the_next_rotation,
    an_end_is_told_once_and_only_to_its_own_token,
    sessions_are_listed_the_living_first,
    a_row_that_cannot_be_names_its_column_and_key,
}

use super::*;
use proptest::prelude::*;

const LIFE: Life = Life { idle: Duration::from_secs(14 * 86_400), absolute: Duration::from_secs(90 * 86_400) };

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(seconds)
}

fn home() -> Client {
    Client { network: "192.0.2.1".into(), user_agent: "app/1".into() }
}

fn opened(now: Timestamp) -> Session {
    let id = SessionId::from_uuid(Uuid::from_u128(1));
    NewSession { id, secret: [7; 16], client: home(), life: LIFE, is_for_browser: false }.open(
        AccountId::from_uuid(Uuid::from_u128(2)),
        1,
        now,
    )
}

fn token(counter: i64) -> Presented {
    Presented { counter, token: opened(at(0)).token_id(counter), request: None, client: home() }
}

fn rotate(session: &Session, presented: &Presented, now: Timestamp) -> Rotation {
    session.rotate(presented, LIFE, RefreshReplay::Idempotent, now)
}

fn next(session: &Session, presented: &Presented, now: Timestamp) -> Session {
    match rotate(session, presented, now) {
        Rotation::Next(next) => *next,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_current_token_rotates_and_idles_anew() {
    let session = next(&opened(at(0)), &token(0), at(60));
    assert_eq!(session.refresh_counter, 1);
    assert_eq!(session.idle_expires_at, at(60).plus(LIFE.idle));
    let late = at(89 * 86_400);
    let old = Session { idle_expires_at: late.plus(LIFE.idle), ..session };
    assert_eq!(next(&old, &token(1), late).idle_expires_at, at(90 * 86_400), "never beyond the absolute end");
}

#[test]
fn two_tabs_and_a_lost_answer_get_the_same_successor() {
    let session = next(&opened(at(0)), &token(0), at(60));
    assert_eq!(rotate(&session, &token(0), at(69)), Rotation::Again);
    assert_eq!(rotate(&session, &token(0), at(70)), Rotation::Reuse, "too late");
    let elsewhere = Presented { client: Client { network: "198.51.100.7".into(), ..home() }, ..token(0) };
    assert_eq!(rotate(&session, &elsewhere, at(61)), Rotation::Reuse, "from elsewhere");
}

#[test]
fn the_same_request_may_be_sent_again_for_a_day_from_anywhere() {
    let request = Presented { request: Some(Uuid::from_u128(99)), ..token(0) };
    let session = next(&opened(at(0)), &request, at(60));
    let roaming = Presented { client: Client::default(), ..request };
    assert_eq!(rotate(&session, &roaming, at(60 + 86_399)), Rotation::Again);
    assert_eq!(rotate(&session, &roaming, at(60 + 86_400)), Rotation::Reuse);
}

#[test]
fn a_client_that_sends_one_id_with_everything_says_nothing_by_it() {
    let constant = |counter| Presented { request: Some(Uuid::from_u128(5)), ..token(counter) };
    let first = next(&opened(at(0)), &constant(0), at(60));
    let second = next(&first, &constant(1), at(120));
    assert_eq!(second.last_request, None);
    assert_eq!(rotate(&second, &constant(1), at(200)), Rotation::Reuse);
}

#[test]
fn an_older_token_is_theft_and_a_newer_one_is_nothing() {
    let session = next(&next(&opened(at(0)), &token(0), at(1)), &token(1), at(2));
    assert_eq!(rotate(&session, &token(0), at(3)), Rotation::Reuse);
    assert_eq!(rotate(&session, &token(3), at(3)), Rotation::Refused);
    assert_eq!(rotate(&session, &token(-1), at(3)), Rotation::Refused);
    assert_eq!(session.rotate(&token(1), LIFE, RefreshReplay::Strict, at(3)), Rotation::Reuse);
}

#[test]
fn a_token_that_the_secret_did_not_make_is_nothing() {
    let session = opened(at(0));
    assert_eq!(rotate(&session, &Presented { token: session.token_id(1), ..token(0) }, at(1)), Rotation::Refused);
    let other = Session { secret: [8; 16], ..session.clone() };
    assert_eq!(rotate(&other, &token(0), at(1)), Rotation::Refused);
}

proptest! {
    /// Honest and thieving holders present whatever they hold, in any order: there is at any time one token that
    /// rotates, and a token that has a successor never gets another.
    #[test]
    fn there_is_one_chain(steps in proptest::collection::vec((0i64..6, 0i64..40, any::<bool>()), 1..60)) {
        let mut session = opened(at(0));
        let mut now = at(0);
        for (back, pass, thief) in steps {
            now = now.plus(Duration::from_secs(pass.unsigned_abs()));
            let client = if thief { Client::default() } else { home() };
            let presented = Presented { client, ..token(session.refresh_counter - back) };
            let before = session.clone();
            match rotate(&session, &presented, now) {
                Rotation::Next(next) => {
                    prop_assert_eq!(back, 0);
                    prop_assert_eq!(next.refresh_counter, before.refresh_counter + 1);
                    prop_assert_eq!(next.secret, before.secret);
                    session = *next;
                }
                Rotation::Again => prop_assert!(back == 1 && before.client == presented.client),
                Rotation::Reuse => {
                    prop_assert!(back > 0);
                    // Whatever comes after it, the gate refuses.
                    break;
                }
                Rotation::Refused => prop_assert!(presented.counter < 0),
            }
        }
    }
}

/// A row and the trail's event that tells of its end say it in one word.
#[test]
fn an_end_has_the_trails_word() {
    use crate::audit::{Action, Reason};
    for reason in EndReason::ALL {
        let words = if reason == EndReason::Logout { Action::NAMES } else { Reason::NAMES };
        assert!(words.contains(&reason.name()), "{}", reason.name());
        assert_eq!(reason.name().parse(), Ok(reason));
    }
}

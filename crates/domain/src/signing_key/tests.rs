use proptest::prelude::*;
use uuid::Uuid;

use super::*;

const START: Timestamp = Timestamp::from_unix_seconds(1_800_000_000);

fn at(seconds: u64) -> Timestamp {
    START.plus(Duration::from_secs(seconds))
}

fn id(number: u128) -> KeyId {
    KeyId::from_uuid(Uuid::from_u128(number))
}

fn key(number: u128, published: u64, active: u64) -> SigningKeyRecord {
    SigningKeyRecord {
        tenant: TenantId::from_uuid(Uuid::from_u128(1)),
        id: id(number),
        kid: format!("key {number}"),
        algorithm: Algorithm::Rs256,
        public: Vec::new(),
        sealed_private: Vec::new(),
        published_at: at(published),
        active_at: at(active),
        retired_at: None,
        compromised_at: None,
    }
}

fn states(keys: &[SigningKeyRecord], now: u64) -> Vec<&'static str> {
    keys.iter().map(|key| key.state(keys, at(now)).name()).collect()
}

fn new_key(number: u128, schedule: Schedule) -> SigningKeyRecord {
    SigningKeyRecord { published_at: schedule.published_at, active_at: schedule.active_at, ..key(number, 0, 0) }
}

#[test]
fn an_algorithm_survives_its_name() {
    for algorithm in Algorithm::ALL {
        assert_eq!(algorithm.to_string().parse(), Ok(algorithm));
        assert!(algorithm.name().starts_with(algorithm.jws()));
    }
    for wrong in ["", "none", "HS256", "rs256", "RS256 ", "RS384", "ES256K"] {
        assert_eq!(wrong.parse::<Algorithm>(), Err(NotAnAlgorithm), "{wrong}");
    }
}

#[test]
fn a_key_is_seen_by_every_verifier_before_its_first_use() {
    assert!(PUBLISH_AHEAD > JWKS_MAX_AGE + REREAD_EVERY);
    assert_eq!(RETIREMENT, Duration::from_secs(3720));
}

#[test]
fn a_key_lives_from_next_to_gone() {
    let keys = [key(1, 0, 0), key(2, 1000, 1600)];
    let table = [
        (0, ["active", "next"]),
        (1599, ["active", "next"]),
        (1600, ["retired", "active"]),
        (1600 + 3719, ["retired", "active"]),
        (1600 + 3720, ["gone", "active"]),
        (9_999_999, ["gone", "active"]),
    ];
    for (now, expected) in table {
        assert_eq!(states(&keys, now), expected, "after {now} s");
    }
}

#[test]
fn three_keys_overlap_without_a_gap() {
    let keys = [key(1, 0, 0), key(2, 0, 600), key(3, 600, 1200)];
    assert_eq!(states(&keys, 1199), ["retired", "active", "next"]);
    assert_eq!(states(&keys, 1200), ["retired", "retired", "active"]);
    let chosen = choose(&keys, at(1200));
    assert_eq!(chosen.signing.map(|key| key.id), Some(id(3)));
    assert_eq!(chosen.published.len(), 3);
    assert_eq!(states(&keys, 600 + 3720), ["gone", "retired", "active"]);
}

#[test]
fn of_two_keys_of_one_moment_the_younger_signs() {
    let keys = [key(2, 0, 0), key(1, 0, 0)];
    assert_eq!(states(&keys, 0), ["active", "retired"]);
}

#[test]
fn the_first_key_is_used_at_once_and_every_other_ten_minutes_later() {
    let first = rotate(&[], at(5)).unwrap();
    assert_eq!(first, Schedule { published_at: at(5), active_at: at(5) });
    let mut keys = vec![new_key(1, first)];

    let second = rotate(&keys, at(100)).unwrap();
    assert_eq!(second, Schedule { published_at: at(100), active_at: at(700) });
    keys.push(new_key(2, second));

    assert_eq!(rotate(&keys, at(699)), Err(Refusal::AlreadyRotating));
    assert!(rotate(&keys, at(700)).is_ok());
}

#[test]
fn only_a_key_that_waits_can_be_withdrawn() {
    let mut keys = vec![key(1, 0, 0), key(2, 0, 600)];
    assert_eq!(retire(&keys, id(9), at(10)), Err(Refusal::Unknown));
    assert_eq!(retire(&keys, id(1), at(10)), Err(Refusal::StillSigning));
    assert_eq!(retire(&keys, id(1), at(600)), Err(Refusal::AlreadyRetired));
    keys[1].retired_at = Some(retire(&keys, id(2), at(599)).unwrap());

    // A node that has not looked again yet may sign with it from 600 on, so it stays published.
    assert_eq!(states(&keys, 600), ["active", "retired"]);
    assert_eq!(states(&keys, 599 + 3720), ["active", "gone"]);
    assert_eq!(retire(&keys, id(2), at(700)), Err(Refusal::AlreadyRetired));
    assert!(rotate(&keys, at(700)).is_ok());
}

#[test]
fn a_compromised_key_is_gone_at_once_and_another_signs() {
    let mut keys = vec![key(1, 0, 0)];
    let replacement = compromise(&keys, id(1), at(100)).unwrap();
    let Replacement::Make(schedule) = replacement else { panic!("{replacement:?}") };
    keys[0].compromised_at = Some(at(100));
    keys.push(new_key(2, schedule));
    assert_eq!(states(&keys, 100), ["compromised", "active"]);
    assert_eq!(choose(&keys, at(100)).published, [&keys[1]]);
    assert_eq!(compromise(&keys, id(1), at(101)), Err(Refusal::AlreadyCompromised));
    assert_eq!(retire(&keys, id(1), at(101)), Err(Refusal::AlreadyCompromised));
}

#[test]
fn a_waiting_key_takes_over_from_a_compromised_one() {
    let mut keys = vec![key(1, 0, 0), key(2, 50, 650)];
    assert_eq!(compromise(&keys, id(1), at(100)), Ok(Replacement::Promote(id(2))));
    keys[0].compromised_at = Some(at(100));
    keys[1].active_at = at(100);
    assert_eq!(states(&keys, 100), ["compromised", "active"]);
}

#[test]
fn a_key_that_does_not_sign_is_compromised_without_a_replacement() {
    let mut keys = vec![key(1, 0, 0), key(2, 0, 600), key(3, 600, 1200)];
    assert_eq!(compromise(&keys, id(1), at(700)), Ok(Replacement::NotNeeded));
    assert_eq!(compromise(&keys, id(3), at(700)), Ok(Replacement::NotNeeded));
    keys[2].compromised_at = Some(at(700));
    assert_eq!(states(&keys, 700), ["retired", "active", "compromised"]);
    assert_eq!(states(&keys, 1300), ["retired", "active", "compromised"], "withdrawn, it stops nobody");
    assert_eq!(compromise(&keys, id(1), at(9000)), Err(Refusal::Gone));
    assert_eq!(compromise(&keys, id(9), at(0)), Err(Refusal::Unknown));
}

#[test]
fn an_older_key_never_returns_when_its_successor_is_compromised() {
    let mut keys = vec![key(1, 0, 0), key(2, 0, 600)];
    keys[1].compromised_at = Some(at(700));
    assert_eq!(states(&keys, 650), ["retired", "active"]);
    assert_eq!(states(&keys, 700), ["retired", "compromised"]);
    assert_eq!(choose(&keys, at(700)).signing, None);
    let made_good = rotate(&keys, at(700)).unwrap();
    assert_eq!(made_good.active_at, at(700));
}

#[derive(Clone, Debug)]
enum Step {
    Wait(u64),
    Rotate,
    Retire(usize),
    Compromise(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (1_u64..5000).prop_map(Step::Wait),
        Just(Step::Rotate),
        (0_usize..8).prop_map(Step::Retire),
        (0_usize..8).prop_map(Step::Compromise),
    ]
}

/// Applies what the store would write.
fn apply(keys: &mut Vec<SigningKeyRecord>, step: &Step, now: Timestamp) {
    let number = keys.len() as u128 + 1;
    let id_of = |index: usize| keys.get(index % keys.len().max(1)).map(|key| key.id);
    match *step {
        Step::Wait(_) => {}
        Step::Rotate => keys.extend(rotate(keys, now).map(|schedule| new_key(number, schedule))),
        Step::Retire(index) => {
            let Some(id) = id_of(index) else { return };
            if let Ok(moment) = retire(keys, id, now) {
                keys.iter_mut().filter(|key| key.id == id).for_each(|key| key.retired_at = Some(moment));
            }
        }
        Step::Compromise(index) => {
            let Some(id) = id_of(index) else { return };
            let Ok(replacement) = compromise(keys, id, now) else {
                return;
            };
            keys.iter_mut().filter(|key| key.id == id).for_each(|key| key.compromised_at = Some(now));
            match replacement {
                Replacement::NotNeeded => {}
                Replacement::Promote(next) => {
                    keys.iter_mut().filter(|key| key.id == next).for_each(|key| key.active_at = now);
                }
                Replacement::Make(schedule) => keys.push(new_key(number, schedule)),
            }
        }
    }
}

proptest! {
    #[test]
    fn whatever_the_moves_one_key_signs_and_none_is_forgotten_early(steps in prop::collection::vec(step(), 1..40)) {
        let mut now = START;
        let mut keys = vec![new_key(1, rotate(&[], now).unwrap())];
        let mut last_signed = std::collections::HashMap::from([(id(1), now)]);
        for step in &steps {
            if let Step::Wait(seconds) = step {
                now = now.plus(Duration::from_secs(*seconds));
            }
            apply(&mut keys, step, now);
            let active = keys.iter().filter(|key| key.state(&keys, now) == State::Active).count();
            prop_assert_eq!(active, 1, "exactly one key signs after {:?}", step);
            let chosen = choose(&keys, now);
            let signing = chosen.signing.unwrap();
            prop_assert!(chosen.published.contains(&signing));
            last_signed.insert(signing.id, now);
            for key in keys.iter().filter(|key| key.compromised_at.is_none()) {
                let signed = last_signed.get(&key.id).is_some_and(|at| now < at.plus(ACCESS_TOKEN_LIFE));
                prop_assert!(!signed || chosen.published.contains(&key), "a living token lost its key");
            }
            prop_assert!(chosen.published.iter().all(|key| key.compromised_at.is_none()));
        }
    }
}

#[test]
fn a_move_says_what_becomes_of_every_key_it_touches() {
    let (signing, next, new) = (key(1, 0, 0), key(2, 900, 1500), key(3, 0, 0));
    let wrote = |asked: Move, keys: &[SigningKeyRecord]| asked.judge(keys, at(1000));
    let rotated = wrote(Move::Rotate(new.clone()), std::slice::from_ref(&signing)).unwrap();
    assert_eq!(rotated, KeyWrite { insert: Some(key(3, 1000, 1600)), ..KeyWrite::default() });

    let keys = [signing.clone(), next.clone()];
    assert_eq!(wrote(Move::Rotate(new.clone()), &keys), Err(Refusal::AlreadyRotating));
    let withdrawn = SigningKeyRecord { retired_at: Some(at(1000)), ..next.clone() };
    assert_eq!(wrote(Move::Retire(id(2)), &keys).unwrap(), KeyWrite { update: vec![withdrawn], ..KeyWrite::default() });

    let stolen = |key: &SigningKeyRecord| SigningKeyRecord { compromised_at: Some(at(1000)), ..key.clone() };
    let promoted = SigningKeyRecord { active_at: at(1000), ..next.clone() };
    for (id_of_stolen, keys, insert, update) in [
        (1, &keys[..], None, vec![stolen(&signing), promoted]),
        (2, &keys[..], None, vec![stolen(&next)]),
        (1, &keys[..1], Some(key(3, 1000, 1000)), vec![stolen(&signing)]),
    ] {
        let wrote = wrote(Move::Compromise(id(id_of_stolen), new.clone()), keys).unwrap();
        assert_eq!(wrote, KeyWrite { insert, update, ends_sessions: true });
    }
}

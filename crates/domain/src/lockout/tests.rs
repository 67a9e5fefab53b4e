use super::*;
use proptest::prelude::*;

const POLICY: Policy = Policy { failures_max: 5, window: Duration::from_secs(900), lockout: Duration::from_secs(900) };

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(seconds)
}

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn wrong(counter: &mut Counter, n: u128, now: Timestamp) {
    counter.age(&POLICY, now);
    assert_eq!(counter.may_reserve(&POLICY), Reserved::Yes);
    counter.reserve(id(n), now);
    counter.settle(id(n), Settled::Wrong, &POLICY, now);
}

#[test]
fn the_fifth_failure_locks_for_fifteen_minutes() {
    let mut counter = Counter::default();
    for n in 0..5 {
        assert_eq!(counter.lock(), None);
        wrong(&mut counter, n, at(100));
    }
    assert_eq!(counter.may_reserve(&POLICY), Reserved::Locked(Lock::Until(at(1000))));
    counter.age(&POLICY, at(999));
    assert_eq!(counter.lock(), Some(Lock::Until(at(1000))));
    counter.age(&POLICY, at(1000));
    assert_eq!(counter.lock(), None);
    assert_eq!((counter.failures, counter.streak), (0, 5));
}

#[test]
fn failures_outside_the_window_are_forgotten() {
    let mut counter = Counter::default();
    for n in 0..4 {
        wrong(&mut counter, n, at(0));
    }
    wrong(&mut counter, 9, at(900));
    assert_eq!((counter.failures, counter.lock()), (1, None));
}

#[test]
fn a_limit_that_was_lowered_locks_from_the_last_failure() {
    let mut counter = Counter::default();
    for n in 0..4 {
        wrong(&mut counter, n, at(100));
    }
    let stricter = Policy { failures_max: 3, ..POLICY };
    for (now, expected) in [
        (at(101), Reserved::Locked(Lock::Until(at(1000)))),
        (at(999), Reserved::Locked(Lock::Until(at(1000)))),
        (at(1000), Reserved::Yes),
    ] {
        let mut aged = counter.clone();
        aged.age(&stricter, now);
        assert_eq!(aged.may_reserve(&stricter), expected, "{now}");
    }
    let brief = Policy { lockout: Duration::from_secs(10), ..stricter };
    counter.age(&brief, at(110));
    assert_eq!((counter.may_reserve(&brief), counter.failures, counter.streak), (Reserved::Yes, 0, 4));
}

#[test]
fn parallel_attempts_never_exceed_what_is_left() {
    let mut counter = Counter::default();
    wrong(&mut counter, 0, at(0));
    for n in 1..5 {
        assert_eq!(counter.may_reserve(&POLICY), Reserved::Yes);
        counter.reserve(id(n), at(1));
    }
    assert_eq!(counter.may_reserve(&POLICY), Reserved::Wait);
    counter.settle(id(1), Settled::Right, &POLICY, at(2));
    assert_eq!((counter.failures, counter.streak, counter.attempts.len()), (0, 0, 3));
    assert_eq!(counter.may_reserve(&POLICY), Reserved::Yes);
}

#[test]
fn an_abandoned_attempt_becomes_a_failure_and_a_late_success_wins_over_its_lock() {
    let mut counter = Counter::default();
    for n in 0..4 {
        wrong(&mut counter, n, at(0));
    }
    counter.reserve(id(7), at(1));
    counter.age(&POLICY, at(31));
    assert_eq!(counter.lock(), Some(Lock::Until(at(931))));
    counter.settle(id(7), Settled::Right, &POLICY, at(32));
    assert_eq!(counter.lock(), None);
    assert!(counter.is_empty());
}

#[test]
fn a_late_failure_counts_twice_but_does_not_extend_the_lock() {
    let mut counter = Counter::default();
    for n in 0..4 {
        wrong(&mut counter, n, at(0));
    }
    counter.reserve(id(7), at(1));
    counter.age(&POLICY, at(31));
    counter.settle(id(7), Settled::Wrong, &POLICY, at(40));
    assert_eq!((counter.failures, counter.lock()), (6, Some(Lock::Until(at(931)))));
}

#[test]
fn a_hundred_failures_shut_the_row_until_somebody_opens_it() {
    let mut counter = Counter::default();
    let mut now = at(0);
    for n in 0..100 {
        now = now.plus(Duration::from_secs(901));
        wrong(&mut counter, n, now);
    }
    counter.age(&POLICY, now.plus(Duration::from_secs(10_000)));
    assert_eq!(counter.lock(), Some(Lock::Shut));
    assert!(!counter.is_over(&POLICY, now.plus(Duration::from_secs(3600))));
    assert!(counter.is_over(&POLICY, now.plus(STREAK_KEPT)));
    counter.clear();
    assert_eq!(counter.lock(), None);
}

#[test]
fn a_release_leaves_no_trace() {
    let mut counter = Counter::default();
    counter.reserve(id(1), at(0));
    counter.reserve(id(1), at(0));
    assert_eq!(counter.attempts.len(), 1);
    counter.settle(id(1), Settled::Released, &POLICY, at(1));
    assert!(counter.is_empty());
}

/// What may happen to a counter.
#[derive(Clone, Debug)]
enum Step {
    Reserve,
    Settle(usize, Settled),
    Pass(u16),
    Unlock,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::Reserve),
        2 => any::<usize>().prop_map(|n| Step::Settle(n, Settled::Wrong)),
        1 => any::<usize>().prop_map(|n| Step::Settle(n, Settled::Right)),
        1 => any::<usize>().prop_map(|n| Step::Settle(n, Settled::Released)),
        2 => (0u16..1200).prop_map(Step::Pass),
        1 => Just(Step::Unlock),
    ]
}

proptest! {
    /// The model keeps the plain history: the failures answered since the last clearing. However requests are
    /// mixed, no more than `failures_max` failures are answered within one lock-free stretch of a window, the
    /// counter is never below what was answered, and a lock never lasts longer than the policy says.
    #[test]
    fn a_counter_agrees_with_its_history(steps in proptest::collection::vec(step(), 1..200)) {
        let mut counter = Counter::default();
        let mut now = at(0);
        let mut next = 0u128;
        let mut flying: Vec<Uuid> = Vec::new();
        let mut answered: Vec<Timestamp> = Vec::new();
        for step in steps {
            match step {
                Step::Reserve => {
                    counter.age(&POLICY, now);
                    if counter.may_reserve(&POLICY) == Reserved::Yes {
                        next += 1;
                        counter.reserve(id(next), now);
                        flying.push(id(next));
                    }
                }
                Step::Settle(n, how) if !flying.is_empty() => {
                    let attempt = flying.remove(n % flying.len());
                    counter.settle(attempt, how, &POLICY, now);
                    match how {
                        Settled::Wrong => answered.push(now),
                        Settled::Right => answered.clear(),
                        Settled::Released => {}
                    }
                }
                Step::Settle(..) => {}
                Step::Pass(seconds) => now = now.plus(Duration::from_secs(seconds.into())),
                Step::Unlock => { counter.clear(); answered.clear(); }
            }
            prop_assert!(counter.streak as usize >= answered.len());
            let mut aged = counter.clone();
            aged.age(&POLICY, now);
            if let Some(Lock::Until(end)) = aged.lock() {
                prop_assert!(end > now && end <= now.plus(POLICY.lockout));
            }
            if aged.lock().is_none() {
                prop_assert!(aged.failures < POLICY.failures_max);
            }
        }
    }
}

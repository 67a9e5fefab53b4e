use uuid::Uuid;

use super::{Counter, Lock, Policy, Reserved, Settled};
use crate::{KINDS, Kind, Timestamp};

/// The counters of one row, one for each kind of account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    customer: Counter,
    staff: Counter,
}

/// The answer to a request for an attempt at several kinds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowReserved {
    /// Counted for these kinds, which are the selected ones that are not locked.
    Yes(Vec<Kind>),
    /// Every selected kind is locked; this lock ends first.
    Locked(Lock),
    /// Another attempt must settle first. Nothing was counted.
    Wait,
}

impl Counters {
    /// The row of two counters.
    pub fn new(customer: Counter, staff: Counter) -> Self {
        Self { customer, staff }
    }

    /// The counter of one kind.
    pub fn of(&self, kind: Kind) -> &Counter {
        match kind {
            Kind::Customer => &self.customer,
            Kind::Staff => &self.staff,
        }
    }

    fn of_mut(&mut self, kind: Kind) -> &mut Counter {
        match kind {
            Kind::Customer => &mut self.customer,
            Kind::Staff => &mut self.staff,
        }
    }

    /// Brings these kinds to `now`.
    pub fn age(&mut self, kinds: &[Kind], policy: &Policy, now: Timestamp) {
        kinds.iter().for_each(|kind| self.of_mut(*kind).age(policy, now));
    }

    /// Counts an attempt at these kinds: those that are locked stand aside, the others reserve together or wait. An
    /// attempt that is counted already is not counted again.
    pub fn reserve(&mut self, kinds: &[Kind], id: Uuid, policy: &Policy, now: Timestamp) -> RowReserved {
        self.age(kinds, policy, now);
        let mut open = Vec::new();
        for kind in kinds {
            match self.of(*kind).may_reserve(policy) {
                _ if self.of(*kind).counts(id) => open.push(*kind),
                Reserved::Yes => open.push(*kind),
                Reserved::Wait => return RowReserved::Wait,
                Reserved::Locked(_) => {}
            }
        }
        if let (true, Some(lock)) = (open.is_empty(), self.lock_of(kinds)) {
            return RowReserved::Locked(lock);
        }
        open.iter().for_each(|kind| self.of_mut(*kind).reserve(id, now));
        RowReserved::Yes(open)
    }

    /// Ends an attempt at each of the kinds it counted for.
    pub fn settle(&mut self, kinds: &[Kind], id: Uuid, how: impl Fn(Kind) -> Settled, policy: &Policy, now: Timestamp) {
        kinds.iter().for_each(|kind| self.of_mut(*kind).settle(id, how(*kind), policy, now));
    }

    /// Whether the attempt is in flight at one of these kinds.
    pub fn counts(&self, kinds: &[Kind], id: Uuid) -> bool {
        kinds.iter().any(|kind| self.of(*kind).counts(id))
    }

    /// The lock that ends first, if every one of these kinds is locked; they must have been aged.
    pub fn lock_of(&self, kinds: &[Kind]) -> Option<Lock> {
        let locks: Option<Vec<Lock>> = kinds.iter().map(|kind| self.of(*kind).lock()).collect();
        locks.and_then(|locks| locks.into_iter().min())
    }

    /// Whether a kind is locked here that was not before.
    pub fn locks_more_than(&self, before: &Self, now: Timestamp) -> bool {
        let began = |kind| self.of(kind).is_locked_at(now) && !before.of(kind).is_locked_at(now);
        KINDS.into_iter().any(began)
    }

    /// Forgets everything of one kind but attempts in flight.
    pub fn clear(&mut self, kind: Kind) {
        self.of_mut(kind).clear();
    }

    /// Nothing is left to remember: the row can go.
    pub fn is_empty(&self) -> bool {
        self.customer.is_empty() && self.staff.is_empty()
    }

    /// Nothing that is left needs to be kept at `now`, so the purge may take the row.
    pub fn is_over(&self, policy: &Policy, now: Timestamp) -> bool {
        self.customer.is_over(policy, now) && self.staff.is_over(policy, now)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const POLICY: Policy =
        Policy { failures_max: 2, window: Duration::from_secs(900), lockout: Duration::from_secs(900) };
    const CUSTOMER: &[Kind] = &[Kind::Customer];
    const STAFF: &[Kind] = &[Kind::Staff];

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds)
    }

    fn id(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    /// A counter with so many failures at the moment.
    fn failed(times: u32, seconds: i64) -> Counter {
        let mut counter = Counter::default();
        (0..times).for_each(|n| counter.settle(id(n.into()), Settled::Wrong, &POLICY, at(seconds)));
        counter
    }

    /// A counter with so many attempts in flight.
    fn flying(times: u128) -> Counter {
        let mut counter = Counter::default();
        (0..times).for_each(|n| counter.reserve(id(100 + n), at(0)));
        counter
    }

    #[test]
    fn all_that_are_not_locked_reserve_together_or_none() {
        let until = |seconds| RowReserved::Locked(Lock::Until(at(seconds)));
        let yes = |kinds: &[Kind]| RowReserved::Yes(kinds.to_vec());
        for (customer, staff, kinds, expected) in [
            (Counter::default(), Counter::default(), &KINDS[..], yes(&KINDS)),
            (failed(1, 0), flying(1), &KINDS[..], yes(&KINDS)),
            (failed(2, 0), failed(1, 0), &KINDS[..], yes(STAFF)),
            (failed(1, 0), failed(2, 0), &KINDS[..], yes(CUSTOMER)),
            (failed(2, 5), failed(2, 0), &KINDS[..], until(900)),
            (failed(2, 5), Counter::default(), CUSTOMER, until(905)),
            (failed(2, 5), Counter::default(), STAFF, yes(STAFF)),
            (flying(2), Counter::default(), &KINDS[..], RowReserved::Wait),
            (Counter::default(), flying(2), &KINDS[..], RowReserved::Wait),
            (failed(2, 0), flying(2), &KINDS[..], RowReserved::Wait),
            (flying(2), Counter::default(), STAFF, yes(STAFF)),
        ] {
            let before = Counters::new(customer, staff);
            let mut row = before.clone();
            assert_eq!(row.reserve(kinds, id(1), &POLICY, at(10)), expected, "{before:?} {kinds:?}");
            let counted: Vec<Kind> = KINDS.into_iter().filter(|kind| row.of(*kind).counts(id(1))).collect();
            let is_counted = if let RowReserved::Yes(kinds) = &expected { kinds.clone() } else { Vec::new() };
            assert_eq!(counted, is_counted, "{before:?} {kinds:?}");
        }
    }

    #[test]
    fn an_attempt_that_is_counted_is_not_counted_again() {
        // It is one of the two that are in flight, so it need not wait for itself.
        let before = Counters::new(flying(2), flying(2));
        let mut row = before.clone();
        assert_eq!(row.reserve(&KINDS, id(100), &POLICY, at(1)), RowReserved::Yes(KINDS.to_vec()));
        assert_eq!(row, before);
        assert_eq!(row.reserve(&KINDS, id(1), &POLICY, at(1)), RowReserved::Wait);
    }

    #[test]
    fn each_kind_settles_its_own_way() {
        let mut row = Counters::new(failed(1, 0), failed(1, 0));
        row.reserve(&KINDS, id(9), &POLICY, at(1));
        let how = |kind| if kind == Kind::Customer { Settled::Right } else { Settled::Released };
        row.settle(&KINDS, id(9), how, &POLICY, at(2));
        assert_eq!(row, Counters::new(Counter::default(), failed(1, 0)));
        assert!(!row.counts(&KINDS, id(9)));
        row.settle(STAFF, id(9), |_| Settled::Wrong, &POLICY, at(3));
        assert_eq!((row.lock_of(STAFF), row.lock_of(&KINDS)), (Some(Lock::Until(at(903))), None));
    }

    #[test]
    fn a_lock_is_told_where_it_begins() {
        let open = Counters::new(failed(1, 0), failed(2, 0));
        let more = Counters::new(failed(2, 1), failed(2, 0));
        assert!(more.locks_more_than(&open, at(2)));
        assert!(!more.locks_more_than(&more, at(2)) && !open.locks_more_than(&more, at(2)));
        assert_eq!(more.lock_of(&KINDS), Some(Lock::Until(at(900))), "the one that ends first");
    }
}

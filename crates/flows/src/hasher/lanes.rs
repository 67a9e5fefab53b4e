use std::collections::{HashMap, VecDeque};

use countersign_domain::TenantId;

/// Who waits for a thread, and whose turn is next. A plain structure: no lock, no clock, no thread.
///
/// Each tenant has a lane while it has something in it; lanes are served in turn, one job each. Within a lane, jobs
/// that present a valid device mark take every second turn, so that a flood of unmarked ones cannot keep them out.
/// A *place* is taken before a job exists and counts as one.
pub(super) struct Lanes<J> {
    lanes: HashMap<TenantId, Lane<J>>,
    /// The lanes that have a job waiting, in the order of their turns; each once.
    turns: VecDeque<TenantId>,
    next_ticket: u64,
}

struct Lane<J> {
    marked: Side<J>,
    plain: Side<J>,
    marked_is_next: bool,
}

struct Side<J> {
    places: usize,
    waiting: VecDeque<(Ticket, J)>,
}

/// Names one waiting job of a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ticket(u64);

impl<J> Side<J> {
    const fn new() -> Self {
        Self { places: 0, waiting: VecDeque::new() }
    }

    fn len(&self) -> usize {
        self.places.saturating_add(self.waiting.len())
    }
}

impl<J> Lane<J> {
    const fn new() -> Self {
        Self { marked: Side::new(), plain: Side::new(), marked_is_next: true }
    }

    fn side(&mut self, marked: bool) -> &mut Side<J> {
        if marked { &mut self.marked } else { &mut self.plain }
    }

    fn len(&self) -> usize {
        self.marked.len().saturating_add(self.plain.len())
    }

    fn is_waiting(&self) -> bool {
        !(self.marked.waiting.is_empty() && self.plain.waiting.is_empty())
    }

    /// How many jobs of this lane come before a new one. The other side gets a turn for each of ours and one more.
    fn ahead(&self, marked: bool) -> usize {
        let (same, other) = if marked { (&self.marked, &self.plain) } else { (&self.plain, &self.marked) };
        same.len().saturating_add(other.len().min(same.len().saturating_add(1)))
    }

    fn pop(&mut self) -> Option<J> {
        let marked = (self.marked_is_next && !self.marked.waiting.is_empty()) || self.plain.waiting.is_empty();
        self.marked_is_next = !marked;
        self.side(marked).waiting.pop_front().map(|(_, job)| job)
    }
}

impl<J> Lanes<J> {
    pub(super) fn new() -> Self {
        Self { lanes: HashMap::new(), turns: VecDeque::new(), next_ticket: 0 }
    }

    /// Places and waiting jobs in all lanes.
    pub(super) fn len(&self) -> usize {
        self.lanes.values().map(Lane::len).sum()
    }

    /// Whether one more may be placed for this tenant: always while all lanes hold less than `all_max`, and beyond it
    /// as long as its lane holds less than its fair share, so that floods elsewhere refuse nobody. Lanes that fill up
    /// one after the other beyond it hold `all_max / n` each, the n-th of them: a small multiple of it together.
    pub(super) fn has_room(&self, tenant: TenantId, all_max: usize) -> bool {
        let own = self.lanes.get(&tenant).map_or(0, Lane::len);
        let lanes = self.lanes.len().saturating_add(usize::from(own == 0));
        self.len() < all_max || own < (all_max / lanes.max(1)).max(1)
    }

    /// How many jobs come before one that would be placed now, if nobody came after it: those ahead in its lane, and
    /// for each of them, and for itself, one from every other lane as long as that has any.
    pub(super) fn ahead(&self, tenant: TenantId, marked: bool) -> usize {
        let own = self.lanes.get(&tenant).map_or(0, |lane| lane.ahead(marked));
        let others = self.lanes.iter().filter(|(id, _)| **id != tenant);
        let others = others.map(|(_, lane)| lane.len().min(own.saturating_add(1)));
        others.fold(own, usize::saturating_add)
    }

    /// Takes a place.
    pub(super) fn take_place(&mut self, tenant: TenantId, marked: bool) {
        let side = self.lanes.entry(tenant).or_insert_with(Lane::new).side(marked);
        side.places = side.places.saturating_add(1);
    }

    /// Gives a place back that will have no job.
    pub(super) fn give_back_place(&mut self, tenant: TenantId, marked: bool) {
        if let Some(lane) = self.lanes.get_mut(&tenant) {
            let side = lane.side(marked);
            side.places = side.places.saturating_sub(1);
        }
        self.drop_if_empty(tenant);
    }

    /// Puts a job where a place was taken; the ticket removes it again.
    pub(super) fn push(&mut self, tenant: TenantId, marked: bool, job: J) -> Ticket {
        let ticket = Ticket(self.next_ticket);
        self.next_ticket = self.next_ticket.wrapping_add(1);
        let lane = self.lanes.entry(tenant).or_insert_with(Lane::new);
        if !lane.is_waiting() {
            self.turns.push_back(tenant);
        }
        let side = lane.side(marked);
        side.places = side.places.saturating_sub(1);
        side.waiting.push_back((ticket, job));
        ticket
    }

    /// The job whose turn it is.
    pub(super) fn next(&mut self) -> Option<J> {
        let tenant = self.turns.pop_front()?;
        let lane = self.lanes.get_mut(&tenant)?;
        let job = lane.pop();
        if lane.is_waiting() {
            self.turns.push_back(tenant);
        } else {
            self.drop_if_empty(tenant);
        }
        job
    }

    /// Takes a job out that nobody waits for any more; none if it is out already.
    pub(super) fn remove(&mut self, tenant: TenantId, ticket: Ticket) -> Option<J> {
        let lane = self.lanes.get_mut(&tenant)?;
        let job = [true, false].into_iter().find_map(|marked| {
            let waiting = &mut lane.side(marked).waiting;
            let at = waiting.iter().position(|(other, _)| *other == ticket)?;
            waiting.remove(at)
        });
        let (_, job) = job?;
        if !lane.is_waiting() {
            self.turns.retain(|other| *other != tenant);
        }
        self.drop_if_empty(tenant);
        Some(job)
    }

    fn drop_if_empty(&mut self, tenant: TenantId) {
        if self.lanes.get(&tenant).is_some_and(|lane| lane.len() == 0) {
            self.lanes.remove(&tenant);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn tenant(number: u128) -> TenantId {
        TenantId::from_uuid(Uuid::from_u128(number))
    }

    /// Takes a place and fills it: a job named after its tenant, side and number.
    fn add(lanes: &mut Lanes<String>, number: u128, marked: bool, name: &str) -> Ticket {
        lanes.take_place(tenant(number), marked);
        lanes.push(tenant(number), marked, name.to_owned())
    }

    fn drain(lanes: &mut Lanes<String>) -> String {
        std::iter::from_fn(|| lanes.next()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn lanes_are_served_in_turn() {
        let mut lanes = Lanes::new();
        for name in ["a1", "a2", "a3", "a4"] {
            add(&mut lanes, 1, false, name);
        }
        add(&mut lanes, 2, false, "b1");
        add(&mut lanes, 2, false, "b2");
        add(&mut lanes, 3, false, "c1");
        assert_eq!(drain(&mut lanes), "a1 b1 c1 a2 b2 a3 a4");
        assert!(lanes.lanes.is_empty() && lanes.turns.is_empty(), "lanes vanish when empty");
    }

    #[test]
    fn marked_jobs_take_every_second_turn() {
        let mut lanes = Lanes::new();
        for name in ["p1", "p2", "p3", "p4"] {
            add(&mut lanes, 1, false, name);
        }
        assert_eq!(lanes.next().as_deref(), Some("p1"));
        for name in ["m1", "m2", "m3"] {
            add(&mut lanes, 1, true, name);
        }
        assert_eq!(drain(&mut lanes), "m1 p2 m2 p3 m3 p4");
    }

    #[test]
    fn a_removed_job_frees_its_turn_and_its_lane() {
        let mut lanes = Lanes::new();
        let only = add(&mut lanes, 1, false, "a1");
        add(&mut lanes, 2, true, "b1");
        let second = add(&mut lanes, 2, false, "b2");
        assert_eq!(lanes.remove(tenant(1), only).as_deref(), Some("a1"));
        assert_eq!(lanes.remove(tenant(1), only), None, "once");
        assert!(!lanes.lanes.contains_key(&tenant(1)));
        // The lane is new and comes after the others; it has one turn, not two.
        add(&mut lanes, 1, false, "a2");
        add(&mut lanes, 1, false, "a3");
        assert_eq!(lanes.remove(tenant(2), second).as_deref(), Some("b2"));
        assert_eq!(drain(&mut lanes), "b1 a2 a3");
    }

    #[test]
    fn a_place_counts_until_it_is_given_back() {
        let mut lanes = Lanes::<String>::new();
        lanes.take_place(tenant(1), false);
        lanes.take_place(tenant(1), false);
        assert_eq!((lanes.len(), lanes.ahead(tenant(1), false), lanes.ahead(tenant(2), false)), (2, 2, 1));
        lanes.give_back_place(tenant(1), false);
        lanes.give_back_place(tenant(1), false);
        assert!(lanes.next().is_none() && lanes.lanes.is_empty());
    }

    #[test]
    fn a_flood_is_ahead_of_its_own_lane_only() {
        let mut lanes = Lanes::new();
        for _ in 0..100 {
            add(&mut lanes, 1, false, "flood");
        }
        assert_eq!(lanes.ahead(tenant(1), false), 100);
        assert_eq!(lanes.ahead(tenant(1), true), 1, "a marked job waits for one plain one");
        assert_eq!(lanes.ahead(tenant(2), false), 1, "another tenant waits for one of the flood");
    }

    #[test]
    fn floods_that_fill_the_pool_leave_every_other_tenant_its_share() {
        const ALL_MAX: usize = 100;
        let mut lanes = Lanes::<String>::new();
        let fill = |lanes: &mut Lanes<String>, number| {
            let mut taken = 0;
            while lanes.has_room(tenant(number), ALL_MAX) {
                lanes.take_place(tenant(number), false);
                taken += 1;
            }
            taken
        };
        assert_eq!(fill(&mut lanes, 1), 100);
        assert_eq!(fill(&mut lanes, 2), 50);
        assert_eq!(fill(&mut lanes, 3), 33);
        assert_eq!(fill(&mut lanes, 1), 0);
        for number in 4..=1_000 {
            assert!(fill(&mut lanes, number) >= 1, "an empty lane is served");
        }
        assert!(lanes.len() < 1_500, "{}", lanes.len());
        let mut one = Lanes::<String>::new();
        one.take_place(tenant(1), false);
        assert!(one.has_room(tenant(1), ALL_MAX) && !one.has_room(tenant(1), 1));
    }

    proptest! {
        /// What `ahead` said when a job came is how many were served before it, if nobody came after; one fewer where
        /// the turn had already passed from its lane or side.
        #[test]
        fn ahead_is_an_honest_bound(
            crowd in prop::collection::vec((0_u128..4, any::<bool>()), 0..60), served in 0_usize..20,
            mine in 0_u128..4, marked in any::<bool>(),
        ) {
            let mut lanes = Lanes::new();
            for (number, marked) in crowd {
                add(&mut lanes, number, marked, "other");
            }
            for _ in 0..served {
                let _ = lanes.next();
            }
            let ahead = lanes.ahead(tenant(mine), marked);
            let waiting = lanes.len();
            add(&mut lanes, mine, marked, "mine");
            let order: Vec<String> = std::iter::from_fn(|| lanes.next()).collect();
            prop_assert_eq!(order.len(), waiting + 1);
            let before = order.iter().position(|name| name == "mine").unwrap();
            prop_assert!(before <= ahead, "{before} were served before, {ahead} were told");
            prop_assert!(lanes.lanes.is_empty() && lanes.turns.is_empty());
        }
    }
}

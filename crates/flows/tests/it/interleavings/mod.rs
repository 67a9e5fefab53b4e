//! Two and three stories in every order of their transactions.
//!
//! A story touches the store only in whole transactions, one after the other, so letting those of several stories
//! through a turnstile in every order tries every interleaving there is. After each order: no two living branches of a
//! session, nothing accepted that an earlier end forbids, counters exact, the trail whole. [`model`] says what must
//! come of an order; each deed's answer and the number of its hashes are compared with it, step by step.

mod deeds;
mod model;
mod order;
mod stage;

use countersign_store::Location;

use deeds::Deed;
use order::{Choice, Scenario, try_one};
use stage::{Opening, Stage};

use crate::support::{Seeded, is_whole, migrated_database};

/// A stage keeps every order's people: a new one is opened before the database in memory grows large.
const ORDERS_PER_STAGE: usize = 1_000;
/// Of every so many scenarios the sample tries one, whole.
const SAMPLE_EVERY: usize = 80;
/// Orders of the sample and of the whole proof on PostgreSQL.
const RANDOM_ORDERS: (usize, usize) = (40, 5_000);

/// Every choice, one run after the other: depth first.
#[derive(Default)]
struct Everything {
    /// What was picked at each place, of how many.
    path: Vec<(usize, usize)>,
    at: usize,
}

impl Everything {
    /// Goes on to the next run; false when there is none.
    fn next(&mut self) -> bool {
        self.at = 0;
        while let Some((picked, of)) = self.path.pop() {
            if picked + 1 < of {
                self.path.push((picked + 1, of));
                return true;
            }
        }
        false
    }
}

impl Choice for Everything {
    fn pick(&mut self, of: usize) -> usize {
        if self.at == self.path.len() {
            self.path.push((0, of));
        }
        let (picked, known) = self.path[self.at];
        assert_eq!(known, of, "the same choices must lead to the same place");
        self.at += 1;
        picked
    }
}

impl Choice for Seeded {
    fn pick(&mut self, of: usize) -> usize {
        Seeded::pick(self, of)
    }
}

/// What the sample always tries: the orders in which a mistake was made, or planted and found by nothing else.
fn telling() -> Vec<Scenario> {
    use Deed::{Deactivate, KnownRight, Right, SetPassword, TimePasses, Unlock, Wrong};
    let of = |opening, deeds: [Deed; 3]| Scenario { opening, deeds: deeds.to_vec() };
    vec![
        // An account that changes twice under a login, and a device whose mark dies under it.
        of(Opening::Fresh, [Right, Deactivate, SetPassword]),
        of(Opening::KnownDevice, [KnownRight, SetPassword, Wrong]),
        // A failure that is told after its attempt was given up.
        of(Opening::Failed(3), [Wrong, Wrong, TimePasses]),
        of(Opening::Failed(4), [Right, Wrong, Unlock]),
        of(Opening::Lopsided, [Right, Wrong, Wrong]),
        of(Opening::Abandoned, [Right, Wrong, TimePasses]),
        of(Opening::TwoAccounts, [Right, Deed::StaffRight, Wrong]),
    ]
}

/// Every two and three of the deeds, the same ones twice too, from each opening.
fn scenarios() -> Vec<Scenario> {
    use Deed::{
        Deactivate, KnownRight, KnownWrong, Logout, Refresh, Replay, Right, SetPassword, StaffRight, TimePasses,
        Unlock, Wrong,
    };
    let everything = [Right, Wrong, Refresh, Replay, Logout, Unlock, Deactivate, SetPassword, TimePasses];
    let at_the_door = [Right, StaffRight, Wrong, Unlock, Deactivate, SetPassword, TimePasses];
    let with_a_device = [KnownRight, KnownWrong, Right, Wrong, Unlock, Deactivate, SetPassword, TimePasses];
    let mut all = Vec::new();
    for (opening, deeds) in [
        (Opening::Fresh, &everything[..]),
        (Opening::Failed(3), &everything),
        (Opening::Failed(4), &everything),
        (Opening::Failed(5), &everything),
        (Opening::Copied, &everything),
        (Opening::Abandoned, &at_the_door),
        (Opening::Lopsided, &at_the_door),
        (Opening::TwoAccounts, &at_the_door),
        (Opening::KnownDevice, &with_a_device),
    ] {
        for (one, first) in deeds.iter().enumerate() {
            for (two, second) in deeds.iter().enumerate().skip(one) {
                all.push(Scenario { opening, deeds: vec![*first, *second] });
                let thirds = deeds.iter().skip(two);
                all.extend(thirds.map(|third| Scenario { opening, deeds: vec![*first, *second, *third] }));
            }
        }
    }
    all
}

/// Time stands still and jumps when nobody has anything to do, so that no answer has to be waited for.
async fn in_every_order() {
    let every = if is_whole() { 1 } else { SAMPLE_EVERY };
    let scenarios: Vec<_> = telling().into_iter().chain(scenarios().into_iter().step_by(every)).collect();
    let (mut orders, mut stage) = (0, Stage::open(&Location::Memory, 1).await);
    for scenario in &scenarios {
        let mut choice = Everything::default();
        loop {
            try_one(&stage, scenario, &mut choice).await;
            orders += 1;
            if orders % ORDERS_PER_STAGE == 0 {
                stage = Stage::open(&Location::Memory, 1).await;
            }
            if !choice.next() {
                break;
            }
        }
    }
    println!("{} scenarios in {orders} orders on SQLite", scenarios.len());
}

/// Who waits for others waits here by the clock on the wall, so there is at most one, and nobody waits in vain.
fn is_quick(scenario: &Scenario) -> bool {
    let logins = scenario.deeds.iter().filter(|deed| deed.is_login()).count();
    match scenario.opening {
        Opening::Abandoned => false,
        Opening::Failed(4) | Opening::Lopsided => logins < 3,
        _ => true,
    }
}

/// The stories are spread over two nodes.
async fn in_random_orders() {
    let orders = if is_whole() { RANDOM_ORDERS.1 } else { RANDOM_ORDERS.0 };
    let scenarios: Vec<_> = scenarios().into_iter().filter(is_quick).collect();
    let stage = Stage::open(&Location::Postgres(migrated_database().await, 4), 2).await;
    let mut choice = Seeded(7);
    for _ in 0..orders {
        let scenario = &scenarios[choice.pick(scenarios.len())];
        try_one(&stage, scenario, &mut choice).await;
    }
    println!("{orders} random orders on PostgreSQL, over two nodes");
}

mod sqlite {
    #[tokio::test(start_paused = true)]
    async fn every_order_comes_to_what_it_must() {
        super::in_every_order().await;
    }
}

mod postgres {
    #[tokio::test]
    async fn random_orders_come_to_what_they_must() {
        super::in_random_orders().await;
    }
}

//! What is said of somebody's access is so: who is said to get in does, who is said not to is refused for what was said,
//! and what is said to mend it does.
//!
//! A person comes to be in one of several ways and has a random life. Then the explanation is taken at its word: each
//! claim is tried at the door, one reason is left and all others are mended, and at last every reason is mended by one of
//! its remedies, by the story that the remedy names.

mod life;
mod mends;

use countersign_domain::access::{Caveat, met_first};
use countersign_domain::lockout::{Lock, STREAK_MAX};
use countersign_domain::{Obstacle, Settings, Timestamp};
use countersign_flows::Refusal;
use countersign_flows::admin::{Access, DeviceCounter};

use life::{Answer, Life};

use crate::support::{Seeded, World, is_whole, on_both};

/// Lives of the sample and of the whole proof, for each engine.
const LIVES: (usize, usize) = (40, 2_000);
/// Deeds of a life, at most.
const DEEDS_MAX: usize = 7;

async fn what_is_said_of_access_is_so(world: World) {
    let mut chance = Seeded(11);
    let lives = if is_whole() { LIVES.1 } else { LIVES.0 };
    let mut met = std::collections::BTreeMap::new();
    for number in 0..lives {
        let mut life = Life::begin(&world, &mut chance).await;
        if number == 0 {
            // Once for sure; by chance it is rare.
            life.is_shut_out().await;
        } else {
            for _ in 0..=chance.pick(DEEDS_MAX) {
                life.goes_on(&mut chance).await;
            }
        }
        for obstacle in life.access().await.obstacles {
            let name = if obstacle == Obstacle::Locked(Lock::Shut) { "shut" } else { obstacle.name() };
            *met.entry(name).or_insert(0) += 1;
        }
        claims_hold(&mut life).await;
        one_reason_is_enough(&mut life, &mut chance).await;
        every_reason_is_mended(&mut life, &mut chance).await;
    }
    println!("{lives} lives with {met:?}");
    assert_eq!(met.len(), 8, "a reason that nobody ever had was not tried: {met:?}");
}

/// Tries every claim: of unknown devices, and of the one that has proved the password.
async fn claims_hold(life: &mut Life<'_>) {
    let said = life.access().await;
    let unknown = said.counters.iter().find(|counted| counted.device.is_none());
    let expected = expected(&said.obstacles, unknown, life.now());
    let (answer, tokens) = life.tries(false).await;
    assert_eq!(answer, expected, "{life}: {said:?}");
    if let Some(tokens) = tokens {
        let owes = said.caveats.contains(&Caveat::MustChangePassword);
        assert_eq!(tokens.claims()["roles"].as_array().unwrap().is_empty(), owes, "{life}");
    }
    if !life.has_device() {
        return;
    }
    // What the try above has counted, or forgotten, holds for unknown devices alone.
    let said = life.access().await;
    let known = said.counters.iter().find(|counted| counted.device.is_some());
    let obstacles = known.map_or_else(|| without_lock(&said), |known| said.obstacles_of(known));
    assert_eq!(life.tries(true).await.0, self::expected(&obstacles, known, life.now()), "{life}: {said:?}");
}

fn without_lock(said: &Access) -> Vec<Obstacle> {
    said.obstacles.iter().copied().filter(|obstacle| !matches!(obstacle, Obstacle::Locked(_))).collect()
}

/// What the right password is answered while these reasons stand.
fn expected(obstacles: &[Obstacle], counted: Option<&DeviceCounter>, now: Timestamp) -> Answer {
    let Some(first) = met_first(obstacles) else { return Answer::Yes };
    let policy = Settings::default().lockout();
    // A password that is compared with nothing is a wrong one, and may be the one that locks.
    let (failures, streak) = counted.map_or((0, 0), |counted| (counted.counter.failures, counted.counter.streak));
    Answer::No(match first {
        Obstacle::TenantSuspended => Refusal::TenantSuspended,
        Obstacle::Locked(Lock::Until(end)) => Refusal::Locked(Some(end)),
        Obstacle::Locked(Lock::Shut) => Refusal::Locked(None),
        Obstacle::Deactivated => Refusal::Deactivated,
        Obstacle::UnverifiablePassword => return Answer::Broken,
        Obstacle::Invited(_) | Obstacle::InvitationOver(_) | Obstacle::NoPassword => {
            if streak + 1 >= STREAK_MAX {
                Refusal::Locked(None)
            } else if failures + 1 >= policy.failures_max {
                Refusal::Locked(Some(now.plus(policy.lockout)))
            } else {
                Refusal::WrongCredentials
            }
        }
    })
}

/// Mends every reason but one, as far as that goes: the person is still refused, for the one.
async fn one_reason_is_enough(life: &mut Life<'_>, chance: &mut Seeded) {
    let obstacles = life.access().await.obstacles;
    if obstacles.is_empty() {
        return;
    }
    let left = obstacles[chance.pick(obstacles.len())];
    let before = life.password_version().await;
    for obstacle in obstacles.iter().filter(|obstacle| **obstacle != left) {
        let _ = life.is_helped(*obstacle, chance).await;
    }
    let said = life.access().await;
    let stands = said.obstacles.iter().any(|obstacle| is_of_kind(*obstacle, left));
    let is_collateral = ended_besides(left, life, before).await;
    assert!(stands || is_collateral, "{life}: {left} was mended by what mends others, and is not told: {said:?}");
    let unknown = said.counters.iter().find(|counted| counted.device.is_none());
    let expected = expected(&said.obstacles, unknown, life.now());
    assert_eq!(life.tries(false).await.0, expected, "{life}: {left} is left");
}

/// What is amiss with a password, and a lock, end with a new password; a lock ends with its time.
async fn ended_besides(left: Obstacle, life: &Life<'_>, password_version: i64) -> bool {
    let is_of_all = matches!(left, Obstacle::TenantSuspended | Obstacle::Deactivated);
    let has_new_password = life.password_version().await > password_version;
    !is_of_all && has_new_password || left.ends_at().is_some_and(|end| end <= life.now())
}

/// The same reason, though its moment may have moved or its link run out.
fn is_of_kind(one: Obstacle, other: Obstacle) -> bool {
    let name = |obstacle: Obstacle| match obstacle {
        Obstacle::InvitationOver(end) => Obstacle::Invited(end).name(),
        other => other.name(),
    };
    name(one) == name(other)
}

/// Mends every reason in order by one of its remedies: the person gets in.
async fn every_reason_is_mended(life: &mut Life<'_>, chance: &mut Seeded) {
    for obstacle in life.access().await.obstacles {
        // What mended one before it may have mended this too.
        let stands = life.access().await.obstacles.iter().any(|still| is_of_kind(*still, obstacle));
        if stands {
            assert!(life.is_helped(obstacle, chance).await, "{life}: {obstacle} was not mended");
            let still = life.access().await.obstacles;
            assert!(!still.iter().any(|still| is_of_kind(*still, obstacle)), "{life}: {obstacle} stands: {still:?}");
        }
    }
    let said = life.access().await;
    assert_eq!(said.obstacles, [], "{life}");
    assert_eq!(life.tries(false).await.0, Answer::Yes, "{life}");
}

on_both!(what_is_said_of_access_is_so);

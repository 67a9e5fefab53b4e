use std::collections::VecDeque;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use countersign_domain::audit::Event;
use countersign_store::{Fault, Store};
use tokio::time::{MissedTickBehavior, interval};

use super::{Pass, Refusals};
use crate::{Flows, Random};

/// About how long a committed event waits for its seal. Shorter would give a quiet tenant no fewer seals, longer would
/// come near the alarm.
pub const SEAL_EVERY: Duration = Duration::from_secs(4);
/// An older event without a seal is an alarm: the sealer stands still, or somebody edited a row.
pub const UNSEALED_ALARM: Duration = Duration::from_secs(10);
/// Passes that a sealer leaves to another one that was faster.
const PASSES_LEFT: u32 = 1;
/// Passes between two rounds of retention: about an hour.
const PASSES_PER_ROUND: u32 = 900;
/// Passes before the first round: about a minute, so that a program that is often started anew gets round to it.
const PASSES_BEFORE_FIRST_ROUND: u32 = 15;
/// Counted refusals in one transaction.
const EVENTS_AT_ONCE: usize = 64;

impl Flows {
    /// Seals events every few seconds, writes counted refusals every minute, removes what is over every hour, until
    /// `stop` resolves; then it writes and seals once more.
    ///
    /// The gauge `countersign_audit_unsealed_age_seconds` is the age of the oldest event without a seal, as a pass
    /// begins: above [`UNSEALED_ALARM`] somebody should look.
    pub async fn keep_trail(self: Arc<Self>, stop: impl Future<Output = ()>) {
        let mut stop = pin!(stop);
        let mut ticks = interval(SEAL_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut writer = Writer::default();
        let (mut left, mut until_round) = (0_u32, PASSES_BEFORE_FIRST_ROUND);
        loop {
            tokio::select! {
                biased;
                () = &mut stop => break,
                _ = ticks.tick() => {}
            }
            writer.gather(&self.refusals, &self.store, &self.random);
            writer.write(&self.store).await;
            left = if left == 0 && self.seal_and_tell().await { PASSES_LEFT } else { left.saturating_sub(1) };
            until_round -= 1;
            if until_round == 0 {
                until_round = PASSES_PER_ROUND;
                self.remove_and_tell().await;
            }
        }
        writer.add(self.refusals.take_all(self.store.now(), &self.random));
        writer.write(&self.store).await;
        self.seal_and_tell().await;
    }

    /// One pass, told to metrics and log; whether another sealer was faster.
    async fn seal_and_tell(&self) -> bool {
        match self.seal_events().await {
            Ok(pass) => {
                tell(&pass, &self.store);
                pass.overtaken
            }
            Err(fault) => {
                tracing::error!(%fault, "events of the audit trail could not be sealed");
                false
            }
        }
    }

    async fn remove_and_tell(&self) {
        match self.remove_what_is_over().await {
            Ok(0) => {}
            Ok(events) => tracing::info!(events, "events of the audit trail were removed: their retention is over"),
            Err(fault) => {
                tracing::warn!(%fault, "old events and counts of the audit trail could not be removed yet")
            }
        }
    }
}

fn tell(pass: &Pass, store: &Store) {
    let age = pass.oldest.map_or(Duration::ZERO, |oldest| store.now().since(oldest));
    metrics::gauge!("countersign_audit_unsealed_age_seconds").set(age.as_secs_f64());
    metrics::counter!("countersign_audit_sealed_events_total")
        .increment(u64::try_from(pass.events).unwrap_or(u64::MAX));
    if pass.stuck > 0 {
        tracing::error!(events = pass.stuck, "rows of the audit trail were edited and cannot be sealed");
    } else if age > UNSEALED_ALARM {
        tracing::error!(seconds = age.as_secs(), "an event of the audit trail waits too long for its seal");
    }
}

/// Writes counted refusals. What a failing store does not take is kept, and no more is gathered meanwhile: the counts
/// go on in a place that is bounded.
#[derive(Default)]
struct Writer {
    /// What goes into one transaction stays together, however often it is tried.
    pending: VecDeque<Vec<Event>>,
}

impl Writer {
    fn gather(&mut self, refusals: &Refusals, store: &Store, random: &Random) {
        if self.pending.is_empty() {
            self.add(refusals.take(store.now(), random));
        }
    }

    fn add(&mut self, events: Vec<Event>) {
        self.pending.extend(events.chunks(EVENTS_AT_ONCE).map(<[Event]>::to_vec));
    }

    async fn write(&mut self, store: &Store) {
        while let Some(events) = self.pending.front() {
            match store.record(events.clone()).await {
                // Taken: an earlier try was committed though nobody said so.
                Ok(()) | Err(Fault::Taken) => drop(self.pending.pop_front()),
                Err(fault) => {
                    tracing::error!(%fault, "counted refusals could not be written to the audit trail yet");
                    return;
                }
            }
        }
    }
}

use std::collections::BTreeMap;
use std::time::Duration;

use super::merkle;
use super::{Anchor, Event, Finding, Report, Seal, SealKeys, Sha256};
use crate::{EventId, TenantId, Timestamp};

/// How long an event may stand in no seal. The alarm on the sealer rings long before.
pub const UNSEALED_GRACE: Duration = Duration::from_secs(300);

/// Events that are written while a trail is read are younger than the moment at which reading began. A later date than
/// reading can take is made up.
pub const READING_MAX: Duration = Duration::from_secs(3_600);

/// How long events are kept that are kept for this many days; 0: for ever, which is `None`.
pub fn retention_of_days(days: u32) -> Option<Duration> {
    const SECONDS_PER_DAY: u64 = 86_400;
    (days > 0).then(|| Duration::from_secs(u64::from(days) * SECONDS_PER_DAY))
}

/// What a verifier knows from outside the trail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expect {
    /// When reading the trail began.
    pub now: Timestamp,
    /// How long events are kept; a batch whose seal is older may be gone. `None`: for ever.
    pub retention: Option<Duration>,
    /// Whether the retention is known from outside, too. One that was read beside the trail could have been shortened
    /// by whoever removed the events.
    pub is_retention_known: bool,
    /// A seal noted earlier, at best the last one: without it a cut tail cannot be seen.
    pub known: Option<Anchor>,
}

/// Reads a trail from its beginning and says what is not as it was sealed.
///
/// It is given every event of the tenant once and every seal in the order of its number; an event may come at any
/// time before the seal that names it. Only events that no seal has named yet are held in memory.
///
/// What it shows: every event that was ever sealed is unchanged, in its order, and none was added or taken away up to
/// the last seal. What it cannot show: what happened to an event before it was sealed (seconds), a tail cut after the
/// last seal known from outside, and anything to somebody who has the sealing key. Erased personal fields are not a
/// finding: that they can be erased is their purpose.
#[derive(Debug)]
pub struct Verifier {
    tenant: TenantId,
    keys: SealKeys,
    expect: Expect,
    /// Events that no seal has named yet; no leaf if the row could not be read.
    waiting: BTreeMap<EventId, (Option<Sha256>, Timestamp)>,
    head: Option<Anchor>,
    /// The latest date of an event that a seal has named.
    latest: Timestamp,
    known_seen: bool,
    report: Report,
}

impl Verifier {
    /// Begins with the tenant's first seal.
    pub fn new(tenant: TenantId, keys: SealKeys, expect: Expect) -> Self {
        Self {
            tenant,
            keys,
            expect,
            waiting: BTreeMap::new(),
            head: None,
            latest: Timestamp::from_micros(i64::MIN),
            known_seen: false,
            report: Report { is_retention_known: expect.is_retention_known, ..Report::default() },
        }
    }

    /// Takes the next event.
    pub fn event(&mut self, event: &Event) {
        if event.tenant != self.tenant {
            self.report.add(Finding::EventForeign { id: event.id });
        }
        self.wait(event.id, Some(event.leaf()), event.at);
    }

    /// Takes an event whose row could not be read as one.
    pub fn unreadable(&mut self, id: EventId) {
        self.report.add(Finding::EventUnreadable { id });
        self.wait(id, None, self.expect.now);
    }

    fn wait(&mut self, id: EventId, leaf: Option<Sha256>, at: Timestamp) {
        self.report.events += 1;
        if self.waiting.insert(id, (leaf, at)).is_some() {
            self.report.add(Finding::EventRepeated { id });
        }
    }

    /// Takes a seal whose row could not be read as one.
    pub fn unreadable_seal(&mut self, number: i64) {
        self.report.seals += 1;
        self.report.add(Finding::SealUnreadable { number });
    }

    /// Takes the next seal.
    pub fn seal(&mut self, seal: &Seal) {
        self.report.seals += 1;
        if seal.tenant != self.tenant {
            self.report.add(Finding::SealForeign { number: seal.number });
        }
        self.place(seal);
        match self.keys.accept(seal) {
            Some(true) => {}
            Some(false) => self.report.add(Finding::SignatureWrong { number: seal.number }),
            None => self.report.add(Finding::KeyUnknown { number: seal.number, key: seal.key_id }),
        }
        match &seal.ids {
            Some(ids) => self.batch(seal, ids),
            None => self.removed(seal),
        }
        if let Some(known) = self.expect.known.filter(|known| known.number == seal.number) {
            self.known_seen = true;
            if known.hash != seal.hash() {
                self.report.add(Finding::KnownDiffers { known: known.number });
            }
        }
    }

    /// Whether it follows the seal before.
    fn place(&mut self, seal: &Seal) {
        let due = self.head.map_or(1, |head| head.number.saturating_add(1));
        if seal.number < due {
            self.report.add(Finding::SealMisplaced { number: seal.number });
            return;
        }
        if seal.number > due {
            self.report.add(Finding::SealsMissing { first: due, last: seal.number - 1 });
        } else if seal.previous != self.head.map_or(Sha256::ZERO, |head| head.hash) {
            self.report.add(Finding::ChainBroken { number: seal.number });
        }
        self.head = Some(seal.anchor());
    }

    /// Whether its batch is whole and as it was.
    fn batch(&mut self, seal: &Seal, ids: &[EventId]) {
        let mut leaves = Vec::with_capacity(ids.len());
        let mut whole = true;
        let earliest = self.latest.minus(UNSEALED_GRACE);
        for id in ids {
            match self.waiting.remove(id) {
                Some((leaf, at)) => {
                    let Some(leaf) = leaf else { continue };
                    if at < earliest || at > seal.at.plus(UNSEALED_GRACE) {
                        self.report.add(Finding::EventMisdated { number: seal.number, id: *id });
                    } else {
                        self.latest = self.latest.max(at);
                    }
                    leaves.push(leaf);
                }
                None => {
                    whole = false;
                    self.report.add(Finding::EventMissing { number: seal.number, id: *id });
                }
            }
        }
        let same = usize::try_from(seal.count) == Ok(leaves.len()) && merkle::root(&leaves) == seal.root;
        if whole && !same {
            self.report.add(Finding::BatchChanged { number: seal.number });
        }
    }

    /// Whether its batch was old enough to go.
    fn removed(&mut self, seal: &Seal) {
        let over = |retention| seal.at < self.expect.now.minus(retention);
        if self.expect.retention.is_some_and(over) {
            self.report.events_removed += u64::from(seal.count);
        } else {
            self.report.add(Finding::RemovedEarly { number: seal.number });
        }
    }

    /// Ends the trail: what no seal has named must be new, and the seal known from outside must have come.
    pub fn finish(mut self) -> Report {
        let oldest = self.expect.now.minus(UNSEALED_GRACE);
        let newest = self.expect.now.plus(READING_MAX);
        for (id, (_, at)) in std::mem::take(&mut self.waiting) {
            if at < oldest || at > newest {
                self.report.add(Finding::EventUnsealed { id });
            } else {
                self.report.events_unsealed += 1;
            }
        }
        let ends = self.head.map_or(0, |head| head.number);
        if let Some(known) = self.expect.known.filter(|known| !self.known_seen && known.number > ends) {
            self.report.add(Finding::TailCut { known: known.number });
        }
        Report { head: self.head, ..self.report }
    }
}

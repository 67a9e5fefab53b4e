//! Plants every kind of edit in random trails, and asks that each is found and that an honest trail is clean: read
//! from a store, and read from an exported file.

use std::time::Duration;

use aws_lc_rs::signature::Ed25519KeyPair;
use proptest::prelude::*;
use proptest::sample::Index;
use uuid::Uuid;

use super::*;
use crate::{AccountId, EventId, KeyId, SessionId, TenantId, Timestamp};

const DAY: Duration = Duration::from_secs(86_400);
const RETENTION: Duration = Duration::from_secs(30 * 86_400);
const NOW: Timestamp = Timestamp::from_unix_seconds(1_795_514_400);
const TENANT: TenantId = TenantId::from_uuid(Uuid::from_u128(0x7e4a47));
const KEYS: [u8; 2] = [1, 2];
const THIEF: u8 = 9;

fn pair(key: u8) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[key; 32]).unwrap()
}

fn key_id(key: u8) -> KeyId {
    KeyId::from_uuid(Uuid::from_u128(u128::from(key)))
}

fn keys() -> SealKeys {
    use aws_lc_rs::signature::KeyPair;
    KEYS.iter().map(|key| (key_id(*key), pair(*key).public_key().as_ref().try_into().unwrap())).collect()
}

fn sign(unsigned: Unsigned, key: u8) -> Seal {
    let signature = pair(key).sign(&unsigned.signing_input());
    unsigned.signed(signature.as_ref().try_into().unwrap())
}

#[derive(Clone, Debug)]
struct Trail {
    events: Vec<Event>,
    seals: Vec<Seal>,
    known: Option<Anchor>,
}

impl Trail {
    fn head(&self) -> Option<Anchor> {
        self.seals.last().map(Seal::anchor)
    }

    fn expect(&self) -> Expect {
        Expect { now: NOW, retention: Some(RETENTION), is_retention_known: false, known: self.known }
    }

    fn sealed(&self) -> Vec<EventId> {
        self.seals.iter().flat_map(|seal| seal.ids.clone().unwrap_or_default()).collect()
    }

    fn event_mut(&mut self, id: EventId) -> &mut Event {
        self.events.iter_mut().find(|event| event.id == id).unwrap()
    }

    fn drop_events(&mut self, ids: &[EventId]) {
        self.events.retain(|event| !ids.contains(&event.id));
    }

    /// As a store gives it: both tables in the order of their keys.
    fn verify(&self) -> Report {
        let mut verifier = Verifier::new(TENANT, keys(), self.expect());
        let (mut events, mut seals) = (self.events.clone(), self.seals.clone());
        events.sort_by_key(|event| event.id);
        seals.sort_by_key(|seal| seal.number);
        events.iter().for_each(|event| verifier.event(event));
        seals.iter().for_each(|seal| verifier.seal(seal));
        verifier.finish()
    }

    fn export(&self) -> Vec<String> {
        let mut lines = vec![Line::Trail(TrailLine {
            version: EXPORT_VERSION,
            tenant: TENANT,
            exported_at: NOW,
            retention_seconds: Some(RETENTION.as_secs()),
        })];
        lines.extend(keys().iter().map(|(id, public)| Line::Key(KeyLine { id, public: *public })));
        lines.extend(self.events.iter().map(Line::from));
        lines.extend(self.seals.iter().map(Line::from));
        let (events, seals) = (self.events.len() as u64, self.seals.len() as u64);
        lines.push(Line::End(EndLine { events, seals }));
        lines.iter().map(|line| line.to_json().unwrap()).collect()
    }

    fn verify_export(&self) -> Result<Report, BadExport> {
        let mut reader = ExportReader::new(Trust { keys: Some(keys()), known: self.known, ..Trust::default() });
        for line in self.export() {
            reader.line(line.as_bytes())?;
        }
        reader.finish()
    }
}

fn text() -> impl Strategy<Value = Option<String>> {
    proptest::option::of("[a-zé\" ]{0,12}")
}

fn personal() -> impl Strategy<Value = Personal> {
    let fields = (any::<Option<[u8; 32]>>(), any::<Option<std::net::IpAddr>>(), text(), text()).prop_map(
        |(name_hash, client_address, user_agent, detail)| PersonalFields {
            name_hash,
            client_address,
            user_agent,
            detail,
        },
    );
    prop_oneof![
        4 => (any::<[u8; 16]>(), fields).prop_map(|(salt, fields)| Personal::Kept { salt, fields }),
        1 => any::<[u8; 32]>().prop_map(|hash| Personal::Erased { commitment: Sha256::from_bytes(hash) }),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    let words = (0..Action::NAMES.len(), proptest::option::of(0..Reason::NAMES.len()), any::<bool>());
    let who = (0..4u8, 1..4u128, proptest::option::of(1..4u128), proptest::option::of(1..4u128));
    (words, who, 1..9u32, text(), personal(), any::<u64>()).prop_map(|(words, who, count, request_id, personal, id)| {
        let account = |id| AccountId::from_uuid(Uuid::from_u128(id));
        Event {
            id: EventId::from_uuid(Uuid::from_u128(u128::from(id))),
            at: NOW,
            tenant: TENANT,
            actor: [Actor::Nobody, Actor::Account(account(who.1)), Actor::Operator, Actor::System][usize::from(who.0)],
            subject: who.2.map(account),
            session: who.3.map(|id| SessionId::from_uuid(Uuid::from_u128(id))),
            action: Action::NAMES[words.0].parse().unwrap(),
            outcome: if words.2 { Outcome::Done } else { Outcome::Refused },
            reason: words.1.map(|at| Reason::NAMES[at].parse().unwrap()),
            count,
            request_id,
            personal,
        }
    })
}

/// Batches of which the first are old enough to be removed, some of them removed, and a few events not sealed yet.
fn trail() -> impl Strategy<Value = Trail> {
    let batches = proptest::collection::vec((proptest::collection::vec(event(), 1..7), 0..2usize), 1..7);
    (batches, proptest::collection::vec(event(), 0..3), any::<Index>(), any::<Index>()).prop_map(
        |(batches, unsealed, old, removed)| {
            let mut trail = Trail { events: Vec::new(), seals: Vec::new(), known: None };
            let old = old.index(batches.len());
            let removed = removed.index(old + 1);
            for (n, (mut events, key)) in batches.into_iter().enumerate() {
                let age = if n < old { RETENTION + DAY } else { DAY };
                number(&mut events, n as u64, NOW.minus(age + DAY));
                let unsigned = Seal::next(TENANT, trail.head(), NOW.minus(age), key_id(KEYS[key]), &events);
                trail.seals.push(sign(unsigned, KEYS[key]));
                trail.events.extend(events);
            }
            let gone: Vec<_> =
                trail.seals[..removed].iter_mut().flat_map(|seal| seal.ids.take().unwrap_or_default()).collect();
            trail.drop_events(&gone);
            let mut unsealed = unsealed;
            number(&mut unsealed, 1_000, NOW.minus(Duration::from_secs(2)));
            trail.events.extend(unsealed);
            trail
        },
    )
}

/// Gives events of one batch distinct ids; a batch's ids may be lower than those of the batch before.
fn number(events: &mut [Event], batch: u64, at: Timestamp) {
    for (n, event) in (0u128..).zip(events.iter_mut()) {
        let random = event.id.uuid().as_u128() & 0xffff;
        event.id = EventId::from_uuid(Uuid::from_u128(random << 64 | u128::from(batch) << 16 | n));
        event.at = at;
    }
    events.sort_by_key(|event| event.id);
}

/// One edit: it says `None` where the trail has nothing to do it to.
type Edit = fn(&mut Trail, &mut Pick) -> Option<()>;

/// Chooses where an edit strikes.
struct Pick(Vec<Index>);

impl Pick {
    fn below(&mut self, count: usize) -> Option<usize> {
        let index = self.0.pop()?;
        (count > 0).then(|| index.index(count))
    }

    fn sealed_event<'t>(&mut self, trail: &'t mut Trail) -> Option<&'t mut Event> {
        let sealed = trail.sealed();
        let at = self.below(sealed.len())?;
        Some(trail.event_mut(sealed[at]))
    }

    fn seal<'t>(&mut self, trail: &'t mut Trail) -> Option<&'t mut Seal> {
        let at = self.below(trail.seals.len())?;
        trail.seals.get_mut(at)
    }

    fn kept_seal<'t>(&mut self, trail: &'t mut Trail) -> Option<&'t mut Seal> {
        let kept = trail.seals.iter().filter(|seal| seal.ids.is_some()).count();
        let at = self.below(kept)?;
        trail.seals.iter_mut().filter(|seal| seal.ids.is_some()).nth(at)
    }
}

fn flip<const N: usize>(bytes: [u8; N]) -> [u8; N] {
    let mut other = bytes;
    other[N / 2] ^= 0x10;
    other
}

fn flip_hash(hash: Sha256) -> Sha256 {
    Sha256::from_bytes(flip(*hash.as_bytes()))
}

fn other_text(text: &Option<String>) -> Option<String> {
    match text.as_deref() {
        None => Some(String::new()),
        Some("") => None,
        Some(text) => Some(text[..text.floor_char_boundary(text.len() - 1)].to_owned()),
    }
}

fn fields(event: &mut Event) -> Option<(&mut [u8; 16], &mut PersonalFields)> {
    match &mut event.personal {
        Personal::Kept { salt, fields } => Some((salt, fields)),
        Personal::Erased { .. } => None,
    }
}

fn forged(id: u128, at: Timestamp) -> Event {
    let seed = Seed { id: EventId::from_uuid(Uuid::from_u128(id)), salt: [5; 16] };
    Event::done(TENANT, at, seed, Action::AccountUnlocked)
}

const EDITS: &[(&str, Edit)] = &[
    ("event: at", |t, p| p.sealed_event(t).map(|e| e.at = e.at.plus(Duration::from_micros(1)))),
    ("event: tenant", |t, p| p.sealed_event(t).map(|e| e.tenant = TenantId::from_uuid(Uuid::nil()))),
    ("event: actor", |t, p| {
        p.sealed_event(t).map(|e| e.actor = if e.actor == Actor::System { Actor::Nobody } else { Actor::System })
    }),
    ("event: actor's account", |t, p| {
        let e = p.sealed_event(t)?;
        e.actor = Actor::Account(AccountId::from_uuid(Uuid::from_u128(77)));
        Some(())
    }),
    ("event: subject", |t, p| {
        let e = p.sealed_event(t)?;
        e.subject = if e.subject.is_some() { None } else { Some(AccountId::from_uuid(Uuid::nil())) };
        Some(())
    }),
    ("event: subject and session exchanged", |t, p| {
        let e = p.sealed_event(t)?;
        let (subject, session) = (e.subject.map(AccountId::uuid), e.session.map(SessionId::uuid));
        (e.subject, e.session) = (session.map(AccountId::from_uuid), subject.map(SessionId::from_uuid));
        (subject != session).then_some(())
    }),
    ("event: action", |t, p| {
        p.sealed_event(t).map(|e| e.action = if e.action == Action::Login { Action::Logout } else { Action::Login })
    }),
    ("event: outcome", |t, p| {
        p.sealed_event(t).map(|e| {
            e.outcome = if e.outcome == Outcome::Done { Outcome::Refused } else { Outcome::Done };
        })
    }),
    ("event: reason", |t, p| {
        let e = p.sealed_event(t)?;
        e.reason = if e.reason.is_some() { None } else { Some(Reason::Locked) };
        Some(())
    }),
    ("event: count", |t, p| p.sealed_event(t).map(|e| e.count += 1)),
    ("event: request id", |t, p| p.sealed_event(t).map(|e| e.request_id = other_text(&e.request_id))),
    ("event: salt", |t, p| fields(p.sealed_event(t)?).map(|(salt, _)| *salt = flip(*salt))),
    ("event: name hash", |t, p| {
        let (_, f) = fields(p.sealed_event(t)?)?;
        f.name_hash = Some(f.name_hash.map_or([0; 32], flip));
        Some(())
    }),
    ("event: address", |t, p| {
        let (_, f) = fields(p.sealed_event(t)?)?;
        f.client_address = if f.client_address.is_some() { None } else { Some([192, 0, 2, 9].into()) };
        Some(())
    }),
    ("event: user agent", |t, p| {
        let (_, f) = fields(p.sealed_event(t)?)?;
        f.user_agent = other_text(&f.user_agent);
        Some(())
    }),
    ("event: detail", |t, p| {
        let (_, f) = fields(p.sealed_event(t)?)?;
        f.detail = other_text(&f.detail);
        Some(())
    }),
    ("event: user agent and detail exchanged", |t, p| {
        let (_, f) = fields(p.sealed_event(t)?)?;
        std::mem::swap(&mut f.user_agent, &mut f.detail);
        (f.user_agent != f.detail).then_some(())
    }),
    ("event: erased with another commitment", |t, p| {
        let e = p.sealed_event(t)?;
        e.personal = Personal::Erased { commitment: flip_hash(e.commitment()) };
        Some(())
    }),
    ("event: personal fields made up", |t, p| {
        let e = p.sealed_event(t)?;
        e.personal = Personal::Kept { salt: [3; 16], fields: PersonalFields::default() };
        Some(())
    }),
    ("event: id", |t, p| {
        p.sealed_event(t).map(|e| e.id = EventId::from_uuid(Uuid::from_u128(e.id.uuid().as_u128() ^ 1 << 100)))
    }),
    ("event: deleted", |t, p| {
        let id = p.sealed_event(t)?.id;
        t.drop_events(&[id]);
        Some(())
    }),
    ("event: inserted", |t, _| {
        t.events.push(forged(42, NOW.minus(DAY)));
        Some(())
    }),
    ("event: inserted, dated in the future", |t, _| {
        t.events.push(forged(42, NOW.plus(DAY)));
        Some(())
    }),
    ("event: inserted twice", |t, p| {
        let copy = p.sealed_event(t)?.clone();
        t.events.push(copy);
        Some(())
    }),
    ("event: inserted and named by a seal", |t, p| {
        t.events.push(forged(42, NOW.minus(DAY)));
        let seal = p.kept_seal(t)?;
        seal.ids.as_mut()?.push(EventId::from_uuid(Uuid::from_u128(42)));
        seal.count += 1;
        Some(())
    }),
    ("event: replaced", |t, p| {
        let e = p.sealed_event(t)?;
        *e = forged(e.id.uuid().as_u128(), e.at);
        Some(())
    }),
    ("events: exchanged", |t, p| {
        let sealed = t.sealed();
        let (a, b) = (p.below(sealed.len())?, p.below(sealed.len())?);
        if a == b {
            return None;
        }
        t.event_mut(sealed[a]).id = EventId::from_uuid(Uuid::max());
        t.event_mut(sealed[b]).id = sealed[a];
        t.event_mut(EventId::from_uuid(Uuid::max())).id = sealed[b];
        Some(())
    }),
    ("ids: reordered", |t, p| {
        let ids = p.kept_seal(t)?.ids.as_mut()?;
        ids.reverse();
        (ids.len() > 1).then_some(())
    }),
    ("ids: one dropped", |t, p| {
        let ids = p.kept_seal(t)?.ids.as_mut()?;
        let at = p.below(ids.len())?;
        ids.remove(at);
        Some(())
    }),
    ("ids: one dropped with its event", |t, p| {
        let seal = p.kept_seal(t)?;
        let at = p.below(seal.count as usize)?;
        seal.count -= 1;
        let id = seal.ids.as_mut()?.remove(at);
        t.drop_events(&[id]);
        Some(())
    }),
    ("ids: one twice", |t, p| {
        let ids = p.kept_seal(t)?.ids.as_mut()?;
        ids.push(ids[0]);
        Some(())
    }),
    ("ids: emptied", |t, p| p.kept_seal(t)?.ids.as_mut().map(Vec::clear)),
    ("ids: of two seals exchanged", |t, p| {
        let kept: Vec<_> = (0..t.seals.len()).filter(|at| t.seals[*at].ids.is_some()).collect();
        let (a, b) = (kept[p.below(kept.len())?], kept[p.below(kept.len())?]);
        let ids = t.seals[a].ids.take();
        t.seals[a].ids = std::mem::replace(&mut t.seals[b].ids, ids);
        (a != b).then_some(())
    }),
    ("seal: tenant", |t, p| p.seal(t).map(|s| s.tenant = TenantId::from_uuid(Uuid::nil()))),
    ("seal: number", |t, p| p.seal(t).map(|s| s.number += 100)),
    ("seal: at", |t, p| p.seal(t).map(|s| s.at = s.at.minus(Duration::from_micros(1)))),
    ("seal: previous", |t, p| p.seal(t).map(|s| s.previous = flip_hash(s.previous))),
    ("seal: count", |t, p| p.seal(t).map(|s| s.count += 1)),
    ("seal: root", |t, p| p.seal(t).map(|s| s.root = flip_hash(s.root))),
    ("seal: key", |t, p| p.seal(t).map(|s| s.key_id = key_id(if s.key_id == key_id(1) { 2 } else { 1 }))),
    ("seal: unknown key", |t, p| p.seal(t).map(|s| s.key_id = key_id(THIEF))),
    ("seal: signature", |t, p| p.seal(t).map(|s| s.signature = flip(s.signature))),
    ("seal: deleted", |t, p| {
        let at = p.below(t.seals.len() - 1)?;
        t.seals.remove(at);
        Some(())
    }),
    ("seal: deleted with its events", |t, p| {
        let at = p.below(t.seals.len() - 1)?;
        let ids = t.seals.remove(at).ids.unwrap_or_default();
        t.drop_events(&ids);
        Some(())
    }),
    ("seal: the last deleted, its events left", |t, _| t.seals.pop()?.ids.map(|_| ())),
    ("seals: the beginning deleted with its events", |t, p| {
        let count = 1 + p.below(t.seals.len())?;
        t.known = t.head();
        let ids: Vec<_> = t.seals.drain(..count).flat_map(|seal| seal.ids.unwrap_or_default()).collect();
        t.drop_events(&ids);
        Some(())
    }),
    ("seals: the tail cut with its events, a seal known", |t, p| {
        t.known = t.head();
        let keep = p.below(t.seals.len())?;
        let ids: Vec<_> = t.seals.drain(keep..).flat_map(|seal| seal.ids.unwrap_or_default()).collect();
        t.drop_events(&ids);
        Some(())
    }),
    ("seals: exchanged, numbers kept", |t, p| {
        let (a, b) = (p.below(t.seals.len())?, p.below(t.seals.len())?);
        t.seals.swap(a, b);
        let (first, second) = (t.seals[a].number, t.seals[b].number);
        (t.seals[a].number, t.seals[b].number) = (second, first);
        (a != b).then_some(())
    }),
    ("seal: inserted twice", |t, p| {
        let copy = p.seal(t)?.clone();
        t.seals.push(copy);
        Some(())
    }),
    ("seal: inserted by copy at the end", |t, p| {
        let mut copy = p.seal(t)?.clone();
        copy.number = t.head()?.number + 1;
        copy.ids = None;
        t.seals.push(copy);
        Some(())
    }),
    ("seal: inserted at the end over forged events, own key", |t, _| {
        append(t, forged(42, NOW.minus(DAY)), THIEF, key_id(THIEF));
        Some(())
    }),
    ("seal: inserted at the end over forged events, under a known key's name", |t, _| {
        append(t, forged(42, NOW.minus(DAY)), THIEF, key_id(1));
        Some(())
    }),
    ("seals: the tail written anew under a known key's name, nothing known from outside", |t, p| {
        let keep = p.below(t.seals.len())?;
        rewrite(t, keep, THIEF);
        Some(())
    }),
    ("seals: the tail written anew with the stolen sealing key, a seal known", |t, p| {
        t.known = t.head();
        let keep = p.below(t.seals.len())?;
        rewrite(t, keep, 1);
        Some(())
    }),
    ("event: dated earlier and put there before it was sealed", |t, _| {
        append(t, forged(42, NOW.minus(DAY + DAY + UNSEALED_GRACE + DAY)), 1, key_id(1));
        Some(())
    }),
    ("event: dated later than the seal that it got", |t, _| {
        append(t, forged(42, NOW.plus(DAY)), 1, key_id(1));
        Some(())
    }),
    ("batch: removed before its time", |t, p| {
        let young: Vec<_> = (0..t.seals.len()).filter(|at| t.seals[*at].at > NOW.minus(RETENTION)).collect();
        let at = young[p.below(young.len())?];
        let ids = t.seals[at].ids.take()?;
        t.drop_events(&ids);
        Some(())
    }),
    ("batch: said to be removed, its events left", |t, p| p.kept_seal(t)?.ids.take().map(|_| ())),
];

fn append(trail: &mut Trail, event: Event, signer: u8, name: KeyId) {
    let unsigned = Seal::next(TENANT, trail.head(), NOW, name, std::slice::from_ref(&event));
    trail.seals.push(sign(unsigned, signer));
    trail.events.push(event);
}

/// Puts forged events in place of the seals from `keep` on, and seals them with `signer`'s key.
fn rewrite(trail: &mut Trail, keep: usize, signer: u8) {
    let gone: Vec<_> = trail.seals.drain(keep..).map(|seal| seal.ids.unwrap_or_default()).collect();
    trail.drop_events(&gone.concat());
    for n in 0..gone.len() {
        let event = forged(4_200 + n as u128, NOW.minus(DAY));
        let unsigned = Seal::next(TENANT, trail.head(), NOW, key_id(1), std::slice::from_ref(&event));
        trail.seals.push(sign(unsigned, signer));
        trail.events.push(event);
    }
}

proptest! {
    // Each case plants every edit, so a quarter of the usual number is plenty; PROPTEST_CASES still scales it.
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 4, ..ProptestConfig::default() })]

    #[test]
    fn every_planted_edit_is_found_and_an_honest_trail_is_clean(
        honest in trail(),
        at in proptest::collection::vec(any::<Index>(), 4),
    ) {
        let report = honest.verify();
        prop_assert_eq!(&report.findings, &vec![]);
        prop_assert_eq!(report.head, honest.head());
        prop_assert_eq!(&honest.verify_export().unwrap(), &report);
        let known = Trail { known: honest.head(), ..honest.clone() };
        prop_assert!(known.verify().is_clean());

        for (name, edit) in EDITS {
            let mut edited = honest.clone();
            if edit(&mut edited, &mut Pick(at.clone())).is_none() {
                continue;
            }
            prop_assert!(!edited.verify().is_clean(), "{name}: not found in {edited:?}");
            let found = edited.verify_export();
            prop_assert!(found.is_ok_and(|report| !report.is_clean()), "{name}: not found in its export");
        }
    }

    #[test]
    fn a_personal_field_can_be_erased_from_any_event(honest in trail()) {
        let events = honest.events.iter().cloned().map(Event::erase).collect();
        let erased = Trail { events, ..honest };
        prop_assert!(erased.verify().is_clean());
    }

    #[test]
    fn a_line_reads_back_as_it_was_written(event in event()) {
        let line = Line::from(&event);
        let json = line.to_json().unwrap();
        prop_assert!(json.len() < LINE_BYTES_MAX);
        let Line::Event(read) = serde_json::from_str(&json).unwrap() else { panic!("{json}") };
        prop_assert_eq!(read.event(), Some(event));
    }

    #[test]
    fn an_edited_or_random_file_never_panics(honest in trail(), at in any::<(Index, Index)>(), byte in any::<u8>()) {
        let mut lines: Vec<_> = honest.export().into_iter().map(String::into_bytes).collect();
        let line = at.0.index(lines.len());
        let place = at.1.index(lines[line].len());
        lines[line][place] = byte;
        let mut reader = ExportReader::new(Trust::default());
        let _ = lines.iter().try_for_each(|line| reader.line(line)).map(|()| reader.finish());
    }
}

#[test]
fn every_edit_strikes_and_every_kind_of_finding_is_found() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut struck = vec![0; EDITS.len()];
    let mut found = std::collections::BTreeSet::new();
    for _ in 0..64 {
        let honest = trail().new_tree(&mut runner).unwrap().current();
        let at = proptest::collection::vec(any::<Index>(), 4).new_tree(&mut runner).unwrap().current();
        for (count, (_, edit)) in struck.iter_mut().zip(EDITS) {
            let mut edited = honest.clone();
            if edit(&mut edited, &mut Pick(at.clone())).is_some() {
                *count += 1;
                found.extend(edited.verify().findings.iter().map(Finding::code));
            }
        }
    }
    for (count, (name, _)) in struck.iter().zip(EDITS) {
        assert!(*count >= 10, "{name}: struck {count} of 64 trails");
    }
    let kinds = [
        "batch_changed",
        "chain_broken",
        "event_foreign",
        "event_misdated",
        "event_missing",
        "event_repeated",
        "event_unsealed",
        "key_unknown",
        "known_differs",
        "removed_early",
        "seal_foreign",
        "seal_misplaced",
        "seals_missing",
        "signature_wrong",
        "tail_cut",
    ];
    assert_eq!(found.into_iter().collect::<Vec<_>>(), kinds);
}

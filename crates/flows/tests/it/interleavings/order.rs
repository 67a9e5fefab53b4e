//! One order: deeds advanced transaction by transaction, and looked at afterwards.

use std::collections::BTreeMap;
use std::fmt;

use countersign_flows::{Flows, Refreshed, Refusal, SignedIn};
use countersign_store::Turnstile;
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::deeds::{A_WHILE, Deed, Told};
use super::model::{Model, Step};
use super::stage::{Opening, Scene, Stage};
use crate::support::{ADA, Anonymous, WRONG, freely, next, trail, words};

/// What is done, from which beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Scenario {
    pub(super) opening: Opening,
    pub(super) deeds: Vec<Deed>,
}

/// Says which of so many deeds goes next.
pub(super) trait Choice {
    fn pick(&mut self, of: usize) -> usize;
}

/// A waiting deed gives up after a hundred polls; nothing here has so many transactions otherwise.
const STEPS_MAX: usize = 400;

/// The deeds of an order that is under way.
struct Order<'s> {
    stage: &'s Stage,
    scene: Scene,
    deeds: Vec<UnderWay>,
    /// What was done, for whoever has to understand a failure.
    done: Vec<(Deed, Step)>,
    /// Every pair of tokens that was handed out, with its session's number and its counter.
    handed: Vec<(SignedIn, (usize, u32))>,
}

struct UnderWay {
    deed: Deed,
    /// None for what is no story: a while that passes.
    task: Option<JoinHandle<Told>>,
    /// Where its next transaction waits. None: it has ended.
    ticket: Option<u64>,
    has_passed: bool,
    /// It waits for others, and none of them has done anything since.
    is_blocked: bool,
}

/// What a story came to next.
enum Moved {
    Waits(u64),
    Ended(Told),
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} from {:?}", self.deeds, self.opening)
    }
}

/// Tries one order of a scenario, and everything that must hold after it.
pub(super) async fn try_one(stage: &Stage, scenario: &Scenario, choice: &mut dyn Choice) {
    let scene = stage.set(scenario.opening).await;
    let mut order = Order { stage, scene, deeds: Vec::new(), done: Vec::new(), handed: Vec::new() };
    for deed in &scenario.deeds {
        order.begin(*deed).await;
    }
    for _ in 0..STEPS_MAX {
        let Some(number) = order.next(choice) else { break };
        order.advance(number).await;
    }
    assert!(order.deeds.iter().all(|deed| !deed.may_go()), "{scenario}: without an end: {:?}", order.done);
    order.look_afterwards(scenario).await;
}

impl UnderWay {
    fn may_go(&self) -> bool {
        if self.deed == Deed::TimePasses { !self.has_passed } else { self.ticket.is_some() }
    }
}

impl Order<'_> {
    /// Starts a story and waits until its first transaction waits at the turnstile.
    async fn begin(&mut self, deed: Deed) {
        let mut begun = UnderWay { deed, task: None, ticket: None, has_passed: false, is_blocked: false };
        if deed != Deed::TimePasses {
            let number = self.deeds.len();
            let mut means = self.scene.means.clone();
            means.flows = std::sync::Arc::clone(&self.stage.nodes[number % self.stage.nodes.len()]);
            for request in [&mut means.request, &mut means.from_elsewhere] {
                request.id = Some(Uuid::from_u64_pair(1, next()).to_string());
            }
            let mut task = tokio::spawn(means.perform(deed));
            match self.moves(&mut task).await {
                Moved::Waits(ticket) => (begun.ticket, begun.task) = (Some(ticket), Some(task)),
                Moved::Ended(told) => panic!("{deed:?} never touched the store: {:?}", told.0),
            }
        }
        self.deeds.push(begun);
    }

    /// Waits until the only story that moves has come to the turnstile again, or to its end.
    async fn moves(&self, task: &mut JoinHandle<Told>) -> Moved {
        let turnstile: &Turnstile = &self.stage.turnstile;
        loop {
            let is_new = |ticket: &u64| self.deeds.iter().all(|deed| deed.ticket != Some(*ticket));
            if let Some(ticket) = turnstile.waiting().into_iter().find(is_new) {
                return Moved::Waits(ticket);
            }
            tokio::select! {
                () = turnstile.arrival() => {}
                told = &mut *task => return Moved::Ended(told.unwrap()),
            }
        }
    }

    /// The number of the deed that goes next. Whoever waits for others asks again only after one of them has moved;
    /// when all wait, the first does.
    fn next(&self, choice: &mut dyn Choice) -> Option<usize> {
        let may_go = |blocked: bool| {
            let of = self.deeds.iter().enumerate();
            of.filter(move |(_, deed)| deed.may_go() && deed.is_blocked == blocked).map(|(number, _)| number)
        };
        let open: Vec<usize> = may_go(false).collect();
        match open.len() {
            0 => may_go(true).next(),
            of => Some(open[choice.pick(of)]),
        }
    }

    async fn advance(&mut self, number: usize) {
        let deed = self.deeds[number].deed;
        let (copied, current) = self.scene.counters();
        let ran = self.stage.hashes();
        let mut expected = self.scene.model.step(number, deed, copied, current);
        let ended = self.let_through(number).await;
        if expected.waits && ended.is_some() {
            // It has waited as long as anybody may.
            expected = self.scene.model.gives_up(number);
        }
        self.done.push((deed, expected));
        let found = (ended.as_ref().map(|(outcome, _)| *outcome), self.stage.hashes() - ran);
        assert_eq!(found, (expected.outcome, expected.hashes), "{:?} {:?}", self.scene.means.tenant.slug, self.done);
        if let Some((_, Some(tokens))) = ended {
            self.handed.push((*tokens, expected.token.unwrap()));
        }
        for (other, deed) in self.deeds.iter_mut().enumerate() {
            deed.is_blocked = if other == number { expected.waits } else { deed.is_blocked && expected.waits };
        }
    }

    /// Lets the next transaction of a deed through; what the deed came to, if that was its last.
    async fn let_through(&mut self, number: usize) -> Option<Told> {
        let Some(mut task) = self.deeds[number].task.take() else {
            self.stage.pass(A_WHILE);
            self.deeds[number].has_passed = true;
            return Some((super::deeds::Outcome::Done, None));
        };
        let ticket = self.deeds[number].ticket.unwrap();
        assert!(self.stage.turnstile.let_through(ticket).await);
        self.deeds[number].ticket = None;
        match self.moves(&mut task).await {
            Moved::Ended(told) => Some(told),
            Moved::Waits(ticket) => {
                (self.deeds[number].ticket, self.deeds[number].task) = (Some(ticket), Some(task));
                None
            }
        }
    }
}

// --- afterwards ---

impl Order<'_> {
    async fn look_afterwards(mut self, scenario: &Scenario) {
        let first = std::mem::take(&mut self.scene.first);
        self.handed.extend(first.into_iter().map(|(signed_in, counter)| (signed_in.tokens, (0, counter))));
        let what = format!("{scenario}: {:?}", self.done);
        self.trail_is_whole(&what).await;
        self.gate_obeys(&what).await;
        self.one_branch_lives(&what).await;
        self.counters_are_exact(&what).await;
    }

    /// One event for each fact, none missing, none twice; and the whole trail verifies.
    async fn trail_is_whole(&self, what: &str) {
        let (tenant, turnstile) = (&self.scene.means.tenant, &self.stage.turnstile);
        for node in &self.stage.nodes {
            freely(turnstile, std::sync::Arc::clone(node).keep_trail(std::future::ready(()))).await;
        }
        let mut told = BTreeMap::<String, u32>::new();
        for event in trail(&self.stage.store, tenant).await {
            *told.entry(words(&event)).or_default() += event.count;
        }
        assert_eq!(told, self.scene.model.told, "{what}");
        let report = self.stage.free.verify_trail(tenant, None, None).await.unwrap();
        assert!(report.is_clean(), "{what}: {report:?}");
    }

    async fn gate_obeys(&self, what: &str) {
        for (tokens, (session, _)) in &self.handed {
            let is_let_in = self.scene.door.gets_in_with(&tokens.access_token).await;
            assert_eq!(is_let_in, self.scene.model.is_live(*session), "session {session} of {what}");
        }
    }

    /// Of all tokens that were ever handed out, those are taken that the model holds for current, one for each living
    /// session: two living branches of one session would be two.
    async fn one_branch_lives(&self, what: &str) {
        let model: &Model = &self.scene.model;
        let stranger = self.scene.door.clone().from("203.0.113.7");
        let is_current =
            |(session, counter): (usize, u32)| model.is_live(session) && model.sessions[session].counter == counter;
        let mut distinct: BTreeMap<&str, (usize, u32)> = BTreeMap::new();
        for (tokens, place) in &self.handed {
            let known = distinct.insert(tokens.refresh_token.expose(), *place);
            assert!(known.is_none_or(|known| known == *place), "one token at two places of {what}");
        }
        let places: Vec<_> = distinct.values().copied().collect();
        assert_eq!(places.len(), places.iter().collect::<std::collections::BTreeSet<_>>().len(), "a fork: {what}");
        // Current ones first: an old one ends the session.
        let mut tokens: Vec<_> = distinct.into_iter().collect();
        tokens.sort_by_key(|(_, place)| !is_current(*place));
        for (token, place) in tokens {
            let answer = stranger.refreshes(&countersign_domain::Secret::new(token)).await;
            let is_taken = matches!(answer, Refreshed::Yes(_));
            assert_eq!(is_taken, is_current(place), "{place:?} {answer:?} of {what}");
        }
    }

    /// So many more failures lock each kind as the model says, and not one more or less.
    async fn counters_are_exact(&mut self, what: &str) {
        self.stage.pass(A_WHILE);
        self.scene.model.now += A_WHILE.as_secs();
        let expected = self.scene.model.guesses_left();
        let mut found = [0, 0];
        for (left, role) in found.iter_mut().zip(["CUSTOMER", "CASHIER"]) {
            *left = guesses_until_locked(&self.stage.free, &self.scene.door.clone().in_role(role)).await;
        }
        assert_eq!(found, expected, "guesses left to customer and staff: {what}");
    }
}

async fn guesses_until_locked(flows: &Flows, door: &Anonymous) -> u32 {
    for guesses in 0..10 {
        let ran = flows.hasher().hashes_run();
        match door.tries(ADA, WRONG).await {
            Refusal::WrongCredentials => {}
            Refusal::Locked(Some(_)) if flows.hasher().hashes_run() == ran => return guesses,
            Refusal::Locked(Some(_)) => return guesses + 1,
            other => panic!("{other:?}: an attempt was left behind"),
        }
    }
    panic!("ten failures do not lock")
}

use std::sync::atomic::{AtomicU64, Ordering};

use countersign_domain::Timestamp;

use crate::program::{Answer, Caller, Lost, PASSWORD, WRONG};

/// What one person was told and did not end since: what must still hold after any crash.
///
/// Nobody else uses the account, so all that happens to it is here, and what was lost on the way is known to be.
pub(super) struct Person {
    pub(super) email: String,
    chance: Chance,
    /// Living sessions.
    sessions: Vec<Session>,
    /// Tokens of sessions whose end was answered.
    ended: Vec<(String, String)>,
    /// Failures answered since the last success, or since a lock was over.
    failures: u32,
    locked_until: Option<Timestamp>,
    pub(super) told: Told,
}

/// How often this person was told something, and how often an answer was lost that might have told it.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) logins: u32,
    pub(super) failures: u32,
    /// Refused as locked: a failure that locked, or one that was not asked.
    pub(super) locked: u32,
    pub(super) logouts: u32,
    pub(super) refreshes: u32,
    pub(super) lost_rights: u32,
    pub(super) lost_wrongs: u32,
}

impl Told {
    pub(super) fn sum<'t>(all: impl Iterator<Item = &'t Self>) -> Self {
        all.fold(Self::default(), |sum, told| Self {
            logins: sum.logins + told.logins,
            failures: sum.failures + told.failures,
            locked: sum.locked + told.locked,
            logouts: sum.logouts + told.logouts,
            refreshes: sum.refreshes + told.refreshes,
            lost_rights: sum.lost_rights + told.lost_rights,
            lost_wrongs: sum.lost_wrongs + told.lost_wrongs,
        })
    }
}

struct Session {
    refresh: String,
    access: String,
    /// The last exchange that was answered: its request and the token it brought.
    exchanged: Option<(String, String)>,
    lost: Option<Pending>,
}

/// What was asked and never answered.
#[derive(Clone)]
enum Pending {
    Refresh { request: String },
    Logout,
}

/// Sessions that one person keeps open: far from the bound at which the oldest would give way.
const SESSIONS_MAX: usize = 4;
/// A lock that ends sooner may be over when the answer comes.
const LOCK_MARGIN_MICROS: i64 = 2_000_000;

impl Person {
    pub(super) fn new(number: u64) -> Self {
        Self {
            email: format!("person-{number}@example.com"),
            chance: Chance(number),
            sessions: Vec::new(),
            ended: Vec::new(),
            failures: 0,
            locked_until: None,
            told: Told::default(),
        }
    }

    /// Does one thing after the other until an answer is lost.
    pub(super) async fn live(&mut self, caller: &Caller, answered: &AtomicU64) {
        while self.act(caller).await.is_ok() {
            answered.fetch_add(1, Ordering::Relaxed);
        }
    }

    async fn act(&mut self, caller: &Caller) -> Result<(), Lost> {
        let of = self.sessions.len();
        match self.chance.of(100) {
            0..40 if of > 0 => {
                let which = self.chance.of(of);
                self.refresh(caller, which).await
            }
            40..55 if of > 0 => {
                let which = self.chance.of(of);
                self.log_out(caller, which).await
            }
            55..75 => self.guess(caller).await,
            _ if of >= SESSIONS_MAX => self.log_out(caller, 0).await,
            _ => self.log_in(caller).await,
        }
    }

    async fn log_in(&mut self, caller: &Caller) -> Result<(), Lost> {
        let Ok(answer) = caller.logs_in(&self.email, PASSWORD).await else {
            // It may have opened a session that nobody knows, and forgotten every failure.
            self.told.lost_rights += 1;
            self.failures = 0;
            return Err(Lost);
        };
        match (answer.status, answer.code()) {
            (200, _) => {
                assert!(!self.is_surely_locked(), "{}: let in though locked: a lock was lost", self.email);
                self.told.logins += 1;
                (self.failures, self.locked_until) = (0, None);
                let (refresh, access) = (answer.refresh_token(), answer.access_token());
                self.sessions.push(Session { refresh, access, exchanged: None, lost: None });
            }
            (403, "ACCOUNT_LOCKED") => self.is_locked(&answer),
            (503, "OVERLOADED") => {}
            _ => panic!("{}: a right password was answered {answer:?}", self.email),
        }
        Ok(())
    }

    async fn guess(&mut self, caller: &Caller) -> Result<(), Lost> {
        let Ok(answer) = caller.logs_in(&self.email, WRONG).await else {
            self.told.lost_wrongs += 1;
            return Err(Lost);
        };
        match (answer.status, answer.code()) {
            (401, "INVALID_CREDENTIALS") => {
                assert!(!self.is_surely_locked(), "{}: asked though locked: a lock was lost", self.email);
                // Whatever was counted before a lock that is over is forgotten.
                if self.locked_until.take().is_some() {
                    self.failures = 0;
                }
                self.told.failures += 1;
                self.failures += 1;
            }
            (403, "ACCOUNT_LOCKED") => self.is_locked(&answer),
            (503, "OVERLOADED") => {}
            _ => panic!("{}: a wrong password was answered {answer:?}", self.email),
        }
        Ok(())
    }

    fn is_locked(&mut self, answer: &Answer) {
        let until = answer.body["lockedUntil"].as_str().expect("a lock here ends by itself");
        self.told.locked += 1;
        self.locked_until = Some(until.parse().unwrap());
        self.failures = 0;
    }

    fn is_surely_locked(&self) -> bool {
        let now = countersign_store::Clock::system().now().micros();
        self.locked_until.is_some_and(|until| now + LOCK_MARGIN_MICROS < until.micros())
    }

    async fn refresh(&mut self, caller: &Caller, which: usize) -> Result<(), Lost> {
        let request = self.chance.uuid();
        self.sessions[which].lost = Some(Pending::Refresh { request });
        self.settle(caller, which).await
    }

    async fn log_out(&mut self, caller: &Caller, which: usize) -> Result<(), Lost> {
        self.sessions[which].lost = Some(Pending::Logout);
        self.settle(caller, which).await
    }

    /// Asks for what is pending, for the first time or again, as an honest client does.
    async fn settle(&mut self, caller: &Caller, which: usize) -> Result<(), Lost> {
        let session = &mut self.sessions[which];
        match session.lost.clone() {
            None => {}
            Some(Pending::Refresh { request }) => {
                let answer = caller.refreshes(&session.refresh, &request).await?;
                assert_eq!(answer.status, 200, "{}: an honest refresh was answered {answer:?}", self.email);
                let before = std::mem::replace(&mut session.refresh, answer.refresh_token());
                (session.access, session.exchanged) = (answer.access_token(), Some((request, before)));
                session.lost = None;
                self.told.refreshes += 1;
            }
            Some(Pending::Logout) => {
                let answer = caller.logs_out(&session.refresh).await?;
                assert_eq!(answer.status, 200, "{}: a logout was answered {answer:?}", self.email);
                let session = self.sessions.remove(which);
                self.ended.push((session.refresh, session.access));
                self.told.logouts += 1;
            }
        }
        Ok(())
    }
}

// --- after a crash ---

/// What the store keeps of a person.
pub(super) struct Kept {
    /// Failures that count together now.
    pub(super) failures: u32,
    pub(super) is_locked: bool,
}

impl Person {
    /// Whatever was answered still holds.
    pub(super) async fn looks_back(&mut self, caller: &Caller, kept: &Kept) -> Result<(), Lost> {
        self.failures_are_kept(kept);
        if self.is_surely_locked() {
            let answer = caller.logs_in(&self.email, PASSWORD).await?;
            assert_eq!(answer.code(), "ACCOUNT_LOCKED", "{}: a lock was lost: {answer:?}", self.email);
            self.told.locked += 1;
        }
        // From the end, since a logout that is sent again takes its session out.
        for which in (0..self.sessions.len()).rev() {
            self.settle(caller, which).await?;
        }
        for which in 0..self.sessions.len() {
            self.session_lives(caller, which).await?;
        }
        for (refresh, access) in self.ended.iter().rev().take(3) {
            let answer = caller.refreshes(refresh, "200").await?;
            assert_eq!(answer.code(), "INVALID_REFRESH_TOKEN", "{}: a logout was lost: {answer:?}", self.email);
            let answer = caller.asks_who_it_is(access).await?;
            assert_eq!(answer.code(), "INVALID_TOKEN", "{}: a logout was lost: {answer:?}", self.email);
        }
        Ok(())
    }

    fn failures_are_kept(&mut self, kept: &Kept) {
        let is_lower = kept.failures < self.failures && !kept.is_locked;
        assert!(!is_lower, "{}: {} failures answered, {} kept", self.email, self.failures, kept.failures);
    }

    async fn session_lives(&mut self, caller: &Caller, which: usize) -> Result<(), Lost> {
        let session = &self.sessions[which];
        let answer = caller.asks_who_it_is(&session.access).await?;
        assert_eq!(answer.status, 200, "{}: a login was lost: {answer:?}", self.email);
        if let Some((request, before)) = &session.exchanged {
            let answer = caller.refreshes(before, request).await?;
            assert_eq!(answer.status, 200, "{}: a rotation was lost: {answer:?}", self.email);
            assert_eq!(answer.refresh_token(), session.refresh, "{}: a rotation has two successors", self.email);
        }
        self.refresh(caller, which).await
    }
}

/// Choices that follow from a seed (SplitMix64).
pub(super) struct Chance(pub(super) u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(super) fn of(&mut self, count: usize) -> usize {
        usize::try_from(self.next() % count as u64).unwrap()
    }

    fn uuid(&mut self) -> String {
        uuid::Uuid::from_u64_pair(self.next(), self.next()).to_string()
    }
}

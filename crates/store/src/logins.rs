//! The two transactions of a login: one reserves the attempt, one settles it. The password is hashed between them,
//! with no connection held.

use countersign_domain::audit::Event;
use countersign_domain::lockout::{Counters, Lock, Policy, RowReserved, Settled};
use countersign_domain::session::{EndReason, NewSession, SESSIONS_PER_ACCOUNT_MAX, Session};
use countersign_domain::{Account, DeviceMark, EmailKey, Kind, Standing, TenantId, TenantState};
use uuid::Uuid;

use crate::accounts::{self, account_columns};
use crate::counters::{self, CounterKey};
use crate::fault::{Fault, Result};
use crate::job::{Job, Seen};
use crate::statement::{Row, Value, statements};
use crate::tx::Tx;
use crate::{TenantStore, events, sessions};

// The order by kind is also what makes SQLite look for a name by its own index: without it, it walks every account
// of the tenant by the primary key, which it thinks cheaper.
statements! {
    TENANT_AND_ACCOUNTS = concat!(
        "SELECT t.state, ", account_columns!(), " FROM tenant t \
         LEFT JOIN account a ON a.tenant = t.id AND a.email_key = $2 WHERE t.id = $1 ORDER BY a.kind"
    );
    TENANT_STATE = "SELECT state FROM tenant WHERE id = $1";
}

/// A row that was made by somebody else between our reading and our writing is read again; it cannot vanish as often.
const ROW_TRIES_MAX: usize = 16;

/// What a login asks to be counted.
#[derive(Clone, Debug)]
pub struct ReserveAttempt {
    /// The name, as accounts are found by it.
    pub email: EmailKey,
    /// The name, as counters are found by it.
    pub name_hash: [u8; 32],
    /// A device mark that is genuine and made for this name; whether it is good for the selected kinds is judged here.
    pub mark: Option<DeviceMark>,
    /// The kinds that the request selects.
    pub kinds: Vec<Kind>,
    /// Made for this request.
    pub attempt: Uuid,
    /// The tenant's numbers.
    pub policy: Policy,
    /// Tells the lock that attempts of a process that died may cause.
    pub lock_event: Event,
}

/// The facts that a login starts from.
#[derive(Clone, Debug)]
pub struct Reservation {
    /// The accounts of the name, of every kind.
    pub accounts: Vec<Account>,
    /// The row that the attempt counts in.
    pub row: CounterKey,
    /// What became of the attempt.
    pub attempt: ReservedKinds,
}

/// What became of an attempt that asked to be counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReservedKinds {
    /// Counted for these kinds, which are the selected ones that are not locked.
    Yes(Vec<Kind>),
    /// Every selected kind is locked; this lock ends first.
    Locked(Lock),
    /// Another attempt must settle first. Nothing was counted.
    Wait,
    /// The tenant is suspended. Nothing was counted.
    Suspended,
}

/// How an attempt is to be settled.
#[derive(Clone, Debug)]
pub struct SettleAttempt {
    /// The row it was counted in.
    pub row: CounterKey,
    /// The kinds it was counted for.
    pub kinds: Vec<Kind>,
    /// Its id.
    pub attempt: Uuid,
    /// The tenant's numbers.
    pub policy: Policy,
    /// Tells the lock that it may cause.
    pub lock_event: Event,
    /// What the hash said.
    pub verdict: Verdict,
}

/// What the hash said.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "one per login, made when the hash is done and used at once")]
pub enum Verdict {
    /// No account's password matched.
    Wrong {
        /// Tells the failure.
        event: Event,
    },
    /// The password of this account matched.
    Right(Box<RightPassword>),
    /// Nothing was hashed.
    Released,
}

/// A password that matched.
#[derive(Clone, Debug)]
pub struct RightPassword {
    /// The account as it was read when the attempt was reserved.
    pub account: Account,
    /// The session to open.
    pub session: NewSession,
    /// Tells the login.
    pub event: Event,
    /// Tells the refusal of a deactivated account.
    pub refused_event: Event,
    /// Tells the end of the oldest session, if the account has too many.
    pub displaced_event: Event,
}

/// What became of the attempt.
#[derive(Clone, Debug)]
pub enum Settlement {
    /// The failure counts. The lock is set if now every kind it counted for is locked.
    Failed(Option<Lock>),
    /// The attempt is forgotten.
    Released,
    /// The session is open.
    Opened(Box<Session>),
    /// The password is right, and the account is closed.
    Deactivated,
    /// Password or standing changed while the password was hashed: the attempt is forgotten; begin again.
    Changed,
    /// The tenant was suspended while the password was hashed: the attempt is forgotten.
    Suspended,
}

impl From<RowReserved> for ReservedKinds {
    fn from(row: RowReserved) -> Self {
        match row {
            RowReserved::Yes(kinds) => Self::Yes(kinds),
            RowReserved::Locked(lock) => Self::Locked(lock),
            RowReserved::Wait => Self::Wait,
        }
    }
}

impl TenantStore {
    /// Transaction 1 of a login: reads the name's facts and counts the attempt, all selected kinds or none.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn reserve_attempt(&self, ask: ReserveAttempt) -> Result<Reservation> {
        self.uncontended(|| Reserve { tenant: self.id, ask: ask.clone() }).await
    }

    /// Transaction 2 of a login: settles the attempt, and opens the session if the password was right.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn settle_attempt(&self, settle: SettleAttempt) -> Result<Settlement> {
        self.uncontended(|| Settle { tenant: self.id, settle: settle.clone() }).await
    }

    async fn uncontended<J: Job>(&self, job: impl Fn() -> J) -> Result<J::Out> {
        for _ in 1..ROW_TRIES_MAX {
            match self.store.write(job()).await {
                Err(Fault::Contended) => {}
                other => return other,
            }
        }
        self.store.write(job()).await
    }
}

struct Reserve {
    tenant: TenantId,
    ask: ReserveAttempt,
}

impl Job for Reserve {
    type Out = Reservation;

    /// No failure is answered before the attempt is settled.
    const IS_FLUSHED: bool = false;

    async fn run(&self, tx: &Tx<'_>) -> Result<Self::Out> {
        // The row is locked first and the facts are read after it, in the same flight.
        let row = CounterKey { name_hash: self.ask.name_hash, device: self.ask.mark.map(|mark| mark.device) };
        let (counters, facts) =
            tokio::join!(biased; counters::lock(tx, self.tenant, &row), facts(tx, self.tenant, &self.ask.email));
        let (tenant, accounts) = facts?;
        let stays = |row, accounts, attempt| Ok(Reservation { accounts, row, attempt });
        if tenant == TenantState::Suspended {
            return stays(row, accounts, ReservedKinds::Suspended);
        }
        // A mark that is not good counts for nothing: the attempt falls in the row of unknown devices.
        let (row, counters) = if self.ask.mark.is_none_or(|mark| mark.is_good_for(&accounts, &self.ask.kinds)) {
            (row, counters?)
        } else {
            let row = CounterKey { device: None, ..row };
            let counters = counters::lock(tx, self.tenant, &row).await?;
            (row, counters)
        };
        let is_new = counters.is_none();
        let was = counters.unwrap_or_default();
        let mut counters = was.clone();
        let attempt = counters.reserve(&self.ask.kinds, self.ask.attempt, &self.ask.policy, tx.now()).into();
        // Ageing is written even where nothing is counted: attempts that a dead process left behind lock from now on,
        // and not anew whenever somebody looks.
        if counters == was {
            return stays(row, accounts, attempt);
        }
        if counters.locks_more_than(&was, tx.now()) {
            let subject = if let [one] = accounts.as_slice() { Some(one.id) } else { None };
            events::insert(tx, &self.ask.lock_event.clone().about(subject)).await?;
        }
        if is_new {
            counters::insert_last(tx, self.tenant, &row, &counters).await?;
        } else {
            counters::update_last(tx, self.tenant, &row, &counters).await?;
        }
        stays(row, accounts, attempt)
    }

    /// Running again is safe: an attempt that is counted already is not counted again.
    async fn seen(&self, _tx: &Tx<'_>) -> Result<Seen<Self::Out>> {
        Ok(Seen::No)
    }
}

/// The tenant's state and the accounts of a name, customer first.
pub(crate) async fn facts(tx: &Tx<'_>, tenant: TenantId, email: &EmailKey) -> Result<(TenantState, Vec<Account>)> {
    let name = [Value::Id(tenant.uuid()), Value::text(email.as_str())];
    let read = |row: &Row<'_>| {
        let account = row.maybe_id(1)?.map(|_| accounts::read_at(row, 1)).transpose()?;
        Ok((row.parsed::<TenantState>(0)?, account))
    };
    let rows = tx.rows(&TENANT_AND_ACCOUNTS, &name, read).await?;
    let Some((state, _)) = rows.first() else {
        return Err(Fault::Broken("the tenant is gone".into()));
    };
    let state = *state;
    Ok((state, rows.into_iter().filter_map(|(_, account)| account).collect()))
}

struct Settle {
    tenant: TenantId,
    settle: SettleAttempt,
}

impl Job for Settle {
    type Out = Settlement;

    async fn run(&self, tx: &Tx<'_>) -> Result<Settlement> {
        match &self.settle.verdict {
            Verdict::Right(right) => self.right(tx, right).await,
            Verdict::Wrong { event } => self.wrong(tx, event).await,
            Verdict::Released => {
                self.release(tx, self.lock_row(tx).await?).await?;
                Ok(Settlement::Released)
            }
        }
    }

    async fn seen(&self, tx: &Tx<'_>) -> Result<Seen<Settlement>> {
        if let Verdict::Right(right) = &self.settle.verdict {
            return self.right_is_seen(tx, right).await;
        }
        let (mut counters, _) = self.lock_row(tx).await?;
        match &self.settle.verdict {
            Verdict::Wrong { event, .. } if events::is_told(tx, event).await? => {
                counters.age(&self.settle.kinds, &self.settle.policy, tx.now());
                Ok(Seen::Yes(Settlement::Failed(counters.lock_of(&self.settle.kinds))))
            }
            // Releasing twice releases once.
            _ => Ok(Seen::No),
        }
    }
}

impl Settle {
    async fn wrong(&self, tx: &Tx<'_>, event: &Event) -> Result<Settlement> {
        let (was, was_there) = self.lock_row(tx).await?;
        let counters = self.settled(&was, |_| Settled::Wrong, tx).await?;
        self.put_row(tx, &counters, was_there).await?;
        events::insert_last(tx, event).await?;
        Ok(Settlement::Failed(counters.lock_of(&self.settle.kinds)))
    }

    async fn release(&self, tx: &Tx<'_>, (was, was_there): (Counters, bool)) -> Result<()> {
        let counters = self.settled(&was, |_| Settled::Released, tx).await?;
        self.put_row(tx, &counters, was_there).await
    }

    async fn right(&self, tx: &Tx<'_>, right: &RightPassword) -> Result<Settlement> {
        let id = right.account.id;
        let tenant = [Value::Id(self.tenant.uuid())];
        let beyond = u32::try_from(SESSIONS_PER_ACCOUNT_MAX).unwrap_or(u32::MAX).saturating_sub(1);
        let (account, row, state, displaced) = tokio::join!(biased;
            accounts::lock(tx, self.tenant.uuid(), id),
            self.lock_row(tx),
            tx.row(&TENANT_STATE, &tenant, |row| row.parsed::<TenantState>(0)),
            sessions::live(tx, self.tenant, id, beyond..beyond.saturating_add(1)),
        );
        let (account, row, state, displaced) = (account?, row?, state?, displaced?);
        if state != Some(TenantState::Active) {
            self.release(tx, row).await?;
            return Ok(Settlement::Suspended);
        }
        let Some(account) = account.filter(|now| is_same(now, &right.account)) else {
            // It may begin again in another row, or be refused before: nothing of it may stay behind in this one.
            self.release(tx, row).await?;
            return Ok(Settlement::Changed);
        };
        let (was, was_there) = row;
        let how = |kind| if kind == account.kind { Settled::Right } else { Settled::Released };
        let counters = self.settled(&was, how, tx).await?;
        if account.standing == Standing::Deactivated {
            self.put_row(tx, &counters, was_there).await?;
            events::insert_last(tx, &right.refused_event).await?;
            return Ok(Settlement::Deactivated);
        }
        let session = right.session.open(id, account.generation, tx.now());
        if let Some(oldest) = displaced.first().copied() {
            sessions::end(tx, self.tenant, oldest, EndReason::TooManySessions).await?;
            events::insert(tx, &right.displaced_event.clone().in_session(oldest)).await?;
        }
        let (put, inserted, told) = tokio::join!(biased;
            self.put_row(tx, &counters, was_there),
            sessions::insert(tx, self.tenant, &session),
            events::insert_last(tx, &right.event),
        );
        put.and(inserted).and(told)?;
        Ok(Settlement::Opened(Box::new(session)))
    }

    async fn right_is_seen(&self, tx: &Tx<'_>, right: &RightPassword) -> Result<Seen<Settlement>> {
        accounts::lock(tx, self.tenant.uuid(), right.account.id).await?;
        if events::is_told(tx, &right.refused_event).await? {
            return Ok(Seen::Yes(Settlement::Deactivated));
        }
        let session = sessions::lock(tx, self.tenant, right.session.id).await?;
        Ok(session.map_or(Seen::No, |session| Seen::Yes(Settlement::Opened(Box::new(session)))))
    }

    async fn lock_row(&self, tx: &Tx<'_>) -> Result<(Counters, bool)> {
        let row = counters::lock(tx, self.tenant, &self.settle.row).await?;
        let was_there = row.is_some();
        Ok((row.unwrap_or_default(), was_there))
    }

    /// The row with every kind settled that the attempt counted for. Tells a lock that begins with it.
    async fn settled(&self, was: &Counters, how: impl Fn(Kind) -> Settled + Send, tx: &Tx<'_>) -> Result<Counters> {
        let mut counters = was.clone();
        counters.settle(&self.settle.kinds, self.settle.attempt, how, &self.settle.policy, tx.now());
        if counters.locks_more_than(was, tx.now()) {
            events::insert(tx, &self.settle.lock_event).await?;
        }
        Ok(counters)
    }

    async fn put_row(&self, tx: &Tx<'_>, counters: &Counters, was_there: bool) -> Result<()> {
        if was_there {
            return counters::put(tx, self.tenant, &self.settle.row, counters).await;
        }
        // Cleared by an unlock or a reset while the password was hashed.
        if counters.is_empty() {
            return Ok(());
        }
        counters::insert(tx, self.tenant, &self.settle.row, counters).await
    }
}

fn is_same(now: &Account, then: &Account) -> bool {
    now.generation == then.generation && now.password_version == then.password_version
}

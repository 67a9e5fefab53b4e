use countersign_domain::audit::{Event, Reason};
use countersign_domain::{Account, AccountId, OneTimePurpose, PasswordHash, TenantId, Timestamp};
use uuid::Uuid;

use crate::accounts;
use crate::fault::Result;
use crate::job::{Job, Seen};
use crate::letters::{self, NewLetter, Posted};
use crate::passing::{Passing, passes};
use crate::statement::{Row, Value, statements};
use crate::tx::Tx;
use crate::{TenantStore, counters, events, invitations};

statements! {
    TOKEN_BY_ID = "SELECT purpose, account, password_version, expires_at FROM one_time_token \
         WHERE tenant = $1 AND id = $2";
    TOKEN_INSERT = "INSERT INTO one_time_token (tenant, id, purpose, account, password_version, created_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)";
}

/// A mailed token that is to be.
#[derive(Clone, Copy, Debug)]
pub struct NewOneTimeToken {
    /// Made for it.
    pub id: Uuid,
    /// What it will open.
    pub purpose: OneTimePurpose,
    /// Whose password it sets.
    pub account: AccountId,
    /// The account's, for which alone it is good.
    pub password_version: i64,
}

/// A mailed token as it lies in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OneTimeToken {
    /// What it opens.
    pub purpose: OneTimePurpose,
    /// Whose password it sets.
    pub account: AccountId,
    /// Good while the account's is the same.
    pub password_version: i64,
    /// Good until then.
    pub expires_at: Timestamp,
}

impl OneTimeToken {
    /// Whether it is good for this account at this moment. A closed account's link opens nothing.
    pub fn is_good_for(&self, account: &Account, now: Timestamp) -> bool {
        self.account == account.id
            && self.password_version == account.password_version
            && account.standing == countersign_domain::Standing::Active
            && now < self.expires_at
    }
}

/// A reset that is asked for: a token for each account of the name, and the letter that carries them.
#[derive(Clone, Debug)]
pub struct OfferReset {
    /// The keyed hash of the name that was asked for, known or not.
    pub name_hash: [u8; 32],
    /// The tokens.
    pub tokens: Vec<NewOneTimeToken>,
    /// The letter; nothing for a name without accounts.
    pub letter: Option<NewLetter>,
    /// Tells that it was asked for: as refused, where the name was sent enough lately.
    pub event: Event,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResetOffered {
    /// The letter is on its way, if there is one.
    Yes,
    /// The name was sent as many lately as may be. Then there is room for one.
    TooMany(Timestamp),
}

impl From<Posted> for ResetOffered {
    fn from(posted: Posted) -> Self {
        match posted {
            Posted::Yes => Self::Yes,
            Posted::NotUntil(end) => Self::TooMany(end),
        }
    }
}

/// A password that a mailed token sets.
#[derive(Clone, Debug)]
pub struct SpendToken {
    /// The token's id.
    pub token: Uuid,
    /// The keyed hash of the account's address, whose locks end.
    pub name_hash: [u8; 32],
    /// The account it was read for.
    pub account: AccountId,
    /// The new password, hashed.
    pub hash: PasswordHash,
    /// The notice of the fact.
    pub letter: Option<NewLetter>,
    /// Tells it.
    pub event: Event,
}

impl TenantStore {
    /// A mailed token and the account it is for.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails.
    pub async fn one_time_token(&self, id: Uuid) -> Result<Option<(OneTimeToken, Account)>> {
        self.store.read(ById { tenant: self.id, id }).await
    }

    /// Writes the tokens of a reset and posts their letter, unless the name has had as many lately as it may: then
    /// nothing is written but the event.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails.
    pub async fn offer_reset(&self, offer: OfferReset) -> Result<ResetOffered> {
        self.store.write(Offer { tenant: self.id, offer }).await
    }

    /// Sets a password by a mailed token, which voids every other token of the account, ends its sessions, its device
    /// marks and its locks. The account as it is then; nothing if the token is not good any more.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails.
    pub async fn spend_token(&self, spend: SpendToken) -> Result<Option<Account>> {
        self.store.write(Spend { tenant: self.id, spend }).await
    }
}

fn read(row: &Row<'_>) -> Result<OneTimeToken> {
    Ok(OneTimeToken {
        purpose: row.parsed(0)?,
        account: AccountId::from_uuid(row.id(1)?),
        password_version: row.int(2)?,
        expires_at: Timestamp::from_micros(row.int(3)?),
    })
}

/// Writes a token, and when its row goes.
pub(crate) async fn insert(tx: &Tx<'_>, tenant: TenantId, token: &NewOneTimeToken) -> Result<Timestamp> {
    let expires_at = tx.now().plus(token.purpose.life());
    let values = [
        Value::Id(tenant.uuid()),
        Value::Id(token.id),
        Value::text(token.purpose.name()),
        Value::Id(token.account.uuid()),
        Value::Int(token.password_version),
        Value::Int(tx.now().micros()),
        Value::Int(expires_at.micros()),
    ];
    tx.exec(&TOKEN_INSERT, &values).await?;
    passes(tx, tenant, token.id, Passing::OneTimeToken, expires_at).await?;
    Ok(expires_at)
}

async fn find(tx: &Tx<'_>, tenant: TenantId, id: Uuid) -> Result<Option<OneTimeToken>> {
    tx.row(&TOKEN_BY_ID, &[Value::Id(tenant.uuid()), Value::Id(id)], read).await
}

struct ById {
    tenant: TenantId,
    id: Uuid,
}

impl Job for ById {
    type Out = Option<(OneTimeToken, Account)>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Self::Out> {
        let Some(token) = find(tx, self.tenant, self.id).await? else { return Ok(None) };
        Ok(accounts::by_id(tx, self.tenant, token.account).await?.map(|account| (token, account)))
    }
}

struct Offer {
    tenant: TenantId,
    offer: OfferReset,
}

impl Job for Offer {
    type Out = ResetOffered;

    async fn run(&self, tx: &Tx<'_>) -> Result<ResetOffered> {
        // Known or not, or many at once for a known name would be seen to wait for each other.
        letters::take_turn(tx, &self.offer.name_hash).await?;
        let posted = match &self.offer.letter {
            Some(letter) => letters::post(tx, letter).await?,
            None => Posted::Yes,
        };
        if posted != Posted::Yes {
            let event = self.offer.event.clone().refused_because(Reason::TooManyRequests);
            events::insert_last(tx, &event).await?;
            return Ok(posted.into());
        }
        for token in &self.offer.tokens {
            insert(tx, self.tenant, token).await?;
        }
        events::insert_last(tx, &self.offer.event).await?;
        Ok(ResetOffered::Yes)
    }

    /// There is no row to hold: asked again, it is a second letter at worst, within the cap.
    async fn seen(&self, tx: &Tx<'_>) -> Result<Seen<ResetOffered>> {
        if !events::is_told(tx, &self.offer.event).await? {
            return Ok(Seen::CannotTell);
        }
        Ok(Seen::Yes(match &self.offer.letter {
            Some(letter) => letters::was_posted(tx, letter).await?.into(),
            None => ResetOffered::Yes,
        }))
    }
}

struct Spend {
    tenant: TenantId,
    spend: SpendToken,
}

impl Job for Spend {
    type Out = Option<Account>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Self::Out> {
        let spend = &self.spend;
        // The account is locked first: whoever spends another token of it waits here, and finds the version moved on.
        let (account, token) = tokio::join!(biased;
            accounts::lock(tx, self.tenant.uuid(), spend.account), find(tx, self.tenant, spend.token));
        let Some((account, token)) = account?.zip(token?) else { return Ok(None) };
        if !token.is_good_for(&account, tx.now()) {
            return Ok(None);
        }
        counters::clear_name(tx, self.tenant, spend.name_hash, account.kind).await?;
        accounts::write_password(tx, self.tenant, account.id, &spend.hash, false).await?;
        invitations::delete(tx, self.tenant, account.id).await?;
        if let Some(letter) = &spend.letter {
            letters::post(tx, letter).await?;
        }
        events::insert_last(tx, &spend.event).await?;
        Ok(Some(with_new_password(account, &spend.hash)))
    }

    async fn seen(&self, tx: &Tx<'_>) -> Result<Seen<Self::Out>> {
        let account = accounts::lock(tx, self.tenant.uuid(), self.spend.account).await?;
        let is_told = events::is_told(tx, &self.spend.event).await?;
        Ok(if is_told { Seen::Yes(account) } else { Seen::No })
    }
}

/// The account as [`accounts::write_password`] leaves it.
pub(crate) fn with_new_password(account: Account, hash: &PasswordHash) -> Account {
    Account {
        password_hash: Some(hash.clone()),
        password_version: account.password_version.saturating_add(1),
        generation: account.generation.saturating_add(1),
        must_change_password: false,
        ..account
    }
}

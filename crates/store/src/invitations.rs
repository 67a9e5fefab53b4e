use countersign_domain::audit::Event;
use countersign_domain::letter::{INVITATION_CAP, INVITATION_TO_ONE_CAP};
use countersign_domain::{Account, AccountId, Letter, OneTimePurpose, Role, TenantId, Timestamp};

use crate::accounts::{self, Changed, Created, NewAccount, account_columns};
use crate::fault::{Fault, Result};
use crate::job::{Job, Seen};
use crate::letters::{self, NewLetter};
use crate::one_time_tokens::{self, NewOneTimeToken};
use crate::statement::{Row, Value, statements};
use crate::tx::Tx;
use crate::{TenantStore, events, people, tenants};

statements! {
    INVITATION_PUT = "INSERT INTO invitation (tenant, account, invited_by, invited_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (tenant, account) DO UPDATE SET \
         invited_by = excluded.invited_by, invited_at = excluded.invited_at, expires_at = excluded.expires_at";
    INVITATION_DELETE = "DELETE FROM invitation WHERE tenant = $1 AND account = $2";
    INVITATIONS_BEFORE = concat!(
        "SELECT i.invited_by, i.invited_at, i.expires_at, ", account_columns!(), " FROM invitation i \
         JOIN account a ON a.tenant = i.tenant AND a.id = i.account WHERE i.tenant = $1 AND i.account < $2 \
         ORDER BY i.account DESC LIMIT $3"
    );
    INVITATION_HOLD = "SELECT account FROM invitation WHERE tenant = $1 AND account = $2 {lock}";
    INVITATION_END = "SELECT expires_at FROM invitation WHERE tenant = $1 AND account = $2";
    INVITED_LATELY = "SELECT about, created_at FROM letter WHERE tenant = $1 AND name_hash = $2 \
         AND kind = 'invitation' AND created_at > $3 ORDER BY created_at DESC LIMIT $4";
    ACCOUNT_DELETE = "DELETE FROM account WHERE tenant = $1 AND id = $2";
}

/// Letters are counted by the name they go to, and invitations by the tenant: all of them stand under this name.
const EVERYBODY: [u8; 32] = [0; 32];

/// Somebody who was invited and has not set a password.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// Who invited; nothing for the operator.
    pub invited_by: Option<AccountId>,
    /// When the last letter was posted.
    pub invited_at: Timestamp,
    /// Until when its link is good.
    pub expires_at: Timestamp,
    /// Who is invited.
    pub account: Account,
}

/// An invitation that is to be sent.
#[derive(Clone, Debug)]
pub struct NewInvitation {
    /// The token of its link.
    pub token: NewOneTimeToken,
    /// Who invites.
    pub invited_by: Option<AccountId>,
    /// The letter, which counts as the tenant's whatever name it bears; nothing where the link is handed over otherwise.
    pub letter: Option<NewLetter>,
}

/// What became of an invitation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Invited {
    /// It is on its way.
    Yes,
    /// The tenant has a staff account with this address.
    EmailTaken,
    /// The tenant has no such role for staff.
    NoSuchRole(Role),
    /// Nobody is invited under this id.
    NoSuchAccount,
    /// The tenant, or the person, has been sent as many lately as may be. Then there is room for one.
    TooMany(Timestamp),
}

impl TenantStore {
    /// Makes an account without a password, and invites its person to set one.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn invite(&self, account: NewAccount, invitation: NewInvitation, event: Event) -> Result<Invited> {
        match self.store.write(Invite { tenant: self.id, account, invitation, event }).await {
            Err(Fault::Taken) => Ok(Invited::EmailTaken),
            other => other,
        }
    }

    /// Who is invited, the newest first, after the given account.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn invitations(&self, before: Option<AccountId>, limit: u32) -> Result<Vec<Invitation>> {
        self.store.read(Before { tenant: self.id, before, limit }).await
    }

    /// Until when somebody is invited, or was; nothing where there is no invitation.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn invitation_end(&self, account: AccountId) -> Result<Option<Timestamp>> {
        self.store.read(EndOf { tenant: self.id, account }).await
    }

    /// Sends another link to somebody who is still invited; the ones before stay good for their time.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn invite_again(&self, invitation: NewInvitation, event: Event) -> Result<Invited> {
        self.store.write(Again { tenant: self.id, invitation, event }).await
    }

    /// Takes an invitation back: the account, which nobody ever opened, goes with it and its address is free.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn withdraw_invitation(&self, account: AccountId, event: Event) -> Result<Changed> {
        self.store.write(Withdraw { tenant: self.id, account, event }).await
    }
}

/// Writes an invitation with its token, and posts its letter.
pub(crate) async fn put(tx: &Tx<'_>, tenant: TenantId, invitation: &NewInvitation) -> Result<()> {
    let expires_at = one_time_tokens::insert(tx, tenant, &invitation.token).await?;
    let values = [
        Value::Id(tenant.uuid()),
        Value::Id(invitation.token.account.uuid()),
        Value::maybe(invitation.invited_by, |id| Value::Id(id.uuid())),
        Value::Int(tx.now().micros()),
        Value::Int(expires_at.micros()),
    ];
    tx.exec(&INVITATION_PUT, &values).await?;
    if let Some(letter) = &invitation.letter {
        letters::post(tx, &NewLetter { name_hash: EVERYBODY, ..letter.clone() }).await?;
    }
    Ok(())
}

/// When the tenant may send this invitation, where that is not now: a stolen token of a manager is not to mail the world.
/// Invitations of one tenant are counted one after the other, before anything else is held. What the operator hands over
/// himself is no letter.
async fn has_room_at(tx: &Tx<'_>, tenant: TenantId, invitation: &NewInvitation) -> Result<Option<Timestamp>> {
    if invitation.letter.is_none() {
        return Ok(None);
    }
    let to = invitation.token.account;
    let since = tx.now().minus(INVITATION_CAP.window);
    let lately = [
        Value::Id(tenant.uuid()),
        Value::bytes(&EVERYBODY),
        Value::Int(since.micros()),
        Value::Int(INVITATION_CAP.letters_max.into()),
    ];
    let read = |row: &Row<'_>| Ok((row.text(0)?, Timestamp::from_micros(row.int(1)?)));
    let (turn, lately) =
        tokio::join!(biased; letters::take_turn_of_tenant(tx, tenant), tx.rows(&INVITED_LATELY, &lately, read));
    turn?;
    let sent = lately?;
    let is_to_one = |about: &str| {
        let letter = serde_json::from_str::<Letter>(about);
        letter.is_ok_and(|letter| matches!(letter, Letter::Invitation { account, .. } if account == to))
    };
    let to_one = sent.iter().filter(|(about, _)| is_to_one(about)).map(|(_, at)| *at);
    let full = [INVITATION_CAP.room_at(sent.iter().map(|(_, at)| *at)), INVITATION_TO_ONE_CAP.room_at(to_one)];
    Ok(full.into_iter().flatten().max())
}

/// Until when somebody is invited, or was; nothing where there is no invitation.
pub(crate) async fn end(tx: &Tx<'_>, tenant: TenantId, account: AccountId) -> Result<Option<Timestamp>> {
    tx.row(&INVITATION_END, &key(tenant, account), |row| row.int(0).map(Timestamp::from_micros)).await
}

/// Forgets an invitation, if there is one.
pub(crate) async fn delete(tx: &Tx<'_>, tenant: TenantId, account: AccountId) -> Result<()> {
    tx.exec(&INVITATION_DELETE, &key(tenant, account)).await.map(|_| ())
}

fn key(tenant: TenantId, account: AccountId) -> [Value<'static>; 2] {
    [Value::Id(tenant.uuid()), Value::Id(account.uuid())]
}

/// The account of an invitation that is still open, held; the account before the invitation, as everywhere.
async fn hold(tx: &Tx<'_>, tenant: TenantId, id: AccountId) -> Result<Option<Account>> {
    let account = accounts::lock(tx, tenant.uuid(), id).await?;
    let is_open = tx.row(&INVITATION_HOLD, &key(tenant, id), |row| row.id(0)).await?.is_some();
    Ok(account.filter(|account| is_open && account.password_hash.is_none()))
}

struct EndOf {
    tenant: TenantId,
    account: AccountId,
}

impl Job for EndOf {
    type Out = Option<Timestamp>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Self::Out> {
        end(tx, self.tenant, self.account).await
    }
}

struct Before {
    tenant: TenantId,
    before: Option<AccountId>,
    limit: u32,
}

impl Job for Before {
    type Out = Vec<Invitation>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Self::Out> {
        let before = self.before.map_or(uuid::Uuid::max(), AccountId::uuid);
        let values = [Value::Id(self.tenant.uuid()), Value::Id(before), Value::Int(self.limit.into())];
        let read = |row: &Row<'_>| {
            Ok(Invitation {
                invited_by: row.maybe_id(0)?.map(AccountId::from_uuid),
                invited_at: Timestamp::from_micros(row.int(1)?),
                expires_at: Timestamp::from_micros(row.int(2)?),
                account: accounts::read_at(row, 3)?,
            })
        };
        tx.rows(&INVITATIONS_BEFORE, &values, read).await
    }
}

struct Invite {
    tenant: TenantId,
    account: NewAccount,
    invitation: NewInvitation,
    event: Event,
}

impl Job for Invite {
    type Out = Invited;

    async fn run(&self, tx: &Tx<'_>) -> Result<Invited> {
        if let Some(end) = has_room_at(tx, self.tenant, &self.invitation).await? {
            return Ok(Invited::TooMany(end));
        }
        match accounts::insert(tx, self.tenant, &self.account).await? {
            None | Some(Created::Yes) => {}
            Some(Created::EmailTaken) => return Ok(Invited::EmailTaken),
            Some(Created::NoSuchRole(role)) => return Ok(Invited::NoSuchRole(role)),
        }
        put(tx, self.tenant, &self.invitation).await?;
        events::insert_last(tx, &self.event).await?;
        Ok(Invited::Yes)
    }

    /// There is no row to hold; the tenant's is, since the account refers to it.
    async fn seen(&self, tx: &Tx<'_>) -> Result<Seen<Invited>> {
        tenants::hold(tx, self.tenant.uuid()).await?;
        Ok(if events::is_told(tx, &self.event).await? { Seen::Yes(Invited::Yes) } else { Seen::No })
    }
}

struct Again {
    tenant: TenantId,
    invitation: NewInvitation,
    event: Event,
}

impl Job for Again {
    type Out = Invited;

    async fn run(&self, tx: &Tx<'_>) -> Result<Invited> {
        let account = self.invitation.token.account;
        if let Some(end) = has_room_at(tx, self.tenant, &self.invitation).await? {
            return Ok(Invited::TooMany(end));
        }
        let Some(account) = hold(tx, self.tenant, account).await? else { return Ok(Invited::NoSuchAccount) };
        debug_assert_eq!(self.invitation.token.purpose, OneTimePurpose::Invitation);
        let token = NewOneTimeToken { password_version: account.password_version, ..self.invitation.token };
        put(tx, self.tenant, &NewInvitation { token, ..self.invitation.clone() }).await?;
        events::insert_last(tx, &self.event).await?;
        Ok(Invited::Yes)
    }

    async fn seen(&self, tx: &Tx<'_>) -> Result<Seen<Invited>> {
        accounts::lock(tx, self.tenant.uuid(), self.invitation.token.account).await?;
        Ok(if events::is_told(tx, &self.event).await? { Seen::Yes(Invited::Yes) } else { Seen::No })
    }
}

struct Withdraw {
    tenant: TenantId,
    account: AccountId,
    event: Event,
}

impl Job for Withdraw {
    type Out = Changed;

    async fn run(&self, tx: &Tx<'_>) -> Result<Changed> {
        let Some(account) = hold(tx, self.tenant, self.account).await? else { return Ok(Changed::NoSuchAccount) };
        people::forget(tx, self.tenant, &account).await?;
        delete(tx, self.tenant, account.id).await?;
        tx.exec(&ACCOUNT_DELETE, &key(self.tenant, account.id)).await?;
        events::insert_last(tx, &self.event).await?;
        Ok(Changed::Yes)
    }

    /// What it would hold is gone if it was done.
    async fn seen(&self, tx: &Tx<'_>) -> Result<Seen<Changed>> {
        accounts::lock(tx, self.tenant.uuid(), self.account).await?;
        Ok(if events::is_told(tx, &self.event).await? { Seen::Yes(Changed::Yes) } else { Seen::No })
    }
}

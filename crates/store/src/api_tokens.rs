use std::collections::BTreeSet;
use std::time::Duration;

use countersign_domain::audit::{Action, Event, Reason};
use countersign_domain::gate::ApiTokenFacts;
use countersign_domain::{
    API_TOKENS_MAX, Account, AccountId, ApiToken, ApiTokenId, ApiTokenState, Overlap, Role, Standing, TenantId,
    Timestamp, may_answer_for,
};

use crate::fault::Result;
use crate::job::{Job, Seen};
use crate::passing::{self, Passing, passes};
use crate::statement::{Row, Value, statements};
use crate::tx::Tx;
use crate::{TenantStore, accounts, events, roles, tenants};

macro_rules! token_columns {
    () => {
        "t.id, t.name, t.hint, t.roles, t.maker, t.created_at, t.rotated_at, t.expires_at, t.invalidated_at, \
         t.last_used_at"
    };
}

// API_TOKENS_MADE_BY and API_TOKEN_SECRETS answer with what their indexes hold: asked for more, SQLite takes the primary key
// instead and walks every row of the tenant.
statements! {
    API_TOKEN_SHOWN = concat!(
        "SELECT n.state, a.standing, a.roles, s.good_until, ", token_columns!(),
        " FROM api_token_secret s JOIN api_token t ON t.tenant = s.tenant AND t.id = s.token \
         JOIN account a ON a.tenant = s.tenant AND a.id = s.maker JOIN tenant n ON n.id = s.tenant \
         WHERE s.tenant = $1 AND s.hash = $2"
    );
    API_TOKENS_OF = concat!(
        "SELECT ", token_columns!(), " FROM api_token t WHERE t.tenant = $1 ORDER BY t.id DESC LIMIT $2"
    );
    API_TOKEN_BY_ID = concat!("SELECT ", token_columns!(), " FROM api_token t WHERE t.tenant = $1 AND t.id = $2");
    API_TOKEN_LOCK = concat!("SELECT ", token_columns!(), " FROM api_token t WHERE t.tenant = $1 AND t.id = $2 {lock}");
    API_TOKENS_MADE_BY = "SELECT id FROM api_token WHERE tenant = $1 AND maker = $2 ORDER BY maker, id LIMIT $3";
    API_TOKEN_INSERT = "INSERT INTO api_token (tenant, id, name, hint, roles, maker, created_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    API_TOKEN_ROTATE = "UPDATE api_token SET hint = $3, maker = $4, rotated_at = $5 WHERE tenant = $1 AND id = $2";
    API_TOKEN_INVALIDATE = "UPDATE api_token SET invalidated_at = $3 \
         WHERE tenant = $1 AND id = $2 AND invalidated_at IS NULL";
    API_TOKEN_USED = "UPDATE api_token SET last_used_at = $3 WHERE tenant = $1 AND id = $2";
    API_TOKEN_SECRET_INSERT = "INSERT INTO api_token_secret (tenant, hash, token, good_until, maker) \
         VALUES ($1, $2, $3, $4, $5)";
    API_TOKEN_SECRET_END = "UPDATE api_token_secret SET good_until = $3 WHERE tenant = $1 AND hash = $2";
    API_TOKEN_SECRETS = "SELECT hash FROM api_token_secret WHERE tenant = $1 AND token = $2 ORDER BY token, hash LIMIT 8";
    API_TOKEN_SECRET_GOOD = "SELECT good_until FROM api_token_secret WHERE tenant = $1 AND hash = $2";
    API_TOKEN_OF_SECRET = "SELECT token FROM api_token_secret WHERE tenant = $1 AND hash = $2";
    API_TOKEN_SECRETS_SHOWN_TO = "SELECT hash FROM api_token_secret WHERE tenant = $1 AND maker = $2 \
         ORDER BY maker, hash LIMIT $3";
    API_TOKEN_SECRET_DELETE = "DELETE FROM api_token_secret WHERE tenant = $1 AND hash = $2";
}

/// An API token that was shown, with what the gate judges and what bounds it.
#[derive(Clone, Debug)]
pub struct ApiTokenHolder {
    /// What the gate judges.
    pub facts: ApiTokenFacts,
    /// The token.
    pub token: ApiToken,
    /// The roles of whoever was shown the secret, as they are now.
    pub maker_roles: Vec<Role>,
}

/// A secret as the store keeps it.
#[derive(Clone, Debug)]
pub struct ApiTokenSecret {
    /// SHA-256 of the whole text.
    pub hash: [u8; 32],
    /// Its first characters, by which people recognise it.
    pub hint: String,
}

/// An API token that is to be.
#[derive(Clone, Debug)]
pub struct NewApiToken {
    /// Made for it.
    pub id: ApiTokenId,
    /// What people call it.
    pub name: String,
    /// What it may do at most.
    pub roles: Vec<Role>,
    /// Its secret.
    pub secret: ApiTokenSecret,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// Who makes it, as the gate let him through: changed meanwhile, nothing is made.
    pub maker: Account,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApiTokenCreated {
    /// It is there.
    Yes(ApiToken),
    /// The tenant has [`API_TOKENS_MAX`].
    TooMany,
    /// Whoever asks was changed or closed at the same moment.
    Meanwhile,
    /// It would do what whoever asks may not give, or has a role that the tenant lacks.
    Beyond,
}

/// A new secret for an API token.
#[derive(Clone, Debug)]
pub struct RotateApiToken {
    /// The token.
    pub id: ApiTokenId,
    /// The new secret.
    pub secret: ApiTokenSecret,
    /// How long the one before stays good.
    pub overlap: Overlap,
    /// Who is shown it, and answers for the token from now on.
    pub maker: Account,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApiTokenRotated {
    /// It has the new secret.
    Yes(ApiToken),
    /// Somebody else has just done so; not again before then.
    JustNow(Timestamp),
    /// It has ended.
    Ended,
    /// The tenant has no such token.
    NoSuchToken,
    /// Whoever asks was changed or closed at the same moment.
    Meanwhile,
    /// It does what whoever asks may not give.
    Beyond,
}

/// What became of an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiTokenEnded {
    /// It has ended now.
    Yes,
    /// It had ended before.
    Already,
    /// The tenant has no such token.
    NoSuchToken,
}

impl TenantStore {
    /// The API token of a secret: read anew each time one is shown.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails.
    pub async fn api_token_holder(&self, hash: [u8; 32]) -> Result<Option<ApiTokenHolder>> {
        self.store.read(Shown { tenant: self.id, hash }).await
    }

    /// Every API token of the tenant, the newest first.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails.
    pub async fn api_tokens(&self) -> Result<Vec<ApiToken>> {
        self.store.read(All { tenant: self.id }).await
    }

    /// One API token.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails.
    pub async fn api_token(&self, id: ApiTokenId) -> Result<Option<ApiToken>> {
        self.store.read(One { tenant: self.id, id }).await
    }

    /// Makes an API token.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails.
    pub async fn create_api_token(&self, token: NewApiToken, event: Event) -> Result<ApiTokenCreated> {
        self.store.write(Create { tenant: self.id, token, event }).await
    }

    /// Gives an API token a new secret.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails.
    pub async fn rotate_api_token(&self, rotate: RotateApiToken, event: Event) -> Result<ApiTokenRotated> {
        self.store.write(Rotate { tenant: self.id, rotate, event }).await
    }

    /// Ends an API token; it stays in the list.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails.
    pub async fn invalidate_api_token(&self, id: ApiTokenId, event: Event) -> Result<ApiTokenEnded> {
        self.store.write(End { tenant: self.id, id, deletes: false, event }).await
    }

    /// Ends a secret that another has taken the place of; the token goes on with that.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails.
    pub async fn end_api_token_secret(&self, hash: [u8; 32], event: Event) -> Result<()> {
        self.store.write(EndSecret { tenant: self.id, hash, event }).await
    }

    /// Ends an API token and takes it out of the list.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails.
    pub async fn delete_api_token(&self, id: ApiTokenId, event: Event) -> Result<ApiTokenEnded> {
        self.store.write(End { tenant: self.id, id, deletes: true, event }).await
    }

    /// Notes that an API token is in use, unless that was noted lately.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails.
    pub async fn note_api_token_use(&self, id: ApiTokenId) -> Result<()> {
        self.store.write(NoteUse { tenant: self.id, id }).await
    }
}

fn read_at(row: &Row<'_>, first: usize) -> Result<ApiToken> {
    let moment = |column: usize| row.maybe_int(first + column).map(|micros| micros.map(Timestamp::from_micros));
    Ok(ApiToken {
        id: ApiTokenId::from_uuid(row.id(first)?),
        name: row.text(first + 1)?,
        hint: row.text(first + 2)?,
        roles: accounts::roles_at(row, first + 3)?,
        maker: AccountId::from_uuid(row.id(first + 4)?),
        created_at: Timestamp::from_micros(row.int(first + 5)?),
        rotated_at: moment(6)?,
        expires_at: Timestamp::from_micros(row.int(first + 7)?),
        invalidated_at: moment(8)?,
        last_used_at: moment(9)?,
    })
}

fn read(row: &Row<'_>) -> Result<ApiToken> {
    read_at(row, 0)
}

/// What an account no longer answers for ends: its API tokens, and secrets that it was shown before another took their place.
/// `left` are its roles now, nothing where it is closed. For good: roles that come back bring no token back. The caller
/// holds the account. Each end is told beside the event of what caused it.
pub(crate) async fn end_beyond(
    tx: &Tx<'_>,
    tenant: TenantId,
    maker: AccountId,
    left: Option<&[Role]>,
    cause: &Event,
) -> Result<()> {
    let made = [Value::Id(tenant.uuid()), Value::Id(maker.uuid()), Value::Int(most())];
    let tokens = tx.rows(&API_TOKENS_MADE_BY, &made, |row| row.id(0)).await?;
    let shown = tx.rows(&API_TOKEN_SECRETS_SHOWN_TO, &made, |row| row.array::<32>(0)).await?;
    if tokens.is_empty() && shown.is_empty() {
        return Ok(());
    }
    let records = roles::all(tx, tenant).await?;
    let stays = |token: &ApiToken| left.is_some_and(|left| may_answer_for(left, &token.roles, &records));
    let mut told = 0;
    for id in tokens {
        let token = lock(tx, tenant, ApiTokenId::from_uuid(id)).await?;
        // One that somebody rotates at this moment is his now.
        let Some(token) = token.filter(|token| token.maker == maker && token.invalidated_at.is_none()) else {
            continue;
        };
        if !stays(&token) {
            invalidate(tx, tenant, token.id).await?;
            told += 1;
            let event = cause.beside(told, Action::ApiTokenInvalidated, Some(token.id.to_string()));
            events::insert(tx, &event.because(Reason::MakerLost)).await?;
        }
    }
    for hash in shown {
        let key = [Value::Id(tenant.uuid()), Value::bytes(&hash)];
        let Some(id) = tx.row(&API_TOKEN_OF_SECRET, &key, |row| row.id(0)).await? else { continue };
        let token = lock(tx, tenant, ApiTokenId::from_uuid(id)).await?;
        if !token.is_some_and(|token| stays(&token)) {
            tx.exec(&API_TOKEN_SECRET_DELETE, &key).await?;
        }
    }
    Ok(())
}

/// Whether a living API token of the tenant has a role. The caller holds the role, so none is made meanwhile.
pub(crate) async fn hold_role(tx: &Tx<'_>, tenant: TenantId, role: &Role) -> Result<bool> {
    let tokens = tx.rows(&API_TOKENS_OF, &[Value::Id(tenant.uuid()), Value::Int(most())], read).await?;
    Ok(tokens.iter().any(|token| token.state(tx.now()) == ApiTokenState::Active && token.roles.contains(role)))
}

async fn invalidate(tx: &Tx<'_>, tenant: TenantId, id: ApiTokenId) -> Result<()> {
    let values = [Value::Id(tenant.uuid()), Value::Id(id.uuid()), Value::Int(tx.now().micros())];
    tx.exec(&API_TOKEN_INVALIDATE, &values).await?;
    forget_secrets(tx, &values[..2]).await
}

async fn by_id(tx: &Tx<'_>, tenant: TenantId, id: ApiTokenId) -> Result<Option<ApiToken>> {
    tx.row(&API_TOKEN_BY_ID, &[Value::Id(tenant.uuid()), Value::Id(id.uuid())], read).await
}

fn most() -> i64 {
    i64::try_from(API_TOKENS_MAX).unwrap_or(i64::MAX)
}

async fn lock(tx: &Tx<'_>, tenant: TenantId, id: ApiTokenId) -> Result<Option<ApiToken>> {
    tx.row(&API_TOKEN_LOCK, &[Value::Id(tenant.uuid()), Value::Id(id.uuid())], read).await
}

/// Whether somebody may be shown the secret of a token, judged on what is held here.
enum MayAnswer {
    Yes,
    /// He is not what the gate let through.
    Changed,
    /// The token is above him.
    Beyond,
}

/// Holds whoever makes or rotates a token with these roles, and the roles themselves.
async fn hold_maker(tx: &Tx<'_>, tenant: TenantId, maker: &Account, wanted: &[Role]) -> Result<MayAnswer> {
    // Roles before accounts, each in the order of names: whoever deletes one goes before or after.
    for name in wanted.iter().map(Role::as_str).collect::<BTreeSet<_>>() {
        roles::lock(tx, tenant, name).await?;
    }
    let now = accounts::lock(tx, tenant.uuid(), maker.id).await?;
    if !now.is_some_and(|now| now.standing == Standing::Active && now.generation == maker.generation) {
        return Ok(MayAnswer::Changed);
    }
    let records = roles::all(tx, tenant).await?;
    Ok(if may_answer_for(&maker.roles, wanted, &records) { MayAnswer::Yes } else { MayAnswer::Beyond })
}

/// The secrets of a token, each with its end: the present one, and for a while the one before.
async fn secrets(tx: &Tx<'_>, token: &[Value<'_>]) -> Result<Vec<([u8; 32], Timestamp)>> {
    let (hashes, mut secrets) = (tx.rows(&API_TOKEN_SECRETS, token, |row| row.array::<32>(0)).await?, Vec::new());
    for hash in hashes {
        let key = [tenant_of(token), Value::bytes(&hash)];
        let good_until = tx.row(&API_TOKEN_SECRET_GOOD, &key, |row| row.int(0)).await?;
        secrets.extend(good_until.map(|micros| (hash, Timestamp::from_micros(micros))));
    }
    Ok(secrets)
}

/// Removes every secret of a token, given by tenant and id.
pub(crate) async fn forget_secrets(tx: &Tx<'_>, token: &[Value<'_>]) -> Result<()> {
    for (hash, _) in secrets(tx, token).await? {
        tx.exec(&API_TOKEN_SECRET_DELETE, &[tenant_of(token), Value::bytes(&hash)]).await?;
    }
    Ok(())
}

fn tenant_of<'v>(token: &[Value<'v>]) -> Value<'v> {
    token.first().cloned().unwrap_or(Value::Null)
}

async fn put_secret(
    tx: &Tx<'_>,
    tenant: TenantId,
    token: ApiTokenId,
    secret: &ApiTokenSecret,
    good_until: Timestamp,
    maker: AccountId,
) -> Result<()> {
    let values = [
        Value::Id(tenant.uuid()),
        Value::bytes(&secret.hash),
        Value::Id(token.uuid()),
        Value::Int(good_until.micros()),
        Value::Id(maker.uuid()),
    ];
    tx.exec(&API_TOKEN_SECRET_INSERT, &values).await.map(|_| ())
}

struct Shown {
    tenant: TenantId,
    hash: [u8; 32],
}

impl Job for Shown {
    type Out = Option<ApiTokenHolder>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Self::Out> {
        let now = tx.now();
        tx.row(&API_TOKEN_SHOWN, &[Value::Id(self.tenant.uuid()), Value::bytes(&self.hash)], |row| {
            let token = read_at(row, 4)?;
            let facts = ApiTokenFacts {
                tenant: row.parsed(0)?,
                maker: row.parsed(1)?,
                token: token.state(now),
                secret_good_until: Timestamp::from_micros(row.int(3)?),
            };
            Ok(ApiTokenHolder { facts, token, maker_roles: accounts::roles_at(row, 2)? })
        })
        .await
    }
}

struct All {
    tenant: TenantId,
}

impl Job for All {
    type Out = Vec<ApiToken>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Self::Out> {
        tx.rows(&API_TOKENS_OF, &[Value::Id(self.tenant.uuid()), Value::Int(most())], read).await
    }
}

struct One {
    tenant: TenantId,
    id: ApiTokenId,
}

impl Job for One {
    type Out = Option<ApiToken>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Self::Out> {
        by_id(tx, self.tenant, self.id).await
    }
}

struct Create {
    tenant: TenantId,
    token: NewApiToken,
    event: Event,
}

impl Job for Create {
    type Out = ApiTokenCreated;

    async fn run(&self, tx: &Tx<'_>) -> Result<ApiTokenCreated> {
        let token = &self.token;
        match hold_maker(tx, self.tenant, &token.maker, &token.roles).await? {
            MayAnswer::Yes => {}
            MayAnswer::Changed => return Ok(ApiTokenCreated::Meanwhile),
            MayAnswer::Beyond => return Ok(ApiTokenCreated::Beyond),
        }
        // Those who make tokens at the same moment count them one after the other.
        tenants::hold(tx, self.tenant.uuid()).await?;
        let there =
            tx.rows(&API_TOKENS_OF, &[Value::Id(self.tenant.uuid()), Value::Int(most())], |row| row.id(0)).await?;
        if there.len() >= API_TOKENS_MAX {
            return Ok(ApiTokenCreated::TooMany);
        }
        let values = [
            Value::Id(self.tenant.uuid()),
            Value::Id(token.id.uuid()),
            Value::text(token.name.as_str()),
            Value::text(token.secret.hint.as_str()),
            accounts::roles_text(&token.roles),
            Value::Id(token.maker.id.uuid()),
            Value::Int(tx.now().micros()),
            Value::Int(token.expires_at.micros()),
        ];
        tx.exec(&API_TOKEN_INSERT, &values).await?;
        put_secret(tx, self.tenant, token.id, &token.secret, token.expires_at, token.maker.id).await?;
        let goes_at = token.expires_at.plus(Passing::ApiToken.kept());
        passes(tx, self.tenant, token.id.uuid(), Passing::ApiToken, goes_at).await?;
        events::insert_last(tx, &self.event).await?;
        Ok(ApiTokenCreated::Yes(self.made(tx.now())))
    }

    async fn seen(&self, tx: &Tx<'_>) -> Result<Seen<ApiTokenCreated>> {
        accounts::lock(tx, self.tenant.uuid(), self.token.maker.id).await?;
        let made =
            tx.row(&API_TOKEN_BY_ID, &[Value::Id(self.tenant.uuid()), Value::Id(self.token.id.uuid())], read).await?;
        Ok(made.map_or(Seen::No, |made| Seen::Yes(ApiTokenCreated::Yes(made))))
    }
}

impl Create {
    fn made(&self, now: Timestamp) -> ApiToken {
        ApiToken {
            id: self.token.id,
            name: self.token.name.clone(),
            hint: self.token.secret.hint.clone(),
            roles: self.token.roles.clone(),
            maker: self.token.maker.id,
            created_at: now,
            rotated_at: None,
            expires_at: self.token.expires_at,
            invalidated_at: None,
            last_used_at: None,
        }
    }
}

struct Rotate {
    tenant: TenantId,
    rotate: RotateApiToken,
    event: Event,
}

impl Job for Rotate {
    type Out = ApiTokenRotated;

    async fn run(&self, tx: &Tx<'_>) -> Result<ApiTokenRotated> {
        let RotateApiToken { id, secret, maker, .. } = &self.rotate;
        // Roles never change, so they can be read before they are held.
        let Some(token) = by_id(tx, self.tenant, *id).await? else { return Ok(ApiTokenRotated::NoSuchToken) };
        match hold_maker(tx, self.tenant, maker, &token.roles).await? {
            MayAnswer::Yes => {}
            MayAnswer::Changed => return Ok(ApiTokenRotated::Meanwhile),
            MayAnswer::Beyond => return Ok(ApiTokenRotated::Beyond),
        }
        let now = tx.now();
        let Some(token) = lock(tx, self.tenant, *id).await? else { return Ok(ApiTokenRotated::NoSuchToken) };
        if token.state(now) != ApiTokenState::Active {
            return Ok(ApiTokenRotated::Ended);
        }
        if let Some(next) = token.rotates_at(now) {
            return Ok(ApiTokenRotated::JustNow(next));
        }
        self.retire(tx, &token, now).await?;
        let values = [
            Value::Id(self.tenant.uuid()),
            Value::Id(id.uuid()),
            Value::text(secret.hint.as_str()),
            Value::Id(maker.id.uuid()),
            Value::Int(now.micros()),
        ];
        tx.exec(&API_TOKEN_ROTATE, &values).await?;
        put_secret(tx, self.tenant, *id, secret, token.expires_at, maker.id).await?;
        events::insert_last(tx, &self.event).await?;
        let rotated = ApiToken { hint: secret.hint.clone(), maker: maker.id, rotated_at: Some(now), ..token };
        Ok(ApiTokenRotated::Yes(rotated))
    }

    async fn seen(&self, tx: &Tx<'_>) -> Result<Seen<ApiTokenRotated>> {
        let token = lock(tx, self.tenant, self.rotate.id).await?;
        let is_told = events::is_told(tx, &self.event).await?;
        Ok(token.filter(|_| is_told).map_or(Seen::No, |token| Seen::Yes(ApiTokenRotated::Yes(token))))
    }
}

impl Rotate {
    /// The present secret stays good for the overlap; one that was on its way out is gone now.
    async fn retire(&self, tx: &Tx<'_>, token: &ApiToken, now: Timestamp) -> Result<()> {
        // Before the token's own end, so that it is known again as the one that was replaced.
        let end = now.plus(self.rotate.overlap.span()).min(token.expires_at.minus(Duration::from_micros(1)));
        let tenant = || Value::Id(self.tenant.uuid());
        for (hash, good_until) in secrets(tx, &[tenant(), Value::Id(token.id.uuid())]).await? {
            if good_until < token.expires_at {
                tx.exec(&API_TOKEN_SECRET_DELETE, &[tenant(), Value::bytes(&hash)]).await?;
            } else {
                let values = [tenant(), Value::bytes(&hash), Value::Int(end.micros())];
                tx.exec(&API_TOKEN_SECRET_END, &values).await?;
            }
        }
        Ok(())
    }
}

struct End {
    tenant: TenantId,
    id: ApiTokenId,
    deletes: bool,
    event: Event,
}

impl Job for End {
    type Out = ApiTokenEnded;

    async fn run(&self, tx: &Tx<'_>) -> Result<ApiTokenEnded> {
        let Some(token) = lock(tx, self.tenant, self.id).await? else { return Ok(ApiTokenEnded::NoSuchToken) };
        if token.invalidated_at.is_some() && !self.deletes {
            return Ok(ApiTokenEnded::Already);
        }
        if self.deletes {
            passing::delete(tx, self.tenant, self.id.uuid(), Passing::ApiToken).await?;
        } else {
            invalidate(tx, self.tenant, self.id).await?;
        }
        events::insert_last(tx, &self.event).await?;
        Ok(ApiTokenEnded::Yes)
    }

    async fn seen(&self, tx: &Tx<'_>) -> Result<Seen<ApiTokenEnded>> {
        lock(tx, self.tenant, self.id).await?;
        Ok(if events::is_told(tx, &self.event).await? { Seen::Yes(ApiTokenEnded::Yes) } else { Seen::No })
    }
}

struct EndSecret {
    tenant: TenantId,
    hash: [u8; 32],
    event: Event,
}

impl Job for EndSecret {
    type Out = ();

    async fn run(&self, tx: &Tx<'_>) -> Result<()> {
        let key = [Value::Id(self.tenant.uuid()), Value::bytes(&self.hash)];
        if tx.exec(&API_TOKEN_SECRET_DELETE, &key).await? > 0 {
            events::insert_last(tx, &self.event).await?;
        }
        Ok(())
    }

    /// What is gone is not deleted again, and told once.
    async fn seen(&self, _tx: &Tx<'_>) -> Result<Seen<()>> {
        Ok(Seen::No)
    }
}

struct NoteUse {
    tenant: TenantId,
    id: ApiTokenId,
}

impl Job for NoteUse {
    type Out = ();

    // A note that is lost is made again.
    const IS_FLUSHED: bool = false;

    async fn run(&self, tx: &Tx<'_>) -> Result<()> {
        let Some(token) = lock(tx, self.tenant, self.id).await? else { return Ok(()) };
        let now = tx.now();
        if token.is_use_due(now) {
            let values = [Value::Id(self.tenant.uuid()), Value::Id(self.id.uuid()), Value::Int(now.micros())];
            tx.last(&API_TOKEN_USED, &values).await?;
        }
        Ok(())
    }

    /// Writing it twice changes nothing.
    async fn seen(&self, _tx: &Tx<'_>) -> Result<Seen<()>> {
        Ok(Seen::No)
    }
}

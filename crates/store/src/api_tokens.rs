use std::time::Duration;

use countersign_domain::audit::Event;
use countersign_domain::gate::ApiTokenFacts;
use countersign_domain::{
    API_TOKENS_MAX, Account, AccountId, ApiToken, ApiTokenId, ApiTokenState, Role, Standing, TenantId, Timestamp,
    permissions_of, reaches,
};

use crate::fault::Result;
use crate::job::{Job, Seen};
use crate::passing::{Passing, passes};
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
    API_TOKEN_DELETE = "DELETE FROM api_token WHERE tenant = $1 AND id = $2";
    API_TOKEN_USED = "UPDATE api_token SET last_used_at = $3 WHERE tenant = $1 AND id = $2";
    API_TOKEN_SECRET_INSERT = "INSERT INTO api_token_secret (tenant, hash, token, good_until, maker) \
         VALUES ($1, $2, $3, $4, $5)";
    API_TOKEN_SECRET_END = "UPDATE api_token_secret SET good_until = $3 WHERE tenant = $1 AND hash = $2";
    API_TOKEN_SECRETS = "SELECT hash FROM api_token_secret WHERE tenant = $1 AND token = $2 ORDER BY token, hash LIMIT 8";
    API_TOKEN_SECRET_GOOD = "SELECT good_until FROM api_token_secret WHERE tenant = $1 AND hash = $2";
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
    /// Its maker was changed or closed at the same moment.
    MakerChanged,
}

/// A new secret for an API token.
#[derive(Clone, Debug)]
pub struct RotateApiToken {
    /// The token.
    pub id: ApiTokenId,
    /// The new secret.
    pub secret: ApiTokenSecret,
    /// How long the one before stays good.
    pub overlap: Duration,
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
    MakerChanged,
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

/// Ends every API token that an account answers for and that its roles no longer reach; all of them where it is closed.
/// For good: roles that come back bring no token back. The caller holds the account. Answers with those that ended.
pub(crate) async fn end_beyond(
    tx: &Tx<'_>,
    tenant: TenantId,
    maker: AccountId,
    left: Option<&[Role]>,
) -> Result<Vec<ApiTokenId>> {
    let made = [Value::Id(tenant.uuid()), Value::Id(maker.uuid()), Value::Int(most())];
    let made = tx.rows(&API_TOKENS_MADE_BY, &made, |row| row.id(0)).await?;
    if made.is_empty() {
        return Ok(Vec::new());
    }
    let records = roles::all(tx, tenant).await?;
    let is_closed = left.is_none();
    let left = permissions_of(left.unwrap_or_default(), &records);
    let mut ended = Vec::new();
    for id in made {
        let Some(token) = lock(tx, tenant, ApiTokenId::from_uuid(id)).await? else { continue };
        if is_closed || !reaches(&left, &permissions_of(&token.roles, &records)) {
            let values = [Value::Id(tenant.uuid()), Value::Id(id), Value::Int(tx.now().micros())];
            if tx.exec(&API_TOKEN_INVALIDATE, &values).await? > 0 {
                forget_secrets(tx, &values[..2]).await?;
                ended.push(ApiTokenId::from_uuid(id));
            }
        }
    }
    Ok(ended)
}

fn most() -> i64 {
    i64::try_from(API_TOKENS_MAX).unwrap_or(i64::MAX)
}

async fn lock(tx: &Tx<'_>, tenant: TenantId, id: ApiTokenId) -> Result<Option<ApiToken>> {
    tx.row(&API_TOKEN_LOCK, &[Value::Id(tenant.uuid()), Value::Id(id.uuid())], read).await
}

/// Holds whoever makes or rotates a token; false where he is not what the gate let through.
async fn hold_maker(tx: &Tx<'_>, tenant: TenantId, maker: &Account) -> Result<bool> {
    let now = accounts::lock(tx, tenant.uuid(), maker.id).await?;
    Ok(now.is_some_and(|now| now.standing == Standing::Active && now.generation == maker.generation))
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
        tx.row(&API_TOKEN_BY_ID, &[Value::Id(self.tenant.uuid()), Value::Id(self.id.uuid())], read).await
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
        if !hold_maker(tx, self.tenant, &token.maker).await? {
            return Ok(ApiTokenCreated::MakerChanged);
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
        if !hold_maker(tx, self.tenant, maker).await? {
            return Ok(ApiTokenRotated::MakerChanged);
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
        let end = now.plus(self.rotate.overlap).min(token.expires_at.minus(Duration::from_micros(1)));
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
        let key = [Value::Id(self.tenant.uuid()), Value::Id(self.id.uuid())];
        forget_secrets(tx, &key).await?;
        if self.deletes {
            tx.exec(&API_TOKEN_DELETE, &key).await?;
        } else {
            let [tenant, id] = key;
            tx.exec(&API_TOKEN_INVALIDATE, &[tenant, id, Value::Int(tx.now().micros())]).await?;
        }
        events::insert_last(tx, &self.event).await?;
        Ok(ApiTokenEnded::Yes)
    }

    async fn seen(&self, tx: &Tx<'_>) -> Result<Seen<ApiTokenEnded>> {
        lock(tx, self.tenant, self.id).await?;
        Ok(if events::is_told(tx, &self.event).await? { Seen::Yes(ApiTokenEnded::Yes) } else { Seen::No })
    }
}

struct NoteUse {
    tenant: TenantId,
    id: ApiTokenId,
}

impl Job for NoteUse {
    type Out = ();

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

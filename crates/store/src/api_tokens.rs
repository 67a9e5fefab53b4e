mod changes;
mod ends;
mod secrets;

use countersign_domain::audit::Event;
use countersign_domain::gate::ApiTokenFacts;
use countersign_domain::{
    API_TOKENS_MAX, Account, AccountId, ApiToken, ApiTokenId, Overlap, Role, TenantId, Timestamp,
};

use crate::fault::Result;
use crate::job::Job;
use crate::statement::{Row, Value, statements};
use crate::tx::Tx;
use crate::{TenantStore, accounts};

use changes::{Create, Rotate};
use ends::{End, EndSecret, NoteUse};

pub(crate) use ends::{end_beyond, hold_role};
pub(crate) use secrets::forget_secrets;

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
    /// The newest token that whoever makes it has seen, where that was on a page: if there is a newer one, the form has done
    /// its work, and nothing is made.
    pub seen: Option<Option<ApiTokenId>>,
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
    /// There is a newer token than whoever asks has seen.
    Unseen,
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

async fn by_id(tx: &Tx<'_>, tenant: TenantId, id: ApiTokenId) -> Result<Option<ApiToken>> {
    tx.row(&API_TOKEN_BY_ID, &[Value::Id(tenant.uuid()), Value::Id(id.uuid())], read).await
}

fn most() -> i64 {
    i64::try_from(API_TOKENS_MAX).unwrap_or(i64::MAX)
}

async fn lock(tx: &Tx<'_>, tenant: TenantId, id: ApiTokenId) -> Result<Option<ApiToken>> {
    tx.row(&API_TOKEN_LOCK, &[Value::Id(tenant.uuid()), Value::Id(id.uuid())], read).await
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

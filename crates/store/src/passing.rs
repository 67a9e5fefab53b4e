use std::time::Duration;

use countersign_domain::{TenantId, Timestamp};
use uuid::Uuid;

use crate::fault::Result;
use crate::job::{Job, Seen};
use crate::purge::{BATCH, Purged};
use crate::statement::{Statement, Value, statements};
use crate::tx::Tx;
use crate::{Store, api_tokens};

statements! {
    PASSING_INSERT = "INSERT INTO passing_due (due_at, id, tenant, what) VALUES ($1, $2, $3, $4)";
    PASSING_DUE = "SELECT due_at, id, tenant, what FROM passing_due WHERE due_at <= $1 ORDER BY due_at, id LIMIT $2";
    PASSING_DUE_MOVE = "UPDATE passing_due SET due_at = $4 WHERE tenant = $1 AND id = $2 AND due_at = $3";
    PASSING_DUE_DELETE = "DELETE FROM passing_due WHERE tenant = $1 AND id = $2 AND due_at = $3";
    REGISTRATION_END = "SELECT expires_at FROM registration WHERE tenant = $1 AND id = $2 {lock}";
    REGISTRATION_DELETE = "DELETE FROM registration WHERE tenant = $1 AND id = $2";
    ONE_TIME_TOKEN_END = "SELECT expires_at FROM one_time_token WHERE tenant = $1 AND id = $2 {lock}";
    ONE_TIME_TOKEN_DELETE = "DELETE FROM one_time_token WHERE tenant = $1 AND id = $2";
    LETTER_GONE_AT = "SELECT expires_at FROM letter WHERE tenant = $1 AND id = $2 {lock}";
    API_TOKEN_END = "SELECT expires_at FROM api_token WHERE tenant = $1 AND id = $2 {lock}";
    API_TOKEN_GONE = "DELETE FROM api_token WHERE tenant = $1 AND id = $2";
    LETTER_DELETE = "DELETE FROM letter WHERE tenant = $1 AND id = $2";
    IMPORT_END = "SELECT expires_at FROM import WHERE tenant = $1 AND id = $2 {lock}";
    IMPORT_DELETE = "DELETE FROM import WHERE tenant = $1 AND id = $2";
}

/// How long a letter stays in the list after its life is over, for whoever looks what became of it. It outlives every
/// window in which letters are counted.
pub(crate) const LETTER_KEPT: Duration = Duration::from_secs(7 * 24 * 3600);

/// How long an API token stays in the list after its life, for whoever wonders why a server is refused.
pub(crate) const API_TOKEN_KEPT: Duration = Duration::from_secs(30 * 24 * 3600);

/// A row that nobody needs after its time, and that is then removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Passing {
    /// A registration that nobody confirmed.
    Registration,
    /// A mailed token.
    OneTimeToken,
    /// A letter, some days after its life.
    Letter,
    /// An API token, a month after its life.
    ApiToken,
    /// How far an import has come.
    Import,
}

impl Passing {
    /// The table.
    const fn name(self) -> &'static str {
        match self {
            Self::Registration => "registration",
            Self::OneTimeToken => "one_time_token",
            Self::Letter => "letter",
            Self::ApiToken => "api_token",
            Self::Import => "import",
        }
    }

    /// Reads until when the row counts, and holds it; removes it.
    const fn statements(self) -> (&'static Statement, &'static Statement) {
        match self {
            Self::Registration => (&REGISTRATION_END, &REGISTRATION_DELETE),
            Self::OneTimeToken => (&ONE_TIME_TOKEN_END, &ONE_TIME_TOKEN_DELETE),
            Self::Letter => (&LETTER_GONE_AT, &LETTER_DELETE),
            Self::ApiToken => (&API_TOKEN_END, &API_TOKEN_GONE),
            Self::Import => (&IMPORT_END, &IMPORT_DELETE),
        }
    }

    /// How long the row stays after that.
    pub(crate) const fn kept(self) -> Duration {
        match self {
            Self::Registration | Self::OneTimeToken | Self::Import => Duration::ZERO,
            Self::Letter => LETTER_KEPT,
            Self::ApiToken => API_TOKEN_KEPT,
        }
    }
}

impl std::str::FromStr for Passing {
    type Err = countersign_domain::UnknownName;

    fn from_str(text: &str) -> std::result::Result<Self, countersign_domain::UnknownName> {
        [Self::Registration, Self::OneTimeToken, Self::Letter, Self::ApiToken, Self::Import]
            .into_iter()
            .find(|what| what.name() == text)
            .ok_or(countersign_domain::UnknownName)
    }
}

/// Notes, in the transaction that writes a row, when the row is to be removed. A row that lives longer by then is looked
/// at again at its end; one that has gone before costs nothing.
pub(crate) async fn passes(tx: &Tx<'_>, tenant: TenantId, id: Uuid, what: Passing, due: Timestamp) -> Result<()> {
    let entry = [Value::Int(due.micros()), Value::Id(id), Value::Id(tenant.uuid()), Value::text(what.name())];
    tx.exec(&PASSING_INSERT, &entry).await.map(|_| ())
}

/// Removes a row before its time. What was noted of it finds nothing then.
pub(crate) async fn delete(tx: &Tx<'_>, tenant: TenantId, id: Uuid, what: Passing) -> Result<()> {
    remove(tx, what, &[Value::Id(tenant.uuid()), Value::Id(id)]).await
}

async fn remove(tx: &Tx<'_>, what: Passing, key: &[Value<'_>]) -> Result<()> {
    if what == Passing::ApiToken {
        api_tokens::forget_secrets(tx, key).await?;
    }
    let (_, delete) = what.statements();
    tx.exec(delete, key).await.map(|_| ())
}

impl Store {
    /// Removes registrations, mailed tokens, letters, API tokens and positions of imports that are over, up to a batch of
    /// those that are due.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails.
    pub async fn purge_passing(&self) -> Result<Purged> {
        self.write(Purge).await
    }
}

struct Purge;

impl Job for Purge {
    type Out = Purged;

    async fn run(&self, tx: &Tx<'_>) -> Result<Purged> {
        let due = tx
            .rows(&PASSING_DUE, &[Value::Int(tx.now().micros()), Value::Int(BATCH)], |row| {
                Ok((row.int(0)?, row.id(1)?, row.id(2)?, row.text(3)?))
            })
            .await?;
        let mut purged = Purged { seen: due.len(), gone: 0 };
        for (due_at, id, tenant, what) in due {
            let entry = [Value::Id(tenant), Value::Id(id), Value::Int(due_at)];
            let again = match what.parse::<Passing>() {
                Ok(what) => ends_later(tx, what, &entry[..2]).await?,
                // A newer version runs beside this one and removes what it wrote.
                Err(_) => Some(tx.now().plus(UNKNOWN_AGAIN)),
            };
            match again {
                Some(at) => {
                    let [tenant, id, due_at] = entry;
                    tx.exec(&PASSING_DUE_MOVE, &[tenant, id, due_at, Value::Int(at.micros())]).await?;
                }
                None => {
                    tx.exec(&PASSING_DUE_DELETE, &entry).await?;
                    purged.gone += 1;
                }
            }
        }
        Ok(purged)
    }

    /// What has gone is not found again.
    async fn seen(&self, _tx: &Tx<'_>) -> Result<Seen<Purged>> {
        Ok(Seen::No)
    }
}

/// An entry that this version does not know is looked at again after this long.
const UNKNOWN_AGAIN: Duration = Duration::from_secs(86_400);

/// When the row is to go, if that is yet to come; else it is removed here.
async fn ends_later(tx: &Tx<'_>, what: Passing, key: &[Value<'_>]) -> Result<Option<Timestamp>> {
    let (end, _) = what.statements();
    let Some(expires_at) = tx.row(end, key, |row| row.int(0)).await? else { return Ok(None) };
    let goes_at = Timestamp::from_micros(expires_at).plus(what.kept());
    if goes_at > tx.now() {
        return Ok(Some(goes_at));
    }
    remove(tx, what, key).await?;
    Ok(None)
}

//! Sessions that browsers hold: looked at, kept alive, proved once more.

use countersign_domain::audit::Event;
use countersign_domain::session::{Browser, Client, Session};
use countersign_domain::{SessionId, TenantId, Timestamp};

use crate::fault::Result;
use crate::job::{Job, Seen};
use crate::sessions::{self, Holder};
use crate::statement::{Value, statements};
use crate::tx::Tx;
use crate::{TenantStore, events};

statements! {
    BROWSER_TOUCH = "UPDATE session SET idle_expires_at = $3, network = $4, user_agent = $5, rotated_at = $6 \
         WHERE tenant = $1 AND id = $2 AND ended_at IS NULL AND idle_expires_at < $3";
    BROWSER_PROVE = "UPDATE session SET browser_counter = $4, proved_at = $5, password_failures = 0 \
         WHERE tenant = $1 AND id = $2 AND browser_counter = $3 AND ended_at IS NULL";
}

impl TenantStore {
    /// A session and what the gate judges of it, for a cookie that names it.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails.
    pub async fn browser_holder(&self, session: SessionId) -> Result<Option<(Session, Holder)>> {
        self.store.read(WhoHolds { tenant: self.id, session }).await
    }

    /// Keeps a session alive whose page is looked at. A note: a crash may lose it, and the session ends so much earlier.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails.
    pub async fn touch_session(&self, session: SessionId, until: Timestamp, client: Client) -> Result<()> {
        self.store.write(Touch { tenant: self.id, session, until, client }).await
    }

    /// Notes that the password was proved once more, and makes another cookie the good one. What the browser has now, also
    /// where another proof by the same cookie was faster; nothing where the session has ended.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails.
    pub async fn prove_session(&self, session: SessionId, was: Browser, event: Event) -> Result<Option<Browser>> {
        self.store.write(Prove { tenant: self.id, session, was, event }).await
    }
}

struct WhoHolds {
    tenant: TenantId,
    session: SessionId,
}

impl Job for WhoHolds {
    type Out = Option<(Session, Holder)>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Self::Out> {
        let (session, holder) = tokio::join!(biased;
            sessions::by_id(tx, self.tenant, self.session),
            sessions::standing(tx, self.tenant, self.session),
        );
        Ok(session?.zip(holder?))
    }
}

struct Touch {
    tenant: TenantId,
    session: SessionId,
    until: Timestamp,
    client: Client,
}

impl Job for Touch {
    type Out = ();

    const IS_FLUSHED: bool = false;

    async fn run(&self, tx: &Tx<'_>) -> Result<()> {
        let values = [
            Value::Id(self.tenant.uuid()),
            Value::Id(self.session.uuid()),
            Value::Int(self.until.micros()),
            Value::text(self.client.network.as_str()),
            Value::text(self.client.user_agent.as_str()),
            Value::Int(tx.now().micros()),
        ];
        tx.last(&BROWSER_TOUCH, &values).await.map(|_| ())
    }

    /// The condition holds as well after the change as before it.
    async fn seen(&self, _tx: &Tx<'_>) -> Result<Seen<()>> {
        Ok(Seen::No)
    }
}

struct Prove {
    tenant: TenantId,
    session: SessionId,
    was: Browser,
    event: Event,
}

impl Job for Prove {
    type Out = Option<Browser>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Self::Out> {
        let is = self.was.proved(tx.now());
        let values = [
            Value::Id(self.tenant.uuid()),
            Value::Id(self.session.uuid()),
            Value::Int(self.was.counter),
            Value::Int(is.counter),
            Value::Int(is.proved_at.micros()),
        ];
        if tx.exec(&BROWSER_PROVE, &values).await? == 1 {
            events::insert(tx, &self.event).await?;
            return Ok(Some(is));
        }
        self.proved_by_another(tx).await
    }

    async fn seen(&self, tx: &Tx<'_>) -> Result<Seen<Self::Out>> {
        Ok(self.proved_by_another(tx).await?.map_or(Seen::No, |is| Seen::Yes(Some(is))))
    }
}

impl Prove {
    /// Whoever made the next cookie out of this one, it is the same cookie.
    async fn proved_by_another(&self, tx: &Tx<'_>) -> Result<Option<Browser>> {
        let session = sessions::lock(tx, self.tenant, self.session).await?;
        let is = session.filter(|session| session.ended.is_none()).and_then(|session| session.browser);
        Ok(is.filter(|is| is.counter == self.was.counter.saturating_add(1)))
    }
}

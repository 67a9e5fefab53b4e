use countersign_domain::audit::{Action, Event, Reason};
use countersign_domain::{AccountId, ApiToken, ApiTokenId, ApiTokenState, Role, TenantId, may_answer_for};

use super::secrets::forget_secrets;
use super::{
    API_TOKEN_INVALIDATE, API_TOKEN_OF_SECRET, API_TOKEN_SECRET_DELETE, API_TOKEN_SECRETS_SHOWN_TO, API_TOKEN_USED,
    API_TOKENS_MADE_BY, API_TOKENS_OF, ApiTokenEnded, lock, most, read,
};
use crate::fault::Result;
use crate::job::{Job, Seen};
use crate::passing::{self, Passing};
use crate::statement::Value;
use crate::tx::Tx;
use crate::{events, roles};

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

pub(super) struct End {
    pub(super) tenant: TenantId,
    pub(super) id: ApiTokenId,
    pub(super) deletes: bool,
    pub(super) event: Event,
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

pub(super) struct EndSecret {
    pub(super) tenant: TenantId,
    pub(super) hash: [u8; 32],
    pub(super) event: Event,
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

pub(super) struct NoteUse {
    pub(super) tenant: TenantId,
    pub(super) id: ApiTokenId,
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

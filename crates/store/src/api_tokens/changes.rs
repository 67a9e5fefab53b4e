use std::collections::BTreeSet;
use std::time::Duration;

use countersign_domain::audit::Event;
use countersign_domain::{
    API_TOKENS_MAX, Account, ApiToken, ApiTokenId, ApiTokenState, Role, Standing, TenantId, Timestamp, may_answer_for,
};

use super::secrets::{put_secret, secrets};
use super::{
    API_TOKEN_BY_ID, API_TOKEN_INSERT, API_TOKEN_ROTATE, API_TOKEN_SECRET_DELETE, API_TOKEN_SECRET_END, API_TOKENS_OF,
    ApiTokenCreated, ApiTokenRotated, NewApiToken, RotateApiToken, by_id, lock, most, read,
};
use crate::fault::Result;
use crate::job::{Job, Seen};
use crate::passing::{Passing, passes};
use crate::statement::Value;
use crate::tx::Tx;
use crate::{accounts, events, roles, tenants};

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

pub(super) struct Create {
    pub(super) tenant: TenantId,
    pub(super) token: NewApiToken,
    pub(super) event: Event,
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
        let newest = there.first().copied().map(ApiTokenId::from_uuid);
        if token.seen.is_some_and(|seen| seen != newest) {
            return Ok(ApiTokenCreated::Unseen);
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

pub(super) struct Rotate {
    pub(super) tenant: TenantId,
    pub(super) rotate: RotateApiToken,
    pub(super) event: Event,
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

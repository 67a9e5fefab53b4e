use std::time::Duration;

use countersign_domain::audit::{Anchor, Expect, Report, SealKeys, Verifier, retention_of_days};
use countersign_domain::{Tenant, TenantId};
use countersign_store::{EventFilter, EventPage, Store, StoredEvent, StoredSeal};

use super::walk::{Piece, Stopped, Walk};
use crate::{Fault, Flows};

impl Flows {
    /// A page of a tenant's trail, newest first.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn list_events(&self, tenant: TenantId, filter: EventFilter) -> Result<EventPage, Fault> {
        Ok(self.store.tenant(tenant).events(filter).await?)
    }

    /// Reads a tenant's whole trail and says what is not as it was sealed.
    ///
    /// `known` is a seal noted earlier, outside the store: without it a cut tail cannot be seen. `retention_days` is
    /// how long events must be kept, known outside the store as well, 0 for ever: without it the tenant's settings
    /// excuse what was removed, and whoever can remove events can shorten them; the report then says so.
    ///
    /// # Errors
    /// [`Fault`] where the store or a key fails.
    pub async fn verify_trail(
        &self,
        tenant: &Tenant,
        known: Option<Anchor>,
        retention_days: Option<u32>,
    ) -> Result<Report, Fault> {
        let keys = self.seal_keys()?;
        let retention = retention_of_days(retention_days.unwrap_or(tenant.settings.audit_retention_days));
        let terms = Terms { keys, retention, is_retention_known: retention_days.is_some() };
        verify(&self.store, tenant.id, &terms, known).await
    }
}

/// What a trail is judged by besides itself.
pub(super) struct Terms {
    /// The keys that seals are checked with.
    pub(super) keys: SealKeys,
    /// How long events are kept; none: for ever.
    pub(super) retention: Option<Duration>,
    /// Whether that is known from outside the store.
    pub(super) is_retention_known: bool,
}

pub(super) async fn verify(
    store: &Store,
    tenant: TenantId,
    terms: &Terms,
    known: Option<Anchor>,
) -> Result<Report, Fault> {
    match read_through(store, tenant, terms, known).await {
        Ok(report) if report.is_clean() => return Ok(report),
        Err(Stopped::Store(fault)) => return Err(fault.into()),
        // A batch that retention removed between two of our reads looks like an edit. An edit is still there.
        Ok(_) | Err(Stopped::Overtaken) => {}
    }
    read_through(store, tenant, terms, known).await.map_err(|stopped| match stopped {
        Stopped::Store(fault) => fault.into(),
        Stopped::Overtaken => Fault::broken("retention removes batches faster than they are read"),
    })
}

async fn read_through(
    store: &Store,
    tenant: TenantId,
    terms: &Terms,
    known: Option<Anchor>,
) -> Result<Report, Stopped> {
    let Terms { retention, is_retention_known, .. } = *terms;
    let expect = Expect { now: store.now(), retention, is_retention_known, known };
    let mut verifier = Verifier::new(tenant, terms.keys.clone(), expect);
    let mut walk = Walk::new(store.tenant(tenant));
    while let Some(pieces) = walk.next().await? {
        for piece in pieces {
            match piece {
                Piece::Event(StoredEvent::Event(event)) => verifier.event(&event),
                Piece::Event(StoredEvent::Unreadable(id)) => verifier.unreadable(id),
                Piece::Seal(StoredSeal::Seal(seal)) => verifier.seal(&seal),
                Piece::Seal(StoredSeal::Unreadable(number)) => verifier.unreadable_seal(number),
            }
        }
    }
    Ok(verifier.finish())
}

use std::convert::Infallible;
use std::time::Duration;

use countersign_domain::audit::{
    Anchor, EXPORT_VERSION, EndLine, Expect, KeyLine, Line, Report, SealKeys, TrailLine, Verifier, retention_of_days,
};
use countersign_domain::{Tenant, TenantId};
use countersign_store::{EventFilter, EventPage, Store, StoredEvent, StoredSeal};

use super::walk::{Piece, Stopped, walk};
use crate::{Fault, Flows};

/// Why an export ended early.
#[derive(Debug, thiserror::Error)]
pub enum ExportFault<E> {
    /// The trail could not be read.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// A line could not be made.
    #[error("a line of the export could not be made: {0}")]
    Line(#[from] serde_json::Error),
    /// The taker takes no more lines.
    #[error("a line of the export could not be written: {0}")]
    Taker(E),
}

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

    /// Hands a tenant's whole trail to `take`, line by line, in a form that is verified without the store. How many
    /// events and seals it had.
    ///
    /// # Errors
    /// [`ExportFault`]
    pub async fn export_trail<E>(
        &self,
        tenant: &Tenant,
        take: impl FnMut(&str) -> Result<(), E>,
    ) -> Result<EndLine, ExportFault<E>> {
        let keys = self.seal_keys()?;
        let terms = Terms { keys, retention: tenant.settings.audit_retention(), is_retention_known: false };
        export(&self.store, tenant.id, &terms, take).await
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
    let report = read_through(store, tenant, terms, known).await?;
    if report.is_clean() {
        return Ok(report);
    }
    // A batch that retention removed between two of our reads looks like an edit. An edit is still there.
    read_through(store, tenant, terms, known).await
}

async fn read_through(store: &Store, tenant: TenantId, terms: &Terms, known: Option<Anchor>) -> Result<Report, Fault> {
    let Terms { retention, is_retention_known, .. } = *terms;
    let expect = Expect { now: store.now(), retention, is_retention_known, known };
    let mut verifier = Verifier::new(tenant, terms.keys.clone(), expect);
    let trail = store.tenant(tenant);
    let walked = walk(&trail, |piece| {
        match piece {
            Piece::Event(StoredEvent::Event(event)) => verifier.event(&event),
            Piece::Event(StoredEvent::Unreadable(id)) => verifier.unreadable(id),
            Piece::Seal(StoredSeal::Seal(seal)) => verifier.seal(&seal),
            Piece::Seal(StoredSeal::Unreadable(number)) => verifier.unreadable_seal(number),
        }
        Ok::<_, Infallible>(())
    });
    match walked.await {
        Ok(()) => Ok(verifier.finish()),
        Err(Stopped::Store(fault)) => Err(fault.into()),
        Err(Stopped::Taker(never)) => match never {},
    }
}

pub(super) async fn export<E>(
    store: &Store,
    tenant: TenantId,
    terms: &Terms,
    mut take: impl FnMut(&str) -> Result<(), E>,
) -> Result<EndLine, ExportFault<E>> {
    let mut put = |line: &Line| take(&line.to_json()?).map_err(ExportFault::Taker);
    put(&Line::Trail(TrailLine {
        version: EXPORT_VERSION,
        tenant,
        exported_at: store.now(),
        retention_seconds: terms.retention.map(|retention| retention.as_secs()),
    }))?;
    for (id, public) in terms.keys.iter() {
        put(&Line::Key(KeyLine { id, public: *public }))?;
    }
    let mut end = EndLine { events: 0, seals: 0 };
    let trail = store.tenant(tenant);
    let walked = walk(&trail, |piece| {
        match piece {
            Piece::Event(_) => end.events += 1,
            Piece::Seal(_) => end.seals += 1,
        }
        put(&line(piece))
    });
    match walked.await {
        Ok(()) => {}
        Err(Stopped::Store(fault)) => return Err(Fault::from(fault).into()),
        Err(Stopped::Taker(fault)) => return Err(fault),
    }
    put(&Line::End(end.clone()))?;
    Ok(end)
}

fn line(piece: Piece) -> Line {
    match piece {
        Piece::Event(StoredEvent::Event(event)) => Line::from(&*event),
        Piece::Event(StoredEvent::Unreadable(id)) => Line::UnreadableEvent { id },
        Piece::Seal(StoredSeal::Seal(seal)) => Line::from(&seal),
        Piece::Seal(StoredSeal::Unreadable(number)) => Line::UnreadableSeal { number },
    }
}

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use countersign_domain::letter::retry_pause;
use countersign_domain::{Secret, Tenant, TenantState};
use countersign_store::{Addressee, Attempted, Deliverable, TakenLetter, Which};
use tokio::task::JoinSet;

use super::dispatch::{Address, Page, content};
use super::{Carried, Carrier, Dispatch};
use crate::{Fault, Flows};

/// Letters on their way at once: a mail server that is slow holds up so many, and no connection of the store.
const IN_FLIGHT_MAX: usize = 8;
/// An attempt that takes longer has failed. A mail server may take its time (RFC 5321 section 4.5.3.2 allows minutes),
/// but others wait.
pub const ATTEMPT_MAX: Duration = Duration::from_secs(30);
/// How long a letter is this node's alone: an attempt, and the writing down of what became of it.
const LEASE: Duration = Duration::from_secs(60);
/// How often the outbox is looked at while nothing is due: a person waits for a letter, and a look costs one read.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// After the store failed.
const LOOK_AFTER_FAULT: Duration = Duration::from_secs(5);

/// What a look into the outbox found.
struct Looked {
    /// Something was due: there may be more.
    was_due: bool,
    /// Letters that are on their way now.
    begun: usize,
}

impl Flows {
    /// Sends letters until `stop` resolves, and then ends the attempts that have begun. Each node does: a letter is one
    /// node's alone while it is tried.
    pub async fn keep_mailing(self: Arc<Self>, carrier: Arc<dyn Carrier>, stop: impl Future<Output = ()>) {
        let mut stop = pin!(stop);
        let mut in_flight = JoinSet::new();
        loop {
            let wait = match self.begin_attempts(&carrier, &mut in_flight).await {
                // There may be more.
                Ok(looked) if looked.was_due && in_flight.len() < IN_FLIGHT_MAX => continue,
                Ok(_) => LOOK_EVERY,
                Err(fault) => {
                    tracing::warn!(%fault, "the outbox could not be read and will be tried again");
                    LOOK_AFTER_FAULT
                }
            };
            let is_full = in_flight.len() >= IN_FLIGHT_MAX;
            tokio::select! {
                biased;
                () = &mut stop => break,
                Some(_) = in_flight.join_next(), if is_full => {}
                () = tokio::time::sleep(wait), if !is_full => {}
            }
        }
        while in_flight.join_next().await.is_some() {}
    }

    /// Sends what is due now, up to as many letters as may be on their way at once; how many there were. For tests, which
    /// do not wait for the loop.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    #[doc(hidden)]
    pub async fn mail_once(self: &Arc<Self>, carrier: Arc<dyn Carrier>) -> Result<usize, Fault> {
        let mut in_flight = JoinSet::new();
        let looked = self.begin_attempts(&carrier, &mut in_flight).await?;
        while in_flight.join_next().await.is_some() {}
        Ok(looked.begun)
    }

    /// Takes as many letters as may be on their way, and sets them off; how many there were.
    async fn begin_attempts(
        self: &Arc<Self>,
        carrier: &Arc<dyn Carrier>,
        in_flight: &mut JoinSet<()>,
    ) -> Result<Looked, Fault> {
        while in_flight.try_join_next().is_some() {}
        let due = self.store.next_letter_due().await?;
        let late = due.map_or(Duration::ZERO, |due| self.store.now().since(due));
        metrics::gauge!("countersign_mail_late_seconds").set(late.as_secs_f64());
        if due.is_none_or(|due| due > self.store.now()) {
            return Ok(Looked { was_due: false, begun: 0 });
        }
        let room = IN_FLIGHT_MAX.saturating_sub(in_flight.len());
        let taken = self.store.take_letters(u32::try_from(room).unwrap_or(1), LEASE).await?;
        let begun = taken.len();
        for letter in taken {
            let (flows, carrier) = (Arc::clone(self), Arc::clone(carrier));
            in_flight.spawn(async move { flows.try_letter(letter, &*carrier).await });
        }
        // What was over has been given up, and is none that begins.
        Ok(Looked { was_due: true, begun })
    }

    /// One attempt to send one letter, written down. What cannot be written down is tried again when the lease is over.
    async fn try_letter(&self, letter: TakenLetter, carrier: &dyn Carrier) {
        let attempted = match self.deliver(&letter, carrier).await {
            Ok(attempted) => attempted,
            Err(fault) => {
                tracing::warn!(%fault, letter = %letter.id, "a letter could not be made ready");
                self.again(&letter, "it could not be made ready".to_owned())
            }
        };
        tell(&letter, &attempted);
        if let Err(fault) = self.store.settle_letter(&letter, attempted).await {
            tracing::warn!(%fault, letter = %letter.id, "what became of a letter could not be written down");
        }
    }

    async fn deliver(&self, letter: &TakenLetter, carrier: &dyn Carrier) -> Result<Attempted, Fault> {
        let Some(tenant) = self.store.find_tenant(Which::Id(letter.tenant)).await? else {
            return Ok(Attempted::Dropped("its tenant is gone".to_owned()));
        };
        if tenant.state == TenantState::Suspended {
            return Ok(self.again(letter, "its tenant is suspended".to_owned()));
        }
        let to = match self.store.tenant(letter.tenant).deliverable(&letter.letter).await? {
            Deliverable::Yes(to) => to,
            Deliverable::No(moot) => return Ok(Attempted::Dropped(moot.name().to_owned())),
        };
        let dispatch = self.dispatch(letter, tenant, to)?;
        Ok(match tokio::time::timeout(ATTEMPT_MAX, carrier.carry(dispatch)).await {
            Ok(Carried::Yes) => Attempted::Sent,
            Ok(Carried::NotNow(why)) => self.again(letter, why),
            Ok(Carried::Never(why)) => Attempted::Dead(why),
            Err(_) => self.again(letter, format!("no answer within {} s", ATTEMPT_MAX.as_secs())),
        })
    }

    /// What links to a tenant's pages begin with.
    fn link_base(&self, tenant: &Tenant) -> String {
        tenant.settings.link_base.clone().unwrap_or_else(|| self.tenants.issuer(tenant))
    }

    /// The link of an invitation that no letter carries.
    pub fn invitation_link(&self, tenant: &Tenant, token: &Secret) -> Secret {
        let page = Page::AcceptInvitation.path();
        Secret::new(format!("{}{page}#token={}", self.link_base(tenant), token.expose()))
    }

    fn dispatch(&self, letter: &TakenLetter, tenant: Tenant, to: Addressee) -> Result<Dispatch, Fault> {
        let base = self.link_base(&tenant);
        let content = content(&letter.letter, tenant.id, &to, &base, &self.secrets);
        Ok(Dispatch {
            id: letter.id,
            tenant: tenant.id,
            language: to.language.or(letter.language).unwrap_or(tenant.settings.language),
            tenant_name: tenant.name,
            settings: tenant.settings,
            to: Address(to.email),
            first_name: to.first_name,
            at: letter.created_at,
            content: content.ok_or_else(|| Fault::broken("a letter lacks the token that it is about"))?,
        })
    }

    /// Another attempt after a pause, if the letter lives that long.
    fn again(&self, letter: &TakenLetter, why: String) -> Attempted {
        let dice = u32::from_le_bytes(self.random.bytes());
        let at = self.store.now().plus(retry_pause(letter.attempt, dice));
        if at < letter.expires_at { Attempted::Again(at, why) } else { Attempted::Dead(why) }
    }
}

/// Tells metrics and log what became of an attempt, and never to whom.
fn tell(letter: &TakenLetter, attempted: &Attempted) {
    let (id, kind) = (letter.id, letter.letter.kind());
    let outcome = match attempted {
        Attempted::Sent => "sent",
        Attempted::Again(_, why) => {
            tracing::info!(letter = %id, kind, attempt = letter.attempt, %why, "a letter was not sent and will be tried again");
            "failed"
        }
        Attempted::Dropped(why) => {
            tracing::info!(letter = %id, kind, %why, "a letter was dropped");
            "dropped"
        }
        Attempted::Dead(why) => {
            tracing::error!(letter = %id, kind, attempt = letter.attempt, %why, "a letter is dead");
            "dead"
        }
    };
    metrics::counter!("countersign_mail_attempts_total", "kind" => kind, "outcome" => outcome).increment(1);
}

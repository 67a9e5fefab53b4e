use std::time::Duration;

use countersign_domain::audit::Action;
use countersign_domain::{Account, Letter, OneTimePurpose, ResetOffer, Standing, Tenant, TenantId, Timestamp};
use countersign_store::{NewLetter, NewOneTimeToken, OfferReset, ResetOffered};

use crate::{Doer, Fault, Flows};

/// Why nobody was sent a link to set a new password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendResetRefusal {
    /// The account may do more than whoever asks.
    #[error("reaches beyond what you may do yourself")]
    Beyond,
    /// A link opens no closed account.
    #[error("the account is deactivated: activate it first")]
    Deactivated,
    /// Who is invited has no password that could be reset.
    #[error("the person is invited and has not set a password yet: send the invitation again")]
    Invited,
    /// The address was sent as many lately as may be, by whomever; again after this long.
    #[error("enough links were sent to this address for now; try again in {} minutes", .0.as_secs().div_ceil(60))]
    TooMany(Duration),
}

impl Flows {
    /// Has a person sent a link to set a new password, to the account's own address: whoever asks for it never sees it.
    /// Unlike a stranger who asks, a manager may know that there is the account, and is told where nothing was sent.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn send_reset(
        &self,
        doer: Doer<'_>,
        tenant: &Tenant,
        account: &Account,
    ) -> Result<Result<(), SendResetRefusal>, Fault> {
        if !doer.may_look_after(account.kind) || !self.reaches(doer, tenant, &account.roles).await? {
            return Ok(Err(SendResetRefusal::Beyond));
        }
        if account.standing != Standing::Active {
            return Ok(Err(SendResetRefusal::Deactivated));
        }
        if self.invited_until(tenant.id, account).await?.is_some() {
            return Ok(Err(SendResetRefusal::Invited));
        }
        let offer = self.offer_of_one(doer, tenant, account);
        Ok(match self.store.tenant(tenant.id).offer_reset(offer).await? {
            ResetOffered::Yes => Ok(()),
            ResetOffered::TooMany(end) => Err(SendResetRefusal::TooMany(end.since(self.store.now()))),
        })
    }

    /// Until when somebody is invited, or was, who has set no password; nothing for everybody else.
    pub(crate) async fn invited_until(&self, tenant: TenantId, account: &Account) -> Result<Option<Timestamp>, Fault> {
        if account.password_hash.is_some() {
            return Ok(None);
        }
        Ok(self.store.tenant(tenant).invitation_end(account.id).await?)
    }

    fn offer_of_one(&self, doer: Doer<'_>, tenant: &Tenant, account: &Account) -> OfferReset {
        let (now, name_hash) = (self.store.now(), self.name_of(tenant, account));
        let token = NewOneTimeToken {
            id: self.random.id(now),
            purpose: OneTimePurpose::Reset,
            account: account.id,
            password_version: account.password_version,
        };
        let offers = vec![ResetOffer { account: account.id, token: token.id }];
        let letter = NewLetter {
            id: self.random.id(now),
            tenant: tenant.id,
            name_hash,
            letter: Letter::Reset { offers },
            // The person's, or the tenant's: the manager's browser says nothing about whom it goes to.
            language: None,
        };
        let event = self.done_by(doer, tenant.id, Action::ResetRequested, None).about(account.id);
        OfferReset { name_hash, tokens: vec![token], letter: Some(letter), event }
    }
}

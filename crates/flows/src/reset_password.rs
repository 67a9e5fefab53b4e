use countersign_domain::audit::{Action, Actor, Reason};
use countersign_domain::{Account, Email, Letter, OneTimePurpose, Secret};
use countersign_store::SpendToken;
use uuid::Uuid;

use crate::passwords::PasswordRefusal;
use crate::tokens::mailed;
use crate::{Fault, Flows, Request, words_of};

/// What setting a password by a mailed link answers.
#[derive(Debug)]
pub enum PasswordSetByLink {
    /// It is set, of this account. The mark of the device that set it.
    Yes(Box<Account>, Secret),
    /// The token is bad, old, used or another tenant's: one answer for all.
    BadToken,
    /// The password may not be one; the token stays good.
    Password(PasswordRefusal),
}

impl Flows {
    /// Sets a password by the link of a reset or of an invitation. It ends every session, device mark and lock of the
    /// account, and voids every other link.
    ///
    /// # Errors
    /// [`Fault`] where the store or the hasher fails.
    pub async fn reset_password(
        &self,
        request: &Request,
        token: &str,
        password: &Secret,
    ) -> Result<PasswordSetByLink, Fault> {
        let Some((id, purpose)) = self.read_link(request, token) else { return Ok(PasswordSetByLink::BadToken) };
        let store = self.store.tenant(request.tenant_id());
        let found = store.one_time_token(id).await?;
        let good =
            found.filter(|(token, account)| token.purpose == purpose && token.is_good_for(account, self.store.now()));
        let Some((_, account)) = good else { return Ok(PasswordSetByLink::BadToken) };
        let hash = match self.new_password(&request.tenant.tenant, password, &words_of(&account)).await? {
            Ok(hash) => hash,
            Err(refusal) => return Ok(PasswordSetByLink::Password(refusal)),
        };
        let email = Email::parse(&account.email).map_err(Fault::broken)?;
        let name = self.name_hash(request, &email);
        let spend = self.spend(request, (id, purpose), &account, name, hash);
        Ok(match store.spend_token(spend).await? {
            Some(account) => {
                let mark = self.new_mark(request, &name, (account.id, account.password_version), None);
                PasswordSetByLink::Yes(Box::new(account), mark)
            }
            None => PasswordSetByLink::BadToken,
        })
    }

    fn read_link(&self, request: &Request, token: &str) -> Option<(Uuid, OneTimePurpose)> {
        [OneTimePurpose::Reset, OneTimePurpose::Invitation].into_iter().find_map(|purpose| {
            mailed::read(token, &self.secrets, request.tenant_id(), purpose).map(|id| (id, purpose))
        })
    }

    fn spend(
        &self,
        request: &Request,
        (token, purpose): (Uuid, OneTimePurpose),
        account: &Account,
        name_hash: [u8; 32],
        hash: countersign_domain::PasswordHash,
    ) -> SpendToken {
        let reason = if purpose == OneTimePurpose::Reset { Reason::Reset } else { Reason::Invitation };
        // Whoever accepts an invitation has just been written to.
        let letter = (purpose == OneTimePurpose::Reset)
            .then(|| self.letter(request, name_hash, Letter::PasswordReset { account: account.id }));
        let event = request.done(Action::PasswordSet, &self.random, self.store.now(), Some(name_hash));
        let event = event.about(account.id).by(Actor::Account(account.id)).because(reason);
        SpendToken { token, name_hash, account: account.id, hash, letter, event }
    }
}

use std::time::Duration;

use countersign_domain::audit::Action;
use countersign_domain::{Account, Email, Letter, OneTimePurpose, ResetOffer, Standing};
use countersign_store::{NewOneTimeToken, OfferReset};
use tokio::time::Instant;

use crate::{Fault, Flows, Request};

/// What asking for a reset answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResetAsked {
    /// The same for every address.
    Yes,
    /// The client's network has asked often enough for now.
    TooMany(Duration),
}

impl Flows {
    /// Sends whoever reads an address a link for each of its accounts. It never tells whether there are any: not by its
    /// words, and not by its time, which ends at a step.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn forgot_password(&self, request: &Request, email: &Email) -> Result<ResetAsked, Fault> {
        let arrived = Instant::now();
        if let Some(wait) = self.ask_limit(request, Action::ResetRequested) {
            return Ok(ResetAsked::TooMany(wait));
        }
        let store = self.store.tenant(request.tenant_id());
        let mut accounts = store.accounts_of(email.key()).await?;
        for account in std::mem::take(&mut accounts) {
            if !self.is_invited_in_vain(request, &account).await? {
                accounts.push(account);
            }
        }
        // Whether the name had its turns: whoever asks is told nothing of it.
        store.offer_reset(self.offer(request, email, &accounts)).await?;
        self.wait_for_step(request, arrived).await;
        Ok(ResetAsked::Yes)
    }

    /// Whoever let an invitation run out is no member of staff, though the address may be a stranger's by mistake.
    async fn is_invited_in_vain(&self, request: &Request, account: &Account) -> Result<bool, Fault> {
        let end = self.invited_until(request.tenant_id(), account).await?;
        Ok(end.is_some_and(|end| end <= self.store.now()))
    }

    /// A token for each account that could log in with a new password; a closed one is not opened by a letter.
    fn offer(&self, request: &Request, email: &Email, accounts: &[Account]) -> OfferReset {
        let (now, name) = (self.store.now(), self.name_hash(request, email));
        let open = accounts.iter().filter(|account| account.standing == Standing::Active);
        let tokens: Vec<NewOneTimeToken> = open
            .map(|account| NewOneTimeToken {
                id: self.random.id(now),
                purpose: OneTimePurpose::Reset,
                account: account.id,
                password_version: account.password_version,
            })
            .collect();
        let offers: Vec<ResetOffer> =
            tokens.iter().map(|token| ResetOffer { account: token.account, token: token.id }).collect();
        let letter = (!offers.is_empty()).then(|| self.letter(request, name, Letter::Reset { offers }));
        let subject = if let [one] = accounts { Some(one.id) } else { None };
        let event = request.done(Action::ResetRequested, &self.random, now, Some(name)).about(subject);
        OfferReset { name_hash: name, tokens, letter, event }
    }
}

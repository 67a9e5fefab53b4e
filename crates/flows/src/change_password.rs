use std::time::Duration;

use countersign_domain::audit::{Action, Actor, Reason};
use countersign_domain::{Email, Letter, Secret};
use countersign_store::ChangePassword;

use crate::hasher::{PhcHash, Place};
use crate::passwords::PasswordRefusal;
use crate::{Caller, Fault, Flows, Request, words_of};

/// What changing the own password answers.
#[derive(Debug)]
pub enum PasswordChanged {
    /// It is changed; this session goes on and every other is over. The mark of this device.
    Yes(Secret),
    /// The current password is wrong. The fifth such answer ends the session.
    WrongPassword,
    /// The new password may not be one; nothing was counted.
    Password(PasswordRefusal),
    /// The session is over: too many wrong ones, or the account was changed meanwhile.
    Ended,
    /// The hash queue is full; nothing was counted.
    Overloaded(Duration),
}

impl Flows {
    /// Changes the caller's own password. Wrong current ones count on the session, so that whoever finds a screen
    /// unlocked does not guess at leisure, and locks nobody out.
    ///
    /// # Errors
    /// [`Fault`] where the store or the hasher fails.
    pub async fn change_password(
        &self,
        request: &Request,
        caller: &Caller,
        current: Secret,
        new: &Secret,
    ) -> Result<PasswordChanged, Fault> {
        let text = match self.judge_password(&request.tenant.tenant, new, &words_of(&caller.account)).await? {
            Ok(text) => text,
            Err(refusal) => return Ok(PasswordChanged::Password(refusal)),
        };
        let place = || self.hasher.place(request.tenant_id(), false);
        // Both places before anything is counted: overload must cost nobody a try.
        let (to_prove, to_hash) = match place().and_then(|first| place().map(|second| (first, second))) {
            Ok(places) => places,
            Err(busy) => return Ok(PasswordChanged::Overloaded(busy.retry_after)),
        };
        let is_same = text.expose() == current.expose();
        match self.prove_current(request, caller, to_prove, (current, Action::PasswordChanged)).await? {
            // Said to whoever has proved it alone.
            Proof::Right if is_same => return Ok(PasswordChanged::Password(PasswordRefusal::Unchanged)),
            Proof::Right => {}
            Proof::Wrong { .. } => return Ok(PasswordChanged::WrongPassword),
            Proof::NoTriesLeft => return Ok(PasswordChanged::Ended),
        }
        let hash = self.hash_in(to_hash, &request.tenant.tenant, text).await?;
        let account = &caller.account;
        let email = Email::parse(&account.email).map_err(Fault::broken)?;
        let name = self.name_hash(request, &email);
        let change = ChangePassword {
            account: account.clone(),
            session: caller.session,
            hash,
            letter: self.letter(request, name, Letter::PasswordChanged { account: account.id }),
        };
        let event = request.done(Action::PasswordChanged, &self.random, self.store.now(), Some(name));
        let event = event.about(account.id).by(Actor::Account(account.id)).in_session(caller.session);
        Ok(match self.store.tenant(request.tenant_id()).change_password(change, event).await? {
            Some(account) => {
                PasswordChanged::Yes(self.new_mark(request, &name, (account.id, account.password_version), None))
            }
            None => PasswordChanged::Ended,
        })
    }

    /// Tries the current password of a session that is open, counted before it is hashed. What it is tried for is what the
    /// trail says was refused.
    pub(crate) async fn prove_current(
        &self,
        request: &Request,
        caller: &Caller,
        place: Place,
        (current, to): (Secret, Action),
    ) -> Result<Proof, Fault> {
        let Some(stored) = &caller.account.password_hash else { return Ok(Proof::NoTriesLeft) };
        let stored = PhcHash::parse(stored.phc()).map_err(|_| Fault::PasswordHash(caller.account.id))?;
        let store = self.store.tenant(request.tenant_id());
        let Some(left) = store.try_current_password(caller.session).await? else {
            // Whoever hung up after the last try did not see it ended.
            self.end_guessing(request, caller).await?;
            return Ok(Proof::NoTriesLeft);
        };
        if place.verify(current, vec![stored], self.cost(request)).await?.matched.is_some() {
            return Ok(Proof::Right);
        }
        let event = request.done(to, &self.random, self.store.now(), None);
        let event = event.refused_because(Reason::WrongPassword).about(caller.account.id).in_session(caller.session);
        self.store.record(vec![event]).await?;
        if left == 0 {
            self.end_guessing(request, caller).await?;
        }
        Ok(Proof::Wrong { is_last: left == 0 })
    }

    async fn end_guessing(&self, request: &Request, caller: &Caller) -> Result<(), Fault> {
        let event = request.done(Action::SessionEnded, &self.random, self.store.now(), None);
        let event = event.because(Reason::TooManyFailures);
        Ok(self.store.tenant(request.tenant_id()).end_guessing_session(caller.session, event).await?)
    }
}

/// What a try at the current password told.
pub(crate) enum Proof {
    Right,
    /// The last ends the session.
    Wrong {
        is_last: bool,
    },
    NoTriesLeft,
}

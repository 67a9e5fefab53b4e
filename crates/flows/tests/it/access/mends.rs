//! Each remedy by the story that it names.

use std::time::Duration;

use countersign_domain::access::Remedy;
use countersign_domain::{Email, Obstacle, Secret, Standing};
use countersign_flows::{Doer, PasswordSetByLink};

use super::life::Life;
use crate::support::{ADA, Seeded, next};

/// The bound on letters that strangers can cause, beyond which no reset is offered here.
const RESETS_MAX: usize = 3;
const RESETS_WITHIN: Duration = Duration::from_secs(30 * 60);

impl Life<'_> {
    /// Applies one of the remedies of a reason, whether it worked.
    pub(super) async fn is_helped(&mut self, obstacle: Obstacle, chance: &mut Seeded) -> bool {
        let since = self.now().minus(RESETS_WITHIN);
        self.resets.retain(|asked| *asked > since);
        let may_ask = self.resets.len() < RESETS_MAX;
        let offered = obstacle.remedies().iter().copied();
        let offered: Vec<Remedy> = offered.filter(|remedy| may_ask || *remedy != Remedy::ResetPassword).collect();
        let remedy = offered[chance.pick(offered.len())];
        self.tell((obstacle.name(), remedy));
        match remedy {
            Remedy::ResumeTenant => {
                self.world.operator_of(&self.tenant).resumes().await;
                true
            }
            Remedy::Activate => self.is_activated().await,
            Remedy::Unlock => self.is_unlocked().await,
            Remedy::AcceptInvitation => self.uses_a_link().await,
            Remedy::InviteAgain => self.is_invited_again().await,
            Remedy::ResetPassword => self.forgets().await,
            Remedy::SetPassword => self.is_given_a_password().await,
            Remedy::Wait => {
                let end = obstacle.ends_at().expect("what is waited for ends");
                self.world.pass(end.since(self.now()).as_secs());
                true
            }
            Remedy::ChangePassword | Remedy::SendRole | Remedy::SendDeviceToken => panic!("{remedy} opens nothing"),
        }
    }

    async fn is_activated(&self) -> bool {
        let (request, manager) = &self.manager;
        let by = Doer::Caller(request, manager);
        let account = self.account().await;
        self.world.flows.set_standing(by, &self.tenant, &account, Standing::Active).await.unwrap().is_ok()
    }

    async fn is_unlocked(&self) -> bool {
        let (request, manager) = &self.manager;
        let by = Doer::Caller(request, manager);
        self.world.flows.unlock_account(by, &self.tenant, &self.account().await).await.unwrap().is_ok()
    }

    async fn is_invited_again(&mut self) -> bool {
        let (request, manager) = &self.manager;
        let by = Doer::Caller(request, manager);
        let sent = self.world.flows.invite_again(by, &self.tenant, self.id).await.unwrap();
        sent.is_ok() && self.uses_a_link().await
    }

    async fn forgets(&mut self) -> bool {
        self.resets.push(self.now());
        let email = Email::parse(ADA).unwrap();
        self.world.flows.forgot_password(&self.door().request().await, &email).await.unwrap();
        self.uses_a_link().await
    }

    /// Uses the newest mailed link that is still good. A letter of a tenant that was suspended comes a little later.
    async fn uses_a_link(&mut self) -> bool {
        if self.finds_a_link().await {
            return true;
        }
        self.world.pass(120);
        self.finds_a_link().await
    }

    async fn finds_a_link(&mut self) -> bool {
        self.reads_mail().await;
        let (request, password) = (self.door().request().await, new_password());
        for link in self.links.iter().rev() {
            let set = self.world.flows.reset_password(&request, link.expose(), &Secret::new(&password)).await.unwrap();
            if let PasswordSetByLink::Yes(who, mark) = set {
                assert_eq!(who.id, self.id);
                self.has_password(password, Some(mark));
                return true;
            }
        }
        false
    }

    async fn is_given_a_password(&mut self) -> bool {
        let (account, password) = (self.account().await, new_password());
        let set = self.world.flows.set_password(&self.tenant, &account, &Secret::new(&password), false).await.unwrap();
        set.unwrap();
        self.has_password(password, None);
        true
    }
}

fn new_password() -> String {
    format!("Battery-staple-{}", next())
}

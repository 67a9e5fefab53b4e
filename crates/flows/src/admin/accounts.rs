use countersign_domain::audit::Action;
use countersign_domain::password_policy::Told;
use countersign_domain::{
    Account, AccountId, BadPassword, Email, Kind, PersonWords, PolicyFault, Role, Secret, Standing, Tenant,
};
use countersign_store::{Changed, Created, NewAccount, SetPassword};

use crate::{Doer, Fault, Flows, PasswordRefusal, words_of};

/// A person whose account an operator makes.
#[derive(Clone, Debug)]
pub struct NewPerson {
    /// The address.
    pub email: Email,
    /// Roles, all of one kind.
    pub roles: Vec<Role>,
    /// Shown to people.
    pub first_name: Option<String>,
    /// Shown to people.
    pub last_name: Option<String>,
    /// The password; its form is checked here.
    pub password: Secret,
    /// Whether it must be changed before anything else.
    pub must_change_password: bool,
}

/// Why an account was not made or changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccountRefusal {
    /// The tenant has an account of this kind with this address.
    #[error("the tenant has a {0} account with this address")]
    EmailTaken(Kind),
    /// The tenant has no such role.
    #[error("the tenant has no role {0} for accounts of this kind")]
    NoSuchRole(Role),
    /// Roles of both kinds, or none.
    #[error("roles must be all CUSTOMER or all staff roles, and at least one")]
    MixedRoles,
    /// The password is none.
    #[error("the password {0}")]
    Password(#[from] BadPassword),
    /// The tenant's policy is against the password.
    #[error("{}", Told(.0))]
    Policy(Vec<PolicyFault>),
    /// The password is one that everybody knows.
    #[error("the password is one of the published sandbox passwords")]
    PublishedPassword,
    /// The tenant has no such account.
    #[error("the tenant has no such account")]
    NoSuchAccount,
    /// The tenant would be left without a manager who can log in.
    #[error("the tenant would be left without a manager who can log in: make another one first")]
    LastManager,
    /// The account may do more than whoever asks.
    #[error("reaches beyond what you may do yourself")]
    Beyond,
    /// It was so already.
    #[error("nothing to change: it is so already")]
    Already,
    /// The hashing pool is full.
    #[error("the hashing pool is busy; try again")]
    Busy,
}

type Outcome<T> = Result<Result<T, AccountRefusal>, Fault>;

impl Flows {
    /// Makes an account that can log in, with a password that the tenant's policy takes.
    ///
    /// # Errors
    /// [`Fault`] where the store or the hasher fails.
    pub async fn create_account(&self, tenant: &Tenant, person: NewPerson) -> Outcome<AccountId> {
        let words = PersonWords {
            email: person.email.typed(),
            first_name: person.first_name.as_deref(),
            last_name: person.last_name.as_deref(),
        };
        match self.judge_password(tenant, &person.password, &words).await? {
            Ok(text) => self.make(tenant, person, text).await,
            Err(refusal) => Ok(Err(refusal.into())),
        }
    }

    /// Makes an account whatever the policy says: for the documented users, whose passwords are older than it.
    pub(crate) async fn make_account(&self, tenant: &Tenant, person: NewPerson) -> Outcome<AccountId> {
        match self.usable_text(&person.password) {
            Ok(text) => self.make(tenant, person, text).await,
            Err(refusal) => Ok(Err(refusal.into())),
        }
    }

    async fn make(&self, tenant: &Tenant, person: NewPerson, password: Secret) -> Outcome<AccountId> {
        let Some(kind) = Role::common_kind(&person.roles) else { return Ok(Err(AccountRefusal::MixedRoles)) };
        let hash = match self.hash_password(tenant, password).await? {
            Ok(hash) => hash,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        let id = AccountId::from_uuid(self.random.id(self.store.now()));
        let account = NewAccount {
            id,
            kind,
            email: person.email,
            first_name: person.first_name,
            last_name: person.last_name,
            roles: person.roles,
            password_hash: Some(hash),
            must_change_password: person.must_change_password,
            person: countersign_domain::Person::default(),
        };
        let event = self.by_operator(tenant.id, Action::AccountCreated, None).about(id);
        Ok(match self.store.tenant(tenant.id).create_account(account, event).await? {
            Created::Yes => Ok(id),
            Created::EmailTaken => Err(AccountRefusal::EmailTaken(kind)),
            Created::NoSuchRole(role) => Err(AccountRefusal::NoSuchRole(role)),
        })
    }

    /// The accounts of an address, customer first.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn accounts_of(&self, tenant: &Tenant, email: &Email) -> Result<Vec<Account>, Fault> {
        let mut accounts = self.store.tenant(tenant.id).accounts_of(email.key()).await?;
        accounts.sort_by_key(|account| account.kind);
        Ok(accounts)
    }

    /// One account.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn account(&self, tenant: &Tenant, id: AccountId) -> Result<Option<Account>, Fault> {
        Ok(self.store.tenant(tenant.id).account(id).await?)
    }

    /// Ends a lockout.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn unlock_account(&self, doer: Doer<'_>, tenant: &Tenant, account: &Account) -> Outcome<()> {
        if !doer.may_look_after(account.kind) || !self.reaches(doer, tenant, &account.roles).await? {
            return Ok(Err(AccountRefusal::Beyond));
        }
        let event = self.done_by(doer, tenant.id, Action::AccountUnlocked, None).about(account.id);
        let name = self.name_of(tenant, account);
        Ok(said(self.store.tenant(tenant.id).unlock(account.id, name, event).await?))
    }

    /// Opens or closes an account; closing ends its sessions.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn set_standing(
        &self,
        doer: Doer<'_>,
        tenant: &Tenant,
        account: &Account,
        standing: Standing,
    ) -> Outcome<()> {
        if !doer.may_look_after(account.kind) || !self.reaches(doer, tenant, &account.roles).await? {
            return Ok(Err(AccountRefusal::Beyond));
        }
        let id = account.id;
        let action = match standing {
            Standing::Active => Action::AccountActivated,
            Standing::Deactivated => Action::AccountDeactivated,
        };
        let event = self.done_by(doer, tenant.id, action, None).about(id);
        Ok(said(self.store.tenant(tenant.id).set_standing(id, standing, event).await?))
    }

    /// Sets a password that the tenant's policy takes; sessions, device marks and locks of the account end with the old one.
    ///
    /// # Errors
    /// [`Fault`] where the store or the hasher fails.
    pub async fn set_password(
        &self,
        tenant: &Tenant,
        account: &Account,
        password: &Secret,
        must_change: bool,
    ) -> Outcome<()> {
        let hash = match self.new_password(tenant, password, &words_of(account)).await? {
            Ok(hash) => hash,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        let name_hash = self.name_of(tenant, account);
        let change = SetPassword { id: account.id, name_hash, hash, must_change };
        let event = self.by_operator(tenant.id, Action::PasswordSet, None).about(account.id);
        Ok(said(self.store.tenant(tenant.id).set_password(change, event).await?))
    }

    /// The name of an account, as counters are kept under it. A stored address that no longer reads as one has none.
    pub(crate) fn name_of(&self, tenant: &Tenant, account: &Account) -> [u8; 32] {
        let key = Email::parse(&account.email).map(|email| email.key().as_str().to_owned()).unwrap_or_default();
        self.secrets.name_hash(tenant.id, &key)
    }
}

impl From<PasswordRefusal> for AccountRefusal {
    fn from(refusal: PasswordRefusal) -> Self {
        match refusal {
            PasswordRefusal::Form(bad) => Self::Password(bad),
            PasswordRefusal::Policy(faults) => Self::Policy(faults),
            PasswordRefusal::Published => Self::PublishedPassword,
            PasswordRefusal::Unchanged => Self::Already,
            PasswordRefusal::Busy(_) => Self::Busy,
        }
    }
}

fn said(changed: Changed) -> Result<(), AccountRefusal> {
    match changed {
        Changed::Yes => Ok(()),
        Changed::Already => Err(AccountRefusal::Already),
        Changed::NoSuchAccount => Err(AccountRefusal::NoSuchAccount),
        Changed::LastManager => Err(AccountRefusal::LastManager),
    }
}

use std::collections::BTreeSet;
use std::time::Duration;

use countersign_domain::audit::Action;
use countersign_domain::{
    Account, AccountId, Email, Kind, Letter, OneTimePurpose, Person, PersonName, Role, Secret, Tenant, may_give,
    permissions_of, reaches,
};
use countersign_store::{
    Changed, EditAccount, EditPerson, Edited, Invitation, Invited, NewAccount, NewInvitation, NewLetter,
    NewOneTimeToken,
};

use crate::tokens::mailed;
use crate::{Doer, Fault, Flows};

/// A member of staff who is to be invited.
#[derive(Clone, Debug)]
pub struct NewStaff {
    /// The address, which the invitation goes to.
    pub email: Email,
    /// Shown to people.
    pub first_name: Option<PersonName>,
    /// Shown to people.
    pub last_name: Option<PersonName>,
    /// Staff roles.
    pub roles: Vec<Role>,
}

/// What is to be changed of a member of staff; nothing stays as it is.
#[derive(Clone, Debug, Default)]
pub struct StaffEdit {
    /// Both names.
    pub names: Option<(PersonName, PersonName)>,
    /// The roles, in place of those there are.
    pub roles: Option<Vec<Role>>,
    /// Whether the password must be changed before anything else.
    pub must_change_password: Option<bool>,
    /// What whoever changes them has seen of the roles and of that demand, where it was long ago: on a page. Another manager
    /// may have taken a role away since, and nobody gives it back unawares.
    pub seen: Option<(Vec<Role>, bool)>,
}

impl StaffEdit {
    /// What of it is not so already: nobody is logged out, and the trail tells of nothing, for what stays as it is.
    fn of(self, account: &Account) -> Self {
        let is_named = |(first, last): &(PersonName, PersonName)| {
            account.first_name.as_deref() == Some(first.as_str()) && account.last_name.as_deref() == Some(last.as_str())
        };
        Self {
            names: self.names.filter(|names| !is_named(names)),
            roles: self.roles.filter(|roles| !is_same(roles, &account.roles)),
            must_change_password: self.must_change_password.filter(|must| *must != account.must_change_password),
            seen: None,
        }
    }

    const fn is_nothing(&self) -> bool {
        self.names.is_none() && self.roles.is_none() && self.must_change_password.is_none()
    }

    /// Whether it was meant for another account than this has become.
    fn is_stale(&self, account: &Account) -> bool {
        let is_stale = |(roles, must): &(Vec<Role>, bool)| {
            !is_same(roles, &account.roles) || *must != account.must_change_password
        };
        self.seen.as_ref().is_some_and(is_stale)
    }
}

/// Why staff was not invited or changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StaffRefusal {
    /// The tenant has a staff account with this address.
    #[error("the tenant has a staff account with this address")]
    EmailTaken,
    /// The tenant has no such role.
    #[error("the tenant has no staff role {0}")]
    NoSuchRole(Role),
    /// No roles, or CUSTOMER among them.
    #[error("roles must be staff roles, and at least one")]
    NoStaffRoles,
    /// Roles are given and taken by others.
    #[error("nobody changes the own roles: ask another manager")]
    OwnRoles,
    /// It would raise somebody above whoever asks, or touch somebody above.
    #[error("reaches beyond what you may do yourself")]
    Beyond,
    /// The tenant would be left without a manager who can log in.
    #[error("the tenant would be left without a manager who can log in")]
    LastManager,
    /// The tenant, or the person, has been sent as many invitations lately as may be.
    #[error("too many invitations were sent within the hour")]
    TooMany(Duration),
    /// The tenant has no such member of staff.
    #[error("the tenant has no such account")]
    NoSuchAccount,
    /// Somebody else changed the account at the same time.
    #[error("the account was changed meanwhile; look at it and try again")]
    Meanwhile,
}

type Outcome<T> = Result<Result<T, StaffRefusal>, Fault>;

impl Flows {
    /// Makes a staff account and sends its person a link to set the password, which nobody else ever knows. The
    /// operator, who has no letters to send yet, is given the link's token instead.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn invite(&self, doer: Doer<'_>, tenant: &Tenant, new: NewStaff) -> Outcome<(AccountId, Secret)> {
        if Role::common_kind(&new.roles) != Some(Kind::Staff) {
            return Ok(Err(StaffRefusal::NoStaffRoles));
        }
        if !self.may_give(doer, tenant, &new.roles).await? {
            return Ok(Err(StaffRefusal::Beyond));
        }
        let id = AccountId::from_uuid(self.random.id(self.store.now()));
        let name = self.secrets.name_hash(tenant.id, new.email.key().as_str());
        let invitation = self.invitation(doer, tenant, (id, name), 1);
        let token = mailed::make(&self.secrets, tenant.id, OneTimePurpose::Invitation, invitation.token.id);
        let account = NewAccount {
            id,
            kind: Kind::Staff,
            email: new.email,
            first_name: new.first_name.map(PersonName::into_text),
            last_name: new.last_name.map(PersonName::into_text),
            roles: new.roles,
            password_hash: None,
            must_change_password: false,
            person: Person::default(),
        };
        let event = self.done_by(doer, tenant.id, Action::InvitationSent, None).about(id);
        Ok(self.sent(self.store.tenant(tenant.id).invite(account, invitation, event).await?).map(|()| (id, token)))
    }

    fn sent(&self, invited: Invited) -> Result<(), StaffRefusal> {
        match invited {
            Invited::Yes => Ok(()),
            Invited::EmailTaken => Err(StaffRefusal::EmailTaken),
            Invited::NoSuchRole(role) => Err(StaffRefusal::NoSuchRole(role)),
            Invited::NoSuchAccount => Err(StaffRefusal::NoSuchAccount),
            Invited::TooMany(end) => Err(StaffRefusal::TooMany(end.since(self.store.now()))),
        }
    }

    fn invitation(
        &self,
        doer: Doer<'_>,
        tenant: &Tenant,
        (account, name_hash): (AccountId, [u8; 32]),
        password_version: i64,
    ) -> NewInvitation {
        let now = self.store.now();
        let id = self.random.id(now);
        let token = NewOneTimeToken { id, purpose: OneTimePurpose::Invitation, account, password_version };
        // An operator hands the link over. Else in the tenant's language: the manager's browser says nothing about the new
        // employee.
        let letter = (!matches!(doer, Doer::Operator)).then(|| {
            let letter = Letter::Invitation { account, token: id };
            NewLetter { id: self.random.id(now), tenant: tenant.id, name_hash, letter, language: None }
        });
        NewInvitation { token, invited_by: doer.account(), letter }
    }

    /// Who is invited and has not set a password, the newest first, after the given account.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn invitations(
        &self,
        tenant: &Tenant,
        before: Option<AccountId>,
        limit: u32,
    ) -> Result<Vec<Invitation>, Fault> {
        Ok(self.store.tenant(tenant.id).invitations(before, limit).await?)
    }

    /// Sends another link to somebody who is still invited.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn invite_again(&self, doer: Doer<'_>, tenant: &Tenant, id: AccountId) -> Outcome<()> {
        let Some(account) = self.staff(tenant, id).await? else { return Ok(Err(StaffRefusal::NoSuchAccount)) };
        if !self.reaches(doer, tenant, &account.roles).await? {
            return Ok(Err(StaffRefusal::Beyond));
        }
        let name = self.name_of(tenant, &account);
        let invitation = self.invitation(doer, tenant, (id, name), account.password_version);
        let event = self.done_by(doer, tenant.id, Action::InvitationSent, None).about(id);
        Ok(self.sent(self.store.tenant(tenant.id).invite_again(invitation, event).await?))
    }

    /// Takes an invitation back, and the account that nobody opened with it.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn withdraw_invitation(&self, doer: Doer<'_>, tenant: &Tenant, id: AccountId) -> Outcome<()> {
        let Some(account) = self.staff(tenant, id).await? else { return Ok(Err(StaffRefusal::NoSuchAccount)) };
        if !self.reaches(doer, tenant, &account.roles).await? {
            return Ok(Err(StaffRefusal::Beyond));
        }
        let event = self.done_by(doer, tenant.id, Action::InvitationWithdrawn, None).about(id);
        Ok(said(self.store.tenant(tenant.id).withdraw_invitation(id, event).await?))
    }

    /// Changes names, roles or the demand of a new password.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn edit_staff(
        &self,
        doer: Doer<'_>,
        tenant: &Tenant,
        id: AccountId,
        edit: StaffEdit,
    ) -> Outcome<Account> {
        let Some(account) = self.staff(tenant, id).await? else { return Ok(Err(StaffRefusal::NoSuchAccount)) };
        if edit.roles.as_ref().is_some_and(|roles| Role::common_kind(roles) != Some(Kind::Staff)) {
            return Ok(Err(StaffRefusal::NoStaffRoles));
        }
        if edit.is_stale(&account) {
            return Ok(Err(StaffRefusal::Meanwhile));
        }
        let edit = edit.of(&account);
        if edit.roles.is_some() && doer.is(id) {
            return Ok(Err(StaffRefusal::OwnRoles));
        }
        let wanted = edit.roles.iter().flatten();
        let given: Vec<Role> = wanted.filter(|role| !account.roles.contains(role)).cloned().collect();
        if !self.reaches(doer, tenant, &account.roles).await? || !self.may_give(doer, tenant, &given).await? {
            return Ok(Err(StaffRefusal::Beyond));
        }
        if edit.is_nothing() {
            return Ok(Ok(account));
        }
        let detail = changes(&edit).join(", ");
        let event = self.done_by(doer, tenant.id, Action::AccountChanged, Some(detail)).about(id);
        let (first_name, last_name) = edit.names.map(|(first, last)| (first.into_text(), last.into_text())).unzip();
        let edit = EditAccount {
            was: account,
            first_name,
            last_name,
            roles: edit.roles,
            must_change_password: edit.must_change_password,
            person: EditPerson::default(),
        };
        Ok(match self.store.tenant(tenant.id).edit_account(edit, event).await? {
            Edited::Yes(now) => Ok(now.0),
            Edited::Meanwhile => Err(StaffRefusal::Meanwhile),
            Edited::NoSuchRole(role) => Err(StaffRefusal::NoSuchRole(role)),
            Edited::LastManager => Err(StaffRefusal::LastManager),
        })
    }

    async fn staff(&self, tenant: &Tenant, id: AccountId) -> Result<Option<Account>, Fault> {
        Ok(self.account(tenant, id).await?.filter(|account| account.kind == Kind::Staff))
    }

    /// Whether somebody may give these roles to another. What a role means in other services is not known here, so whoever
    /// gives one holds it himself, or may do everything here.
    async fn may_give(&self, doer: Doer<'_>, tenant: &Tenant, roles: &[Role]) -> Result<bool, Fault> {
        let own = match doer {
            Doer::Operator => return Ok(true),
            Doer::Caller(_, caller) => &caller.account.roles,
            Doer::ApiToken(..) => return Ok(false),
        };
        let opens = permissions_of(own, &self.store.tenant(tenant.id).roles().await?);
        Ok(may_give(own, &opens, roles) && self.reaches(doer, tenant, roles).await?)
    }

    /// Whether whoever does something may do it to, or make, somebody with these roles. What roles open is read anew:
    /// here an old answer would raise somebody.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn reaches(&self, doer: Doer<'_>, tenant: &Tenant, roles: &[Role]) -> Result<bool, Fault> {
        if let Doer::Operator = doer {
            return Ok(true);
        }
        let records = self.store.tenant(tenant.id).roles().await?;
        let own = doer.permissions(&records);
        Ok(own.is_none_or(|own| reaches(&own, &permissions_of(roles, &records))))
    }
}

/// Whether they are the same roles, in whatever order.
fn is_same(one: &[Role], other: &[Role]) -> bool {
    BTreeSet::from_iter(one) == BTreeSet::from_iter(other)
}

/// What the trail says was changed: names of fields, never their contents.
fn changes(edit: &StaffEdit) -> Vec<String> {
    let names = edit.names.as_ref().map(|_| "names".to_owned());
    let roles = edit
        .roles
        .as_ref()
        .map(|roles| format!("roles {}", roles.iter().map(Role::as_str).collect::<Vec<_>>().join(" ")));
    let demand = edit.must_change_password.map(|demand| format!("must_change_password {demand}"));
    [names, roles, demand].into_iter().flatten().collect()
}

fn said(changed: Changed) -> Result<(), StaffRefusal> {
    match changed {
        Changed::Yes | Changed::Already => Ok(()),
        Changed::NoSuchAccount => Err(StaffRefusal::NoSuchAccount),
        Changed::LastManager => Err(StaffRefusal::LastManager),
    }
}

use std::fmt;
use std::sync::Arc;

use countersign_domain::{Kind, Language, Letter, OneTimePurpose, Secret, Settings, TenantId, Timestamp};
use countersign_store::Addressee;
use uuid::Uuid;

use crate::tokens::mailed;
use crate::vault::Secrets;

/// A letter with all that is needed to write it out.
#[derive(Debug)]
pub struct Dispatch {
    /// The same whenever the letter is sent.
    pub id: Uuid,
    /// Whose name stands on it.
    pub tenant: TenantId,
    /// That name.
    pub tenant_name: String,
    /// The tenant's own sender and colour.
    pub settings: Arc<Settings>,
    /// What it is written in.
    pub language: Language,
    /// Where it goes: a stored address, never one from a request.
    pub to: Address,
    /// Whom it greets.
    pub first_name: Option<String>,
    /// When its fact happened.
    pub at: Timestamp,
    /// What it says.
    pub content: Content,
}

/// An address, which no log prints.
#[derive(Clone, PartialEq, Eq)]
pub struct Address(pub String);

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[address]")
    }
}

/// What a letter says.
#[derive(Debug)]
pub enum Content {
    /// Confirm that the address is yours.
    Confirmation(Link),
    /// Somebody tried to register with your address.
    AddressTaken,
    /// You are a member of staff now: set a password.
    Invitation(Link),
    /// Set a new password, for each account of the address.
    Reset(Vec<(Kind, Link)>),
    /// Your password was changed.
    PasswordChanged,
    /// Your password was set by a link.
    PasswordReset,
    /// A used refresh token came back, and the session was ended.
    RefreshReused,
}

/// Where a link in a letter leads, and what it opens.
#[derive(Debug)]
pub struct Link {
    /// The page, without the token.
    pub page: String,
    /// The token: it follows in the fragment, which no server sees, and stands in the letter to be pasted.
    pub token: Secret,
    /// Until when it is good.
    pub expires_at: Timestamp,
}

impl Link {
    /// The whole link.
    pub fn url(&self) -> Secret {
        Secret::new(format!("{}#token={}", self.page, self.token.expose()))
    }
}

/// A page that letters lead to. Its path is part of what tenants build their own pages on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// Confirms an address.
    ConfirmEmail,
    /// Sets the first password of an invited account.
    AcceptInvitation,
    /// Sets a new password.
    ResetPassword,
}

impl Page {
    /// What follows the base of links.
    pub const fn path(self) -> &'static str {
        match self {
            Self::ConfirmEmail => "/confirm-email",
            Self::AcceptInvitation => "/accept-invitation",
            Self::ResetPassword => "/reset-password",
        }
    }

    const fn of(purpose: OneTimePurpose) -> Self {
        match purpose {
            OneTimePurpose::Confirmation => Self::ConfirmEmail,
            OneTimePurpose::Invitation => Self::AcceptInvitation,
            OneTimePurpose::Reset => Self::ResetPassword,
        }
    }
}

/// What a letter says, with its tokens made again. Nothing where it lacks the token that it is about.
pub(super) fn content(
    letter: &Letter,
    tenant: TenantId,
    to: &Addressee,
    base: &str,
    secrets: &Secrets,
) -> Option<Content> {
    let mut links = to.tokens.iter().map(|token| {
        let page = format!("{base}{}", Page::of(token.purpose).path());
        let made = mailed::make(secrets, tenant, token.purpose, token.id);
        (token.kind, Link { page, token: made, expires_at: token.expires_at })
    });
    Some(match letter {
        Letter::Confirmation { .. } => Content::Confirmation(links.next()?.1),
        Letter::Invitation { .. } => Content::Invitation(links.next()?.1),
        Letter::Reset { .. } => Content::Reset(links.collect()),
        Letter::AddressTaken { .. } => Content::AddressTaken,
        Letter::PasswordChanged { .. } => Content::PasswordChanged,
        Letter::PasswordReset { .. } => Content::PasswordReset,
        Letter::RefreshReused { .. } => Content::RefreshReused,
    })
}

#[cfg(test)]
mod tests {
    use countersign_domain::{AccountId, ResetOffer};
    use countersign_store::MailedToken;

    use super::*;
    use crate::Random;

    fn secrets() -> Secrets {
        Secrets::new(Secrets::generate(&Random::seeded(1), Timestamp::from_unix_seconds(1_795_514_400))).unwrap()
    }

    #[test]
    fn a_link_carries_its_token_in_the_fragment_and_nothing_prints_it() {
        let (secrets, tenant) = (secrets(), TenantId::from_uuid(Uuid::from_u128(1)));
        let account = AccountId::from_uuid(Uuid::from_u128(2));
        let ids = [Uuid::from_u128(3), Uuid::from_u128(4)];
        let expires_at = Timestamp::from_unix_seconds(1_795_514_400);
        let token = |kind, id| MailedToken { purpose: OneTimePurpose::Reset, id, kind, expires_at };
        let to = Addressee {
            email: "ada@example.com".into(),
            first_name: None,
            language: None,
            tokens: vec![token(Kind::Customer, ids[0]), token(Kind::Staff, ids[1])],
        };
        let letter = Letter::Reset { offers: ids.map(|token| ResetOffer { account, token }).to_vec() };
        let Some(Content::Reset(links)) = content(&letter, tenant, &to, "https://app.example.com/a", &secrets) else {
            panic!()
        };
        assert_eq!(links.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), [Kind::Customer, Kind::Staff]);
        for ((_, link), id) in links.iter().zip(ids) {
            let (page, token) =
                link.url().expose().split_once("#token=").map(|(p, t)| (p.to_owned(), t.to_owned())).unwrap();
            assert_eq!(page, "https://app.example.com/a/reset-password");
            assert_eq!(mailed::read(&token, &secrets, tenant, OneTimePurpose::Reset), Some(id));
            assert_eq!(mailed::read(&token, &secrets, tenant, OneTimePurpose::Invitation), None);
            assert!(!format!("{links:?}").contains(&token));
        }
    }

    #[test]
    fn a_letter_without_its_token_is_none() {
        let (secrets, tenant) = (secrets(), TenantId::from_uuid(Uuid::from_u128(1)));
        let to = Addressee { email: "ada@example.com".into(), first_name: None, language: None, tokens: Vec::new() };
        let letter = Letter::Confirmation { registration: Uuid::from_u128(3) };
        assert!(content(&letter, tenant, &to, "", &secrets).is_none());
    }
}

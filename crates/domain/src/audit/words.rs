use std::fmt;
use std::str::FromStr;

/// Longest name of an action or reason that a row may hold; ours are shorter.
const WORD_BYTES_MAX: usize = 40;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$word_doc:meta])* $word:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$word_doc])* $word,)+
            /// A name written by a newer version. It is only read: while nodes of two versions share a store, the
            /// older one must still be able to seal, list and verify what the newer one wrote.
            Other(Box<str>),
        }

        impl $name {
            /// Every name of this version, as filters and completions offer them.
            pub const NAMES: &'static [&'static str] = &[$($text),+];

            /// The name in the store, on the wire and in the export. It never changes.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$word => $text,)+
                    Self::Other(text) => text,
                }
            }

            /// Reads a stored name; one of a newer version becomes `Other`, what no version would write is `None`.
            pub fn read(text: &str) -> Option<Self> {
                match text.parse() {
                    Ok(known) => Some(known),
                    Err(UnknownWord) if is_word(text) => Some(Self::Other(text.into())),
                    Err(UnknownWord) => None,
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            /// Reads a name of this version only, as somebody types it into a filter.
            fn from_str(text: &str) -> Result<Self, UnknownWord> {
                match text {
                    $($text => Ok(Self::$word),)+
                    _ => Err(UnknownWord),
                }
            }
        }
    };
}

words! {
    /// What was done, or tried; only what this version writes, since an older one reads newer names anyway. Together with [`Outcome`](super::Outcome) and [`Reason`] it says what happened.
    Action {
        /// Somebody proved a password, or failed to. Refused ones carry the reason.
        Login = "login",
        /// A name's counter reached the tenant's limit: attempts are refused until it ends.
        LockoutStarted = "lockout_started",
        /// A manager or operator ended a lockout.
        AccountUnlocked = "account_unlocked",
        /// A refresh token was used that had been used before: its session ended.
        RefreshReused = "refresh_reused",
        /// A session's owner ended it.
        Logout = "logout",
        /// One session was ended by anything but its owner's logout.
        SessionEnded = "session_ended",
        /// An account was made.
        AccountCreated = "account_created",
        /// Accounts of another system were written, as many as the count; the detail names their rows in its file.
        AccountsImported = "accounts_imported",
        /// Somebody began to take out every account of the tenant, hashes included.
        AccountsExported = "accounts_exported",
        /// A deactivated account may log in again.
        AccountActivated = "account_activated",
        /// An account may no longer log in; its sessions ended.
        AccountDeactivated = "account_deactivated",
        /// A password was set without the old one: by an operator, an invitation or a reset.
        PasswordSet = "password_set",
        /// The owner changed the password, or failed to prove the current one.
        PasswordChanged = "password_changed",
        /// The owner proved the password once more at a page that asks for it, or failed to.
        PasswordProved = "password_proved",
        /// Somebody asked for a link to reset a password.
        ResetRequested = "reset_requested",
        /// Somebody wants to be a customer; there is no account yet.
        Registered = "registered",
        /// A registration was confirmed and became an account, or the password for it was wrong.
        EmailConfirmed = "email_confirmed",
        /// A link to set the first password was posted.
        InvitationSent = "invitation_sent",
        /// An invitation was taken back, and its account with it.
        InvitationWithdrawn = "invitation_withdrawn",
        /// A letter that was given up is to be sent again; the detail names it.
        LetterRetried = "letter_retried",
        /// Names, roles or what is known of a person were changed; the detail names which.
        AccountChanged = "account_changed",
        /// An API token was made.
        ApiTokenCreated = "api_token_created",
        /// An API token got a new secret.
        ApiTokenRotated = "api_token_rotated",
        /// An API token was ended: by somebody, or with what whoever answers for it has lost.
        ApiTokenInvalidated = "api_token_invalidated",
        /// An API token was taken out of the list; it opens nothing any more.
        ApiTokenDeleted = "api_token_deleted",
        /// A role was made.
        RoleCreated = "role_created",
        /// What a role opens was changed.
        RoleChanged = "role_changed",
        /// A role was deleted.
        RoleDeleted = "role_deleted",
        /// A key was made.
        KeyCreated = "key_created",
        /// A key signs no more.
        KeyRetired = "key_retired",
        /// A key was declared stolen; what it signed is refused.
        KeyCompromised = "key_compromised",
        /// The first encryption key of the tenant was made.
        EncryptionKeyCreated = "encryption_key_created",
        /// A new encryption key took the place of the one before, which opens nothing any more.
        EncryptionKeyRotated = "encryption_key_rotated",
        /// A tenant was made.
        TenantCreated = "tenant_created",
        /// A setting of the tenant was changed; the detail names it.
        TenantChanged = "tenant_changed",
        /// The tenant was shut.
        TenantSuspended = "tenant_suspended",
        /// The tenant was opened again.
        TenantResumed = "tenant_resumed",
        /// Somebody took the whole trail out, or began to.
        AuditExported = "audit_exported",
    }
}

words! {
    /// Why something was refused or ended.
    Reason {
        /// The password did not match.
        WrongPassword = "wrong_password",
        /// The name has no account in this tenant.
        UnknownName = "unknown_name",
        /// The name, or the account of the kind asked for, is locked.
        Locked = "locked",
        /// The account may not log in.
        Deactivated = "deactivated",
        /// A refresh token had been used before.
        Reused = "reused",
        /// The caller's network or name asked too often.
        TooManyRequests = "too_many_requests",
        /// The hash queue had no place.
        Overloaded = "overloaded",
        /// The account had as many live sessions as it may: the oldest gave way.
        TooManySessions = "too_many_sessions",
        /// Too many failures without a success.
        TooManyFailures = "too_many_failures",
        /// A manager or operator asked for it.
        Requested = "requested",
        /// A holder gave it up (RFC 7009).
        Revoked = "revoked",
        /// Whoever answered for it may do so no longer.
        MakerLost = "maker_lost",

        /// A mailed link that invites.
        Invitation = "invitation",
        /// A mailed link that resets.
        Reset = "reset",
    }
}

/// A name that this version does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a known name")]
pub struct UnknownWord;

fn is_word(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= WORD_BYTES_MAX
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_name_is_a_word_that_reads_back() {
        for name in Action::NAMES {
            assert!(is_word(name), "{name}");
            assert_eq!(name.parse::<Action>().unwrap().as_str(), *name);
        }
        for name in Reason::NAMES {
            assert!(is_word(name), "{name}");
            assert_eq!(name.parse::<Reason>().unwrap().as_str(), *name);
        }
        let distinct: BTreeSet<_> = Action::NAMES.iter().collect();
        assert_eq!(distinct.len(), Action::NAMES.len());
    }

    #[test]
    fn a_newer_name_is_kept_and_nonsense_is_not() {
        assert_eq!(Action::read("login"), Some(Action::Login));
        assert_eq!(Action::read("passkey_added").unwrap().as_str(), "passkey_added");
        assert_eq!("passkey_added".parse::<Action>(), Err(UnknownWord));
        for text in ["", "Login", "log in", "login\n", &"x".repeat(41)] {
            assert_eq!(Action::read(text), None, "{text:?}");
        }
    }
}

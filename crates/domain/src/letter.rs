mod turns;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{AccountId, Timestamp};

pub use turns::in_turn;

/// A letter as the outbox keeps it: a kind and ids, never a token and never an address. Who it goes to, and what it
/// opens, is looked up and made again when it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Letter {
    /// To somebody who registered: the token that, with the password chosen then, makes the account.
    Confirmation {
        /// The registration, whose id is the token's.
        registration: Uuid,
    },
    /// To the owner of an address that somebody tried to register again.
    AddressTaken {
        /// Who has the address.
        account: AccountId,
    },
    /// To a new member of staff: the link to set a password.
    Invitation {
        /// Who is invited.
        account: AccountId,
        /// The one-time token.
        token: Uuid,
    },
    /// To whoever asked for a reset: a link for each account of the address.
    Reset {
        /// The accounts of one name.
        offers: Vec<ResetOffer>,
    },
    /// A notice: the password was changed by its owner.
    PasswordChanged {
        /// Whose.
        account: AccountId,
    },
    /// A notice: the password was set by a mailed link.
    PasswordReset {
        /// Whose.
        account: AccountId,
    },
    /// A notice: a used refresh token came back, and the session was ended.
    RefreshReused {
        /// Whose.
        account: AccountId,
    },
}

/// One account that a reset letter offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResetOffer {
    /// Whose password it sets.
    pub account: AccountId,
    /// The one-time token.
    pub token: Uuid,
}

/// How often a stranger can cause a letter: at most so many in so long, silently nothing beyond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LetterCap {
    /// Letters of the kind to one name.
    pub letters_max: u32,
    /// Within this time.
    pub window: Duration,
}

impl LetterCap {
    /// When there is room for one more, after letters that were sent at these moments, the newest first; nothing where there
    /// is.
    pub fn room_at(&self, sent: impl IntoIterator<Item = Timestamp>) -> Option<Timestamp> {
        let nth = usize::try_from(self.letters_max.saturating_sub(1)).unwrap_or(usize::MAX);
        sent.into_iter().nth(nth).map(|oldest| oldest.plus(self.window))
    }
}

/// Resets: a person who waits for one tries again within minutes.
const RESET_CAP: LetterCap = LetterCap { letters_max: 3, window: Duration::from_secs(30 * 60) };
/// Everything else that strangers can cause.
const OTHER_CAP: LetterCap = LetterCap { letters_max: 3, window: Duration::from_secs(60 * 60) };

/// Invitations that one tenant sends: enough for the staff of a new branch in an afternoon, and no use to whoever stole a
/// manager's token and wants to mail the world.
pub const INVITATION_CAP: LetterCap = LetterCap { letters_max: 100, window: Duration::from_secs(60 * 60) };
/// Invitations to one person.
pub const INVITATION_TO_ONE_CAP: LetterCap = LetterCap { letters_max: 5, window: Duration::from_secs(60 * 60) };

/// A notice is worth reading for this long after the fact, however long the mail server was away.
const NOTICE_LIFE: Duration = Duration::from_secs(7 * 24 * 3600);

/// No letter is worth sending for longer.
pub const LETTER_LIFE_MAX: Duration = NOTICE_LIFE;

/// The pause before the second attempt, at most; it doubles with every further one.
pub const RETRY_FIRST: Duration = Duration::from_secs(15);
/// The longest pause: a mail server that comes back after days finds every letter within the hour.
pub const RETRY_PAUSE_MAX: Duration = Duration::from_secs(3600);

/// The pause after a failed attempt, the first being 1. By chance, `dice` of 0 to `u32::MAX`, it is cut by up to a half,
/// so that letters which failed together are not tried together again.
pub fn retry_pause(attempt: u32, dice: u32) -> Duration {
    let doubled = 1_u32.checked_shl(attempt.saturating_sub(1)).unwrap_or(u32::MAX);
    let whole = RETRY_FIRST.saturating_mul(doubled).min(RETRY_PAUSE_MAX);
    whole / 2 + (whole / 2).mul_f64(f64::from(dice) / f64::from(u32::MAX))
}

impl Letter {
    /// The name in the store, in listings and in metrics.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Confirmation { .. } => "confirmation",
            Self::AddressTaken { .. } => "address_taken",
            Self::Invitation { .. } => "invitation",
            Self::Reset { .. } => "reset",
            Self::PasswordChanged { .. } => "password_changed",
            Self::PasswordReset { .. } => "password_reset",
            Self::RefreshReused { .. } => "refresh_reused",
        }
    }

    /// How often a stranger can cause it; nothing for notices of a fact, and for invitations, of which a manager is told
    /// when there are too many.
    pub const fn cap(&self) -> Option<LetterCap> {
        match self {
            Self::Reset { .. } => Some(RESET_CAP),
            Self::Confirmation { .. } | Self::AddressTaken { .. } => Some(OTHER_CAP),
            Self::Invitation { .. }
            | Self::PasswordChanged { .. }
            | Self::PasswordReset { .. }
            | Self::RefreshReused { .. } => None,
        }
    }

    /// Whether somebody waits for it who cannot get in: letters of this name do not stand behind others.
    pub fn is_waited_for(kind: &str) -> bool {
        kind == Self::Reset { offers: Vec::new() }.kind()
    }

    /// How long it is worth sending: as long as what it carries can be used.
    pub const fn life(&self) -> Duration {
        match self {
            Self::Confirmation { .. } => CONFIRMATION_LIFE,
            Self::Invitation { .. } => INVITATION_LIFE,
            Self::Reset { .. } => RESET_LIFE,
            Self::AddressTaken { .. }
            | Self::PasswordChanged { .. }
            | Self::PasswordReset { .. }
            | Self::RefreshReused { .. } => NOTICE_LIFE,
        }
    }
}

/// How long a link that resets a password is good.
pub const RESET_LIFE: Duration = Duration::from_secs(30 * 60);
/// How long an invitation is good.
pub const INVITATION_LIFE: Duration = Duration::from_secs(72 * 3600);
/// How long a registration waits for its confirmation.
pub const CONFIRMATION_LIFE: Duration = Duration::from_secs(24 * 3600);

/// What a one-time token is for; a token of one purpose is none of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OneTimePurpose {
    /// Makes the account of a registration, together with its password. Its id is the registration's.
    Confirmation,
    /// Sets the first password of an invited account.
    Invitation,
    /// Sets a new password.
    Reset,
}

impl OneTimePurpose {
    /// How long a token is good.
    pub const fn life(self) -> Duration {
        match self {
            Self::Confirmation => CONFIRMATION_LIFE,
            Self::Invitation => INVITATION_LIFE,
            Self::Reset => RESET_LIFE,
        }
    }

    /// The name in the store and in the token's MAC.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Confirmation => "confirmation",
            Self::Invitation => "invitation",
            Self::Reset => "reset",
        }
    }
}

impl std::str::FromStr for OneTimePurpose {
    type Err = crate::UnknownName;

    fn from_str(text: &str) -> Result<Self, crate::UnknownName> {
        [Self::Confirmation, Self::Invitation, Self::Reset]
            .into_iter()
            .find(|purpose| purpose.name() == text)
            .ok_or(crate::UnknownName)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_an_hour_and_differ_by_chance() {
        for (attempt, seconds) in [(1, 15), (2, 30), (3, 60), (8, 1_920), (9, 3_600), (40, 3_600), (u32::MAX, 3_600)] {
            let longest = Duration::from_secs(seconds);
            assert_eq!(retry_pause(attempt, u32::MAX), longest, "{attempt}");
            assert_eq!(retry_pause(attempt, 0), longest / 2, "{attempt}");
            let between = retry_pause(attempt, u32::MAX / 2);
            assert!(longest / 2 < between && between < longest, "{attempt}");
        }
    }

    #[test]
    fn no_letter_lives_longer_than_the_longest() {
        let account = AccountId::from_uuid(Uuid::from_u128(1));
        let (registration, token) = (Uuid::from_u128(2), Uuid::from_u128(3));
        for letter in [
            Letter::Confirmation { registration },
            Letter::Invitation { account, token },
            Letter::Reset { offers: Vec::new() },
            Letter::PasswordChanged { account },
        ] {
            assert!(letter.life() <= LETTER_LIFE_MAX, "{}", letter.kind());
            assert!(letter.cap().is_none_or(|cap| cap.window <= Duration::from_secs(3600)), "{}", letter.kind());
        }
    }

    #[test]
    fn a_letter_survives_its_text_and_its_text_names_its_kind() {
        let account = AccountId::from_uuid(Uuid::from_u128(1));
        let offer = ResetOffer { account, token: Uuid::from_u128(2) };
        for letter in [
            Letter::Confirmation { registration: Uuid::from_u128(3) },
            Letter::AddressTaken { account },
            Letter::Invitation { account, token: Uuid::from_u128(4) },
            Letter::Reset { offers: vec![offer] },
            Letter::PasswordChanged { account },
            Letter::PasswordReset { account },
            Letter::RefreshReused { account },
        ] {
            let text = serde_json::to_string(&letter).unwrap();
            assert!(text.contains(&format!("\"kind\":\"{}\"", letter.kind())), "{text}");
            assert_eq!(serde_json::from_str::<Letter>(&text).unwrap(), letter);
        }
    }
}

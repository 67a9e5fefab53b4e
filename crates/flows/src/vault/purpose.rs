use std::fmt;
use std::str::FromStr;

/// What a symmetric key is for. No key serves two purposes. A purpose that a new version adds gets its key at start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// The MAC of refresh tokens.
    Refresh,
    /// The MAC of device marks.
    DeviceMark,
    /// The keyed hash of email keys, under which counters are kept. Never rotated, or every lock would vanish.
    NameHash,
    /// The MAC of mailed tokens.
    MailedToken,
    /// The MAC of the cookies and forms of browsers.
    Browser,
    /// The seed of the Ed25519 key that signs the seals of the audit trail.
    AuditSeal,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 6] =
        [Self::Refresh, Self::DeviceMark, Self::NameHash, Self::MailedToken, Self::Browser, Self::AuditSeal];

    /// Its name in the store and in listings.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Refresh => "refresh",
            Self::DeviceMark => "device-mark",
            Self::NameHash => "name-hash",
            Self::MailedToken => "mailed-token",
            Self::Browser => "browser",
            Self::AuditSeal => "audit-seal",
        }
    }

    /// What a sealed key is bound to besides its row, so that a key moved to another purpose does not open.
    pub(super) const fn column(self) -> &'static str {
        match self {
            Self::Refresh => "secret_key.sealed refresh",
            Self::DeviceMark => "secret_key.sealed device-mark",
            Self::NameHash => "secret_key.sealed name-hash",
            Self::MailedToken => "secret_key.sealed mailed-token",
            Self::Browser => "secret_key.sealed browser",
            Self::AuditSeal => "secret_key.sealed audit-seal",
        }
    }
}

impl FromStr for Purpose {
    type Err = NotAPurpose;

    fn from_str(text: &str) -> Result<Self, NotAPurpose> {
        Self::ALL.into_iter().find(|purpose| purpose.name() == text).ok_or(NotAPurpose)
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that is no purpose of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a purpose of a secret key")]
pub struct NotAPurpose;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_purpose_survives_its_name() {
        for purpose in Purpose::ALL {
            assert_eq!(purpose.to_string().parse(), Ok(purpose));
            assert_eq!(purpose.column(), format!("secret_key.sealed {purpose}"));
        }
        assert_eq!("Refresh".parse::<Purpose>(), Err(NotAPurpose));
    }
}

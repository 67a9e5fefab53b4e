use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps a UUID; new ones are UUIDv7 (RFC 9562), so that rows lie in the order they were made.
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID itself, as the store keeps it.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                text.parse().map(Self)
            }
        }
    };
}

id!(
    /// One customer of the platform: the owner of accounts, keys and settings.
    TenantId
);
id!(
    /// One account: a kind and an email within a tenant.
    AccountId
);
id!(
    /// One session: a login and all the tokens that descend from it. The claim `sid`.
    SessionId
);
id!(
    /// One API token, whatever its secret is at the moment.
    ApiTokenId
);
id!(
    /// One event of the audit trail.
    EventId
);
id!(
    /// One signing key, encryption key or sealed secret.
    KeyId
);

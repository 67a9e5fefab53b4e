use serde::{Serialize, Serializer};

/// What a person is told of a code, in some language. The table has the English; the others are the server's, since a
/// client shows what it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeWords {
    /// One sentence: what is the matter.
    pub message: &'static str,
    /// What they can do about it, each without a full stop.
    pub solutions: &'static [&'static str],
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident {
        constant: $constant:literal, status: $status:literal, title: $title:literal,
        message: $message:literal, solutions: $solutions:expr, when: $when:literal $(,)?
    })*) => {
        /// The one table of error codes. A constant is a promise: clients branch on it, so it never changes its
        /// meaning and is never used again for another.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code {
            $(#[doc = $when] $name,)*
        }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The constant on the wire.
            pub const fn constant(self) -> &'static str {
                match self { $(Self::$name => $constant,)* }
            }

            /// The HTTP status of every answer with this code.
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status,)* }
            }

            /// What the code stands for, in a few words.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }

            /// What the person is told, in English.
            pub const fn words(self) -> CodeWords {
                match self { $(Self::$name => CodeWords { message: $message, solutions: &$solutions },)* }
            }

            /// When it is answered, for the developer of a client.
            pub const fn when(self) -> &'static str {
                match self { $(Self::$name => $when,)* }
            }
        }
    };
}

codes! {
    ValidationFailed {
        constant: "VALIDATION_FAILED", status: 400, title: "Validation failed",
        message: "The request is not complete or not correct.",
        solutions: ["Correct the fields named in errors and send the request again"],
        when: "A header or field is missing, malformed or stands twice; `errors` names every one.",
    }
    DecryptionFailed {
        constant: "DECRYPTION_FAILED", status: 400, title: "Decryption failed",
        message: "The encrypted fields of the request could not be read.",
        solutions: ["Fetch the encryption key again, encrypt under it and send the request again"],
        when: "`payloadEncrypted` is true and a field does not decrypt under the key in use, whyever. Nothing was counted.",
    }
    BadHost {
        constant: "BAD_HOST", status: 400, title: "Bad host",
        message: "The address of the request is not a valid host name.",
        solutions: ["Check the address (https://{tenant}.{domain}) and send exactly one Host"],
        when: "`Host` is missing, malformed, stands twice, or differs from `:authority`.",
    }
    InvalidCredentials {
        constant: "INVALID_CREDENTIALS", status: 401, title: "Invalid credentials",
        message: "The email or the password is incorrect.",
        solutions: [
            "Verify email address is correct",
            "Check password is entered correctly",
            "Use password reset if forgotten",
            "Contact support if issue persists",
        ],
        when: "The email or the password is wrong; also an unknown email where the tenant conceals which are known.",
    }
    InvalidToken {
        constant: "INVALID_TOKEN", status: 401, title: "Invalid token",
        message: "You are not logged in, or your session has ended.",
        solutions: ["Refresh the access token", "Log in again"],
        when: "The access token is missing, malformed, expired, of another tenant, or its session has ended.",
    }
    InvalidRefreshToken {
        constant: "INVALID_REFRESH_TOKEN", status: 401, title: "Invalid refresh token",
        message: "Your session has ended.",
        solutions: ["Log in again"],
        when: "The refresh token is not one of this tenant's, has expired, or its session has ended.",
    }
    AccountLocked {
        constant: "ACCOUNT_LOCKED", status: 403, title: "Account locked",
        message: "There were too many failed attempts, so logging in is locked for a while.",
        solutions: [
            "Wait for the lockout period to expire",
            "Contact your administrator to unlock the account",
            "Use the \u{201c}Forgot Password\u{201d} flow to reset password",
        ],
        when: "Multiple failed login attempts; `lockedUntil` and `Retry-After` say when the lockout ends.",
    }
    AccountDeactivated {
        constant: "ACCOUNT_DEACTIVATED", status: 403, title: "Account deactivated",
        message: "Your account has been deactivated.",
        solutions: ["Contact your administrator to activate the account"],
        when: "The password is right and the account is deactivated.",
    }
    RefreshTokenReused {
        constant: "REFRESH_TOKEN_REUSED", status: 403, title: "Refresh token reused",
        message: "Your session was ended to protect your account, because an old token of it was used again.",
        solutions: ["Log in again", "Change your password if you do not know why this happened"],
        when: "A refresh token that was already used came back: the whole session has ended.",
    }
    Forbidden {
        constant: "FORBIDDEN", status: 403, title: "Forbidden",
        message: "Your role does not allow this.",
        solutions: ["Ask a manager to do it", "Ask a manager for a role that may", "Change your password first if you are asked to"],
        when: "The token is good and its roles do not open this call, or it reaches beyond what the caller may do himself.",
    }
    TenantSuspended {
        constant: "TENANT_SUSPENDED", status: 403, title: "Tenant suspended",
        message: "This service is suspended at the moment.",
        solutions: ["Contact support"],
        when: "The tenant is suspended; only its published keys are still served.",
    }
    UserNotFound {
        constant: "USER_NOT_FOUND", status: 404, title: "User not found",
        message: "No account is registered with this email address.",
        solutions: [
            "Verify the email address",
            "Check if the user exists in your tenant",
            "Contact administrator to create the user account",
        ],
        when: "The email is not registered with the tenant, and the tenant tells.",
    }
    TenantNotFound {
        constant: "TENANT_NOT_FOUND", status: 404, title: "Tenant not found",
        message: "Nobody is served at this address.",
        solutions: ["Check the address: it begins with the name of the tenant"],
        when: "The host names no tenant.",
    }
    NotFound {
        constant: "NOT_FOUND", status: 404, title: "Not found",
        message: "There is nothing at this address.",
        solutions: ["Check the path of the request"],
        when: "No call has this path, or what it names does not exist.",
    }
    MethodNotAllowed {
        constant: "METHOD_NOT_ALLOWED", status: 405, title: "Method not allowed",
        message: "This address cannot be called in this way.",
        solutions: ["Use one of the methods named in Allow"],
        when: "The path exists and does not take this method.",
    }
    EmailTaken {
        constant: "EMAIL_TAKEN", status: 409, title: "Email taken",
        message: "There is an account with this email address already.",
        solutions: ["Use another email address", "Log in, or use password reset if the password is forgotten"],
        when: "The tenant has an account of the same kind with this address.",
    }
    LastManager {
        constant: "LAST_MANAGER", status: 409, title: "Last manager",
        message: "This is the last manager who can log in, so it must stay one.",
        solutions: ["Make somebody else a manager first"],
        when: "The change would leave the tenant without an active MANAGER.",
    }
    ChangedMeanwhile {
        constant: "CHANGED_MEANWHILE", status: 409, title: "Changed meanwhile",
        message: "Somebody else changed this at the same moment.",
        solutions: ["Look at it again and repeat the change if it is still wanted"],
        when: "The account was changed between being read and being written. Nothing was done.",
    }
    TooManyApiTokens {
        constant: "TOO_MANY_API_TOKENS", status: 409, title: "Too many API tokens",
        message: "There are as many API tokens as there can be.",
        solutions: ["Delete the tokens that have ended, or that nothing uses any more"],
        when: "The tenant has a hundred API tokens, dead ones among them.",
    }
    ApiTokenEnded {
        constant: "API_TOKEN_ENDED", status: 409, title: "API token ended",
        message: "This API token has expired or was invalidated, and does not come back.",
        solutions: ["Make a new API token"],
        when: "An API token that has ended is to be rotated.",
    }
    RotatedJustNow {
        constant: "ROTATED_JUST_NOW", status: 409, title: "Rotated just now",
        message: "This API token got a new secret a moment ago.",
        solutions: ["Use the secret that was shown then", "Wait as long as Retry-After says and rotate it again"],
        when: "An API token was rotated less than ten seconds ago: another rotation would void the secret just shown.",
    }
    RequestTimeout {
        constant: "REQUEST_TIMEOUT", status: 408, title: "Request timeout",
        message: "The request took too long to arrive.",
        solutions: ["Check the connection and send the request again"],
        when: "The body did not arrive in time.",
    }
    PayloadTooLarge {
        constant: "PAYLOAD_TOO_LARGE", status: 413, title: "Payload too large",
        message: "The request is too large.",
        solutions: ["Send less"],
        when: "The body has more bytes than any call takes.",
    }
    UnsupportedMediaType {
        constant: "UNSUPPORTED_MEDIA_TYPE", status: 415, title: "Unsupported media type",
        message: "The request is not JSON.",
        solutions: ["Send Content-Type: application/json, in UTF-8, not compressed"],
        when: "`Content-Type` is not `application/json`, or the body is encoded in some other way.",
    }
    TooManyRequests {
        constant: "TOO_MANY_REQUESTS", status: 429, title: "Too many requests",
        message: "There were too many requests from your network.",
        solutions: ["Wait as long as Retry-After says and try again"],
        when: "A limit on requests or failures of one network, or on waiting ones of one name, is reached.",
    }
    HeadersTooLarge {
        constant: "HEADERS_TOO_LARGE", status: 431, title: "Headers too large",
        message: "The request has too many headers.",
        solutions: ["Send fewer headers", "Clear the cookies of this site"],
        when: "The head has more fields than allowed (HTTP/1.1 answers an empty 431 or 400 instead).",
    }
    Internal {
        constant: "INTERNAL", status: 500, title: "Internal error",
        message: "Something went wrong on our side.",
        solutions: ["Try again later", "Contact support with the requestId"],
        when: "Something is broken. The cause stands in the log line of the request and nowhere else.",
    }
    Overloaded {
        constant: "OVERLOADED", status: 503, title: "Overloaded",
        message: "Too many people are logging in at the moment.",
        solutions: ["Wait as long as Retry-After says and try again"],
        when: "The request would have to wait too long for its turn. Nothing was counted.",
    }
    StoreUnavailable {
        constant: "STORE_UNAVAILABLE", status: 503, title: "Store unavailable",
        message: "The service is not available at the moment.",
        solutions: ["Wait as long as Retry-After says and try again"],
        when: "The database cannot be reached. Whether a change took place is then unknown: repeat it.",
    }
}

impl Code {
    /// The code with this constant, for clients: a newer server may send one that they do not know.
    pub fn known(constant: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.constant() == constant)
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.constant())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_are_unique_and_known_again() {
        for code in Code::ALL {
            assert_eq!(Code::known(code.constant()), Some(*code));
            assert!(code.constant().bytes().all(|b| b.is_ascii_uppercase() || b == b'_'));
        }
        assert_eq!(Code::known("NEWER"), None);
    }

    #[test]
    fn every_code_tells_a_person_what_to_do() {
        for code in Code::ALL {
            assert!((400..600).contains(&code.status()));
            assert!(code.words().message.ends_with('.') && code.when().ends_with('.'), "{}", code.constant());
            assert!(!code.words().solutions.is_empty(), "{}", code.constant());
        }
    }
}

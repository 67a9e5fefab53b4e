//! All that can be wrong with a field of a request, as a closed set: so that whoever shows a fault to a person, as JSON
//! or on a page, finds its words in that person's language (`words/faults.rs`), and a new one does not compile without.

use std::borrow::Cow;

use countersign_api::{FaultCode, FormFault};
use countersign_domain::{
    BadApiTokenName, BadEmail, BadPassword, BadPerson, BadRole, Must, PolicyFault, Role, UnknownName,
};
use countersign_flows::{PasswordRefusal, StaffRefusal};

use super::cursor::BadCursor;

/// The faults of one request.
pub type Faults = countersign_api::Faults<FieldFault>;

/// What is wrong with a field. It prints in English.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FieldFault {
    /// No form and no page lets a person do it: a malformed header, JSON of another type, a name that is none of a
    /// closed list. Its text is for whoever writes the client, and stays English.
    #[error("{1}")]
    ByClient(FaultCode, Cow<'static, str>),
    /// It is not there.
    #[error("{}", FormFault::Missing)]
    Missing,
    /// It has more bytes than this.
    #[error("{}", FormFault::TooLong(*.0))]
    TooLong(usize),
    /// It is no email address of ours.
    #[error("{0}")]
    Email(#[from] BadEmail),
    /// It says nothing of a person.
    #[error("{0}")]
    Person(#[from] BadPerson),
    /// It is nobody's password.
    #[error("{0}")]
    Password(#[from] BadPassword),
    /// The tenant wants other passwords: everything that it has against this one.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Policy(Vec<PolicyFault>),
    /// It is the password so far.
    #[error("{}", PasswordRefusal::Unchanged)]
    PasswordUnchanged,
    /// Anybody can read this password in the documentation.
    #[error("{}", PasswordRefusal::Published)]
    PasswordPublished,
    /// The password was typed in two ways.
    #[error("must be the same as password")]
    PasswordsDiffer,
    /// The tenant has no such role for staff.
    #[error("{}", StaffRefusal::NoSuchRole(.0.clone()))]
    NoSuchRole(Role),
    /// No role, or one that is not for staff.
    #[error("{}", StaffRefusal::NoStaffRoles)]
    NoStaffRoles,
    /// It names no API token.
    #[error("{0}")]
    ApiTokenName(#[from] BadApiTokenName),
    /// It is no whole number between these two.
    #[error("{}", Must::Number { least: *.0, most: *.1 })]
    Number(u32, u32),
    /// It is no colour.
    #[error("{}", Must::Colour)]
    Colour,
}

impl FieldFault {
    /// What only a client can have caused.
    pub fn by_client(code: FaultCode, must: impl Into<Cow<'static, str>>) -> Self {
        Self::ByClient(code, must.into())
    }

    /// A value that only a client can have chosen.
    pub fn unknown(must: impl Into<Cow<'static, str>>) -> Self {
        Self::by_client(FaultCode::Invalid, must)
    }

    /// The code on the wire: what sort of fault it is, for programs.
    pub const fn code(&self) -> FaultCode {
        match self {
            Self::ByClient(code, _) => *code,
            Self::Missing => FormFault::Missing.code(),
            Self::TooLong(bytes_max) => FormFault::TooLong(*bytes_max).code(),
            _ => FaultCode::Invalid,
        }
    }
}

impl From<FormFault> for FieldFault {
    fn from(fault: FormFault) -> Self {
        match fault {
            FormFault::Missing => Self::Missing,
            FormFault::TooLong(bytes_max) => Self::TooLong(bytes_max),
            FormFault::ByClient(code, must) => Self::ByClient(code, must),
        }
    }
}

impl From<Must> for FieldFault {
    fn from(must: Must) -> Self {
        match must {
            Must::Number { least, most } => Self::Number(least, most),
            Must::Colour => Self::Colour,
            Must::Other(text) => Self::unknown(text),
        }
    }
}

/// A role is chosen from those of the tenant, never typed.
impl From<BadRole> for FieldFault {
    fn from(why: BadRole) -> Self {
        Self::unknown(why.to_string())
    }
}

/// So is what has a closed list of names.
impl From<UnknownName> for FieldFault {
    fn from(why: UnknownName) -> Self {
        Self::unknown(why.to_string())
    }
}

impl From<BadCursor> for FieldFault {
    fn from(why: BadCursor) -> Self {
        Self::unknown(why.to_string())
    }
}

use std::fmt;

use crate::Permission;

/// What would mend something. The list is closed: each is a call, a command, or something that a person does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// The tenant is served again.
    ResumeTenant,
    /// The account is opened again.
    Activate,
    /// The link of the invitation is used.
    AcceptInvitation,
    /// The invitation is sent again, and the new link used.
    InviteAgain,
    /// A link is asked for and a password set with it.
    ResetPassword,
    /// A password is set for the person.
    SetPassword,
    /// The lockout is ended.
    Unlock,
    /// It ends by itself.
    Wait,
    /// The person changes the password.
    ChangePassword,
    /// A login says which of two accounts it is at.
    SendRole,
    /// A login shows that its device has proved the password before.
    SendDeviceToken,
}

/// Who can apply a remedy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemedyBy {
    /// Whoever sits at the command line.
    Operator,
    /// Whose roles open this.
    Holder(Permission),
    /// Whose account it is.
    Person,
    /// The program that the person logs in with.
    Client,
    /// Nobody has to do anything.
    Time,
}

impl Remedy {
    /// Who can apply it.
    pub const fn by(self) -> RemedyBy {
        match self {
            Self::ResumeTenant | Self::SetPassword => RemedyBy::Operator,
            Self::Activate => RemedyBy::Holder(Permission::ChangeStanding),
            Self::InviteAgain => RemedyBy::Holder(Permission::ChangeStaff),
            Self::Unlock => RemedyBy::Holder(Permission::Unlock),
            Self::AcceptInvitation | Self::ResetPassword | Self::ChangePassword => RemedyBy::Person,
            Self::SendRole | Self::SendDeviceToken => RemedyBy::Client,
            Self::Wait => RemedyBy::Time,
        }
    }
}

impl RemedyBy {
    /// The name on the wire: a permission's own where it takes one.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Holder(permission) => permission.name(),
            Self::Person => "person",
            Self::Client => "client",
            Self::Time => "time",
        }
    }
}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ResumeTenant => "the operator resumes the tenant",
            Self::Activate => "activate the account",
            Self::AcceptInvitation => "the person uses the link of the invitation",
            Self::InviteAgain => "send the invitation again, and the person uses the new link",
            Self::ResetPassword => "the person uses Forgot Password",
            Self::SetPassword => "the operator sets a password",
            Self::Unlock => "unlock the account",
            Self::Wait => "wait",
            Self::ChangePassword => "the person changes the password",
            Self::SendRole => "the client sends role",
            Self::SendDeviceToken => "the client sends the deviceToken of an earlier login",
        })
    }
}

/// What would mend something, in a sentence: "Unlock the account, or wait."
pub fn in_words(remedies: &[Remedy]) -> String {
    let words: Vec<String> = remedies.iter().map(ToString::to_string).collect();
    let sentence = words.join(", or ");
    let mut chars = sentence.chars();
    chars.next().map(|first| format!("{}{}.", first.to_uppercase(), chars.as_str())).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remedies_read_as_a_sentence() {
        assert_eq!(in_words(&[Remedy::Unlock, Remedy::Wait]), "Unlock the account, or wait.");
        assert_eq!(in_words(&[Remedy::SendRole]), "The client sends role.");
        assert_eq!(in_words(&[]), "");
    }
}

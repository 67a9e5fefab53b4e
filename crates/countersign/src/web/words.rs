//! What pages say, in every language there is. A page that lacks its words in one does not compile.
//!
//! What a refusal says and what to do about it is the table of codes' to say (`countersign_api::Code`).

mod ar;
mod en;
mod es;
mod fr;
mod pt;

use countersign_domain::Language;

/// Everything that pages say in one language.
pub(super) struct Words {
    /// The language's own name.
    pub(super) name: &'static str,
    pub(super) shell: ShellWords,
    pub(super) fields: FieldWords,
    pub(super) login: LoginWords,
    pub(super) forgot: ForgotWords,
    pub(super) mailed: MailedWords,
    pub(super) register: RegisterWords,
    pub(super) account: AccountWords,
    pub(super) password: PasswordWords,
    pub(super) sessions: SessionWords,
    pub(super) refused: RefusedWords,
}

/// What surrounds every page.
pub(super) struct ShellWords {
    pub(super) skip: &'static str,
    pub(super) language: &'static str,
    pub(super) account: &'static str,
    pub(super) password: &'static str,
    pub(super) sessions: &'static str,
    pub(super) log_out: &'static str,
    /// Stands above what was refused, for who cannot see the colour.
    pub(super) problem: &'static str,
    /// Stands above what can be done.
    pub(super) what_to_do: &'static str,
    /// Before a number of minutes.
    pub(super) try_again_in: &'static str,
    pub(super) minutes: &'static str,
}

/// What fields are called.
pub(super) struct FieldWords {
    pub(super) email: &'static str,
    pub(super) password: &'static str,
    pub(super) new_password: &'static str,
    pub(super) confirm_password: &'static str,
    pub(super) current_password: &'static str,
    pub(super) first_name: &'static str,
    pub(super) last_name: &'static str,
    pub(super) dialing_code: &'static str,
    pub(super) phone: &'static str,
    pub(super) dob: &'static str,
    pub(super) address: &'static str,
    pub(super) language: &'static str,
    pub(super) token: &'static str,
    /// Beneath the token: where it is found.
    pub(super) token_help: &'static str,
    /// Beside what may be left empty.
    pub(super) optional: &'static str,
}

pub(super) struct LoginWords {
    pub(super) title: &'static str,
    pub(super) title_staff: &'static str,
    pub(super) action: &'static str,
    pub(super) to_staff: &'static str,
    pub(super) to_customer: &'static str,
    pub(super) forgot: &'static str,
    pub(super) register: &'static str,
    pub(super) logged_out: &'static str,
}

pub(super) struct ForgotWords {
    pub(super) title: &'static str,
    pub(super) about: &'static str,
    pub(super) action: &'static str,
    pub(super) sent: &'static str,
    pub(super) back: &'static str,
}

/// Pages that letters lead to.
pub(super) struct MailedWords {
    pub(super) reset_title: &'static str,
    pub(super) reset_about: &'static str,
    pub(super) reset_action: &'static str,
    pub(super) invitation_title: &'static str,
    pub(super) invitation_about: &'static str,
    pub(super) invitation_action: &'static str,
    pub(super) password_set: &'static str,
    pub(super) confirm_title: &'static str,
    pub(super) confirm_about: &'static str,
    pub(super) confirm_action: &'static str,
    pub(super) confirmed: &'static str,
    /// Where the token of a letter opens nothing.
    pub(super) bad_token: &'static str,
    pub(super) ask_again: &'static str,
}

pub(super) struct RegisterWords {
    pub(super) title: &'static str,
    pub(super) about: &'static str,
    pub(super) action: &'static str,
    pub(super) sent: &'static str,
    pub(super) made: &'static str,
    pub(super) have_account: &'static str,
}

pub(super) struct AccountWords {
    pub(super) title: &'static str,
    pub(super) save: &'static str,
    pub(super) saved: &'static str,
    pub(super) roles: &'static str,
    /// The address never changes.
    pub(super) email_stays: &'static str,
}

pub(super) struct PasswordWords {
    pub(super) title: &'static str,
    pub(super) about: &'static str,
    pub(super) due: &'static str,
    pub(super) action: &'static str,
    pub(super) changed: &'static str,
    /// The policy, where it is asked for: `{n}` is a number.
    pub(super) policy_chars: &'static str,
    pub(super) policy_upper: &'static str,
    pub(super) policy_lower: &'static str,
    pub(super) policy_digit: &'static str,
    pub(super) policy_special: &'static str,
    pub(super) policy_common: &'static str,
    /// After a login with a password that is on a list.
    pub(super) advice: &'static str,
}

pub(super) struct SessionWords {
    pub(super) title: &'static str,
    pub(super) about: &'static str,
    pub(super) network: &'static str,
    pub(super) since: &'static str,
    pub(super) last_used: &'static str,
    pub(super) current: &'static str,
    pub(super) unknown_device: &'static str,
    pub(super) end: &'static str,
    pub(super) end_others: &'static str,
    pub(super) ended: &'static str,
}

pub(super) struct RefusedWords {
    pub(super) title: &'static str,
    pub(super) stale: &'static str,
    pub(super) stale_action: &'static str,
    pub(super) home: &'static str,
}

impl Words {
    pub(super) const fn of(language: Language) -> &'static Self {
        match language {
            Language::English => &en::WORDS,
            Language::French => &fr::WORDS,
            Language::Spanish => &es::WORDS,
            Language::Portuguese => &pt::WORDS,
            Language::Arabic => &ar::WORDS,
        }
    }
}

//! What pages say, in every language there is. A page that lacks its words in one does not compile.
//!
//! What a refusal says and what to do about it is the table of codes' to say (`countersign_api::Code`).

mod api_tokens;
mod ar;
mod audit;
mod en;
mod es;
mod fr;
mod keys;
mod letters;
mod logo;
mod manage;
mod overview;
mod pt;
mod roles;
mod settings;

use countersign_domain::Language;

pub(in crate::web) use api_tokens::ApiTokenWords;
pub(in crate::web) use audit::AuditWords;
pub(in crate::web) use keys::KeyWords;
pub(in crate::web) use letters::LetterWords;
pub(in crate::web) use logo::LogoWords;
pub(in crate::web) use manage::{AccessWords, ManageWords, PlaceWords};
pub(in crate::web) use overview::{ChartWords, LineWords, OverviewWords};
pub(in crate::web) use roles::RoleWords;
pub(in crate::web) use settings::SettingWords;

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
    pub(super) proof: ProofWords,
    pub(super) manage: ManageWords,
}

/// Makes a struct of texts, and for the tests a list of them by name.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$about:meta])* $field:ident,)+ })+) => {
        $(
            $(#[$doc])*
            pub(in crate::web) struct $name {
                $($(#[$about])* pub(in crate::web) $field: &'static str,)+
            }

            #[cfg(test)]
            impl $name {
                pub(in crate::web::words) fn all(&self) -> Vec<(&'static str, &'static str)> {
                    vec![$((concat!(stringify!($name), ".", stringify!($field)), self.$field)),+]
                }
            }
        )+
    };
}
use words;

words! {
    /// What surrounds every page.
    ShellWords {
        skip,
        language,
        account,
        password,
        sessions,
        log_out,
        /// Stands above what was refused, for who cannot see the colour.
        problem,
        /// Stands above a form whose fields say what is wrong with them.
        mend_fields,
        /// Stands above what can be done.
        what_to_do,
        /// Before a number of minutes.
        try_again_in,
        minutes,
    }

    /// What fields are called.
    FieldWords {
        email,
        password,
        new_password,
        confirm_password,
        current_password,
        first_name,
        last_name,
        dialing_code,
        phone,
        dob,
        address,
        language,
        token,
        /// Beneath the token: where it is found.
        token_help,
        /// Beside what may be left empty.
        optional,
    }

    LoginWords {
        title,
        title_staff,
        action,
        to_staff,
        to_customer,
        forgot,
        register,
        logged_out,
    }

    ForgotWords {
        title,
        about,
        action,
        sent,
        back,
    }

    /// Pages that letters lead to.
    MailedWords {
        reset_title,
        reset_about,
        reset_action,
        invitation_title,
        invitation_about,
        invitation_action,
        password_set,
        confirm_title,
        confirm_about,
        confirm_action,
        confirmed,
        /// Where the token of a letter opens nothing.
        bad_token,
        ask_again,
    }

    RegisterWords {
        title,
        about,
        action,
        sent,
        made,
        have_account,
    }

    AccountWords {
        title,
        save,
        saved,
        roles,
        /// The address never changes.
        email_stays,
    }

    PasswordWords {
        title,
        about,
        due,
        action,
        changed,
        /// The policy, where it is asked for: `{n}` is a number.
        policy_chars,
        policy_upper,
        policy_lower,
        policy_digit,
        policy_special,
        policy_common,
        /// After a login with a password that is on a list.
        advice,
    }

    SessionWords {
        title,
        about,
        network,
        since,
        last_used,
        current,
        unknown_device,
        end,
        end_others,
        ended,
    }

    RefusedWords {
        title,
        stale,
        stale_action,
        home,
    }

    /// Where the password is asked for once more.
    ProofWords {
        title,
        about,
        action,
        proved,
        wrong,
        missing,
    }
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

#[cfg(test)]
mod tests {
    use countersign_domain::LANGUAGES;

    use super::*;

    fn all(words: &Words) -> Vec<(&'static str, &'static str)> {
        let Words {
            name: _,
            shell,
            fields,
            login,
            forgot,
            mailed,
            register,
            account,
            password,
            sessions,
            refused,
            proof,
            manage,
        } = words;
        [
            shell.all(),
            fields.all(),
            login.all(),
            forgot.all(),
            mailed.all(),
            register.all(),
            account.all(),
            password.all(),
            sessions.all(),
            refused.all(),
            proof.all(),
            manage.all(),
        ]
        .concat()
    }

    /// The names in braces, in whose place something is put.
    fn places(text: &str) -> Vec<&str> {
        text.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect()
    }

    #[test]
    fn every_language_says_everything_in_words_of_its_own() {
        let english = all(Words::of(Language::English));
        for language in LANGUAGES.into_iter().filter(|language| *language != Language::English) {
            for ((name, ours), (_, theirs)) in all(Words::of(language)).into_iter().zip(&english) {
                let tag = language.tag();
                assert!(!ours.trim().is_empty() && ours == ours.trim(), "{tag} {name}");
                assert!(ours != *theirs || name == "ShellWords.minutes", "{tag} {name} is English: {ours}");
                assert_eq!(places(ours), places(theirs), "{tag} {name}");
                assert!(!ours.contains('\''), "{tag} {name}: a typewriter's apostrophe");
            }
        }
    }
}

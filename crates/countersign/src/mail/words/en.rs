use super::{Letter, Words};

pub(super) const WORDS: Words = Words {
    greeting: "Hello {name},",
    greeting_of_nobody: "Hello,",
    paste: "If the link does not open, paste this code where you are asked for it:",
    until: "Good until {until}.",
    customer: "Your customer account",
    staff: "Your staff account",
    confirmation: Letter {
        subject: "Confirm your email address",
        body: "Somebody, probably you, has registered at {tenant} with this email address. To confirm that it is yours, \
               open the link and enter the password that you chose.",
        action: "Confirm the address",
        closing: "If it was not you, ignore this letter: no account is made.",
    },
    address_taken: Letter {
        subject: "You already have an account",
        body: "Somebody, probably you, has tried to register at {tenant} with this email address. You already have an \
               account there: log in with it, or reset your password if you have forgotten it.",
        action: "",
        closing: "If it was not you, you need do nothing: your account is unchanged.",
    },
    invitation: Letter {
        subject: "Your staff account at {tenant}",
        body: "A staff account has been made for you at {tenant}. To use it, open the link and choose a password.",
        action: "Choose a password",
        closing: "If you did not expect this, ignore this letter.",
    },
    reset: Letter {
        subject: "Reset your password",
        body: "Somebody, probably you, has asked to reset the password for this email address at {tenant}. To do so, open \
               the link and choose a new password.",
        action: "Choose a new password",
        closing: "If it was not you, ignore this letter: your password stays as it is.",
    },
    password_changed: Letter {
        subject: "Your password was changed",
        body: "The password of your account at {tenant} was changed on {at}. You were logged out everywhere else.",
        action: "",
        closing: "If it was not you, reset your password at once and contact {tenant}.",
    },
    password_reset: Letter {
        subject: "Your password was reset",
        body: "On {at} a new password was set for your account at {tenant}, with a link from a letter to this address. \
               You were logged out everywhere.",
        action: "",
        closing: "If it was not you, reset your password at once and contact {tenant}.",
    },
    refresh_reused: Letter {
        subject: "You were logged out for your safety",
        body: "On {at} somebody tried to continue a session of your account at {tenant} that had already been continued \
               elsewhere. Somebody may have copied it, so we have ended that session.",
        action: "",
        closing: "Please log in again. If you see anything that you did not do, change your password and contact {tenant}.",
    },
};

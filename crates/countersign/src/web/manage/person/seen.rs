use countersign_domain::{Account, Role};

/// The field of a form that says what of the account it was shown beside.
pub(super) const FIELD: &str = "seen";
const MUST_CHANGE: &str = "must-change";

/// The roles, and whether a new password is due, as a form carries them: names between blanks, which no role has.
pub(super) fn of(account: &Account) -> String {
    let must = account.must_change_password.then_some(MUST_CHANGE);
    account.roles.iter().map(Role::as_str).chain(must).collect::<Vec<_>>().join(" ")
}

/// What such a text says. A form without one has seen no role, which is so of nobody: it is out of date.
pub(super) fn read(text: &str) -> (Vec<Role>, bool) {
    let roles = text.split_whitespace().filter(|word| *word != MUST_CHANGE);
    (roles.filter_map(|role| role.parse().ok()).collect(), text.split_whitespace().any(|word| word == MUST_CHANGE))
}

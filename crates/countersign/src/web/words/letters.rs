//! What the page of letters says.

use super::words;

words! {
    /// Letters that were given up.
    LetterWords {
        title,
        about,
        none,
        /// What columns are called.
        kind,
        posted,
        attempts,
        error,
        until,
        over,
        again,
        again_all,
        again_all_about,
        /// What became of it: one letter, or before the numbers of all.
        is_again,
        were_again,
        were_over,
        were_none,
        not_dead,
        is_over,
        /// What letters are called.
        confirmation,
        address_taken,
        invitation,
        reset,
        password_changed,
        password_reset,
        refresh_reused,
    }
}

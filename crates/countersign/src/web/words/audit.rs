//! What the page of the audit trail says.

use super::words;

words! {
    /// The audit trail.
    AuditWords {
        title,
        /// What the fields of the filter are called, and what stands beneath them.
        filter,
        account,
        account_help,
        any,
        from,
        to,
        days_help,
        search,
        clear,
        /// Where no event is left, and where the search stopped before it found one.
        nothing,
        nothing_yet,
        /// Before a number.
        unreadable,
        /// What columns are called.
        whom,
        network,
        device,
        detail,
        /// What is wrong with a field.
        bad_account,
        bad_action,
        bad_outcome,
        bad_day,
        export_title,
        export_about,
        export,
        /// On the page about a person.
        of_person,
    }
}

//! Roles and permissions, as the dashboard words them.

use super::words;

words! {
    /// Roles, and what each permission is in words.
    RoleWords {
        title,
        about,
        role,
        opens,
        nothing,
        everything,
        own_alone,
        new_title,
        name_help,
        make,
        made,
        change_title,
        save,
        saved,
        delete,
        delete_about,
        deleted,
        taken,
        held,
        already,
        fixed,
        beyond,
        gone,
        read_customers,
        read_staff,
        change_staff,
        change_standing,
        unlock,
        explain_access,
        manage_sessions,
        read_audit,
        manage_api_tokens,
        manage_keys,
        manage_roles,
        manage_settings,
    }
}

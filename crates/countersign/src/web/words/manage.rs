//! What the dashboard says.

use super::api_tokens::ApiTokenWords;
use super::keys::KeyWords;
use super::logo::LogoWords;
use super::roles::RoleWords;
use super::settings::SettingWords;
use super::words;
use super::{AuditWords, ChartWords, LetterWords, LineWords, OverviewWords};

/// Everything that the dashboard says in one language.
pub(in crate::web) struct ManageWords {
    pub(in crate::web) places: PlaceWords,
    pub(in crate::web) overview: OverviewWords,
    pub(in crate::web) charts: ChartWords,
    pub(in crate::web) lines: LineWords,
    pub(in crate::web) people: PeopleWords,
    pub(in crate::web) person: PersonPageWords,
    pub(in crate::web) access: AccessWords,
    pub(in crate::web) invitations: InvitationWords,
    pub(in crate::web) api_tokens: ApiTokenWords,
    pub(in crate::web) audit: AuditWords,
    pub(in crate::web) keys: KeyWords,
    pub(in crate::web) settings: SettingWords,
    pub(in crate::web) roles: RoleWords,
    pub(in crate::web) letters: LetterWords,
    pub(in crate::web) logo: LogoWords,
}

#[cfg(test)]
impl ManageWords {
    pub(super) fn all(&self) -> Vec<(&'static str, &'static str)> {
        let Self {
            places,
            overview,
            charts,
            lines,
            people,
            person,
            access,
            invitations,
            api_tokens,
            audit,
            keys,
            settings,
            roles,
            letters,
            logo,
        } = self;
        [
            places.all(),
            overview.all(),
            charts.all(),
            lines.all(),
            people.all(),
            person.all(),
            access.all(),
            invitations.all(),
            api_tokens.all(),
            audit.all(),
            keys.all(),
            settings.all(),
            roles.all(),
            letters.all(),
            logo.all(),
        ]
        .concat()
    }
}

words! {
    /// The places of the dashboard.
    PlaceWords {
        /// What the list of them is called.
        title,
        overview,
        customers,
        staff,
        invitations,
        api_tokens,
        audit,
        keys,
        settings,
        letters,
        roles,
    }

    /// Lists of people, and what their columns are called.
    PeopleWords {
        search,
        search_help,
        search_action,
        nobody,
        /// There is more to look through.
        nobody_yet,
        name,
        email,
        role,
        roles,
        /// Nothing narrows the list down.
        all,
        standing,
        active,
        deactivated,
        since,
        next,
        first,
    }

    /// One person.
    PersonPageWords {
        kind,
        customer,
        staff,
        dob,
        must_change,
        yes,
        can_log_in,
        cannot_log_in,
        remedies,
        notes,
        failures,
        known_device,
        other_devices,
        locked,
        unlock,
        unlocked,
        activate,
        activated,
        deactivate,
        deactivate_about,
        deactivated,
        send_reset,
        send_reset_about,
        reset_sent,
        invite_again,
        invited,
        withdraw,
        withdraw_about,
        edit,
        must_change_next,
        save,
        saved,
        sessions,
        no_sessions,
        end_all,
        sessions_ended,
        /// Nobody changes the own roles.
        own_roles,
        history,
        nothing_happened,
        at,
        event,
        outcome,
        done,
        refused,
        reason,
        by,
    }

    /// Why a person cannot log in, and what would mend it.
    AccessWords {
        tenant_suspended,
        deactivated,
        /// Before a moment.
        invited,
        /// Before a moment.
        invitation_over,
        no_password,
        unverifiable_password,
        /// Before a moment.
        locked,
        shut,
        must_change_password,
        shared_address,
        network_limit,
        resume_tenant,
        activate,
        accept_invitation,
        invite_again,
        reset_password,
        set_password,
        unlock,
        wait,
        change_password,
        send_role,
        send_device_token,
    }

    InvitationWords {
        title,
        about,
        new_title,
        roles_help,
        action,
        invited,
        nobody,
        sent,
        good_until,
        over,
        withdrawn,
        too_many,
        taken,
    }
}

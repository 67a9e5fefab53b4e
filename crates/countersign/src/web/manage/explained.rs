use countersign_domain::access::{Caveat, Remedy};
use countersign_domain::lockout::Lock;
use countersign_domain::{Obstacle, Timestamp};
use countersign_flows::admin::Access;

use crate::web::words::{AccessWords, Words};

/// Why somebody can or cannot log in, in the words of a page.
pub(super) struct Explained {
    /// Every reason why not.
    pub(super) reasons: Vec<Reason>,
    /// What keeps nobody out by itself.
    pub(super) notes: Vec<Reason>,
    /// Failures that are counted: those of devices that have proved the password, and of all others.
    pub(super) counters: Vec<Counter>,
    /// A lock is in force, or counts towards one are.
    pub(super) is_locked: bool,
}

/// Something about logging in, when it ends, and what would mend it.
pub(super) struct Reason {
    pub(super) what: &'static str,
    pub(super) at: Option<Timestamp>,
    pub(super) remedies: Vec<&'static str>,
}

/// Failures of one class of devices.
pub(super) struct Counter {
    pub(super) is_known: bool,
    pub(super) failures: u32,
    pub(super) is_locked: bool,
    pub(super) until: Option<Timestamp>,
}

impl Explained {
    pub(super) fn of(access: &Access, words: &Words) -> Self {
        let words = &words.manage.access;
        let counters = access.counters.iter().map(|counted| Counter {
            is_known: counted.device.is_some(),
            failures: counted.counter.failures,
            is_locked: counted.lock().is_some(),
            until: counted.lock().and_then(end),
        });
        Self {
            reasons: access.obstacles.iter().map(|obstacle| reason(*obstacle, words)).collect(),
            notes: access.caveats.iter().map(|caveat| note(*caveat, words)).collect(),
            counters: counters.collect(),
            is_locked: access.counters.iter().any(|counted| counted.lock().is_some()),
        }
    }
}

fn reason(obstacle: Obstacle, words: &AccessWords) -> Reason {
    let (what, at) = match obstacle {
        Obstacle::TenantSuspended => (words.tenant_suspended, None),
        Obstacle::Deactivated => (words.deactivated, None),
        Obstacle::Invited(end) => (words.invited, Some(end)),
        Obstacle::InvitationOver(end) => (words.invitation_over, Some(end)),
        Obstacle::NoPassword => (words.no_password, None),
        Obstacle::UnverifiablePassword => (words.unverifiable_password, None),
        Obstacle::Locked(lock @ Lock::Until(_)) => (words.locked, end(lock)),
        Obstacle::Locked(Lock::Shut) => (words.shut, None),
    };
    Reason { what, at, remedies: worded(obstacle.remedies(), words) }
}

fn note(caveat: Caveat, words: &AccessWords) -> Reason {
    let what = match caveat {
        Caveat::MustChangePassword => words.must_change_password,
        Caveat::SharedAddress(_) => words.shared_address,
        Caveat::NetworkLimit { .. } => words.network_limit,
    };
    Reason { what, at: None, remedies: worded(caveat.remedies(), words) }
}

fn worded(remedies: &[Remedy], words: &AccessWords) -> Vec<&'static str> {
    let word = |remedy: &Remedy| match remedy {
        Remedy::ResumeTenant => words.resume_tenant,
        Remedy::Activate => words.activate,
        Remedy::AcceptInvitation => words.accept_invitation,
        Remedy::InviteAgain => words.invite_again,
        Remedy::ResetPassword => words.reset_password,
        Remedy::SetPassword => words.set_password,
        Remedy::Unlock => words.unlock,
        Remedy::Wait => words.wait,
        Remedy::ChangePassword => words.change_password,
        Remedy::SendRole => words.send_role,
        Remedy::SendDeviceToken => words.send_device_token,
    };
    remedies.iter().map(word).collect()
}

const fn end(lock: Lock) -> Option<Timestamp> {
    match lock {
        Lock::Until(end) => Some(end),
        Lock::Shut => None,
    }
}

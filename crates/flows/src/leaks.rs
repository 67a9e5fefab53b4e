//! What makes the times of different answers equal, and how a bench leaves it out.
//!
//! A measurement that finds no leak proves nothing until it has been seen to find one. So the feature `leaky`, which
//! only `bench/` can ask for, has two switches; in every other build there is nothing to switch.

#[cfg(feature = "leaky")]
mod switches {
    use std::sync::atomic::{AtomicBool, Ordering};

    /// Failed answers leave when they are done, at no step.
    pub static STEP_LEFT_OUT: AtomicBool = AtomicBool::new(false);
    /// A name without an account costs no hash.
    pub static DECOY_LEFT_OUT: AtomicBool = AtomicBool::new(false);

    pub(crate) fn step_left_out() -> bool {
        STEP_LEFT_OUT.load(Ordering::Relaxed)
    }

    pub(crate) fn decoy_left_out() -> bool {
        DECOY_LEFT_OUT.load(Ordering::Relaxed)
    }
}

#[cfg(not(feature = "leaky"))]
mod switches {
    pub(crate) const fn step_left_out() -> bool {
        false
    }

    pub(crate) const fn decoy_left_out() -> bool {
        false
    }
}

#[cfg(feature = "leaky")]
pub use switches::{DECOY_LEFT_OUT, STEP_LEFT_OUT};
pub(crate) use switches::{decoy_left_out, step_left_out};

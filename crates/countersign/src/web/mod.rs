//! Pages for people.

pub mod chart;

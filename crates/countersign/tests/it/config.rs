use countersign::config::{reference, sample};

use crate::generated;

#[test]
fn the_sample_and_the_reference_are_generated() {
    generated::check("countersign.sample.toml", &sample());
    generated::check("docs/configuration.md", &reference());
}

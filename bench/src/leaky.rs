//! The product with what makes its times equal left out: a hidden command of the bench's own build with the feature
//! `leaky`. The product's own program has no such switch, in no build.

/// Serves as the product does, without the parts named: `step`, `step,decoy`.
#[cfg(feature = "leaky")]
pub(crate) fn run(left_out: &str, serve: Vec<std::ffi::OsString>) -> anyhow::Result<()> {
    use countersign::cli::{self, Call, Output};
    use std::sync::atomic::Ordering;

    for part in left_out.split(',') {
        match part {
            "step" => countersign_flows::leaks::STEP_LEFT_OUT.store(true, Ordering::Relaxed),
            "decoy" => countersign_flows::leaks::DECOY_LEFT_OUT.store(true, Ordering::Relaxed),
            other => anyhow::bail!("nothing is called {other}"),
        }
    }
    let line = std::iter::once("countersign".into()).chain(serve).collect();
    match cli::run(&Call { line, variables: Vec::new() }, Output::of_process()) {
        0 => Ok(()),
        status => anyhow::bail!("status {status}"),
    }
}

#[cfg(not(feature = "leaky"))]
pub(crate) fn run(_left_out: &str, _serve: Vec<std::ffi::OsString>) -> anyhow::Result<()> {
    anyhow::bail!("this needs a build with --features leaky")
}

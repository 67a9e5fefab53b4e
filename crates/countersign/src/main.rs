//! The program `countersign`; everything it does is in the library of the same name.

use std::process::ExitCode;

fn main() -> ExitCode {
    countersign::cli::main()
}

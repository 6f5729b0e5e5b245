//! The command `admit`: reads the command line, does what it says, ends with a code that a script can use.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    admin::commands::run().await
}

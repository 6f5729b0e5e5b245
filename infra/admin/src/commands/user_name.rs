//! Whom a command is about.

#[derive(clap::Args, Debug)]
pub struct UserName {
    pub tenant: String,
    pub username: String,
}

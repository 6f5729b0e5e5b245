//! The local server's own pages, over HTTP, as a browser without a script sees them.

mod kit;
mod launcher;
mod register;
mod server_apps;
mod validate;

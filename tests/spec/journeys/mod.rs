//! Whole ways through the server.

mod launches;
mod secrecy;

//! Whole ways through the server.

mod everywhere;
mod launches;
mod secrecy;

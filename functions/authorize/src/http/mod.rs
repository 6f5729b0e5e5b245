//! The browser's side: its cookies, its sessions, and the pages and redirects that go back to it.

pub mod browser;
pub mod cookies;
pub mod headers;
pub mod known_browser;
pub mod origin;
pub mod responses;
pub mod session;
pub mod signed_out;

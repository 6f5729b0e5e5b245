//! One person's way, visit by visit: who is there, what a form adds, and how far that leads.

pub mod advance;
pub mod at_once;
pub mod complete;
pub mod consent_skip;
pub mod fact;
pub mod hti_launch;
pub mod own_page;
pub mod post;
pub mod push;
pub mod repeated;
pub mod sign_in;
pub mod visit;
pub mod vouched_launch;

//! One file a step: the page that shows it, and what its form adds.

pub mod another_patient;
pub mod choose_account;
pub mod confirm_vouched;
pub mod consent;
pub mod done;
pub mod launch_context;
pub mod log_in;
pub mod patient;
mod patient_name;
pub mod person_links;
pub mod second_factor;

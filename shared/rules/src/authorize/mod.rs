//! From an app's authorization request to its answer: parse, ask the user step by step, approve.

pub mod accessible_patients;
pub mod account;
pub mod answer;
pub mod approval;
pub mod consent;
pub mod context;
pub mod explanation;
pub mod interaction;
pub mod lasting;
pub mod next_step;
pub mod oidc_params;
pub mod patient_picker;
pub mod pushed;
pub mod redirect_target;
pub mod remembered;
pub mod request;
pub mod second_factor;
pub mod vouched;

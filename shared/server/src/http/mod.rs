//! HTTP as the endpoints meet it: forms in, JSON out, and who may read the answers.

pub mod address;
pub mod answer;
pub mod cors;
pub mod form_post;
pub mod front;
pub mod https_only;
pub mod paths;
pub mod responses;

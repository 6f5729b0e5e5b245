//! The cost of requests on AWS: counted calls times dated list prices.

pub mod month;
pub mod operations;
pub mod prices;

//! Objects that a client's assertion brings along, for those who judge its tokens: on whose behalf it asks, and for what
//! (FAST Security 2.0.0 §5.2.1; IHE IUA §3.71 uses the same place).

pub mod b2b;
pub mod brought;
pub mod carried;
pub mod judge;
pub mod uri;

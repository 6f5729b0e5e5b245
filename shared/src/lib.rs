//! What is true: the vocabulary and the rules of the authorization server. This file is its table of contents.

pub mod scope;

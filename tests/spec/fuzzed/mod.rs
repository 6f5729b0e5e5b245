//! What fuzzing found, kept as tests. The targets are in tests/fuzz.

mod redirect_uris;

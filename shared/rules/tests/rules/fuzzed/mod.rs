//! What the fuzz targets in tests/fuzz are to find no more: faults found by them or while they were written.

mod json_objects;
mod redirect_uris;

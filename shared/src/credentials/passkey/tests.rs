//! Answers of a browser, one thing changed in each.

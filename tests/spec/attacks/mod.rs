//! One file per wish of the attacker: what he tries, and what stops him. README.md maps RFC 9700 to the tests.

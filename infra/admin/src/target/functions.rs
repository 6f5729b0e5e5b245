//! The functions of a stack.

/// By what their names end with. All but `audit`, which writes the trail, log into `/aws/lambda/{stack}-{function}`.
pub const FUNCTIONS: [&str; 11] = [
    "audit",
    "authorize",
    "authorizer",
    "discovery",
    "healthlake",
    "introspect",
    "launch-context",
    "revoke",
    "rotate-keys",
    "token",
    "userinfo",
];

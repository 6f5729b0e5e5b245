//! Claims that do not name somebody for good. "The sub and iss Claims, used together, are the only Claims that an RP can
//! rely upon as a stable identifier for the End-User" (OpenID Connect Core §5.7).

use super::IdentityProvider;

/// The standard claims of §5.1 but `sub`, and what Entra ID says of its own names: people change them, and another person
/// can get one that has become free.
const CHANGEABLE: [&str; 23] = [
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "email",
    "email_verified",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "phone_number",
    "phone_number_verified",
    "address",
    "updated_at",
    "upn",
    "unique_name",
    "emails",
    "verified_primary_email",
];

pub fn is_changeable(claim: &str) -> bool {
    CHANGEABLE.contains(&claim)
}

/// What an operator should know before people sign in with this provider.
pub fn cautions(provider: &IdentityProvider) -> Vec<String> {
    let id = &provider.id;
    let made_of = provider.identifying_claims().into_iter().filter(|(_, claim)| is_changeable(claim));
    let mut cautions: Vec<String> = made_of
        .map(|(setting, claim)| {
            format!(
                "the identity provider {id}: {setting} finds people by `{claim}`, which a person can change and another \
                 can have later. Only `sub`, or a number that the provider gives once, names somebody for good (OpenID \
                 Connect Core §5.7)"
            )
        })
        .collect();
    if provider.private_network {
        let hosts: Vec<String> = provider.own_hosts().collect();
        cautions.push(format!(
            "the identity provider {id} is trusted with the private network: this server asks {} there too",
            hosts.join(" and ")
        ));
    }
    cautions
}

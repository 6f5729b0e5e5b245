//! Claims that count where the provider says that it has verified them (OpenID Connect Core §5.1), and what its userinfo
//! endpoint may add to an id_token.

use super::IdentityProvider;
use serde_json::{Map, Value};

/// A claim, and the one that vouches for it. Anybody may write anything into the first.
const VOUCHED: [(&str, &str); 2] = [("email", "email_verified"), ("phone_number", "phone_number_verified")];

/// The claim that should find somebody and is an address or a number which may be another's, if there is one. A text is not
/// the JSON boolean that §5.1 defines.
pub fn unverified(provider: &IdentityProvider, claims: &Value) -> Option<&'static str> {
    let used = provider.identifying_claims();
    let counts = |claim: &str| used.iter().any(|(_, name)| *name == claim) && !claims[claim].is_null();
    let unverified = VOUCHED.iter().find(|(claim, vouches)| counts(claim) && claims[*vouches] != true);
    unverified.map(|(claim, _)| *claim)
}

/// Claims of userinfo replace none of the id_token's, which is signed. What vouches for a claim comes with that claim: it
/// says nothing of another value.
pub fn add_userinfo(claims: &mut Map<String, Value>, mut userinfo: Map<String, Value>) {
    for (claim, vouches) in VOUCHED {
        match (claims.get(claim), userinfo.get(claim)) {
            (None, Some(_)) => {
                claims.remove(vouches);
            }
            (Some(own), other) if other != Some(own) => {
                userinfo.remove(vouches);
            }
            _ => {}
        }
    }
    for (name, value) in userinfo {
        claims.entry(name).or_insert(value);
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{FhirUserFrom, PatientsFrom, Template, id_token::tests::provider},
        *,
    };
    use serde_json::json;

    #[test]
    fn whoever_is_found_by_an_address_must_have_verified_it() {
        let identifier = |text: &str| FhirUserFrom::Identifier(Template::parse(text).unwrap());
        let pattern = |text: &str| FhirUserFrom::Pattern(Template::parse(text).unwrap());
        let by = |fhir_user: FhirUserFrom, claims: Value| {
            unverified(&IdentityProvider { fhir_user, ..provider() }, &claims).is_none()
        };
        for (email_verified, good) in [
            (json!(true), true),
            (json!(false), false),
            (json!("true"), false),
            (json!(1), false),
            (json!(null), false),
        ] {
            let claims = json!({ "no": 7, "email": "a@b.example", "email_verified": email_verified });
            assert_eq!(by(identifier("urn:mail|{email}"), claims.clone()), good, "{claims}");
            assert_eq!(by(identifier("urn:{email}|{no}"), claims.clone()), good, "{claims}");
            assert_eq!(by(pattern("Practitioner/{email}"), claims.clone()), good, "{claims}");
            assert_eq!(by(FhirUserFrom::Claim("email".into()), claims.clone()), good, "{claims}");
            assert!(by(identifier("urn:no|{no}"), claims.clone()), "not used: {claims}");
            let patients = PatientsFrom::Identifier(Template::parse("urn:mail|{email}").unwrap());
            let provider = IdentityProvider { patients, ..provider() };
            assert_eq!(unverified(&provider, &claims).is_none(), good, "{claims}");
        }
        let number = |verified: Value| json!({ "phone_number": "+31 20 1", "phone_number_verified": verified });
        assert!(by(identifier("urn:tel|{phone_number}"), number(json!(true))));
        assert!(!by(identifier("urn:tel|{phone_number}"), number(json!(null))));
        assert!(!by(identifier("urn:tel|{phone_number}"), json!({ "phone_number": "1", "email_verified": true })));
        assert!(by(identifier("urn:mail|{email}"), json!({})), "nobody is found by what is not there");
    }

    #[test]
    fn what_vouches_for_a_claim_comes_with_it() {
        let merged = |own: Value, userinfo: Value| {
            let mut claims = own.as_object().unwrap().clone();
            add_userinfo(&mut claims, userinfo.as_object().unwrap().clone());
            let of = |name: &str| claims.get(name).cloned().unwrap_or_default();
            (of("email"), of("email_verified"))
        };
        let (a, b, both) =
            (json!({ "email": "a" }), json!({ "email": "b" }), json!({ "email": "a", "email_verified": true }));
        assert_eq!(merged(json!({}), both.clone()), (json!("a"), json!(true)));
        assert_eq!(merged(a, both.clone()), (json!("a"), json!(true)));
        assert_eq!(merged(b, both.clone()), (json!("b"), Value::Null));
        assert_eq!(merged(json!({ "email": "b", "email_verified": false }), both), (json!("b"), json!(false)));
        assert_eq!(merged(json!({ "email_verified": true }), json!({ "email": "a" })), (json!("a"), Value::Null));
        assert_eq!(merged(json!({ "email": "a" }), json!({ "email_verified": true })), (json!("a"), Value::Null));
    }
}

//! An array where an object is due: the parser takes one for a struct, its members in order. Found by the target `key_set`.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rules::{client::private_key_jwt::ClaimedIdentity, jwk::KeySet, jws::UnverifiedJws};

/// RFC 7517 §5: "A JWK Set is a JSON object that represents a set of JWKs. The JSON object MUST have a "keys" member".
#[test]
fn a_key_set_is_an_object() {
    assert!(KeySet::parse(b"{\"keys\":[]}").is_ok());
    for array in ["[[]]", " [[]]", "[[{\"kty\":\"EC\"}]]"] {
        assert!(KeySet::parse(array.as_bytes()).is_err(), "{array}");
    }
}

/// RFC 7515 §4: "the JOSE Header [is] a JSON object"; RFC 7519 §7.2: the claims set is one too.
#[test]
fn the_header_and_the_claims_of_a_jwt_are_objects() {
    // {"alg":"ES256"} . ["x"]
    let claims = UnverifiedJws::parse("eyJhbGciOiJFUzI1NiJ9.WyJ4Il0.AA").expect("a JWS");
    assert!(claims.peek::<(String,)>().is_err());
    // ["ES256",null,null,null,null,null]
    assert!(UnverifiedJws::parse("WyJFUzI1NiIsbnVsbCxudWxsLG51bGwsbnVsbCxudWxsXQ.e30.AA").is_err());
}

/// RFC 7515 §4.1.11: a member that is there but empty is there.
#[test]
fn a_critical_extension_that_is_null_is_one() {
    // {"alg":"ES256","crit":null}
    assert!(UnverifiedJws::parse("eyJhbGciOiJFUzI1NiIsImNyaXQiOm51bGx9.e30.AA").is_err());
}

/// RFC 8259 §6 sets no limit to numbers, and no float holds this one: it harms nobody where nobody reads it. Found by the target
/// `client_assertion`.
#[test]
fn a_number_beyond_all_floats_is_passed_over_where_nobody_reads_it_and_refused_where_somebody_does() {
    let reads = |claims: &str| {
        let text = format!("eyJhbGciOiJFUzI1NiJ9.{}.AA", URL_SAFE_NO_PAD.encode(claims));
        UnverifiedJws::parse(&text).expect("a JWS").peek::<ClaimedIdentity>().is_ok()
    };
    assert!(reads(r#"{"iss":"app","sub":"app","other":1E880}"#));
    assert!(!reads(r#"{"iss":1E880,"sub":"app"}"#));
}

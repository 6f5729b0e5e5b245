//! The Authorization header, a newline, a form: one way of authentication at most, and Basic read as it was written.
#![no_main]

use base64::{Engine, engine::general_purpose::STANDARD};
use libfuzzer_sys::fuzz_target;
use rules::{
    client::presented_credentials::{PresentedCredentials, form_decoded},
    oauth::params::Params,
};

fuzz_target!(|input: &str| {
    let (header, form) = input.split_once('\n').unwrap_or((input, ""));
    let Ok(form) = Params::parse(form.as_bytes()) else { return };
    read(header, &form);
    // Most mutations break base64, so the same text once more as what stands inside.
    read(&format!("Basic {}", STANDARD.encode(header)), &form);
    assert!(PresentedCredentials::from_request(&[header, header], &form).is_err());
});

fn read(header: &str, form: &Params) {
    match PresentedCredentials::from_request(&[header], form) {
        Ok(PresentedCredentials::Basic { user, password }) => {
            assert!(!user.contains(':') && !form.has("client_secret") && !form.has("client_assertion"));
            if let Some(client_id) = form.get("client_id") {
                assert!(client_id == user || client_id == form_decoded(&user));
            }
            let written = format!("Basic {}", STANDARD.encode(format!("{user}:{}", password.expose())));
            match PresentedCredentials::from_request(&[&written], form) {
                Ok(PresentedCredentials::Basic { user: again, password: secret }) => {
                    assert!(again == user && secret.expose() == password.expose());
                }
                other => panic!("read once and not twice: {other:?}"),
            }
        }
        Ok(PresentedCredentials::Bearer(_)) => assert!(header[..6].eq_ignore_ascii_case("bearer")),
        Ok(other) => panic!("a header and yet {other:?}"),
        Err(_) => {}
    }
}

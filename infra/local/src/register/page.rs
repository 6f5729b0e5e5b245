//! The form, and what became of it.

use super::lines::Form;
use crate::{
    site::{Frame, Site, query},
    tenant::LocalTenant,
};
use askama::Template;
use rules::client::Client;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "register.html")]
pub struct RegisterPage {
    frame: Frame,
    /// Whether an address in the same network may be plain http.
    lan: bool,
    tenants: Vec<Arc<LocalTenant>>,
    form: Form,
    problems: Vec<String>,
    done: Option<Done>,
}

pub struct Registered {
    pub client: Client,
    pub lines: String,
    pub secret: Option<String>,
}

struct Done {
    name: String,
    lines: String,
    settings: Vec<Setting>,
    launch: String,
}

/// What a developer copies into the app.
struct Setting {
    name: &'static str,
    value: String,
    purpose: &'static str,
}

impl RegisterPage {
    pub fn empty(site: &Site, form: Form) -> RegisterPage {
        RegisterPage {
            frame: Frame::at("/launcher/register"),
            lan: site.lan,
            tenants: site.tenants.clone(),
            form,
            problems: Vec::new(),
            done: None,
        }
    }

    pub fn wrong(site: &Site, form: Form, problems: Vec<String>) -> RegisterPage {
        RegisterPage { problems, ..RegisterPage::empty(site, form) }
    }

    pub fn done(site: &Site, form: Form, registered: Registered) -> RegisterPage {
        let done = Done::new(site, &form, registered);
        RegisterPage { done: Some(done), ..RegisterPage::empty(site, form) }
    }
}

impl Done {
    fn new(site: &Site, form: &Form, registered: Registered) -> Done {
        let Registered { client, lines, secret } = registered;
        let tenant = site.tenant(&form.tenant);
        let iss = tenant.and_then(|tenant| tenant.items.tenant.fhir_servers.first()).map(|server| server.url.clone());
        let setting = |name, value, purpose| Setting { name, value, purpose };
        let proof = match (&secret, form.kind.as_str()) {
            (Some(secret), _) => {
                setting("client_secret", secret.clone(), "Keep it on your server. It is shown here once.")
            }
            (None, "key") => setting(
                "private key",
                "the half that only you have".to_owned(),
                "Sign with RS384 or ES384, and name the kid.",
            ),
            (None, _) => setting("client_secret", "none".to_owned(), "A public app proves with PKCE that it asked."),
        };
        let redirect_uri = client.redirect_uris.first().map(|uri| uri.as_str().to_owned()).unwrap_or_default();
        let settings = vec![
            setting("iss", iss.unwrap_or_default(), "The FHIR server. Everything else is found from there."),
            setting("client_id", client.client_id.clone(), "Which app it is."),
            proof,
            setting("redirect_uri", redirect_uri, "Exactly so, in both requests."),
            setting(
                "scope",
                client.scope.to_string(),
                "At most this. Ask for launch only when an EHR launches the app.",
            ),
        ];
        let launch = query([("tenant", form.tenant.as_str()), ("app", &client.client_id)]);
        Done { name: client.client_name, lines, settings, launch: format!("/?{launch}") }
    }
}

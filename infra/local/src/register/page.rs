//! The form, what became of it, and what was registered before.

use super::{
    enter::Registered,
    lines::{Form, Made},
    snippets::{Settings, Snippet, snippets},
    unregistered::is_unregistered,
};
use crate::{
    sample_app,
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
    before: Vec<Before>,
}

struct Done {
    name: String,
    /// Whether it was registered just now.
    is_new: bool,
    /// Empty for one that was registered before: its secret is not known any more.
    lines: String,
    settings: Vec<Setting>,
    /// Shown this once.
    private_key: Option<String>,
    snippets: Vec<Snippet>,
    launch: String,
}

/// What a developer copies into the app.
struct Setting {
    name: &'static str,
    value: String,
    purpose: &'static str,
}

impl Setting {
    /// Whether it is the very text for the app, and no words about it.
    fn is_exact(&self) -> bool {
        self.name == "scope" || (self.value != "none" && !self.value.contains(' '))
    }
}

/// An app that was registered in this or an earlier run.
struct Before {
    tenant: String,
    tenant_name: String,
    client_id: String,
    name: String,
    kind: &'static str,
    is_unregistered: bool,
    redirect_uris: Vec<String>,
    show: String,
    launch: String,
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
            before: before(site),
        }
    }

    pub fn wrong(site: &Site, form: Form, problems: Vec<String>) -> RegisterPage {
        RegisterPage { problems, ..RegisterPage::empty(site, form) }
    }

    pub fn done(site: &Site, form: Form, registered: Registered) -> RegisterPage {
        let done = Done::new(site, &form.tenant, &registered);
        RegisterPage { done: Some(Done { is_new: true, ..done }), ..RegisterPage::empty(site, form) }
    }

    /// The settings of an app that was registered before.
    pub fn again(site: &Site, form: Form, client: Client) -> RegisterPage {
        let done = Done::new(site, &form.tenant, &Registered { client, lines: String::new(), made: None });
        RegisterPage { done: Some(done), ..RegisterPage::empty(site, form) }
    }
}

fn before(site: &Site) -> Vec<Before> {
    let of = |tenant: &Arc<LocalTenant>, client: Client| {
        let id = tenant.file.id();
        let (app, launch) = (
            [("tenant", id), ("client_id", client.client_id.as_str()), ("show", "yes")],
            [("tenant", id), ("app", &client.client_id)],
        );
        Before {
            show: format!("/launcher/register?{}", query(app)),
            launch: format!("/?{}", query(launch)),
            tenant: id.to_owned(),
            tenant_name: tenant.items.tenant.name.clone(),
            kind: sample_app::kind(&client),
            is_unregistered: is_unregistered(&client),
            redirect_uris: client.redirect_uris.iter().map(|uri| uri.as_str().to_owned()).collect(),
            client_id: client.client_id,
            name: client.client_name,
        }
    };
    site.tenants
        .iter()
        .flat_map(|tenant| tenant.registered().into_iter().map(move |client| of(tenant, client)))
        .collect()
}

impl Done {
    fn new(site: &Site, tenant: &str, registered: &Registered) -> Done {
        let Registered { client, lines, made } = registered;
        let tenant_here = site.tenant(tenant);
        let issuer = tenant_here.map(|tenant| &tenant.items.tenant.issuer);
        let iss = tenant_here.and_then(|tenant| tenant.items.tenant.fhir_servers.first());
        let iss = iss.map(|server| server.url.clone()).unwrap_or_default();
        let endpoint = |name: &str| issuer.map(|issuer| issuer.endpoint(name)).unwrap_or_default();
        let issuer = issuer.map(|issuer| issuer.as_str().to_owned()).unwrap_or_default();
        let setting = |name, value, purpose| Setting { name, value, purpose };
        let proof = match (made, sample_app::kind(client)) {
            (Some(Made::Secret(secret)), _) => {
                setting("client_secret", secret.clone(), "Keep it on your server. It is shown here once.")
            }
            (Some(Made::Key(_)), _) => {
                setting("private key", "below, this once".to_owned(), "Sign with ES384, and name the kid.")
            }
            (None, "with a key") => setting(
                "private key",
                "the half that only you have".to_owned(),
                "Sign with RS384 or ES384, and name the kid.",
            ),
            (None, "with a secret") => setting(
                "client_secret",
                "what was shown when it was registered".to_owned(),
                "It is not kept here. Register the app again for a new one.",
            ),
            (None, _) => setting("client_secret", "none".to_owned(), "A public app proves with PKCE that it asked."),
        };
        let mut settings = vec![
            setting("iss", iss.clone(), "The FHIR server, also called aud. Everything else is found from there."),
            setting("issuer", issuer.clone(), "The authorization server, for libraries of OpenID Connect."),
            setting("smart-configuration", format!("{iss}/.well-known/smart-configuration"), "Discovery for SMART."),
            setting(
                "openid-configuration",
                format!("{issuer}/.well-known/openid-configuration"),
                "The same, for OpenID Connect.",
            ),
            setting("authorization endpoint", endpoint("authorize"), "Only for libraries without discovery."),
            setting(
                "token endpoint",
                endpoint("token"),
                "Only for libraries without discovery. The aud of a client assertion.",
            ),
            setting("client_id", client.client_id.clone(), "Which app it is."),
            proof,
        ];
        let redirect_uris = client.redirect_uris.iter().map(|uri| uri.as_str().to_owned());
        settings.extend(redirect_uris.map(|uri| setting("redirect_uri", uri, "Exactly so, in both requests.")));
        settings.push(setting(
            "scope",
            client.scope.to_string(),
            "At most this. Ask for launch only when an EHR launches the app.",
        ));
        let launch = query([("tenant", tenant), ("app", &client.client_id)]);
        let private_key = match made {
            Some(Made::Key(private)) => serde_json::to_string_pretty(private).ok(),
            _ => None,
        };
        let of_library = Settings { issuer: &issuer, aud: &iss, client, made: made.as_ref() };
        Done {
            name: client.client_name.clone(),
            is_new: false,
            lines: lines.clone(),
            private_key,
            snippets: snippets(&of_library),
            settings,
            launch: format!("/?{launch}"),
        }
    }
}

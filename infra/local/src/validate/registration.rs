//! The lines of a client in a tenant file, checked by the code that reads tenant files.

use super::page::{Finding, Mark, Report};
use crate::site::Site;
use admin::tenant_file::{self, Mistake};
use authorize::texts::Texts;
use rules::{
    client::{Client, ClientAuthentication, Pkce},
    tenant::{GrantType, Language},
};

/// What surrounds the lines of a client, so that they are a whole tenant file.
pub struct EnclosingTenant<'a> {
    pub id: &'a str,
    pub base: &'a str,
    /// Whether addresses in the same network may be plain http.
    pub lan: bool,
}

const HEADING: &str = "[[clients]]";

/// The clients that these lines are, or what is wrong in them; lines are counted from the first of them.
pub fn parse_clients(enclosing: &EnclosingTenant<'_>, lines: &str) -> Result<Vec<Client>, Vec<Mistake>> {
    let heading = if lines.trim_start().starts_with(HEADING) { "" } else { "[[clients]]\n" };
    let before = format!("id = \"{}\"\nname = \"-\"\n[policy]\nloopback_key_sets = true\n{heading}", enclosing.id);
    let offset = before.matches('\n').count();
    let parse = if enclosing.lan { tenant_file::parse_on_lan } else { tenant_file::parse };
    let file = parse("registration", &format!("{before}{lines}"));
    let items = file.and_then(|file| file.resolve(enclosing.base)).map_err(|mistakes| {
        let moved = |mut mistake: Mistake| {
            if let Some(place) = &mut mistake.place {
                place.line = place.line.saturating_sub(offset);
            }
            mistake
        };
        mistakes.0.into_iter().map(moved).collect::<Vec<_>>()
    })?;
    Ok(items.clients)
}

pub fn judge(site: &Site, lines: &str) -> Report {
    match parse_clients(&EnclosingTenant { id: "check", base: &site.base, lan: site.lan }, lines) {
        Ok(clients) => {
            let findings = clients.iter().flat_map(findings).collect();
            Report::of(findings, "This can go into a tenant file as it is.", "")
        }
        Err(mistakes) => {
            Report::of(mistakes.iter().map(finding).collect(), "", "A tenant with this would not be taken")
        }
    }
}

pub fn finding(mistake: &Mistake) -> Finding {
    // The line before the first one is the heading, which was added.
    let about = match mistake.place {
        Some(place) if place.line > 0 => format!("line {}, column {}", place.line, place.column),
        _ => "the whole".to_owned(),
    };
    Finding::new(Mark::Bad, about, format!("Found {}", mistake.found), format!("Expected {}.", mistake.expected))
}

fn findings(client: &Client) -> Vec<Finding> {
    let good = |about: &str, title: String, text: &str| Finding::new(Mark::Good, about, title, text);
    let how = match &client.authentication {
        ClientAuthentication::None => "nothing: a public app, which proves with PKCE that it asked",
        ClientAuthentication::ClientSecretBasic { .. } => "a secret, in the Authorization header",
        ClientAuthentication::ClientSecretPost { .. } => "a secret, in the form",
        ClientAuthentication::PrivateKeyJwt { .. } => "a statement signed with its private key",
    };
    let mut findings =
        vec![good("token_endpoint_auth_method", format!("{} proves who it is with {how}", client.client_name), "")];
    let grants: Vec<&str> = client.grant_types.iter().map(|grant| grant.as_str()).collect();
    findings.push(good("grant_types", grants.join(", "), "What it may come to the token endpoint with."));
    for uri in &client.redirect_uris {
        findings.push(good(
            "redirect_uris",
            uri.as_str().to_owned(),
            "Compared character by character; only the port of a loopback address may differ.",
        ));
    }
    for scope in client.scope.iter() {
        let words = Texts::of(Language::En).scope(scope);
        findings.push(good(&scope.to_string(), words.title, &words.explanation));
    }
    if client.may_use(GrantType::AuthorizationCode) && !client.scope.launch() {
        findings.push(Finding::new(Mark::Note, "scope", "No EHR can launch it", "For that it needs the scope launch."));
    }
    if client.pkce == Pkce::OptionalForSmartV1 {
        findings.push(Finding::new(Mark::Note, "pkce", "Without PKCE", "SMART App Launch 2 requires it of every app."));
    }
    findings
}

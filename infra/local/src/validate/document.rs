//! A client ID metadata document, judged by the server's own reading of it, and by each tenant here that takes such documents.

use super::page::{Finding, Mark, Report, sentence};
use crate::site::Site;
use rules::{
    client::document::{
        address::DocumentAddress,
        described,
        read::{ClientDocument, DocumentProof, faults, read},
    },
    tenant::Tenant,
    time::Timestamp,
};
use serde_json::Value;

/// `address` is where the document lies, which is the app's `client_id`. Where none is given, its own word for it counts.
pub fn judge(site: &Site, text: &str, address: &str) -> Report {
    let json: Value = serde_json::from_str(text).unwrap_or_default();
    let own = json["client_id"].as_str().unwrap_or_default();
    let text_of_address = if address.is_empty() { own } else { address };
    let address = match DocumentAddress::parse(text_of_address, true) {
        Ok(address) => address,
        Err(why) => {
            let more = "The document itself is judged when its address is one.";
            let finding = Finding::new(Mark::Bad, "client_id", sentence(why), more);
            return Report::of(vec![finding], "", "No server would fetch a document from there");
        }
    };
    let mut findings: Vec<Finding> = faults(text.as_bytes(), address, true)
        .iter()
        .map(|fault| {
            Finding::new(Mark::Bad, "document", "Not as it must be", format!("In the server’s words: {fault}."))
        })
        .collect();
    if let Err(why) = DocumentAddress::parse(text_of_address, false) {
        let why = format!("For others {why}: this one is taken on a laptop, with loopback_key_sets.");
        findings.push(Finding::new(Mark::Note, "client_id", "On this machine alone", why));
    }
    if let Ok(document) = read(text.as_bytes(), address, true) {
        findings.extend(said(&json, address, &document));
        findings.extend(site.tenants.iter().filter_map(|tenant| at(&tenant.items.tenant, address, &document)));
    }
    Report::of(findings, "A server can take this document.", "No server takes this document")
}

/// What the document says, as it is understood.
fn said(json: &Value, address: DocumentAddress<'_>, document: &ClientDocument) -> Vec<Finding> {
    let good = |about: &str, title: String, text: &str| Finding::new(Mark::Good, about, title, text);
    let host =
        format!("People see it as {}: the host of its address, and not its name, is who it is.", address.shown());
    let mut findings = vec![
        good("client_id", address.as_str().to_owned(), &host),
        good("client_name", document.name.clone(), "Shown as what the app calls itself."),
    ];
    let is_used = |text: &str| document.redirect_uris.iter().any(|uri| uri.as_str() == text);
    for uri in json["redirect_uris"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        findings.push(match is_used(uri) {
            true => good("redirect_uris", uri.to_owned(), ""),
            false => Finding::new(
                Mark::Note,
                "redirect_uris",
                uri,
                "Passed over: it is neither https nor http on this machine.",
            ),
        });
    }
    let (how, why) = match &document.proof {
        DocumentProof::None => ("none", "A public app. People are asked about it each time."),
        DocumentProof::Jwks(_) => ("private_key_jwt", "It proves itself with a key in the document."),
        DocumentProof::JwksUri(_) => {
            ("private_key_jwt", "It proves itself with a key at its jwks_uri, which is fetched when it does.")
        }
    };
    findings.push(good("token_endpoint_auth_method", how.to_owned(), why));
    findings.push(match &document.scope {
        Some(scope) => {
            good("scope", scope.to_string(), "It gets no more than this, and no more than its tenant allows.")
        }
        None => {
            Finding::new(Mark::Note, "scope", "Not named", "It may ask for whatever its tenant allows to such apps.")
        }
    });
    findings
}

/// What a tenant here does with it, if it takes such documents at all.
fn at(tenant: &Tenant, address: DocumentAddress<'_>, document: &ClientDocument) -> Option<Finding> {
    let settings = tenant.client_documents.as_ref()?;
    let about = tenant.id.as_str();
    let refused = |why: String| Finding::new(Mark::Note, about, format!("{} does not take it", tenant.name), why);
    if let Some(why) = settings.refusal(address) {
        return Some(refused(format!("{}.", sentence(why))));
    }
    if let Err(why) = DocumentAddress::parse(address.as_str(), described::is_near(tenant)) {
        return Some(refused(format!("{}.", sentence(why))));
    }
    let client = described::client(tenant, address, document, Timestamp(0))?;
    if !tenant.policy.lets_authenticate_by(client.authentication.method()) {
        return Some(refused("It does not allow this way of authentication.".to_owned()));
    }
    let most = format!("At most with: {}.", client.scope);
    Some(Finding::new(Mark::Good, about, format!("{} takes it", tenant.name), most))
}

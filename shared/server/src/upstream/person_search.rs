//! Who has this identifier, and is there somebody of this name? Asked of the FHIR server with a token of this server's own,
//! for one type and a minute.

use super::failed::NobodySignedIn;
use crate::{
    Server,
    fhir::{FhirFailed, reader::FhirReader},
};
use futures_util::{StreamExt, TryStreamExt, stream};
use rules::{
    client::own::OWN_CLIENT_ID,
    fhir_id::is_id,
    identity_provider::{
        IdentityProvider,
        lookup::{self, has_identifier},
        mapping::Search,
    },
    jws::TokenKind,
    tenant::TenantRecord,
    time::Timestamp,
    token::AccessTokenClaims,
    user::{FhirUser, FhirUserType},
};
use serde_json::Value;

const TOKEN_SECONDS: i64 = 60;
/// A person waits.
const READ_AT_ONCE: usize = 10;

pub struct PersonSearch<'a> {
    pub server: &'a Server,
    pub tenant: &'a TenantRecord,
    /// Of the FHIR server.
    pub base: &'a str,
    pub now: Timestamp,
}

impl PersonSearch<'_> {
    /// Refuses unless the FHIR server knows each of these people, all of one type, and none is out of use: a claim can
    /// outlive its person.
    pub async fn confirm(&self, resource: FhirUserType, people: &[FhirUser]) -> Result<(), NobodySignedIn> {
        if people.is_empty() {
            return Ok(());
        }
        let PersonSearch { server, tenant, base, now } = self;
        // To read, and not to search.
        let scope = format!("system/{}.r", resource.as_str());
        let reader = FhirReader::new(&server.signer, &server.outbound, tenant, base, &scope, *now).await?;
        let reads: Vec<_> = people.iter().map(|person| confirm_one(&reader, person)).collect();
        stream::iter(reads).buffered(READ_AT_ONCE).try_collect().await
    }

    /// What the FHIR server has of this person.
    pub async fn resource(&self, person: &FhirUser) -> Result<Value, NobodySignedIn> {
        let PersonSearch { server, tenant, base, now } = self;
        let scope = format!("system/{}.r", person.resource.as_str());
        let reader = FhirReader::new(&server.signer, &server.outbound, tenant, base, &scope, *now).await?;
        let found = reader.if_there(person.resource.as_str(), &person.id).await?;
        Ok(found.ok_or_else(|| lookup::absent(person))?)
    }

    /// The one who has it. Nobody, or several, is an answer that a person must hear, not a guess.
    pub async fn only(&self, search: &Search) -> Result<FhirUser, NobodySignedIn> {
        let mut found = Vec::new();
        for resource in &search.types {
            let bundle = self.search(*resource, search).await?;
            found.extend(holders(&bundle, *resource, search));
        }
        match (found.pop(), found.is_empty()) {
            (Some(only), true) => Ok(only),
            (None, _) => Err(NobodySignedIn::Unknown("no resource at the FHIR server has the identifier".into())),
            (Some(_), false) => Err(NobodySignedIn::Unknown("several at the FHIR server have the identifier".into())),
        }
    }

    async fn search(&self, resource: FhirUserType, search: &Search) -> Result<Value, NobodySignedIn> {
        let PersonSearch { server, tenant, base, now } = self;
        let resource = resource.as_str();
        let scope = IdentityProvider::search_scope(resource).ok_or_else(|| FhirFailed("own scope".into()))?;
        let claims = AccessTokenClaims::of_client(tenant, OWN_CLIENT_ID, base, &scope, TOKEN_SECONDS, *now);
        let token = server.signer.sign(tenant, TokenKind::AccessToken, &claims).await?;
        let url = format!("{}/{resource}?{}", base.trim_end_matches('/'), query(search));
        let fetched = server.outbound.fhir(&url, token.expose()).await.map_err(FhirFailed::from)?;
        let bundle: Value =
            serde_json::from_slice(&fetched.body).map_err(|_| FhirFailed("the answer is not JSON".into()))?;
        if bundle["resourceType"] != "Bundle" {
            return Err(FhirFailed("the answer to the search is no Bundle".into()).into());
        }
        Ok(bundle)
    }
}

async fn confirm_one(reader: &FhirReader<'_>, person: &FhirUser) -> Result<(), NobodySignedIn> {
    let found = reader.if_there(person.resource.as_str(), &person.id).await?;
    Ok(lookup::confirm(&found.ok_or_else(|| lookup::absent(person))?, person)?)
}

fn query(search: &Search) -> String {
    let token = format!("{}|{}", escape(&search.system), escape(&search.value));
    url::form_urlencoded::Serializer::new(String::new()).append_pair("identifier", &token).finish()
}

/// FHIR R4 §3.1.1.3: a bar, a comma or a dollar sign of the value itself is escaped, or it would mean something.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\\' | '|' | ',' | '$') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// Those in the answer who truly have it and are not out of use. A server that passes over a parameter it does not know
/// answers with everybody.
fn holders(bundle: &Value, resource: FhirUserType, search: &Search) -> Vec<FhirUser> {
    let entries = bundle["entry"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut found = Vec::new();
    for person in entries.iter().map(|entry| &entry["resource"]).filter(|person| has_identifier(person, search)) {
        let Some(id) = person["id"].as_str().filter(|id| is_id(id)) else { continue };
        let holder = FhirUser { resource, id: id.to_owned() };
        if lookup::confirm(person, &holder).is_ok() && !found.contains(&holder) {
            found.push(holder);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn found(resources: Value) -> Vec<String> {
        let entries: Vec<Value> = resources.as_array().unwrap().iter().map(|r| json!({ "resource": r })).collect();
        let search =
            Search { types: vec![FhirUserType::Practitioner], system: "https://h.example".into(), value: "7".into() };
        let bundle = json!({ "resourceType": "Bundle", "entry": entries });
        holders(&bundle, FhirUserType::Practitioner, &search).into_iter().map(String::from).collect()
    }

    #[test]
    fn only_those_who_have_the_identifier_count() {
        let person = |kind: &str, id: &str, system: &str, value: &str| json!({ "resourceType": kind, "id": id, "identifier": [{ "system": system, "value": value }] });
        let right = person("Practitioner", "a", "https://h.example", "7");
        assert_eq!(found(json!([right])), ["Practitioner/a"]);
        assert_eq!(found(json!([right, right])), ["Practitioner/a"]);
        assert_eq!(
            found(json!([
                person("Patient", "b", "https://h.example", "7"),
                person("Practitioner", "c", "https://other.example", "7"),
                person("Practitioner", "d", "https://h.example", "77"),
                json!({ "resourceType": "Practitioner", "id": "e" }),
            ])),
            [""; 0]
        );
        let mut gone = right.clone();
        gone["active"] = json!(false);
        assert_eq!(found(json!([gone])), [""; 0]);
    }

    #[test]
    fn a_value_can_not_become_a_second_one() {
        assert_eq!(escape("7,8|9$\\"), "7\\,8\\|9\\$\\\\");
    }
}

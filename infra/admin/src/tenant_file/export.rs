//! A tenant as a file, as `infra/tenant-file.md` describes it, made of what is in the table. Secrets are hashes. What has its
//! default is left out.

use super::items::{TenantItems, client_secrets};
use rules::{
    client::{
        AccessTokenFormat, AsksConsent, Client, ClientAuthentication, FhirContextForm, Pkce, RegisteredKeys,
        document::described::is_switched_off,
    },
    identity_provider::{FhirUserFrom, IdentityProvider, PatientsFrom},
    secret::ChosenSecretHash,
    tenant::{
        Ehr, SigningAlg, Tenant, Vouching,
        role::{Permission, Role, RoleReach},
    },
    user::User,
};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// TOML that `tenant plan` finds nothing to change in.
pub fn text(items: &TenantItems) -> Result<String, String> {
    let file = file(items).map_err(|error| error.to_string())?;
    let text = toml::to_string_pretty(&file).map_err(|error| error.to_string())?;
    Ok(format!("# Written by `admit tenant export`. What can be written here: infra/tenant-file.md\n{text}"))
}

pub fn file(items: &TenantItems) -> Result<Value, serde_json::Error> {
    let tenant = &items.tenant;
    let mut file = Map::new();
    let mut put = |name: &str, value: Value| {
        if !is_empty(&value) {
            file.insert(name.to_owned(), value);
        }
    };
    put("id", json!(tenant.id));
    put("name", json!(tenant.name));
    put("issuer", json!(tenant.issuer));
    // A flag that differs by being off is written.
    put("policy", differences(&tenant.policy, Value::is_null)?);
    put("hti", tenant.hti.as_ref().map_or(Value::Null, |hti| without_empty(json!(hti))));
    put("client_documents", client_documents(items));
    put("b2b", differences(&tenant.b2b, is_empty)?);
    put("pages", differences(&tenant.pages, is_empty)?);
    put("docs", json!(tenant.docs));
    put("user_access", json!(tenant.user_access));
    put("fhir_servers", fhir_servers(tenant));
    put("resources", resources(tenant));
    let ehrs: Result<Vec<Value>, serde_json::Error> = tenant.ehrs.iter().map(ehr).collect();
    put("ehrs", Value::from(ehrs?));
    let providers: Result<Vec<Value>, serde_json::Error> =
        tenant.identity_providers.iter().map(|one| provider(one, items)).collect();
    put("identity_providers", Value::from(providers?));
    put("roles", tenant.roles.iter().map(role).collect());
    let registered = items.clients.iter().filter(|client| !is_switched_off(client));
    let clients: Result<Vec<Value>, serde_json::Error> = registered.map(client).collect();
    put("clients", Value::from(clients?));
    put("users", items.users.iter().map(|one| user(one, tenant)).collect());
    Ok(Value::Object(file))
}

fn ehr(ehr: &Ehr) -> Result<Value, serde_json::Error> {
    let mut file = json!({ "name": ehr.name, "secret_hashes": hashes(&ehr.secrets) });
    if let Some(Vouching { keys, user_types, offline }) = &ehr.vouching {
        file["vouches"] = json!(true);
        file["vouches_for"] = json!(user_types);
        file["vouch_offline"] = json!(offline);
        put_keys(&mut file, keys)?;
    }
    Ok(without_empty(file))
}

fn put_keys(file: &mut Value, keys: &RegisteredKeys) -> Result<(), serde_json::Error> {
    match keys {
        RegisteredKeys::Jwks(set) => file["jwks"] = serde_json::to_value(set)?,
        RegisteredKeys::JwksUri(url) => file["jwks_uri"] = json!(url),
    }
    Ok(())
}

/// With those that a command has switched off among the blocked: in a file, nothing else says it.
fn client_documents(items: &TenantItems) -> Value {
    let Some(documents) = &items.tenant.client_documents else { return Value::Null };
    let mut file = json!(documents);
    let mut blocked: Vec<String> = documents.blocked.iter().cloned().map(String::from).collect();
    let switched_off = items.clients.iter().filter(|client| is_switched_off(client)).map(|client| &client.client_id);
    for client_id in switched_off {
        if !blocked.contains(client_id) {
            blocked.push(client_id.clone());
        }
    }
    file["blocked"] = json!(blocked);
    if documents.localhost_any_port {
        file["localhost_any_port"] = Value::Null;
    }
    match file {
        Value::Object(members) => {
            let says_something =
                |value: &Value| !value.is_null() && value.as_array().is_none_or(|list| !list.is_empty());
            members.into_iter().filter(|(_, value)| says_something(value)).collect()
        }
        other => other,
    }
}

/// TOML has no null, and an empty list says the same as none.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::String(_) | Value::Number(_) | Value::Bool(true) => false,
    }
}

fn without_empty(value: Value) -> Value {
    match value {
        Value::Object(members) => members.into_iter().filter(|(_, value)| !is_empty(value)).collect(),
        other => other,
    }
}

/// The members that differ from the default, without those that say nothing.
fn differences<T: Serialize + Default>(own: &T, says_nothing: fn(&Value) -> bool) -> Result<Value, serde_json::Error> {
    let (own, default) = (serde_json::to_value(own)?, serde_json::to_value(T::default())?);
    let members = own.as_object().into_iter().flatten();
    let members = members.filter(|(name, value)| !says_nothing(value) && default.get(name.as_str()) != Some(*value));
    Ok(members.map(|(name, value)| (name.clone(), value.clone())).collect())
}

fn fhir_servers(tenant: &Tenant) -> Value {
    let servers = tenant.fhir_servers.iter().map(|server| {
        without_empty(json!({
            "name": server.name, "url": server.url, "fhir_version": server.fhir_version,
            "introspection_secret_hashes": hashes(&server.secrets),
            "healthlake_read_role": server.healthlake.as_ref().map(|roles| &roles.read),
            "healthlake_write_role": server.healthlake.as_ref().map(|roles| &roles.write),
            "dpop": (!server.dpop.is_off()).then(|| server.dpop.as_str()),
        }))
    });
    servers.collect()
}

fn resources(tenant: &Tenant) -> Value {
    let resources = tenant.resources.iter().map(|resource| {
        without_empty(json!({
            "name": resource.name, "url": resource.url, "scope": resource.scope,
            "fhir_server": server_name(tenant, Some(&resource.fhir_server)),
            "introspection_secret_hashes": hashes(&resource.secrets),
            "dpop": (!resource.dpop.is_off()).then(|| resource.dpop.as_str()),
        }))
    });
    resources.collect()
}

fn hashes(secrets: &[ChosenSecretHash]) -> Vec<String> {
    secrets.iter().map(hash).collect()
}

fn hash(secret: &ChosenSecretHash) -> String {
    match secret {
        ChosenSecretHash::Sha256(hash) => format!("sha256:{}", hash.as_str()),
        ChosenSecretHash::Argon2id(phc) => phc.clone(),
    }
}

/// The name that `fhir_server` needs where there are several.
fn server_name<'t>(tenant: &'t Tenant, url: Option<&str>) -> Option<&'t str> {
    let named = url.filter(|_| tenant.fhir_servers.len() > 1).and_then(|url| tenant.fhir_server(url));
    named.map(|server| server.name.as_str())
}

fn provider(provider: &IdentityProvider, items: &TenantItems) -> Result<Value, serde_json::Error> {
    let tenant = &items.tenant;
    let secret = items.provider_secrets.iter().find(|secret| secret.provider == provider.id);
    let mut file = json!({
        "id": provider.id, "name": provider.name, "issuer": provider.issuer,
        "client_id": provider.client_id, "token_endpoint_auth_method": provider.authentication,
        "client_secret": secret.map(|secret| secret.secret.0.expose()),
        "scope": provider.scope, "userinfo": provider.userinfo, "name_claim": provider.name_claim,
        "fhir_server": server_name(tenant, provider.fhir_server.as_deref()),
        "user_types": provider.user_types, "acr_values": provider.acr_values,
        "private_network": provider.private_network,
    });
    if provider.id_token_issuers != [provider.issuer.clone()] {
        file["id_token_issuers"] = json!(provider.id_token_issuers);
    }
    match &provider.fhir_user {
        FhirUserFrom::Nothing => {}
        FhirUserFrom::Claim(claim) => file["fhir_user_claim"] = json!(claim),
        FhirUserFrom::Pattern(pattern) => file["fhir_user_pattern"] = serde_json::to_value(pattern)?,
        FhirUserFrom::Identifier(identifier) => file["fhir_user_identifier"] = serde_json::to_value(identifier)?,
    }
    match &provider.patients {
        PatientsFrom::Nothing => {}
        PatientsFrom::Claim(claim) => file["patients_claim"] = json!(claim),
        PatientsFrom::Identifier(identifier) => file["patients_identifier"] = serde_json::to_value(identifier)?,
    }
    Ok(without_empty(file))
}

fn role(role: &Role) -> Value {
    json!({ "name": role.name, "permissions": role.permissions.iter().map(permission).collect::<Vec<_>>() })
}

fn permission(permission: &Permission) -> Value {
    let actions = permission.actions;
    let letters = [(actions.create, 'c'), (actions.read, 'r'), (actions.update, 'u'), (actions.delete, 'd')];
    let letters: String = letters.into_iter().filter(|(has, _)| *has).map(|(_, letter)| letter).collect();
    let (reach, granted) = match &permission.reach {
        RoleReach::Own => ("own", None),
        RoleReach::Granted(devices) => ("granted", Some(devices)),
        RoleReach::All => ("all", None),
    };
    without_empty(json!({ "resource": permission.resource, "actions": letters, "reach": reach, "granted": granted }))
}

pub fn client(client: &Client) -> Result<Value, serde_json::Error> {
    let method = match &client.authentication {
        ClientAuthentication::None => "none",
        ClientAuthentication::ClientSecretBasic { .. } => "client_secret_basic",
        ClientAuthentication::ClientSecretPost { .. } => "client_secret_post",
        ClientAuthentication::PrivateKeyJwt { .. } => "private_key_jwt",
    };
    let uris = |uris: &[rules::client::redirect_uri::RedirectUri]| {
        uris.iter().map(|uri| uri.as_str().to_owned()).collect::<Vec<String>>()
    };
    let (redirects, logouts) = (uris(&client.redirect_uris), uris(&client.post_logout_redirect_uris));
    let all = || redirects.iter().chain(&logouts).chain(&client.launch_urls).chain(&client.origins);
    let required = client.required_scope.to_string();
    let mut file = json!({
        "client_id": client.client_id, "client_name": client.client_name, "client_uri": client.client_uri,
        "logo_uri": client.logo_uri, "verified": client.verified, "token_endpoint_auth_method": method,
        "client_secret_hashes": hashes(client_secrets(client)), "grant_types": client.grant_types,
        "redirect_uris": redirects, "post_logout_redirect_uris": logouts, "launch_urls": client.launch_urls,
        "origins": client.origins, "scope": client.scope,
        "required_scope": (!required.is_empty()).then_some(required),
        "default_scope": client.default_scope,
        "consent": (client.consent == AsksConsent::Never).then_some("never"),
        "allow_loopback": all().any(|url| url.starts_with("http://")),
        "without_answer_iss": client.without_answer_iss,
        "require_pushed_authorization_requests": client.require_pushed_authorization_requests,
        "pkce": (client.pkce == Pkce::OptionalForSmartV1).then_some("optional_for_smart_v1"),
        "fhir_context": (client.fhir_context == FhirContextForm::Strings).then_some("strings"),
        "id_token_signed_response_alg": (client.id_token_signed_response_alg != SigningAlg::RS256)
            .then_some(client.id_token_signed_response_alg.as_str()),
        "access_token_format": (client.access_token_format != AccessTokenFormat::Jwt)
            .then_some(client.access_token_format.as_str()),
        "role": client.role.as_ref().map(|role| &role.name),
        "device": client.device.as_ref().or(client.role.as_ref().map(|role| &role.device)),
        "may_launch": client.may_launch, "hti_sign_in": client.hti_sign_in,
        "access_token_seconds": client.access_token_seconds, "refresh_idle_seconds": client.refresh_idle_seconds,
        "fhir_servers": client.fhir_servers,
        "dpop_bound_access_tokens": client.dpop_bound_access_tokens,
        "extensions": client.extensions, "required_extensions": client.required_extensions,
        "organization_ids": client.organization_ids,
        "profile": (!client.profile.is_smart()).then(|| client.profile.as_str()),
    });
    if let ClientAuthentication::PrivateKeyJwt { keys } = &client.authentication {
        put_keys(&mut file, keys)?;
    }
    Ok(without_empty(file))
}

pub fn user(user: &User, tenant: &Tenant) -> Value {
    without_empty(json!({
        "username": user.username, "password_hash": hash(&user.password), "name": user.name,
        "fhir_user": user.fhir_user, "fhir_server": server_name(tenant, user.fhir_server.as_deref()), "patients": user.patients, "sub": user.sub,
    }))
}

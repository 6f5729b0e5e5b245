//! The tenant itself: issuer, FHIR servers, EHRs.

use super::{
    b2b::b2b,
    client_documents::client_documents,
    docs::docs,
    fields::{Fields, Shape},
    guarded::{INTROSPECTION_SECRETS, base_url, caller_name, dpop_use},
    hti::hti,
    identity_provider::identity_providers,
    pages::pages,
    policy::policy,
    profile::{check_nonces, check_tenant},
    reading::{Text, is_printable_ascii},
    resources::{RESOURCE, resource},
    roles::roles,
    secrets::{SecretKeys, secrets},
    user_access::{check_size, user_access},
    vouching::vouching,
};
use rules::{
    hash_work::HashWork,
    secret::ChosenSecretHash,
    tenant::{
        DpopUse, Ehr, FhirServer, HealthLakeRoles, Issuer, Policy, ProtectedResource, Tenant, TenantId, same_server,
    },
};
use std::collections::BTreeSet;

pub const FILE: Shape<'_> = Shape {
    name: "a tenant file",
    keys: &[
        "id",
        "name",
        "issuer",
        "simulate",
        "any_client",
        "pkce",
        "policy",
        "hti",
        "client_documents",
        "b2b",
        "pages",
        "docs",
        "user_access",
        "fhir_servers",
        "resources",
        "ehrs",
        "identity_providers",
        "roles",
        "clients",
        "users",
    ],
};
const FHIR_SERVER: Shape<'_> = Shape {
    name: "[[fhir_servers]]",
    keys: &[
        "name",
        "url",
        "fhir_version",
        "introspection_secret",
        "introspection_secrets",
        "introspection_secret_hashes",
        "healthlake_read_role",
        "healthlake_write_role",
        "dpop",
    ],
};
const EHR: Shape<'_> = Shape {
    name: "[[ehrs]]",
    keys: &[
        "name",
        "secret",
        "secrets",
        "secret_hashes",
        "vouches",
        "jwks",
        "jwks_uri",
        "vouches_for",
        "vouch_offline",
    ],
};
const EHR_SECRETS: SecretKeys = SecretKeys { one: "secret", several: "secrets", hashes: "secret_hashes" };

pub fn tenant(root: &Fields<'_>) -> (Option<Tenant>, Policy) {
    let policy = policy(root);
    let id = root.required("id", "\"the tenant's path segment\"").and_then(|id| {
        let parsed = TenantId::parse(id.value);
        if parsed.is_none() {
            root.reading.wrong(id, "at most 63 lower-case letters, digits and `-`, not beginning with `-`");
        }
        parsed
    });
    let name = root.required("name", "\"what people call it\"");
    let ehrs = root.tables("ehrs", &EHR);
    let resources = root.tables("resources", &RESOURCE);
    let fhir_servers = fhir_servers(root, id.as_ref(), [&ehrs, &resources]);
    let resources: Vec<ProtectedResource> =
        resources.iter().filter_map(|fields| resource(fields, &fhir_servers)).collect();
    let ehrs = ehrs.iter().filter_map(|fields| ehr(fields, &policy, root.has("hti"))).collect();
    let issuer = issuer(root);
    let urls = fhir_servers.iter().map(|server| &server.url).chain(resources.iter().map(|resource| &resource.url));
    apart(root, issuer.as_ref(), urls);
    let identity_providers = identity_providers(root, &policy, &fhir_servers);
    let hti = hti(root, &identity_providers);
    let user_access = user_access(root, &policy, &fhir_servers);
    let tenant = || {
        let name = name?.value.to_owned();
        let policy = policy.clone();
        let client_documents = client_documents(root, &policy);
        let (b2b, pages) = (b2b(root), pages(root));
        let roles = roles(root);
        // The last three follow from the clients and users; `apply` fills them in.
        let (origins, longest_token_seconds, refusal_work) = (BTreeSet::new(), 0, HashWork::default());
        Some(Tenant {
            id: id?,
            issuer: issuer?,
            name,
            fhir_servers,
            resources,
            ehrs,
            identity_providers,
            policy,
            hti,
            client_documents,
            b2b,
            pages,
            docs: docs(root),
            user_access,
            roles,
            origins,
            longest_token_seconds,
            former_token_seconds: Vec::new(),
            former_grant_seconds: Vec::new(),
            ended: Vec::new(),
            dpop_nonce_key: None,
            refusal_work,
        })
    };
    let tenant = tenant();
    if let Some(tenant) = &tenant {
        check_tenant(root, tenant);
        check_nonces(root, tenant);
        check_size(root, tenant);
    }
    (tenant, policy)
}

/// Their names are user names for Basic, as those of the EHRs are.
fn fhir_servers(root: &Fields<'_>, id: Option<&TenantId>, callers: [&[Fields<'_>]; 2]) -> Vec<FhirServer> {
    let given = root.tables("fhir_servers", &FHIR_SERVER);
    let [ehrs, resources] = callers;
    let names = given.iter().chain(ehrs).chain(resources).filter_map(|fields| fields.text("name"));
    root.reading.unique("a name of its own among the FHIR servers, resources and EHRs", names, str::to_owned);
    let urls = given.iter().chain(resources).filter_map(|fields| fields.text("url"));
    root.reading.unique("a URL of its own", urls, |url| url.trim_end_matches('/').to_owned());
    match id.map(TenantId::as_str).filter(|_| given.is_empty()) {
        Some(id) => {
            let url = format!("{}/{id}/fhir", root.reading.base);
            let (name, fhir_version) = (format!("{id}-fhir"), R4.to_owned());
            vec![FhirServer { name, url, fhir_version, secrets: Vec::new(), healthlake: None, dpop: DpopUse::Off }]
        }
        None => given.iter().filter_map(fhir_server).collect(),
    }
}

/// A token's audience says what it is for.
fn apart<'u>(root: &Fields<'_>, issuer: Option<&Issuer>, mut urls: impl Iterator<Item = &'u String>) {
    let Some(issuer) = issuer.map(Issuer::as_str) else { return };
    if urls.any(|url| same_server(url, issuer)) {
        root.reading.mistake(
            root.place("fhir_servers"),
            "a FHIR server or resource whose URL is the issuer",
            "a URL of its own",
        );
    }
}

fn issuer(root: &Fields<'_>) -> Option<Issuer> {
    let issuer = match (root.has("issuer"), root.has("id")) {
        (true, _) => root.text("issuer")?,
        // That is a mistake already, and there is nothing to make an issuer of.
        (false, false) => return None,
        (false, true) => Text { value: "{base}/{id}", at: root.place("id") },
    };
    let filled = root.reading.fill(issuer)?;
    let good = Issuer::parse(&filled).filter(|issuer| issuer.is_https() || root.reading.is_near(&filled));
    if good.is_none() {
        let expected =
            "an issuer: an https: URL (http: on a loopback address alone) without query, fragment or / at its end";
        root.reading.wrong_url(issuer, &filled, expected);
    }
    good
}

fn fhir_server(fields: &Fields<'_>) -> Option<FhirServer> {
    let name = caller_name(fields);
    let secrets = secrets(fields, &INTROSPECTION_SECRETS);
    let url = fields.required("url", "\"its FHIR base URL\"");
    let url = url.and_then(|url| base_url(fields, url));
    let fhir_version = match fields.has("fhir_version") {
        true => version(fields)?,
        false => R4.to_owned(),
    };
    let healthlake = healthlake(fields);
    let dpop = dpop(fields, healthlake.is_some());
    Some(FhirServer { name: name?, url: url?, fhir_version, secrets, healthlake, dpop })
}

/// A data store of HealthLake acts in a role that says what it may do.
fn healthlake(fields: &Fields<'_>) -> Option<HealthLakeRoles> {
    if !fields.has("healthlake_read_role") && !fields.has("healthlake_write_role") {
        return None;
    }
    let role = |name: &str| {
        let role = fields.text(name)?;
        if !is_role(role.value) {
            fields.reading.wrong(role, "the ARN of an IAM role: arn:aws:iam::ACCOUNT:role/NAME");
        }
        Some(role.value.to_owned())
    };
    let write = role("healthlake_write_role");
    fields.required("healthlake_read_role", "\"arn:aws:iam::ACCOUNT:role/NAME\"")?;
    Some(HealthLakeRoles { read: role("healthlake_read_role")?, write })
}

/// HealthLake hands Admit the token and not the request that it came with, so there is no proof to verify.
fn dpop(fields: &Fields<'_>, is_healthlake: bool) -> DpopUse {
    let dpop = dpop_use(fields);
    if let Some(text) = fields.text("dpop").filter(|_| is_healthlake && !dpop.is_off()) {
        fields.reading.wrong(text, "\"off\": HealthLake verifies no DPoP proofs");
    }
    dpop
}

fn is_role(arn: &str) -> bool {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let [arn, partition, service, region, account, role] = parts.as_slice() else { return false };
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    let is_name = role.strip_prefix("role/").is_some_and(|name| !name.is_empty() && is_printable_ascii(name));
    *arn == "arn" && partition.starts_with("aws") && *service == "iam" && region.is_empty() && is_account && is_name
}

/// R4; the version of its last and only correction.
const R4: &str = "4.0.1";

/// FHIR writes `major.minor.patch`, with a label where it is not yet published.
fn version(fields: &Fields<'_>) -> Option<String> {
    let given = fields.text("fhir_version")?;
    let (numbers, _label) = given.value.split_once('-').unwrap_or((given.value, ""));
    let parts: Vec<&str> = numbers.split('.').collect();
    if parts.len() != 3 || parts.iter().any(|part| part.parse::<u16>().is_err()) {
        fields.reading.wrong(given, "a FHIR version such as 4.0.1");
        return None;
    }
    Some(given.value.to_owned())
}

fn ehr(fields: &Fields<'_>, policy: &Policy, takes_hti: bool) -> Option<Ehr> {
    let name = caller_name(fields);
    if !EHR_SECRETS.all().iter().any(|name| fields.has(name)) {
        fields.reading.mistake(fields.at, "no secret", "secret = \"what it calls launchContext with\"");
    }
    let secrets: Vec<ChosenSecretHash> = secrets(fields, &EHR_SECRETS);
    let vouching = vouching(fields, policy, takes_hti);
    Some(Ehr { name: name?, secrets, vouching })
}

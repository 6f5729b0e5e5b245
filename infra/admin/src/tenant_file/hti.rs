//! `[hti]`: whether portals launch the tenant's apps as Koppeltaal does, and where their people sign in.

use super::{
    fields::{Fields, Shape},
    identity_provider::identifier,
    reading::Reading,
};
use rules::{
    client::{AccessTokenFormat, ClientAuthentication},
    fhir_id,
    identity_provider::{FhirUserFrom, IdentityProvider},
    tenant::{AuthenticationMethod, HTI_USER_TYPES, Hti, HtiSignIn, Tenant},
};

const HTI: Shape<'_> = Shape { name: "[hti]", keys: &["device", "sign_in"] };
const SIGN_IN: Shape<'_> = Shape { name: "[[hti.sign_in]]", keys: SIGN_IN_KEYS };
const OWN_SIGN_IN: Shape<'_> = Shape { name: "[[clients.hti_sign_in]]", keys: SIGN_IN_KEYS };
const SIGN_IN_KEYS: &[&str] = &["user_type", "provider", "identifier"];

pub fn hti(root: &Fields<'_>, providers: &[IdentityProvider]) -> Option<Hti> {
    let (at, table) = root.table("hti")?;
    let fields = Fields::new(root.reading, at, table, &HTI);
    let device = fields.required("device", "\"the id of this server's own Device\"");
    is_device(&fields);
    let sign_in = ways(&fields, "sign_in", &SIGN_IN, providers);
    if sign_in.is_empty() && !fields.has("sign_in") {
        let expected = "[[hti.sign_in]] with `user_type` and `provider`: nobody else may sign in at such a launch";
        root.reading.mistake(at, "nowhere to sign in", expected);
    }
    Some(Hti { device: device?.value.to_owned(), sign_in })
}

/// What a client is in a launch with an HTI token: the portal, or the app.
pub struct Launches {
    pub may_launch: bool,
    pub hti_sign_in: Vec<HtiSignIn>,
    /// Where its role does not say it.
    pub device: Option<String>,
}

pub fn launches(
    fields: &Fields<'_>,
    authentication: Option<&ClientAuthentication>,
    tenant: Option<&Tenant>,
) -> Launches {
    let may_launch = fields.flag("may_launch");
    let by_key = authentication.is_none_or(|it| it.method() == AuthenticationMethod::PrivateKeyJwt);
    if may_launch && !by_key {
        let expected = "`token_endpoint_auth_method = \"private_key_jwt\"` with it: its key signs the launches";
        fields.reading.mistake(fields.place("may_launch"), "`may_launch` of a client without a key", expected);
    }
    for name in ["may_launch", "hti_sign_in"] {
        if fields.has(name) && tenant.is_some_and(|tenant| tenant.hti.is_none()) {
            let found = format!("`{name}`, where the tenant takes no HTI tokens");
            fields.reading.mistake(fields.place(name), found, "[hti] with it, or neither");
        }
    }
    is_device(fields);
    let providers = tenant.map(|tenant| tenant.identity_providers.as_slice()).unwrap_or_default();
    let device = fields.text("device").filter(|_| !fields.has("role")).map(|device| device.value.to_owned());
    Launches { may_launch, hti_sign_in: ways(fields, "hti_sign_in", &OWN_SIGN_IN, providers), device }
}

/// A token for one app's `Device` must be no other's.
pub fn check_devices(reading: &Reading<'_>, clients: &[Fields<'_>]) {
    let devices = clients.iter().filter_map(|fields| fields.text("device").or(fields.text("client_id")));
    reading.unique("a Device of its own: HTI tokens name it", devices, str::to_owned);
}

/// Without a portal, an app that gets no access token can't be opened.
pub fn check_format(fields: &Fields<'_>, format: AccessTokenFormat, tenant: Option<&Tenant>) {
    let Some(text) = fields.text("access_token_format") else { return };
    if format == AccessTokenFormat::Noop && tenant.is_some_and(|tenant| tenant.hti.is_none()) {
        fields.reading.wrong(text, "another one, or [hti]: only a portal opens an app that gets no access token");
    }
}

fn is_device(fields: &Fields<'_>) {
    if let Some(device) = fields.text("device").filter(|device| !fhir_id::is_id(device.value)) {
        fields.reading.wrong(device, "the id of a Device: letters, digits, `-` and `.`, at most 64");
    }
}

fn ways(fields: &Fields<'_>, key: &str, shape: &Shape<'_>, providers: &[IdentityProvider]) -> Vec<HtiSignIn> {
    fields.tables(key, shape).iter().filter_map(|fields| way(fields, providers)).collect()
}

fn way(fields: &Fields<'_>, providers: &[IdentityProvider]) -> Option<HtiSignIn> {
    let types = HTI_USER_TYPES.map(|kind| (kind.as_str(), kind));
    let user_type = fields.required("user_type", "\"Patient\", \"Practitioner\" or \"RelatedPerson\"");
    let user_type = user_type.and_then(|text| fields.reading.choice(text, &types));
    let named = fields.required("provider", "\"the id of one of the [[identity_providers]]\"")?;
    let identifier = fields.text("identifier").map(|text| identifier(fields, text));
    let Some(provider) = providers.iter().find(|provider| provider.id == named.value) else {
        fields.reading.wrong(named, "the id of one of the [[identity_providers]]");
        return None;
    };
    let user_type = user_type?;
    if !provider.user_types.is_empty() && !provider.user_types.contains(&user_type) {
        let expected = format!("a provider whose `user_types` have {}", user_type.as_str());
        fields.reading.wrong(named, expected);
    }
    if identifier.is_none() && provider.fhir_user == FhirUserFrom::Nothing {
        let expected = "identifier = \"system|{claim}\", or `fhir_user_…` of the provider: else nobody is known to be \
                        the one whom the launch names";
        fields.reading.mistake(fields.place("provider"), "nothing that says who a person is", expected);
    }
    Some(HtiSignIn { user_type, provider: named.value.to_owned(), identifier: identifier.flatten() })
}

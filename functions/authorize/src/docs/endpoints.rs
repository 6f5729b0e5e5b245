//! Each endpoint with its method, parameters, answers and errors, as far as the tenant offers it.

use rules::tenant::{GrantType, PushedRequests, Tenant};

pub struct Endpoint {
    pub id: &'static str,
    pub name: &'static str,
    pub methods: &'static str,
    pub url: String,
    pub what: &'static str,
    pub authentication: &'static str,
    pub parameters: Vec<Parameter>,
    pub answers: &'static [(&'static str, &'static str)],
    pub errors: &'static [&'static str],
}

pub struct Parameter {
    pub name: &'static str,
    pub needed: &'static str,
    pub what: &'static str,
}

const fn needs(name: &'static str, needed: &'static str, what: &'static str) -> Parameter {
    Parameter { name, needed, what }
}

const CLIENT: &str = "As the app is registered: see Ways to authenticate.";
const YES: &str = "yes";
const NO: &str = "no";

pub fn of(tenant: &Tenant) -> Vec<Endpoint> {
    let policy = &tenant.policy;
    let launches = policy.grant_types.contains(&GrantType::AuthorizationCode);
    let mut all = Vec::new();
    if launches {
        all.push(authorize(tenant));
    }
    if launches && policy.pushed_authorization_requests != PushedRequests::Off {
        all.push(push(tenant));
    }
    all.extend([token(tenant), introspect(tenant), revoke(tenant)]);
    if launches {
        all.extend([userinfo(tenant), logout(tenant), launch_context(tenant), manage(tenant)]);
    }
    all.push(keys(tenant));
    all
}

fn authorize(tenant: &Tenant) -> Endpoint {
    let mut parameters = vec![
        needs("response_type", YES, "code"),
        needs("client_id", YES, "As registered"),
        needs(
            "redirect_uri",
            YES,
            "One of the registered ones, letter for letter; a loopback address without a port stands for every port",
        ),
        needs("scope", "yes, unless the server has a default", "Scopes with a space between them; see Scopes"),
        needs("state", YES, "At least 122 random bits of yours; compare it when the answer comes"),
        needs("aud", YES, "The FHIR base URL, exactly as in Base URLs. resource (RFC 8707) is a synonym"),
        needs("code_challenge", YES, "base64url(SHA-256(code_verifier)), without padding"),
        needs("code_challenge_method", YES, "S256"),
        needs("launch", "in an EHR launch", "What the EHR gave beside iss; asked for with the scope launch"),
        needs("nonce", "with openid", "Comes back in the id_token"),
        needs("prompt", NO, "none, login, consent or select_account"),
        needs("max_age", NO, "Seconds since the last sign-in, at most"),
        needs("login_hint", NO, "A user name to begin with"),
        needs("id_token_hint", NO, "An earlier id_token: whom you expect"),
        needs("ui_locales", NO, "Languages of the pages: en, nl, de, es, fr"),
        needs("acr_values", NO, "How the person shall sign in, as far as they can"),
        needs("idp_hint", NO, "The id of an identity provider to go to at once"),
    ];
    if !tenant.resources.is_empty() {
        let what = "A resource of Base URLs that is no FHIR server; aud beside it, or none, names the server that it stands before";
        parameters.push(needs("resource", NO, what));
    }
    if tenant.takes_dpop() {
        parameters.push(needs("dpop_jkt", NO, "Thumbprint of the key that the code will be exchanged with (RFC 9449)"));
    }
    if tenant.policy.pushed_authorization_requests != PushedRequests::Off {
        parameters.push(needs(
            "request_uri",
            "after a push",
            "What the push was answered with; beside it client_id alone",
        ));
    }
    Endpoint {
        id: "authorize",
        name: "Authorization",
        methods: "GET or POST, in the person's browser",
        url: tenant.issuer.endpoint("authorize"),
        what: "The person signs in, chooses a patient where the scope asks for one, and agrees or declines.",
        authentication: "None: the browser is the person's.",
        parameters,
        answers: &[
            (
                "303 to redirect_uri",
                "code, state and iss in the query. Compare state with yours and iss with the issuer before you use the code.",
            ),
            ("303 to redirect_uri", "error, error_description, state and iss, where it is a no."),
            ("400, a page", "client_id or redirect_uri are not known: the browser is sent nowhere."),
        ],
        errors: &[
            "invalid_request",
            "invalid_scope",
            "invalid_target",
            "unauthorized_client",
            "unsupported_response_type",
            "access_denied",
            "login_required",
            "consent_required",
            "interaction_required",
            "account_selection_required",
            "request_not_supported",
            "request_uri_not_supported",
            "registration_not_supported",
            "server_error",
            "temporarily_unavailable",
        ],
    }
}

fn push(tenant: &Tenant) -> Endpoint {
    Endpoint {
        id: "par",
        name: "Pushed authorization requests (RFC 9126)",
        methods: "POST, form",
        url: tenant.issuer.endpoint("par"),
        what: "The app sends its request ahead; the browser then brings client_id and request_uri alone.",
        authentication: CLIENT,
        parameters: vec![needs("every parameter of Authorization", YES, "As there, in the form")],
        answers: &[("201, JSON", "request_uri and expires_in")],
        errors: &[
            "invalid_request",
            "invalid_client",
            "invalid_scope",
            "invalid_target",
            "invalid_dpop_proof",
            "use_dpop_nonce",
            "temporarily_unavailable",
        ],
    }
}

fn token(tenant: &Tenant) -> Endpoint {
    let grants = &tenant.policy.grant_types;
    let mut parameters = vec![needs("grant_type", YES, "Which of the grants follows")];
    let mut when = |grant: GrantType, rows: Vec<Parameter>| {
        if grants.contains(&grant) {
            parameters.extend(rows);
        }
    };
    when(
        GrantType::AuthorizationCode,
        vec![
            needs("code", "authorization_code", "From the answer of Authorization; good once"),
            needs("redirect_uri", "authorization_code", "The same as at Authorization"),
            needs("code_verifier", "authorization_code", "What code_challenge was made of; 43 to 128 characters"),
        ],
    );
    when(
        GrantType::RefreshToken,
        vec![
            needs("refresh_token", "refresh_token", "The last one that you were given"),
            needs("scope", "no; refresh_token", "Fewer scopes than were granted"),
        ],
    );
    when(GrantType::ClientCredentials, vec![needs("scope", "client_credentials", "system/ scopes")]);
    when(
        GrantType::Password,
        vec![needs("username", "password", "The person's"), needs("password", "password", "The person's")],
    );
    parameters.extend([
        needs("resource", NO, "What the token is for, of Base URLs; with a code or a refresh token, what that is for"),
        needs("client_id", "public apps; client_secret_post", "As registered"),
        needs("client_secret", "client_secret_post", "As registered"),
        needs("client_assertion_type", "private_key_jwt", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        needs("client_assertion", "private_key_jwt", "A JWT signed by the app's key: iss and sub are client_id, aud as Ways to authenticate says, exp at most five minutes ahead, jti new each time; kid in its header"),
    ]);
    Endpoint {
        id: "token",
        name: "Token",
        methods: "POST, application/x-www-form-urlencoded",
        url: tenant.issuer.endpoint("token"),
        what: "Gives an access token for a code, a refresh token, or to a backend service for itself.",
        authentication: CLIENT,
        parameters,
        answers: &[
            (
                "200, JSON",
                "access_token, token_type, expires_in in seconds, scope as granted (it may be less than you asked), and where they apply refresh_token, id_token, patient, encounter, fhirContext, need_patient_banner, intent, smart_style_url. Never cached.",
            ),
            (
                "400 or 401, JSON",
                "error and error_description; the header Admit-Refusal has an id that the operator can look up.",
            ),
        ],
        errors: &[
            "invalid_request",
            "invalid_client",
            "invalid_grant",
            "unauthorized_client",
            "unsupported_grant_type",
            "invalid_scope",
            "invalid_target",
            "invalid_dpop_proof",
            "use_dpop_nonce",
            "server_error",
            "temporarily_unavailable",
        ],
    }
}

fn introspect(tenant: &Tenant) -> Endpoint {
    Endpoint {
        id: "introspect",
        name: "Introspection (RFC 7662)",
        methods: "POST, form",
        url: tenant.introspection_endpoint(),
        what: "Whether a token is good at this moment, and for what.",
        authentication: "A FHIR server by HTTP Basic; an app as it is registered, about its own tokens; a Bearer token with the scope __introspect.",
        parameters: vec![needs("token", YES, "The token"), needs("token_type_hint", NO, "Is passed over")],
        answers: &[
            (
                "200, JSON",
                "active: true with scope, client_id, sub, iss, aud, iat, nbf, exp, jti, fhirUser, patient and the other members of the launch context",
            ),
            ("200, JSON", "active: false and nothing more, whatever the reason"),
        ],
        errors: &[
            "invalid_request",
            "invalid_client",
            "invalid_token",
            "insufficient_scope",
            "temporarily_unavailable",
        ],
    }
}

fn revoke(tenant: &Tenant) -> Endpoint {
    Endpoint {
        id: "revoke",
        name: "Revocation (RFC 7009)",
        methods: "POST, form",
        url: tenant.issuer.endpoint("revoke"),
        what: "Ends a token. A refresh token ends all access that came of the same consent.",
        authentication: CLIENT,
        parameters: vec![needs("token", YES, "The token"), needs("token_type_hint", NO, "Is passed over")],
        answers: &[("200", "It is over, or was no token of this app")],
        errors: &["invalid_request", "invalid_client", "unsupported_token_type", "temporarily_unavailable"],
    }
}

fn userinfo(tenant: &Tenant) -> Endpoint {
    Endpoint {
        id: "userinfo",
        name: "UserInfo (OpenID Connect)",
        methods: "GET or POST",
        url: tenant.issuer.endpoint("userinfo"),
        what: "Who is behind an access token with the scope openid.",
        authentication: "Authorization: Bearer with the access token.",
        parameters: vec![],
        answers: &[("200, JSON", "sub, and fhirUser, profile and name as the scopes allow")],
        errors: &[
            "invalid_request",
            "invalid_token",
            "insufficient_scope",
            "invalid_dpop_proof",
            "use_dpop_nonce",
            "temporarily_unavailable",
        ],
    }
}

fn logout(tenant: &Tenant) -> Endpoint {
    Endpoint {
        id: "logout",
        name: "Sign-out (OpenID Connect RP-Initiated Logout)",
        methods: "GET or POST, in the person's browser",
        url: tenant.issuer.endpoint("logout"),
        what: "Ends the person's sign-in here, and online_access with it.",
        authentication: "None.",
        parameters: vec![
            needs("id_token_hint", NO, "The app's id_token; an expired one will do"),
            needs("client_id", NO, "The app"),
            needs("post_logout_redirect_uri", NO, "A registered address to return to"),
            needs("state", NO, "Comes back with it"),
            needs("ui_locales", NO, "Languages of the page"),
        ],
        answers: &[("200, a page", "The person is asked"), ("303", "To post_logout_redirect_uri")],
        errors: &["invalid_request"],
    }
}

/// The first is for a word that is not good.
const LAUNCH_ERRORS: [&str; 6] = [
    "invalid_grant",
    "invalid_request",
    "invalid_client",
    "invalid_token",
    "insufficient_scope",
    "temporarily_unavailable",
];

fn launch_context(tenant: &Tenant) -> Endpoint {
    let mut parameters = vec![
        needs("patient", NO, "The id of the patient; needed beside an encounter or another record"),
        needs("encounter", NO, "The id of the encounter"),
        needs("fhirContext", NO, "Other resources, as a JSON array"),
        needs("need_patient_banner, intent, smart_style_url, tenant", NO, "As in SMART 2.2, launch context"),
        needs("client_id", NO, "The app that alone may use it"),
        needs("user", NO, "The person that alone may use it"),
        needs("iss", NO, "The FHIR base URL, where the tenant has several"),
    ];
    let vouches = tenant.ehrs.iter().any(|ehr| tenant.vouching(&ehr.name).is_some());
    if vouches {
        let what = "In JSON, of an EHR that may vouch for its user: a JWT signed by its key that says who they are, so that they need not \
                    sign in here; client_id must be beside it";
        parameters.push(needs("user_assertion", NO, what));
    }
    Endpoint {
        id: "launch-context",
        name: "Launch context, for EHRs",
        methods: "POST, form or JSON",
        url: tenant.issuer.endpoint("launchContext"),
        what: "The EHR hands over what is on its screen, opens the app's launch URL with iss and the launch value that it gets.",
        authentication: "The EHR by HTTP Basic; or a Bearer token with the scope __launch.create.",
        parameters,
        answers: &[("201, JSON", "launch, good once")],
        errors: if vouches { &LAUNCH_ERRORS } else { &LAUNCH_ERRORS[1..] },
    }
}

fn manage(tenant: &Tenant) -> Endpoint {
    Endpoint {
        id: "manage",
        name: "Apps with access, for people",
        methods: "GET, in the person's browser",
        url: tenant.issuer.endpoint("manage"),
        what: "A person sees which apps have access, until when, and takes it away.",
        authentication: "The person signs in.",
        parameters: vec![],
        answers: &[("200, a page", "The apps")],
        errors: &[],
    }
}

fn keys(tenant: &Tenant) -> Endpoint {
    Endpoint {
        id: "keys",
        name: "Key set",
        methods: "GET",
        url: tenant.issuer.endpoint(".well-known/jwks.json"),
        what: "The public keys that tokens are signed with (RFC 7517).",
        authentication: "None; any web page may read it.",
        parameters: vec![],
        answers: &[("200, JSON", "keys, each with its kid")],
        errors: &[],
    }
}

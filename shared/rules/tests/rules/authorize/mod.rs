//! From an app's request to its answer.

mod account;
mod answers;
mod approval;
mod asked;
mod choices;
mod explanation;
mod lasting;
mod pushed;
mod redirect_target;
mod remembered;
mod second_factor;
mod stages;
mod steps;
mod vouched;

use crate::given::{self, FHIR, LONG_SECRET, NOW, ParseSet, hash, tenant};
use rules::{
    authorize::{
        interaction::{Interaction, PendingLaunch, SignIns, Stage},
        redirect_target::RedirectTarget,
        request::{self, AuthorizationRequest},
    },
    client::{Client, ClientAuthentication, document::origin::DocumentOrigin, redirect_uri::RedirectUri},
    launch::LaunchContext,
    oauth::{error::OAuthError, params::Params},
    secret::SecretHash,
    session::SessionId,
    signed_in::SignedIn,
    tenant::Tenant,
    user::{FhirUser, FhirUserType, User},
};
use url::form_urlencoded::Serializer;

const REDIRECT_URI: &str = "https://app.example/callback";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// The parameters of a right request, but for these. An empty one counts as absent (AUTHZ-6).
fn params(changes: &[(&str, &str)]) -> Params {
    let right = [
        ("response_type", "code"),
        ("client_id", "app"),
        ("redirect_uri", REDIRECT_URI),
        ("scope", "openid patient/*.rs"),
        ("state", "the state"),
        ("aud", FHIR),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let kept = right.iter().filter(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
    let encoded = Serializer::new(String::new()).extend_pairs(kept.chain(changes)).finish();
    Params::parse(encoded.as_bytes()).unwrap()
}

/// The app of the clinic, which may ask for anything.
fn app() -> Client {
    let redirect = |uri| RedirectUri::register(uri, true).unwrap();
    let scope = "openid fhirUser profile offline_access online_access launch launch/patient launch/encounter launch/task \
                 launch/practitioner launch/imagingstudy patient/*.cruds user/*.cruds system/*.cruds";
    Client {
        scope: scope.parse_set(),
        redirect_uris: [REDIRECT_URI, "http://127.0.0.1/callback", "https://app.example/callback?of=app"]
            .map(redirect)
            .into(),
        ..given::app()
    }
}

fn confidential() -> Client {
    Client { authentication: ClientAuthentication::ClientSecretBasic { secrets: vec![hash(LONG_SECRET)] }, ..app() }
}

fn judged(changes: &[(&str, &str)], client: &Client, tenant: &Tenant) -> Result<AuthorizationRequest, OAuthError> {
    let params = params(changes);
    let target = RedirectTarget::find(&params, Some(client), tenant).unwrap();
    request::parse(&params, target, client, tenant)
}

fn asking(changes: &[(&str, &str)]) -> AuthorizationRequest {
    judged(changes, &app(), &tenant()).unwrap()
}

/// The beginning of a person's way: nobody is signed in.
fn begun(request: AuthorizationRequest) -> Interaction {
    Interaction {
        hti: None,
        tenant: tenant().id,
        id: SecretHash::of("id"),
        browser: SecretHash::of("browser"),
        replaced: None,
        request,
        launch: None,
        pushed: None,
        sign_ins: SignIns::none(),
        stage: Stage::NOBODY,
        expires_at: NOW.plus(900),
    }
}

/// This person has signed in, in the session of this browser.
fn by(user: &SignedIn, changes: &[(&str, &str)]) -> Interaction {
    begun(asking(changes)).at(Stage::signed_in(user.clone(), session()))
}

/// From an EHR, with what it said.
fn launched(interaction: Interaction, context: LaunchContext, user: Option<&str>) -> Interaction {
    let launch =
        PendingLaunch { handle: SecretHash::of("launch"), context, user: user.map(str::to_owned), vouched: None };
    Interaction { launch: Some(launch), ..interaction }
}

fn session() -> SessionId {
    SessionId("session".into())
}

fn patient(id: &str) -> LaunchContext {
    LaunchContext { patient: Some(id.into()), ..LaunchContext::default() }
}

fn amy() -> SignedIn {
    given::signed_in(&given::amy())
}

/// Somebody with this resource, who acts for these patients.
fn person(fhir_user: Option<(FhirUserType, &str)>, patients: &[&str]) -> SignedIn {
    let fhir_user = fhir_user.map(|(resource, id)| FhirUser { resource, id: id.into() });
    let patients = patients.iter().map(|id| (*id).to_owned()).collect();
    given::signed_in(&User { fhir_user, patients, ..given::amy() })
}

fn clinician() -> SignedIn {
    person(Some((FhirUserType::Practitioner, "p")), &[])
}

/// Of an app that nobody registered, by a document of this hash.
fn origin(document: &str) -> DocumentOrigin {
    let (host, hash) = ("agent.example".into(), SecretHash::of(document));
    DocumentOrigin { host, hash, localhost_any_port: true, fresh_until: NOW }
}

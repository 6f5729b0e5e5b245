//! A grant and a session as the pages leave them in the table, for tests of what comes after.

use crate::TestServer;
use rules::{
    credentials::{Credentials, CredentialsId},
    grant::{Approval, Grant, GrantId, GrantState, Refreshable, grant_index::indexed},
    launch::LaunchContext,
    scope::ScopeSet,
    secret::Secret,
    session::{PresentedSession, Session},
    signed_in::SignedIn,
    tenant::TenantId,
    user::{Account, User},
};
use server::store::{KeptCredentials, Write, schema};

/// Somebody of the tenant's own.
async fn person(server: &TestServer, tenant: &str, username: &str) -> (TenantId, User) {
    let (id, store) = (TenantId::parse(tenant).expect("an id"), &server.server.store);
    let user = store.find::<User>(schema::user(&id, username), server.server.now()).await.expect("the table answers");
    (id, user.expect("a user").value)
}

/// They have let this client in, and it has its code.
pub async fn grant(server: &TestServer, tenant: &str, username: &str, client_id: &str) -> Grant {
    let now = server.server.now();
    let (id, user) = person(server, tenant, username).await;
    let record = server.server.tenant(tenant, now).await.expect("the table answers").expect("a tenant");
    let client = server.server.client(&id, client_id, now).await.expect("the table answers").expect("a client");
    let aud = record.fhir_servers.first().expect("a FHIR server").url.clone();
    let approval = Approval {
        hti: None,
        sub: user.sub.clone(),
        account: Some(Account { username: user.username.clone(), provider: None, issuer: None }),
        name: None,
        fhir_user: user.fhir_user.as_ref().map(|own| own.url(&aud)),
        auth_time: now,
        approved_at: now,
        amr: Vec::new(),
        acr: None,
        vouched_by: None,
        scope: ScopeSet::strict("launch/patient offline_access patient/*.rs").expect("scopes"),
        context: LaunchContext { patient: Some("amy-shaw".into()), ..LaunchContext::default() },
        aud,
        resource: None,
        lasts_until: None,
        redirect_uri: client.redirect_uris.first().map(|uri| uri.as_str().to_owned()).unwrap_or_default(),
        code_challenge: None,
        dpop_jkt: None,
        nonce: None,
        refresh: Refreshable::Offline,
        explanation: None,
        document: None,
    };
    let grant = Grant {
        tenant: id,
        id: GrantId::random(),
        client_id: client_id.to_owned(),
        approval,
        listed_until: now,
        state: GrantState::CodeIssued { code: Secret::random().hash(), expires_at: now.plus(600) },
    };
    let (grant, line) = indexed(grant, &client, &record.policy, now);
    let writes = vec![Write::create(&grant).expect("an item"), Write::create(&line).expect("an item")];
    server.server.store.write_unraced(writes).await.expect("written");
    grant
}

/// They have signed in at a browser.
pub async fn session(server: &TestServer, tenant: &str, username: &str) -> (Session, PresentedSession) {
    let now = server.server.now();
    let (id, user) = person(server, tenant, username).await;
    let record = server.server.tenant(tenant, now).await.expect("the table answers").expect("a tenant");
    let own = schema::credentials(&id, &CredentialsId::of(&id, &user.sub));
    let own = server.server.store.find::<Credentials>(own, now).await.expect("the table answers");
    let signed_in = SignedIn::by_password(&user, &KeptCredentials::of(&user, own), &record, now);
    let (session, cookie) = Session::signed_in(None, &id, &signed_in, &record.policy, now);
    let write = Write::create(&session).expect("an item");
    server.server.store.write_unraced(vec![write]).await.expect("written");
    (session, cookie)
}

//! Authorization codes as the authorize endpoint leaves them in the table, without the pages before them.

use kit::app::{VERIFIER, challenge};
use rules::{
    grant::{Approval, Grant, GrantId, GrantState, Refreshable, token::code},
    launch::LaunchContext,
    scope::ScopeSet,
    secret::Secret,
    tenant::TenantId,
    time::Timestamp,
    user::{Account, User},
};
use server::store::{Commit, Store, Write, schema};

/// For whom, and since when.
pub struct Codes<'a> {
    pub store: &'a Store,
    pub tenant: &'a str,
    pub client_id: &'a str,
    pub redirect_uri: &'a str,
    pub aud: &'a str,
    /// A clinician.
    pub username: &'a str,
    pub now: Timestamp,
}

impl Codes<'_> {
    pub async fn issue(&self) -> String {
        let tenant = TenantId::parse(self.tenant).expect("an id");
        let user = self.store.find::<User>(schema::user(&tenant, self.username), self.now).await;
        let user = user.expect("the table answers").expect("the person the codes are of");
        let id = GrantId::random();
        let secret = Secret::random();
        let code = code(&id, &secret);
        let grant = Grant {
            tenant,
            id,
            client_id: self.client_id.to_owned(),
            approval: self.approval(&user),
            listed_until: self.now.plus(90 * 86_400),
            state: GrantState::CodeIssued { code: secret.hash(), expires_at: self.now.plus(600) },
        };
        let write = Write::create(&grant).expect("a grant is an item");
        assert_eq!(self.store.commit(vec![write]).await.expect("the table answers"), Commit::Done);
        code.expose().to_owned()
    }

    /// As a clinician's app has it: with a patient, an id_token and refresh tokens.
    fn approval(&self, user: &User) -> Approval {
        let scope = "openid fhirUser launch/patient offline_access patient/*.rs";
        Approval {
            hti: None,
            sub: user.sub.clone(),
            account: Some(Account { username: user.username.clone(), provider: None, issuer: None }),
            name: None,
            fhir_user: user.fhir_user.as_ref().map(|own| own.url(self.aud)),
            auth_time: self.now,
            approved_at: self.now,
            amr: Vec::new(),
            acr: None,
            vouched_by: None,
            scope: ScopeSet::strict(scope).expect("scopes"),
            context: LaunchContext { patient: Some("amy-shaw".into()), ..LaunchContext::default() },
            aud: self.aud.to_owned(),
            resource: None,
            lasts_until: None,
            redirect_uri: self.redirect_uri.to_owned(),
            code_challenge: Some(challenge(VERIFIER)),
            dpop_jkt: None,
            nonce: Some("n".into()),
            refresh: Refreshable::Offline,
            explanation: None,
            document: None,
        }
    }
}

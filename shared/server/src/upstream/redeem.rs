//! A provider's code becomes an id_token, and that an identity.

use super::{failed::NobodySignedIn, sign_in_at::SignInAt};
use crate::{
    keys::{
        client_keys::{Wanted, WantedKey},
        outbound::Beyond,
    },
    store::schema,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use rules::{
    identity_provider::{
        ProviderAuthentication,
        callback::Code,
        id_token::{self, Identity, Question, SigningKey},
        request::Binding,
        secret::ProviderSecret,
        token_response::{self, ProviderTokens},
    },
    jws::{TokenKind, UnverifiedJws},
    secret::{Secret, random_text},
};
use serde_json::{Map, Value, json};
use url::form_urlencoded::byte_serialize;

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const ASSERTION_SECONDS: i64 = 60;

impl SignInAt<'_> {
    pub(super) async fn exchange(&self, code: &Code<'_>, binding: &Binding) -> Result<ProviderTokens, NobodySignedIn> {
        let Self { server, provider, metadata, .. } = self;
        let redirect_uri = provider.redirect_uri(&self.tenant.issuer);
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code.code),
            ("redirect_uri", &redirect_uri),
            ("code_verifier", binding.code_verifier.expose()),
        ];
        let proof = self.proof().await?;
        match &proof {
            Proof::Nothing => form.push(("client_id", &provider.client_id)),
            Proof::Basic(_) => {}
            Proof::Post(secret) => {
                form.extend([("client_id", provider.client_id.as_str()), ("client_secret", secret.expose())]);
            }
            Proof::Assertion(assertion) => form.extend([
                ("client_id", provider.client_id.as_str()),
                ("client_assertion_type", ASSERTION_TYPE),
                ("client_assertion", assertion.expose()),
            ]),
        }
        let basic = match &proof {
            Proof::Basic(header) => Some(header.expose()),
            _ => None,
        };
        let answered = server.outbound.provider_token(&metadata.token_endpoint, self.beyond(), &form, basic).await?;
        token_response::read(answered.status, &answered.body).map_err(NobodySignedIn::Unreachable)
    }

    async fn proof(&self) -> Result<Proof, NobodySignedIn> {
        match self.provider.authentication {
            ProviderAuthentication::None => Ok(Proof::Nothing),
            ProviderAuthentication::ClientSecretBasic => {
                // RFC 6749 §2.3.1: both halves are form-encoded first.
                let encode = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
                let secret = self.secret().await?;
                let pair = format!("{}:{}", encode(&self.provider.client_id), encode(secret.expose()));
                Ok(Proof::Basic(Secret::new(format!("Basic {}", STANDARD.encode(pair)))))
            }
            ProviderAuthentication::ClientSecretPost => Ok(Proof::Post(self.secret().await?)),
            ProviderAuthentication::PrivateKeyJwt => Ok(Proof::Assertion(self.assertion().await?)),
        }
    }

    async fn secret(&self) -> Result<Secret, NobodySignedIn> {
        let key = schema::provider_secret(&self.tenant.id, &self.provider.id);
        let found = self.server.store.find::<ProviderSecret>(key, self.now).await?;
        let missing = || NobodySignedIn::Unreachable("the table holds no secret for this provider".into());
        Ok(found.ok_or_else(missing)?.value.secret.0)
    }

    /// RFC 7523 §3. The provider's issuer is its audience, and nothing else (draft-ietf-oauth-rfc7523bis).
    async fn assertion(&self) -> Result<Secret, NobodySignedIn> {
        let client_id = &self.provider.client_id;
        let claims = json!({
            "iss": client_id,
            "sub": client_id,
            "aud": self.metadata.issuer,
            "iat": self.now,
            "exp": self.now.plus(ASSERTION_SECONDS),
            "jti": random_text::<16>(),
        });
        Ok(self.server.signer.sign(self.tenant, TokenKind::ClientAssertion, &claims).await?)
    }

    pub(super) async fn verify(
        &self,
        tokens: &ProviderTokens,
        code: &Code<'_>,
        binding: &Binding,
    ) -> Result<Identity, NobodySignedIn> {
        let Self { server, tenant, provider, metadata, now, .. } = self;
        let jws = UnverifiedJws::parse(tokens.id_token.expose())?;
        // Looked at before the keys are fetched, so that junk costs the provider nothing.
        let key = id_token::signing_key(&jws, metadata)?;
        let wanted = |key| Wanted {
            tenant,
            url: &metadata.jwks_uri,
            key,
            beyond: self.beyond(),
            // It came from the provider itself, so nobody can send junk in its place.
            would_verify: &|_| true,
            now: *now,
        };
        let find = async |key| server.client_keys.find(&server.store, &server.outbound, &wanted(key)).await;
        let mut keys = find(WantedKey::Signing(key)).await?;
        let question = Question {
            provider,
            metadata,
            iss: code.iss,
            nonce: &binding.nonce,
            access_token: tokens.access_token.as_ref(),
            asked_at: self.asked_at,
            freshness: self.freshness,
            now: *now,
        };
        // A signature that names its key tells when the keys are new ones; another must be tried.
        if let SigningKey::Only(alg) = key
            && !keys.find_only(alg).is_ok_and(|key| jws.is_by(key))
        {
            keys = find(WantedKey::Newer).await?;
        }
        Ok(id_token::verify(&jws, &keys, &question)?)
    }

    /// Its own hosts, wherever the operator allows them to be.
    fn beyond(&self) -> Beyond<'_> {
        Beyond::of_provider(self.tenant, self.provider)
    }

    /// OpenID Connect Core §5.3.2: the `sub` MUST be that of the id_token.
    pub(super) async fn userinfo(
        &self,
        tokens: &ProviderTokens,
        sub: &str,
    ) -> Result<Map<String, Value>, NobodySignedIn> {
        let unusable = |why: &str| NobodySignedIn::Unreachable(format!("userinfo: {why}"));
        let url = self.metadata.userinfo_endpoint.as_deref().ok_or_else(|| unusable("the provider has none"))?;
        let token = tokens.access_token.as_ref().ok_or_else(|| unusable("no access token came"))?;
        let fetched = self.server.outbound.provider_userinfo(url, self.beyond(), token.expose()).await?;
        match serde_json::from_slice(&fetched.body) {
            Ok(Value::Object(claims)) if claims.get("sub").and_then(Value::as_str) == Some(sub) => Ok(claims),
            Ok(Value::Object(_)) => Err(NobodySignedIn::Untrustworthy("userinfo is of another sub".into())),
            _ => Err(unusable("no JSON object")),
        }
    }
}

enum Proof {
    Nothing,
    /// The whole header.
    Basic(Secret),
    Post(Secret),
    Assertion(Secret),
}

"""Authlib: a general OAuth client, and its validator of JWT access tokens."""

import sys
import time

import requests
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oauth2.rfc9068 import JWTBearerTokenValidator
from joserfc import jwk, jwt

from person import REDIRECT_URI, WORLD, approves

METADATA = requests.get(f"{WORLD['fhir']}/.well-known/smart-configuration").json()
TOKEN = METADATA["token_endpoint"]
SCOPE = "launch/patient openid offline_access patient/*.rs"


def session(client_id, alg=None, **more):
    client = OAuth2Session(client_id, redirect_uri=REDIRECT_URI, scope=SCOPE, code_challenge_method="S256", **more)
    if alg:
        key = WORLD["keys"][alg]
        client.client_secret = jwk.import_key(key["pem"], {"RS384": "RSA", "ES384": "EC"}[alg])
        client.register_client_auth_method(ShortAssertion(TOKEN, headers={"kid": key["kid"]}, alg=alg))
    return client


class ShortAssertion(PrivateKeyJWT):
    """Authlib's assertions live for an hour, SMART's for five minutes at most. It keeps the dict of claims and the jti in
    it, so each assertion gets a new one."""

    def sign(self, auth, token_endpoint):
        self.claims = {"exp": int(time.time()) + 300}
        return super().sign(auth, token_endpoint)


def launch(client, post=False):
    """From the app's request to its tokens, with a patient to see that they are good."""
    verifier = generate_token(64)
    url, state = client.create_authorization_url(
        METADATA["authorization_endpoint"], code_verifier=verifier, aud=WORLD["fhir"], nonce="a-nonce"
    )
    back = approves(url, post=post)
    tokens = client.fetch_token(TOKEN, authorization_response=back, state=state, code_verifier=verifier)
    assert tokens["patient"] == "amy-shaw"
    assert reads(client)
    return tokens


def reads(client):
    return client.get(f"{WORLD['fhir']}/Patient/amy-shaw").status_code == 200


def way(client):
    """Launch, id_token, refresh with and without a narrower scope, introspection, revocation."""
    tokens = launch(client)
    id_token(tokens, client.client_id)
    second = client.refresh_token(TOKEN)
    assert second["access_token"] != tokens["access_token"] and reads(client)
    third = client.refresh_token(TOKEN, scope="launch/patient patient/Patient.rs")
    assert "Observation" not in third["scope"] and "*" not in third["scope"], third["scope"]
    assert reads(client)
    assert client.get(f"{WORLD['fhir']}/Observation").status_code == 403
    assert introspect(third["access_token"])["patient"] == "amy-shaw"
    answer = client.revoke_token(METADATA["revocation_endpoint"], token=third["refresh_token"])
    assert answer.status_code == 200, answer.text
    assert introspect(third["access_token"]) == {"active": False}
    assert not reads(client)


def id_token(tokens, client_id):
    keys = jwk.KeySet.import_key_set(requests.get(METADATA["jwks_uri"]).json())
    claims = jwt.decode(tokens["id_token"], keys, algorithms=["RS256"]).claims
    essential = {name: {"essential": True} for name in ("sub", "exp", "iat")}
    named = {"iss": METADATA["issuer"], "aud": client_id, "nonce": "a-nonce"}
    exact = {name: {"essential": True, "value": value} for name, value in named.items()}
    jwt.JWTClaimsRegistry(**essential, **exact).validate(claims)


def introspect(token):
    """As the FHIR server."""
    client = OAuth2Session("harbour-fhir", "harbour-fhir-secret-of-more-than-32-characters")
    return client.introspect_token(METADATA["introspection_endpoint"], token=token).json()


def basic():
    way(session("symmetric-app", client_secret="symmetric-secret-of-more-than-32-characters"))


def post():
    method = {"token_endpoint_auth_method": "client_secret_post", "revocation_endpoint_auth_method": "client_secret_post"}
    way(session("post-app", client_secret="post-secret-of-more-than-thirty-two-characters", **method))


def authorize_post():
    launch(session("symmetric-app", client_secret="symmetric-secret-of-more-than-32-characters"), post=True)


def signed(client_id, alg):
    method = {"token_endpoint_auth_method": "private_key_jwt", "revocation_endpoint_auth_method": "private_key_jwt"}
    return session(client_id, alg, **method)


def rs384():
    way(signed("rs384-app", "RS384"))


def es384():
    way(signed("es384-app", "ES384"))


def service(client_id, alg):
    client = signed(client_id, alg)
    client.scope = "system/*.rs"
    tokens = client.fetch_token(TOKEN, grant_type="client_credentials")
    assert tokens["scope"] == "system/*.rs" and tokens["expires_in"] <= 300, tokens
    assert reads(client)


def service_rs384():
    service("rs384-service", "RS384")


def service_es384():
    service("es384-service", "ES384")


def resource_server():
    tokens = launch(session("public-app"))

    class Validator(JWTBearerTokenValidator):
        def get_jwks(self):
            return jwk.KeySet.import_key_set(requests.get(METADATA["jwks_uri"]).json())

    validator = Validator(issuer=METADATA["issuer"], resource_server=WORLD["fhir"])
    claims = validator.authenticate_token(tokens["access_token"])
    validator.validate_token(claims, ["openid"], None)
    assert claims["client_id"] == "public-app"


globals()[sys.argv[1]]()

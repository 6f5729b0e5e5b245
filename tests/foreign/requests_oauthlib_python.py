"""requests-oauthlib: what most Python programs use. It takes no token whose scope is not the one it asked for."""

import os
import sys
import time
import uuid

import requests
from joserfc import jwk, jwt
from oauthlib.oauth2 import BackendApplicationClient, LegacyApplicationClient, MobileApplicationClient, WebApplicationClient
from oauthlib.oauth2.rfc6749 import errors
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

from person import REDIRECT_URI, WORLD, approves

# The tests' server is on a loopback address, without TLS.
os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"

METADATA = requests.get(f"{WORLD['fhir']}/.well-known/smart-configuration").json()
AUTHORIZE, TOKEN, REVOKE = (METADATA[f"{name}_endpoint"] for name in ("authorization", "token", "revocation"))
SCOPE = ["launch/patient", "openid", "offline_access", "patient/*.rs"]
SYMMETRIC = HTTPBasicAuth("symmetric-app", "symmetric-secret-of-more-than-32-characters")
PASSWORD_APP = HTTPBasicAuth("password-app", "password-app-secret-of-more-than-32-characters")
POST_SECRET = "post-secret-of-more-than-thirty-two-characters"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def session(client_id, scope=SCOPE):
    return OAuth2Session(client_id, redirect_uri=REDIRECT_URI, scope=scope, pkce="S256")


def back_from(client, decision="allow"):
    url, _ = client.authorization_url(AUTHORIZE, aud=WORLD["fhir"])
    return approves(url, decision=decision)


def way(client_id, basic=None, form=dict):
    """Launch, two refreshes, the second with a narrower scope, revocation. `basic` or `form` says who the client is."""
    client = session(client_id)
    named = {} if basic else {"include_client_id": True}
    tokens = client.fetch_token(TOKEN, authorization_response=back_from(client), auth=basic, **named, **form())
    assert tokens["patient"] == "amy-shaw" and reads(client) == 200
    named = {} if basic else {"client_id": client_id}
    second = client.refresh_token(TOKEN, auth=basic, **named, **form())
    assert second["access_token"] != tokens["access_token"] and reads(client) == 200
    client.scope = ["launch/patient", "patient/Patient.rs"]
    third = client.refresh_token(TOKEN, auth=basic, **named, **form())
    assert third["scope"] == ["launch/patient", "patient/Patient.rs"], third
    assert client.get(f"{WORLD['fhir']}/Observation").status_code == 403
    revokes(client, third["refresh_token"], basic, **named, **form())
    assert reads(client) == 401


def reads(client):
    return client.get(f"{WORLD['fhir']}/Patient/amy-shaw").status_code


def revokes(client, token, auth, **form):
    url, headers, body = client._client.prepare_token_revocation_request(REVOKE, token, "refresh_token", **form)
    answer = requests.post(url, body, headers=headers, auth=auth)
    assert answer.status_code == 200, answer.text


def signed(alg, client_id):
    """A client assertion, as its users add it: the library has none of its own for this."""
    key, now = WORLD["keys"][alg], int(time.time())
    claims = {"iss": client_id, "sub": client_id, "aud": TOKEN, "exp": now + 300, "jti": str(uuid.uuid4())}
    secret = jwk.import_key(key["pem"], {"RS384": "RSA", "ES384": "EC"}[alg])
    assertion = jwt.encode({"alg": alg, "kid": key["kid"], "typ": "JWT"}, claims, secret, algorithms=[alg])
    return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}


def public():
    way("public-app")


def refreshing():
    """It sees that the token is over and gets another one before it asks."""
    client = session("public-app")
    first = client.fetch_token(TOKEN, authorization_response=back_from(client), include_client_id=True)
    kept = {}
    client.auto_refresh_url, client.auto_refresh_kwargs, client.token_updater = TOKEN, {"client_id": "public-app"}, kept.update
    client.token = {**first, "expires_in": -1, "expires_at": time.time() - 1}
    assert reads(client) == 200
    assert kept["access_token"] != first["access_token"]


def basic():
    way("symmetric-app", SYMMETRIC)


def post():
    way("post-app", form=lambda: {"client_secret": POST_SECRET})


def rs384():
    way("rs384-app", form=lambda: signed("RS384", "rs384-app"))


def es384():
    way("es384-app", form=lambda: signed("ES384", "es384-app"))


def service():
    for client_id, alg in [("rs384-service", "RS384"), ("es384-service", "ES384")]:
        client = OAuth2Session(client=BackendApplicationClient(client_id, scope=["system/*.rs"]))
        tokens = client.fetch_token(TOKEN, include_client_id=True, **signed(alg, client_id))
        assert tokens["expires_in"] <= 300 and "refresh_token" not in tokens, tokens
        assert reads(client) == 200


def implicit():
    client = OAuth2Session(client=MobileApplicationClient("implicit-app"), redirect_uri=REDIRECT_URI)
    client.scope = ["launch/patient", "patient/*.rs"]
    tokens = client.token_from_fragment(back_from(client))
    assert tokens["patient"] == "amy-shaw" and "refresh_token" not in tokens, tokens
    assert reads(client) == 200
    back = back_from(client, decision="deny")
    raises(errors.AccessDeniedError, lambda: client.token_from_fragment(back))


def password():
    client = OAuth2Session(client=LegacyApplicationClient("password-app"))
    client.scope = ["launch/patient", "offline_access", "patient/*.rs"]
    tokens = client.fetch_token(TOKEN, username="amy", password=WORLD["password"], auth=PASSWORD_APP)
    assert tokens["patient"] == "amy-shaw" and reads(client) == 200
    refreshed = client.refresh_token(TOKEN, auth=PASSWORD_APP)
    assert refreshed["access_token"] != tokens["access_token"] and reads(client) == 200
    wrong = lambda: client.fetch_token(TOKEN, username="amy", password="not hers", auth=PASSWORD_APP)
    raises(errors.InvalidGrantError, wrong)


def refusals():
    """Each comes as the library's class for it: code, place and form of the answer are as it expects them."""
    client = session("symmetric-app")
    back = back_from(client, decision="deny")
    raises(errors.AccessDeniedError, lambda: client.fetch_token(TOKEN, authorization_response=back, auth=SYMMETRIC))
    back = back_from(session("symmetric-app"))
    other = session("symmetric-app")
    other.authorization_url(AUTHORIZE)
    raises(errors.MismatchingStateError, lambda: other.fetch_token(TOKEN, authorization_response=back, auth=SYMMETRIC))
    client = session("symmetric-app")
    back = back_from(client)
    wrong = HTTPBasicAuth("symmetric-app", "not its secret")
    raises(errors.InvalidClientError, lambda: client.fetch_token(TOKEN, authorization_response=back, auth=wrong))
    client.fetch_token(TOKEN, authorization_response=back, auth=SYMMETRIC)
    raises(errors.InvalidGrantError, lambda: client.fetch_token(TOKEN, authorization_response=back, auth=SYMMETRIC))
    service = OAuth2Session(client=BackendApplicationClient("symmetric-app"))
    raises(errors.UnauthorizedClientError, lambda: service.fetch_token(TOKEN, auth=SYMMETRIC))


def narrowed():
    """What was granted is not what was asked, and the answer says so (RFC 6749 §5.1)."""
    client = session("post-app", ["launch/patient", "patient/*.cruds"])
    back = back_from(client)
    try:
        client.fetch_token(TOKEN, authorization_response=back, include_client_id=True, client_secret=POST_SECRET)
    except Warning as warning:
        assert set(warning.new_scope) == {"launch/patient", "patient/*.rs"}, warning.new_scope
        return
    raise AssertionError("the library saw no difference")


def raises(error, act):
    try:
        act()
    except error:
        return
    raise AssertionError(f"no {error.__name__}")


globals()[sys.argv[1]]()

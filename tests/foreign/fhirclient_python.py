"""SMART's own client for Python: reads `/metadata` alone, asks for SMART 1.0 scopes, sends its client_id always."""

import sys
import time
import uuid

from fhirclient.client import FHIRClient
from fhirclient.models.observation import Observation
from fhirclient.models.patient import Patient
from joserfc import jwk, jwt

from person import REDIRECT_URI, WORLD, approves, hand_over


def client(**settings):
    smart = FHIRClient(settings={"api_base": WORLD["fhir"], "redirect_uri": REDIRECT_URI, **settings})
    smart.prepare()
    assert not smart.ready
    return smart


def standalone():
    smart = client(app_id="public-app")
    smart.scope += " offline_access"
    asked = smart.desired_scope
    smart.handle_callback(approves(smart.authorize_url, "hannah", "wei-chen"))
    assert smart.patient.name[0].family == "Chen"
    assert smart.launch_context["patient"] == "wei-chen"
    assert smart.launch_context["scope"] == asked, smart.launch_context["scope"]
    first = smart.server.auth.access_token
    assert smart.reauthorize()
    assert smart.server.auth.access_token != first
    assert Patient.read("wei-chen", smart.server).id == "wei-chen"
    found = Observation.where({"patient": "wei-chen"}).perform_resources(smart.server)
    assert found


def ehr_launch():
    smart = client(
        app_id="symmetric-app",
        app_secret="symmetric-secret-of-more-than-32-characters",
        launch_token=hand_over("amy-shaw"),
        scope="openid fhirUser offline_access patient/Patient.read patient/Observation.read",
    )
    smart.handle_callback(approves(smart.authorize_url, "hannah"))
    assert smart.patient.name[0].family == "Shaw"
    assert smart.reauthorize()
    assert Patient.read("amy-shaw", smart.server).id == "amy-shaw"


def service():
    key = WORLD["keys"]["ES384"]
    now = int(time.time())
    claims = {
        "iss": "es384-service", "sub": "es384-service", "aud": f"{WORLD['issuer']}/token",
        "exp": now + 300, "iat": now, "jti": str(uuid.uuid4()),
    }
    header = {"alg": "ES384", "kid": key["kid"], "typ": "JWT"}
    assertion = jwt.encode(header, claims, jwk.import_key(key["pem"], "EC"), algorithms=["ES384"])
    smart = client(app_id="es384-service", jwt_token=assertion, scope="system/*.read")
    smart.wants_patient = False
    smart.authorize()
    assert smart.ready
    assert len(Patient.where({}).perform_resources(smart.server)) > 1


globals()[sys.argv[1]]()

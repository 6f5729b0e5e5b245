#!/usr/bin/env python3
"""An EHR launch and a backend token through the emulated stack: `admit` finds the stack by its name, the functions are the binaries of this
build, and each request goes from the emulated API Gateway to the alias `live`, and from there to the emulated table and KMS.

The emulator imports no routes from the API's description, so they are read from it here and made one by one.
"""
import base64
import hashlib
import http.client
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time
import unittest
import uuid
import zipfile
from html import unescape
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from emulated import BUCKET, EmulatedCloud
from transformed import of_type, transformed

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARIES = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug"
FUNCTIONS = ["discovery", "authorize", "token", "introspect", "launch-context"]
PARAMETERS = {"DeletionProtection": "false"}
FHIR = "https://fhir.example.org/r4"
APP = "https://app.example/callback"
VERIFIER = "a-code-verifier-of-43-to-128-characters-0123456789"
PASSWORD = "correct horse battery staple 9"
MORE = f"""
[[ehrs]]
name = "ehr"
secret = "a-secret-of-the-ehr-of-more-than-32-characters"
[[clients]]
client_id = "app"
client_name = "Growth Chart"
token_endpoint_auth_method = "none"
redirect_uris = ["{APP}"]
scope = "openid fhirUser launch patient/*.rs"
[[users]]
username = "hannah"
password = "{PASSWORD}"
name = "Dr. Hannah Patel"
fhir_user = "Practitioner/hannah-patel"
"""


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def assertion(key, audience):
    """Of the backend client that `admit init` has made, signed with its key."""
    number = lambda name: int.from_bytes(base64.urlsafe_b64decode(key[name] + "=="), "big")
    private = ec.derive_private_key(number("d"), ec.SECP384R1())
    now = int(time.time())
    claims = {"iss": "backend", "sub": "backend", "aud": audience, "iat": now, "exp": now + 60, "jti": str(uuid.uuid4())}
    header = {"alg": "ES384", "kid": key["kid"], "typ": "JWT"}
    signed = ".".join(encoded(json.dumps(part).encode()) for part in (header, claims))
    r, s = decode_dss_signature(private.sign(signed.encode(), ec.ECDSA(hashes.SHA384())))
    return f"{signed}.{encoded(r.to_bytes(48, 'big') + s.to_bytes(48, 'big'))}"


class LaunchedStack(EmulatedCloud):
    def deploy(self):
        """The stack with its routes, and a tenant: where it answers, and the folder with what `admit init` has written."""
        for name in FUNCTIONS:
            self.client("s3").put_object(Bucket=BUCKET, Key=name, Body=self.zipped(name))
        self.base = self.create("admit-dev", PARAMETERS, FUNCTIONS)["BaseUrl"]
        self.api = urlsplit(self.base).hostname.split(".")[0]
        gateway = self.client("apigatewayv2")
        description = next(iter(of_type(transformed(PARAMETERS), "AWS::ApiGatewayV2::Api").values()))["Properties"]["Body"]
        for path, methods in description["paths"].items():
            alias = re.search(r"\$\{(\w+)\}/invocations", json.dumps(methods)).group(1)
            found = self.cloudformation.describe_stack_resource(StackName="admit-dev", LogicalResourceId=alias)
            arn = found["StackResourceDetail"]["PhysicalResourceId"]
            self.assertTrue(arn.endswith(":live"), arn)
            integration = gateway.create_integration(ApiId=self.api, IntegrationType="AWS_PROXY", IntegrationUri=arn, PayloadFormatVersion="2.0")
            gateway.create_route(ApiId=self.api, RouteKey=f"ANY {path}", Target=f"integrations/{integration['IntegrationId']}")
        folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, folder, True)
        self.admit(folder, "init", "clinic", "--name", "My Clinic", "--fhir-server", FHIR)
        file = folder / "clinic.toml"
        file.write_text(file.read_text() + MORE)
        self.admit(folder, "tenant", "apply", "clinic.toml")
        return folder

    def zipped(self, name):
        with tempfile.TemporaryDirectory() as folder:
            small = pathlib.Path(folder) / "bootstrap"
            subprocess.run(["strip", "-o", small, BINARIES / name], check=True)
            code = io.BytesIO()
            with zipfile.ZipFile(code, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
                archive.write(small, "bootstrap")
        return code.getvalue()

    def admit(self, folder, *arguments):
        environment = os.environ | {"AWS_ENDPOINT_URL": self.url, "ADMIT_STACK": "admit-dev"}
        done = subprocess.run([BINARIES / "admit", "--yes", *arguments], cwd=folder, env=environment, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def asks(self, method, path, form=None, headers={}, jar=None):
        """At the API: status, headers and text."""
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=60)
        headers = dict(headers)
        if jar:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in jar.items())
        body = None
        if isinstance(form, dict) and headers.get("Content-Type") == "application/json":
            body = json.dumps(form)
        elif form is not None:
            body, headers["Content-Type"] = urlencode(form), "application/x-www-form-urlencoded"
        connection.request(method, f"/_aws/execute-api/{self.api}/$default{path}", body, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        for line in answer.headers.get_all("set-cookie") or []:
            name, value = line.split(";")[0].split("=", 1)
            if jar is not None:
                jar[name] = value
        return answer.status, answer.headers, text

    def goes(self, method, path, jar, form=None):
        """As a browser does, until there is a page, or the app has its answer."""
        status, headers, text = self.asks(method, path, form, {"Origin": self.base}, jar)
        while status == 303:
            location = headers["location"]
            if location.startswith(APP):
                return parse_qs(urlsplit(location).query)
            self.assertTrue(location.startswith(self.base) or location.startswith("/"), location)
            status, headers, text = self.asks("GET", location.removeprefix(self.base), None, {}, jar)
        self.assertEqual(status, 200, text)
        return text

    def submits(self, page, jar, said):
        form = page.split("<form")[-1]
        action = unescape(re.search(r'action="([^"]*)"', form).group(1)).removeprefix(self.base)
        tags = [tag for tag in re.findall(r"<input [^>]*>", form) if 'type="hidden"' in tag or " checked" in tag]
        sent = [(re.search(r'name="([^"]*)"', tag).group(1), unescape(re.search(r'value="([^"]*)"', tag).group(1))) for tag in tags]
        return self.goes("POST", action, jar, sent + said)

    def test_an_ehr_launches_an_app_and_a_service_gets_its_token(self):
        folder = self.deploy()
        _, _, text = self.asks("GET", "/clinic/.well-known/smart-configuration")
        self.assertEqual(json.loads(text)["issuer"], f"{self.base}/clinic")
        # A backend service.
        key = json.loads((folder / "clinic-backend.key.json").read_text())
        form = {
            "grant_type": "client_credentials", "scope": "system/*.rs", "client_assertion": assertion(key, f"{self.base}/clinic/token"),
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        }
        status, _, text = self.asks("POST", "/clinic/token", form)
        self.assertEqual(status, 200, text)
        service = json.loads(text)
        self.assertEqual(service["scope"], "system/*.rs")
        status, _, text = self.asks("POST", "/clinic/token", form)
        self.assertEqual((status, json.loads(text)["error"]), (401, "invalid_client"), "an assertion counts once")
        # An EHR's launch.
        basic = base64.b64encode(b"ehr:a-secret-of-the-ehr-of-more-than-32-characters").decode()
        as_ehr = {"Authorization": f"Basic {basic}", "Content-Type": "application/json"}
        status, _, text = self.asks("POST", "/clinic/launchContext", {"patient": "amy-shaw", "client_id": "app"}, as_ehr)
        self.assertEqual(status, 200, text)
        request = {
            "response_type": "code", "client_id": "app", "redirect_uri": APP, "scope": "openid fhirUser launch patient/*.rs", "state": "s",
            "aud": FHIR, "launch": json.loads(text)["launch"], "code_challenge": encoded(hashlib.sha256(VERIFIER.encode()).digest()),
            "code_challenge_method": "S256",
        }
        jar = {}
        page = self.goes("GET", f"/clinic/authorize?{urlencode(request)}", jar)
        page = self.submits(page, jar, [("username", "hannah"), ("password", PASSWORD)])
        self.assertIn("Growth Chart", page)
        answer = self.submits(page, jar, [("decision", "allow")])
        self.assertEqual((answer["state"], answer["iss"]), (["s"], [f"{self.base}/clinic"]))
        form = {"grant_type": "authorization_code", "code": answer["code"][0], "redirect_uri": APP, "code_verifier": VERIFIER, "client_id": "app"}
        status, _, text = self.asks("POST", "/clinic/token", form)
        self.assertEqual(status, 200, text)
        tokens = json.loads(text)
        self.assertEqual(tokens["patient"], "amy-shaw")
        self.assertIn("id_token", tokens)
        status, _, text = self.asks("POST", "/clinic/token", form)
        self.assertEqual((status, json.loads(text)["error"]), (400, "invalid_grant"), "a code counts once")


if __name__ == "__main__":
    unittest.main()

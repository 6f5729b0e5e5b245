"""A person with a browser that knows only HTML: signs in, picks, agrees, and ends at the app."""

import json
import os
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urljoin, urlsplit

import requests

WORLD = json.loads(os.environ["WORLD"])
REDIRECT_URI = "https://app.example/callback"


def approves(url, username="amy", patient=None, post=False, decision="allow"):
    """The URL at the app where everything ends. `post`: the app sends its request as a form."""
    session = requests.Session()
    if post:
        parts = urlsplit(url)
        answer = session.post(parts._replace(query="").geturl(), dict(parse_qsl(parts.query)), allow_redirects=False)
    else:
        answer = session.get(url, allow_redirects=False)
    for _ in range(12):
        if answer.is_redirect:
            url = urljoin(answer.url, answer.headers["location"])
            if url.startswith(REDIRECT_URI):
                return url
            answer = session.get(url, allow_redirects=False)
            continue
        assert answer.status_code == 200, answer.text
        form = Form(answer.text)
        asked = {"password": {"username": username, "password": WORLD["password"]}, "patient": {"patient": patient}}
        said = next((facts for field, facts in asked.items() if field in form.names), {"decision": decision})
        answer = session.post(urljoin(answer.url, form.action), form.sent + list(said.items()), allow_redirects=False)
    raise AssertionError(f"the way does not end: {answer.url}")


class Form(HTMLParser):
    """The last form of a page that leads on, and not back to another patient: hidden fields and ticked boxes are sent as they are."""

    def __init__(self, html):
        super().__init__()
        self.action, self.sent, self.names, self.leads_on = None, [], set(), True
        self.feed(html)
        assert self.action, html

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form":
            self.leads_on = attributes.get("id") != "another-patient"
        if not self.leads_on:
            return
        if tag == "form":
            self.action, self.sent, self.names = attributes["action"], [], set()
        if tag == "input":
            self.names.add(attributes["name"])
            kind = attributes.get("type")
            if kind == "hidden" or kind == "checkbox" and "checked" in attributes:
                self.sent.append((attributes["name"], attributes["value"]))


def hand_over(patient):
    """What an EHR gets for its context, in Firely's form shape."""
    credentials = ("harbour-ehr", "harbour-ehr-secret-of-more-than-32-characters")
    answer = requests.post(f"{WORLD['issuer']}/launchContext", {"patient": patient}, auth=credentials)
    assert answer.status_code == 200, answer.text
    return answer.json()["launchContextIdentifier"]

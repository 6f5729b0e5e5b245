//! The page, and a judgement as it draws it.

use super::input::InputKind;
use crate::site::Frame;
use askama::Template;

#[derive(Template)]
#[template(path = "validate.html")]
pub struct ValidatePage<'a> {
    frame: Frame,
    kind: InputKind,
    pasted: &'a Pasted<'a>,
    report: Report,
}

/// What was pasted: the text that is judged, and what is known besides.
#[derive(Default)]
pub struct Pasted<'a> {
    pub text: &'a str,
    /// A key set to verify a JWT with.
    pub keys: &'a str,
    /// The access token that goes with a DPoP proof.
    pub token: &'a str,
    /// Where a document lies.
    pub address: &'a str,
}

/// What is to be said of the whole, and of each part.
#[derive(Default)]
pub struct Report {
    pub verdict: Option<Verdict>,
    pub findings: Vec<Finding>,
    /// What was pasted, decoded.
    pub decoded: String,
}

pub struct Verdict {
    pub mark: Mark,
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    Good,
    Bad,
    /// Neither: something to know.
    Note,
}

pub struct Finding {
    pub mark: Mark,
    /// The piece it is about, as it was pasted.
    pub about: String,
    pub title: String,
    pub text: String,
}

impl Finding {
    pub fn new(mark: Mark, about: impl Into<String>, title: impl Into<String>, text: impl Into<String>) -> Finding {
        Finding { mark, about: about.into(), title: title.into(), text: text.into() }
    }
}

/// As it stands at the beginning of a line.
pub fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().to_string() + letters.as_str()).unwrap_or_default()
}

impl Report {
    /// A report whose verdict follows from its findings.
    pub fn of(findings: Vec<Finding>, good: &str, bad: &str) -> Report {
        let wrong = findings.iter().filter(|finding| finding.mark == Mark::Bad).count();
        let verdict = match wrong {
            0 => Verdict { mark: Mark::Good, text: good.to_owned() },
            1 => Verdict::bad(format!("{bad}: one mistake.")),
            many => Verdict::bad(format!("{bad}: {many} mistakes.")),
        };
        Report { verdict: Some(verdict), findings, decoded: String::new() }
    }

    pub fn unreadable(why: impl Into<String>) -> Report {
        Report { verdict: Some(Verdict::bad(why)), ..Report::default() }
    }
}

impl Verdict {
    pub fn bad(text: impl Into<String>) -> Verdict {
        Verdict { mark: Mark::Bad, text: text.into() }
    }
}

impl Mark {
    fn class(self) -> &'static str {
        match self {
            Mark::Good => "good",
            Mark::Bad => "bad",
            Mark::Note => "note",
        }
    }

    fn sign(self) -> &'static str {
        match self {
            Mark::Good => "✓",
            Mark::Bad => "✗",
            Mark::Note => "i",
        }
    }
}

impl<'a> ValidatePage<'a> {
    pub fn new(kind: InputKind, pasted: &'a Pasted<'a>, report: Report) -> ValidatePage<'a> {
        ValidatePage { frame: Frame::at("/launcher/validate"), kind, pasted, report }
    }

    /// Whether there is an example to try.
    fn has_example(&self) -> bool {
        matches!(self.kind, InputKind::Scope | InputKind::Registration | InputKind::Document)
    }

    fn hint(&self) -> &'static str {
        match self.kind {
            InputKind::Scope => "A scope string as an app sends it: scopes with one space between each.",
            InputKind::Jwt => {
                "An access token, an id_token, a client assertion or a DPoP proof. It stays on this machine."
            }
            InputKind::Jwks => "A JWK set as an app publishes it: { \"keys\": [ … ] }. Public keys alone.",
            InputKind::Registration => "The lines of a [[clients]] block as they will be in a tenant file.",
            InputKind::Document => {
                "The JSON that describes an app which nobody registers: a client ID metadata document. Nothing is fetched."
            }
        }
    }

    fn example(&self) -> &'static str {
        match self.kind {
            InputKind::Scope => {
                "launch/patient openid fhirUser patient/Observation.rs?category=laboratory \
                 patient/Observaton.read user/*.srd"
            }
            InputKind::Jwt => "eyJhbGciOi…",
            InputKind::Jwks => {
                "{ \"keys\": [ { \"kty\": \"EC\", \"crv\": \"P-384\", \"kid\": \"…\", \"x\": \"…\", \"y\": \"…\" } ] }"
            }
            InputKind::Registration => {
                "client_id = \"my-app\"\nclient_name = \"My App\"\ntoken_endpoint_auth_method = \"none\"\n\
                 redirect_uris = [\"http://127.0.0.1:3000/callback\"]\nallow_loopback = true\n\
                 scope = \"launch/patient openid fhirUser patient/*.rs\""
            }
            InputKind::Document => {
                "{\n  \"client_id\": \"https://agent.example/oauth/client.json\",\n  \"client_name\": \"My Agent\",\n  \
                 \"redirect_uris\": [\"https://agent.example/callback\", \"my-agent:/callback\"],\n  \
                 \"token_endpoint_auth_method\": \"none\"\n}"
            }
        }
    }
}

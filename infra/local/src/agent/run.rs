//! One way of the agent, and what this process remembers of it for one browser.

use super::{document::PATH, proof::ProofKey};
use crate::{
    sample_app::{Answer, Conversation, Exchange},
    site::{Site, cookie},
};
use axum::http::{HeaderMap, HeaderValue};
use reqwest::RequestBuilder;
use rules::secret::{SecretHash, random_text};
use serde_json::Value;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

#[derive(Clone)]
pub struct AgentRun {
    /// All that it began with.
    pub fhir: String,
    pub key: Option<Arc<ProofKey>>,
    pub steps: Vec<AgentStep>,
    pub state: String,
    /// Of PKCE: stays with the agent.
    pub verifier: String,
    /// What the authorization server says of itself.
    pub server: Value,
    /// Where its person goes, while the agent waits for them.
    pub continue_at: Option<String>,
    /// Why it went no further.
    pub stopped: Option<String>,
    /// What it has read in the end.
    pub patient: Option<Value>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoryPart {
    Before,
    After,
    Thief,
}

/// A request and its answer, and why it was made.
#[derive(Clone)]
pub struct AgentStep {
    pub scene: Scene,
    pub exchange: Exchange,
    /// In a few words.
    pub outcome: String,
    /// The proof that went along.
    pub proof: Option<String>,
    /// What came, decoded, if that is worth a look.
    pub came: String,
}

/// What a step is called, and what it is for.
#[derive(Clone, Copy)]
pub struct Scene {
    pub part: StoryPart,
    pub name: &'static str,
    pub title: &'static str,
    pub why: &'static str,
    pub to: &'static str,
}

impl AgentRun {
    pub fn new(fhir: &str) -> AgentRun {
        AgentRun {
            fhir: fhir.to_owned(),
            key: ProofKey::new().map(Arc::new),
            steps: Vec::new(),
            state: random_text::<32>(),
            verifier: random_text::<32>(),
            server: Value::Null,
            continue_at: None,
            stopped: None,
            patient: None,
        }
    }

    /// Makes this request, and writes down what came.
    pub async fn make(&mut self, site: &Site, scene: Scene, request: RequestBuilder) -> Result<Answer, String> {
        let request = request.build().map_err(|error| error.to_string())?;
        let proof = request.headers().get("dpop").and_then(|proof| proof.to_str().ok()).map(str::to_owned);
        let from = if scene.part == StoryPart::Thief { "Thief" } else { "Agent" };
        let mut talk = Conversation::of(from, site);
        let answer = talk.say(scene.to, scene.title, request).await;
        if let Some(exchange) = talk.exchanges.pop() {
            let outcome = answer.as_ref().map_or("no answer".to_owned(), |_| exchange.status().to_owned());
            self.steps.push(AgentStep { scene, exchange, outcome, proof, came: String::new() });
        }
        answer
    }

    /// What there is to say of the step that was made last.
    pub fn adds(&mut self, outcome: impl Into<String>, came: impl Into<String>) {
        if let Some(step) = self.steps.last_mut() {
            (step.outcome, step.came) = (outcome.into(), came.into());
        }
    }

    pub fn steps_of(&self, part: StoryPart) -> impl Iterator<Item = &AgentStep> {
        self.steps.iter().filter(move |step| step.scene.part == part)
    }
}

impl AgentStep {
    /// The status alone, as 401.
    pub fn status(&self) -> &str {
        self.exchange.status().split(' ').next().unwrap_or_default()
    }
}

#[derive(Default)]
pub struct AgentRuns(Mutex<HashMap<SecretHash, AgentRun>>);

const COOKIE: &str = "admit-agent";
const MOST_REMEMBERED: usize = 100;

impl AgentRuns {
    /// The cookie that belongs to a new run.
    pub fn begin(&self, run: AgentRun) -> Option<HeaderValue> {
        let id = random_text::<32>();
        let mut runs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if runs.len() >= MOST_REMEMBERED {
            runs.clear();
        }
        runs.insert(SecretHash::of(&id), run);
        HeaderValue::from_str(&format!("{COOKIE}={id}; Path={PATH}; HttpOnly; SameSite=Lax")).ok()
    }

    pub fn find(&self, headers: &HeaderMap) -> Option<AgentRun> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&id(headers)?).cloned()
    }

    /// The run that waits for an answer with this state. It waits no more.
    pub fn take(&self, headers: &HeaderMap, state: &str) -> Option<AgentRun> {
        let mut runs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let run = runs.get_mut(&id(headers)?)?;
        if run.state != state || run.continue_at.take().is_none() {
            return None;
        }
        Some(run.clone())
    }

    /// What became of a run that was taken.
    pub fn put(&self, headers: &HeaderMap, run: AgentRun) {
        let Some(id) = id(headers) else { return };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id, run);
    }
}

fn id(headers: &HeaderMap) -> Option<SecretHash> {
    cookie(headers, COOKIE).map(SecretHash::of)
}

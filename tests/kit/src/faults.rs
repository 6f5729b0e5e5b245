//! Between the SDK and a service: does to one chosen call what networks and services do, and passes on all others.

use crate::asked::{asked, is_kms, operation};
use aws_smithy_runtime_api::client::{
    http::{HttpClient, HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn},
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
};
use std::{
    fmt,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    Throttled,
    /// No answer in time, and nothing was done.
    TimedOut,
    /// Another transaction holds the item.
    Conflict,
    ServerError,
    /// It was done, and the connection broke before the answer came.
    AnswerLost,
    /// It is done, and its answer comes late (`SLOW`), though in time for the call itself.
    Slow,
}

/// So late.
pub const SLOW: Duration = Duration::from_millis(700);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lasts {
    /// The SDK's next attempt gets through.
    Once,
    /// Every attempt of this call; the next call gets through.
    TheCall,
    /// This call and all after it, until the client has been answered.
    UntilAnswered,
}

#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// One for each call of the SDK, however often it was attempted.
    calls: Vec<Call>,
    planned: Option<(usize, Fault, Lasts)>,
    struck: usize,
    endpoint: Option<String>,
    meanwhile: Option<Meanwhile>,
}

/// What another instance does while a call is on its way.
struct Meanwhile {
    /// `PutItem`, and a kind of item that it is for.
    before: (&'static str, &'static str),
    does: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl fmt::Debug for Meanwhile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.before)
    }
}

#[derive(Clone, Debug)]
struct Call {
    id: String,
    name: String,
    attempts: usize,
}

impl Faults {
    /// For a client of DynamoDB or KMS.
    pub fn client(&self) -> SharedHttpClient {
        let (http, faults) = (aws_smithy_http_client::Builder::new().build_http(), self.clone());
        http_client_fn(move |settings, components| {
            let inner = http.http_connector(settings, components);
            SharedHttpConnector::new(Connector { inner, faults: faults.clone() })
        })
    }

    /// Forgets the calls so far; the next is number 0.
    pub fn plan(&self, planned: Option<(usize, Fault, Lasts)>) {
        let mut state = self.state();
        *state = State { planned, endpoint: state.endpoint.take(), ..State::default() };
    }

    /// The next call of this operation that is for such an item arrives after this is done.
    pub fn meanwhile(
        &self,
        operation: &'static str,
        kind: &'static str,
        does: impl Future<Output = ()> + Send + 'static,
    ) {
        self.state().meanwhile = Some(Meanwhile { before: (operation, kind), does: Box::pin(does) });
    }

    /// Whether it was done.
    pub fn has_met(&self) -> bool {
        self.state().meanwhile.is_none()
    }

    fn meets(&self, request: &HttpRequest) -> Option<Meanwhile> {
        let is_it = |meanwhile: &mut Meanwhile| {
            let (at, kind) = meanwhile.before;
            operation(request) == at && asked(request).iter().any(|asked| asked.kind() == kind)
        };
        self.state().meanwhile.take_if(is_it)
    }

    /// The client has been answered.
    pub fn end(&self) {
        let mut state = self.state();
        if state.struck > 0 {
            state.planned = None;
        }
    }

    /// What was called since the plan, as in `PutItem GRANT`.
    pub fn calls(&self) -> Vec<String> {
        self.state().calls.iter().map(|call| call.name.clone()).collect()
    }

    /// How often each call was attempted.
    pub fn attempts(&self) -> Vec<usize> {
        self.state().calls.iter().map(|call| call.attempts).collect()
    }

    /// How often the fault struck.
    pub fn struck(&self) -> usize {
        self.state().struck
    }

    /// Where the table is.
    pub fn endpoint(&self) -> Option<String> {
        self.state().endpoint.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("nobody panicked")
    }

    fn strikes(&self, request: &HttpRequest) -> Option<Fault> {
        let mut state = self.state();
        let id = request.headers().get("amz-sdk-invocation-id").unwrap_or_default();
        if !is_kms(request) {
            state.endpoint = Some(request.uri().to_owned());
        }
        let number = state.calls.iter().position(|call| call.id == id).unwrap_or_else(|| {
            state.calls.push(Call { id: id.to_owned(), name: name(request), attempts: 0 });
            state.calls.len() - 1
        });
        state.calls[number].attempts += 1;
        let first = state.calls[number].attempts == 1;
        let (call, fault, lasts) = state.planned?;
        let strikes = match lasts {
            Lasts::Once => number == call && first,
            Lasts::TheCall => number == call,
            Lasts::UntilAnswered => number >= call,
        };
        if !strikes || !can_happen(fault, &operation(request)) {
            return None;
        }
        state.struck += 1;
        Some(fault)
    }
}

/// The operation, and the kinds of items it is for.
fn name(request: &HttpRequest) -> String {
    let mut kinds: Vec<String> = asked(request).iter().map(|asked| asked.kind().to_owned()).collect();
    kinds.dedup();
    match is_kms(request) {
        true => format!("kms {}", operation(request)),
        false => format!("{} {}", operation(request), kinds.join(" ")),
    }
}

/// Only a write can be in another's way, and only a write leaves something behind when its answer is lost.
pub fn can_happen(fault: Fault, operation: &str) -> bool {
    let writes = ["PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"].contains(&operation);
    match fault {
        Fault::Throttled | Fault::TimedOut | Fault::ServerError | Fault::Slow => true,
        Fault::Conflict => writes,
        Fault::AnswerLost => writes || ["CreateKey", "ScheduleKeyDeletion"].contains(&operation),
    }
}

#[derive(Debug)]
struct Connector {
    inner: SharedHttpConnector,
    faults: Faults,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        if let Some(Meanwhile { does, .. }) = self.faults.meets(&request) {
            let inner = self.inner.clone();
            return HttpConnectorFuture::new(async move {
                does.await;
                inner.call(request).await
            });
        }
        let Some(fault) = self.faults.strikes(&request) else { return self.inner.call(request) };
        let says = |status, error: &str| HttpConnectorFuture::ready(Ok(says(status, error, &request)));
        match fault {
            Fault::Throttled => says(400, "ThrottlingException"),
            Fault::ServerError if is_kms(&request) => says(500, "KMSInternalException"),
            Fault::ServerError => says(500, "InternalServerError"),
            Fault::Conflict if operation(&request) == "TransactWriteItems" => says(400, "TransactionCanceledException"),
            Fault::Conflict => says(400, "TransactionConflictException"),
            Fault::TimedOut => HttpConnectorFuture::ready(Err(ConnectorError::timeout("no answer in time".into()))),
            Fault::Slow => {
                let sent = self.inner.call(request);
                HttpConnectorFuture::new(async move {
                    tokio::time::sleep(SLOW).await;
                    sent.await
                })
            }
            Fault::AnswerLost => {
                let sent = self.inner.call(request);
                HttpConnectorFuture::new(async move {
                    // Its head is here, so it was done.
                    sent.await?;
                    Err(ConnectorError::io("the connection broke".into()))
                })
            }
        }
    }
}

fn says(status: u16, error: &str, request: &HttpRequest) -> HttpResponse {
    let mut body = serde_json::json!({
        "__type": format!("com.amazonaws.dynamodb.v20120810#{error}"), "message": "a secret of the table",
    });
    if error == "TransactionCanceledException" {
        let reasons = asked(request).len();
        let reasons = (0..reasons).map(|part| if part == 0 { "TransactionConflict" } else { "None" });
        body["CancellationReasons"] = reasons.map(|code| serde_json::json!({ "Code": code })).collect();
    }
    let mut response = HttpResponse::new(status.try_into().expect("a status"), body.to_string().into());
    response.headers_mut().insert("content-type", "application/x-amz-json-1.0");
    response
}

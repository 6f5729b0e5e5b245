//! Lambda's side of a function: starts its binary and speaks the Runtime API with it, one event at a time.

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, Path, State},
    http::{Response, StatusCode},
    routing::{get, post},
};
use serde_json::Value;
use std::{
    collections::HashMap,
    io::Read,
    path::{Path as FilePath, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};
use tokio::{
    net::TcpListener,
    sync::{Mutex as AsyncMutex, mpsc, oneshot, watch},
};

/// A function's process, as Lambda sees it.
pub struct Function {
    pub name: String,
    process: Mutex<Child>,
    output: Arc<Mutex<Vec<u8>>>,
    /// The threads that read it.
    readers: Mutex<Vec<JoinHandle<()>>>,
    runtime: Arc<Runtime>,
    events: mpsc::UnboundedSender<(String, Vec<u8>)>,
    /// Lambda gives an instance its next event when it has answered the last.
    busy: AsyncMutex<()>,
}

/// What became of an event.
#[derive(Clone, Debug)]
pub enum Outcome {
    Answer(Value),
    /// The function reported an error and is ready for the next event.
    Error(Value),
    /// The process ended, with this on its output.
    Died(String),
}

struct Runtime {
    /// Whether the process has asked for its first event, which ends its initialisation.
    ready: watch::Sender<bool>,
    next: AsyncMutex<mpsc::UnboundedReceiver<(String, Vec<u8>)>>,
    waiting: Mutex<HashMap<String, oneshot::Sender<Outcome>>>,
}

/// No function of the template may take longer; a test that waits so long has found a fault.
const LONGEST: Duration = Duration::from_secs(60);

impl Function {
    /// Starts the binary with Lambda's own variables and these, and waits until it is ready for events or has ended.
    pub async fn start(name: &str, variables: &[(&str, &str)]) -> Function {
        let (events, next) = mpsc::unbounded_channel();
        let (ready, mut is_ready) = watch::channel(false);
        let runtime = Arc::new(Runtime { ready, next: AsyncMutex::new(next), waiting: Mutex::default() });
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        tokio::spawn(axum::serve(listener, routes(runtime.clone())).into_future());
        let mut process = Command::new(binaries().join(name))
            .env_clear()
            .envs([
                ("AWS_LAMBDA_RUNTIME_API", address.as_str()),
                ("AWS_LAMBDA_FUNCTION_NAME", name),
                ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
                ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
                ("AWS_REGION", "us-east-1"),
                ("AWS_ACCESS_KEY_ID", "test"),
                ("AWS_SECRET_ACCESS_KEY", "test"),
            ])
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        let output = Arc::default();
        let readers = vec![collect(process.stdout.take(), &output), collect(process.stderr.take(), &output)];
        let (process, readers, busy) = (Mutex::new(process), Mutex::new(readers), AsyncMutex::default());
        let function = Function { name: name.to_owned(), process, output, readers, runtime, events, busy };
        while function.is_running() && !*is_ready.borrow() {
            let _ = tokio::time::timeout(Duration::from_millis(50), is_ready.changed()).await;
        }
        function
    }

    /// What the process has printed until now; everything, if it has ended.
    pub fn output(&self) -> String {
        if !self.is_running() {
            for reader in self.readers.lock().expect("nobody panicked").drain(..) {
                let _ = reader.join();
            }
        }
        String::from_utf8_lossy(&self.output.lock().expect("nobody panicked")).into_owned()
    }

    /// Ends the process, and gives everything it has printed.
    pub fn ends(&self) -> String {
        if let Ok(mut process) = self.process.lock() {
            let _ = process.kill();
            let _ = process.wait();
        }
        self.output()
    }

    pub fn is_running(&self) -> bool {
        matches!(self.process.lock().expect("nobody panicked").try_wait(), Ok(None))
    }

    pub async fn invoke(&self, event: &Value) -> Outcome {
        self.invoke_with_bytes(event.to_string().into_bytes()).await
    }

    /// Any bytes at all, JSON or not.
    pub async fn invoke_with_bytes(&self, event: Vec<u8>) -> Outcome {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let _one_at_a_time = self.busy.lock().await;
        let id = format!("00000000-0000-4000-8000-{:012}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let (answer, mut answered) = oneshot::channel();
        self.runtime.waiting.lock().expect("nobody panicked").insert(id.clone(), answer);
        let _ = self.events.send((id, event));
        let outcome = tokio::time::timeout(LONGEST, async {
            loop {
                match tokio::time::timeout(Duration::from_millis(50), &mut answered).await {
                    Ok(outcome) => return outcome.expect("the runtime keeps its senders"),
                    Err(_) if !self.is_running() => return Outcome::Died(self.output()),
                    Err(_) => {}
                }
            }
        });
        outcome.await.unwrap_or_else(|_| panic!("{} does not answer; it printed: {}", self.name, self.output()))
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        self.ends();
    }
}

fn collect(from: Option<impl Read + Send + 'static>, into: &Arc<Mutex<Vec<u8>>>) -> JoinHandle<()> {
    let (mut from, into) = (from.expect("piped"), into.clone());
    std::thread::spawn(move || {
        let mut buffer = [0; 8192];
        while let Ok(read @ 1..) = from.read(&mut buffer) {
            into.lock().expect("nobody panicked").extend_from_slice(&buffer[..read]);
        }
    })
}

fn routes(runtime: Arc<Runtime>) -> Router {
    Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
        .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
        .route("/2018-06-01/runtime/init/error", post(init_error))
        .layer(DefaultBodyLimit::disable())
        .with_state(runtime)
}

async fn next(State(runtime): State<Arc<Runtime>>) -> Response<Body> {
    runtime.ready.send_replace(true);
    let event = runtime.next.lock().await.recv().await;
    let Some((id, event)) = event else { return answer(StatusCode::GONE, Body::empty()) };
    Response::builder()
        .header("lambda-runtime-aws-request-id", id)
        // Far away: the functions keep their own time.
        .header("lambda-runtime-deadline-ms", "4102444800000")
        .header("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:123456789012:function:admit")
        .header("lambda-runtime-trace-id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1")
        .header("content-type", "application/json")
        .body(Body::from(event))
        .expect("a response")
}

async fn response(State(runtime): State<Arc<Runtime>>, Path(id): Path<String>, body: Bytes) -> Response<Body> {
    runtime.settle(&id, Outcome::Answer(serde_json::from_slice(&body).expect("the answer is JSON")))
}

async fn error(State(runtime): State<Arc<Runtime>>, Path(id): Path<String>, body: Bytes) -> Response<Body> {
    runtime.settle(&id, Outcome::Error(serde_json::from_slice(&body).expect("the error is JSON")))
}

async fn init_error() -> Response<Body> {
    answer(StatusCode::ACCEPTED, Body::from("{}"))
}

impl Runtime {
    fn settle(&self, id: &str, outcome: Outcome) -> Response<Body> {
        match self.waiting.lock().expect("nobody panicked").remove(id) {
            Some(waiting) => {
                let _ = waiting.send(outcome);
                answer(StatusCode::ACCEPTED, Body::from("{}"))
            }
            None => answer(StatusCode::BAD_REQUEST, Body::from("{}")),
        }
    }
}

fn answer(status: StatusCode, body: Body) -> Response<Body> {
    Response::builder().status(status).body(body).expect("a response")
}

/// The folder with the functions' binaries: the one that `ADMIT_BINARIES` names, or where cargo puts those of this
/// workspace, built now if they are not up to date.
pub fn binaries() -> &'static FilePath {
    static BINARIES: OnceLock<PathBuf> = OnceLock::new();
    BINARIES.get_or_init(|| std::env::var_os("ADMIT_BINARIES").map_or_else(build, PathBuf::from))
}

fn build() -> PathBuf {
    let own = std::env::current_exe().expect("this binary has a path");
    // target/debug/deps/lambda-0123456789abcdef
    let folder = own.ancestors().nth(2).expect("cargo's folders").to_owned();
    let target = folder.parent().expect("cargo's folders");
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
    // The whole workspace: with a package left out, cargo would compile the heavy crates again with other features.
    cargo.args(["build", "--quiet", "--locked", "--workspace", "--bins", "--target-dir"]).arg(target);
    if folder.ends_with("release") {
        cargo.arg("--release");
    }
    let built = cargo.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).status().expect("cargo runs");
    assert!(built.success(), "the functions don't compile");
    folder
}

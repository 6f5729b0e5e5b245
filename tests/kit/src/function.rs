//! A function's process as Lambda sees it, under a Runtime API of the kit's own or under AWS's emulator.

use crate::{
    binaries::of_functions, emulator::Emulator, outcome::Outcome, runtime_api::RuntimeApi, template::Template,
};
use serde_json::Value;
use std::{
    io::Read,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};
use tokio::sync::Mutex as AsyncMutex;

/// A function's process, as Lambda sees it.
pub struct Function {
    pub name: String,
    process: Mutex<Child>,
    output: Arc<Mutex<Vec<u8>>>,
    /// The threads that read it.
    readers: Mutex<Vec<JoinHandle<()>>>,
    host: Host,
    /// The emulator lives on when the function's process has ended, and starts another for the next event.
    died: AtomicBool,
    /// Lambda gives an instance its next event when it has answered the last.
    busy: AsyncMutex<()>,
}

/// Who speaks the Runtime API with it.
enum Host {
    Kit(RuntimeApi),
    Emulator(Emulator),
}

/// No function of the template may take longer; a test that waits so long has found a fault.
const LONGEST: Duration = Duration::from_secs(60);

impl Function {
    /// Starts the binary with Lambda's own variables and these, and waits until it is ready for events or has ended. The
    /// emulator does not start it before the first event.
    pub async fn start(name: &str, variables: &[(&str, &str)]) -> Function {
        match Emulator::wanted() {
            Some(program) => Function::under_emulator(&program, name, variables).await,
            None => Function::under_kit(name, variables).await,
        }
    }

    async fn under_kit(name: &str, variables: &[(&str, &str)]) -> Function {
        let api = RuntimeApi::serve().await;
        let mut is_ready = api.is_ready();
        let address = api.address.clone();
        let own = [("AWS_LAMBDA_RUNTIME_API", address.as_str())];
        let mut command = Command::new(of_functions().join(name));
        let function = Function::spawn(name, &mut command, own.iter().chain(variables), Host::Kit(api));
        while function.is_running() && !*is_ready.borrow() {
            let _ = tokio::time::timeout(Duration::from_millis(50), is_ready.changed()).await;
        }
        function
    }

    async fn under_emulator(program: &Path, name: &str, variables: &[(&str, &str)]) -> Function {
        loop {
            let (mut command, emulator) = Emulator::of(program, &of_functions().join(name));
            let function = Function::spawn(name, &mut command, variables.iter(), Host::Emulator(emulator));
            let Host::Emulator(emulator) = &function.host else { unreachable!("it was just made") };
            while function.is_running() && !emulator.is_up().await {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            // Somebody else may have taken a port in the meantime.
            if function.is_running() {
                return function;
            }
        }
    }

    fn spawn<'a>(
        name: &str,
        command: &mut Command,
        variables: impl Iterator<Item = &'a (&'a str, &'a str)>,
        host: Host,
    ) -> Function {
        let timeout = Template::of_the_stack().functions.get(name).map(|function| function.timeout);
        let mut process = command
            .env_clear()
            .envs([
                ("AWS_LAMBDA_FUNCTION_NAME", name),
                ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
                ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
                ("AWS_LAMBDA_FUNCTION_TIMEOUT", &timeout.unwrap_or(10).to_string()),
                ("AWS_REGION", "us-east-1"),
                ("AWS_ACCESS_KEY_ID", "test"),
                ("AWS_SECRET_ACCESS_KEY", "test"),
            ])
            .envs(variables.copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        let output = Arc::default();
        let readers = vec![collect(process.stdout.take(), &output), collect(process.stderr.take(), &output)];
        let (process, readers, busy) = (Mutex::new(process), Mutex::new(readers), AsyncMutex::default());
        let died = AtomicBool::new(false);
        Function { name: name.to_owned(), process, output, readers, host, died, busy }
    }

    /// What the process has printed until now; everything, if it has ended.
    pub fn output(&self) -> String {
        if !self.process_runs() {
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
        !self.died.load(Ordering::Relaxed) && self.process_runs()
    }

    fn process_runs(&self) -> bool {
        matches!(self.process.lock().expect("nobody panicked").try_wait(), Ok(None))
    }

    pub async fn invoke(&self, event: &Value) -> Outcome {
        self.invoke_with_bytes(event.to_string().into_bytes()).await
    }

    /// Any bytes at all, JSON or not.
    pub async fn invoke_with_bytes(&self, event: Vec<u8>) -> Outcome {
        let _one_at_a_time = self.busy.lock().await;
        let outcome = tokio::time::timeout(LONGEST, async {
            match &self.host {
                Host::Emulator(emulator) => match emulator.invoke(event).await {
                    Outcome::Died(how) => {
                        self.died.store(true, Ordering::Relaxed);
                        Outcome::Died(format!("{how}\n{}", self.output()))
                    }
                    outcome => outcome,
                },
                Host::Kit(api) => {
                    let outcome = api.invoke(event, || self.is_running()).await;
                    outcome.unwrap_or_else(|| Outcome::Died(self.output()))
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

//! The local server on ports of its own, for clients outside this process: a browser, and SMART clients in other languages.

use crate::{assertion, server::PASSWORD};
use axum::Router;
use base64::{Engine, engine::general_purpose::STANDARD};
use local::{Local, options::Options};
use rules::{
    signing_keys::{Custody, SigningKeyRecord},
    tenant::SigningAlg,
};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        atomic::{AtomicU32, Ordering},
        mpsc,
    },
};
use tokio::net::TcpListener;

pub const INSTALL: &str = "`tests/run` installs what these tests need";

/// Runs until the process ends.
pub struct Live {
    /// All that a client must be told, as JSON in the environment variable `WORLD`.
    world: Value,
}

impl Live {
    /// With one tenant file. In it `{pages}` is the origin of the app's pages, which is another site than the server's; by
    /// `{ehr}` they are the same site.
    pub fn start(tenant: &'static str, pages: Router) -> Live {
        Live::start_at(0, tenant, pages)
    }

    fn start_at(port: u16, tenant: &'static str, pages: Router) -> Live {
        let (tell, told) = mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
            runtime.expect("a runtime").block_on(serve(port, tenant, pages, &tell));
        });
        Live { world: told.recv().expect("the server starts") }
    }

    /// The same at `http://localhost`, a name, where browsers know passkeys: `{port}` is the server's, for the tenant's issuer.
    pub fn start_at_a_name(tenant: &str, pages: Router) -> Live {
        let port = free_port();
        Live::start_at(port, tenant.replace("{port}", &port.to_string()).leak(), pages)
    }

    /// The same behind what speaks TLS for it at port `{tls}`, which whoever visits it starts there.
    pub fn start_behind_tls(tenant: &str, pages: Router) -> Live {
        Live::start(tenant.replace("{tls}", &free_port().to_string()).leak(), pages)
    }

    /// One of the things that clients are told.
    pub fn told(&self, name: &str) -> &str {
        self.world[name].as_str().unwrap_or_else(|| panic!("nobody is told {name}"))
    }

    /// Tells clients one thing more.
    #[must_use]
    pub fn telling(mut self, name: &str, value: &str) -> Live {
        self.world[name] = json!(value);
        self
    }

    /// With the sample tenants, the launcher and the sample app: what `cargo run -p local` starts.
    pub fn start_samples() -> Live {
        let (tell, told) = mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
            runtime.expect("a runtime").block_on(async {
                let options = Options { port: 0, in_memory: true, ..Options::default() };
                let local = local::prepare(&options).await.unwrap_or_else(|error| panic!("{error}"));
                tell.send(json!({ "base": local.base })).expect("somebody waits");
                axum::serve(local.listener, local.router).await.expect("the server serves");
            });
        });
        Live { world: told.recv().expect("the server starts") }
    }

    /// All that a client must be told.
    pub fn as_json(&self) -> String {
        self.world.to_string()
    }

    /// Runs a program that knows this world; what it prints is shown when it fails.
    pub fn runs(&self, command: &mut Command) {
        self.says(command);
    }

    /// What such a program prints.
    pub fn says(&self, command: &mut Command) -> String {
        let program = command.get_program().to_string_lossy().into_owned();
        let output = command.env("WORLD", self.as_json()).stdin(Stdio::null()).output();
        let output = output.unwrap_or_else(|error| panic!("{program}: {error}; {INSTALL}"));
        let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(output.status.success(), "{}\n{}", said(&output.stdout), said(&output.stderr));
        said(&output.stdout)
    }
}

/// For a server that can't be given a listener. It is below those that systems give to whoever asks for any, so it is still free when
/// the server starts.
pub fn free_port() -> u16 {
    static GIVEN: AtomicU32 = AtomicU32::new(0);
    let own = std::process::id().wrapping_mul(97);
    let candidates =
        std::iter::repeat_with(|| 20_000 + own.wrapping_add(GIVEN.fetch_add(1, Ordering::Relaxed)) % 10_000);
    let mut ports = candidates.take(10_000).filter_map(|port| u16::try_from(port).ok());
    ports.find(|port| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok()).expect("a free port")
}

/// A server of another kind, in a process of its own that ends with this one, however this one ends: the shell waits for the end of its
/// input. An interrupt from the keyboard reaches the shell too, which must live to take along what doesn't hear it in the background.
pub fn ends_with_this(server: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("trap : HUP INT TERM; {server} >/dev/null 2>&1 & read -r _; kill $!")]);
    command.stdin(Stdio::piped());
    command
}

async fn serve(port: u16, tenant: &str, pages: Router, tell: &mpsc::Sender<Value>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    // For a browser `localhost` is another site than 127.0.0.1, so cookies are held to what they are for real apps.
    let origin = format!("http://localhost:{}", listener.local_addr().expect("an address").port());
    let local = prepare(port, tenant, &origin).await;
    let hosted = &local.tenants[0].items.tenant;
    let (_, own) = local.server.store.tenant_with_keys(&hosted.id, local.server.now()).await.expect("its keys");
    let own: Value = own.iter().map(|own| (own.alg.as_str().to_owned(), both_halves(own))).collect();
    let world = json!({
        "base": local.base,
        "issuer": hosted.issuer.as_str(),
        "fhir": hosted.fhir_servers[0].url,
        "pages": origin,
        "password": PASSWORD,
        "keys": keys(tenant),
        // What the tenant itself signs with, for tokens that it would not make.
        "own_keys": own,
    });
    tokio::spawn(async move { axum::serve(listener, pages).await });
    tell.send(world).expect("somebody waits");
    axum::serve(local.listener, local::with_addresses(local.router)).await.expect("the server serves");
}

async fn prepare(port: u16, tenant: &str, pages: &str) -> Local {
    let text = tenant
        .replace("{pages}", pages)
        .replace("{ehr}", &pages.replace("localhost", "127.0.0.1"))
        .replace("{password}", PASSWORD)
        .replace("{rs384}", &assertion::jwks(SigningAlg::RS384))
        .replace("{es384}", &assertion::jwks(SigningAlg::ES384));
    let text = FAPI_KEYS
        .iter()
        .filter(|(name, _)| tenant.contains(name))
        .fold(text, |text, (name, alg)| text.replace(name, &assertion::jwks(*alg)));
    // Its pages have a port of their own.
    let name = pages.rsplit(':').next().unwrap_or_default();
    let file = std::env::temp_dir().join(format!("admit-tests-{}-{name}.toml", std::process::id()));
    std::fs::write(&file, text).expect("the tenant file is written");
    let options = Options { port, in_memory: true, tenants: vec![file.clone()], ..Options::default() };
    let local = local::prepare(&options).await.unwrap_or_else(|error| panic!("{error}"));
    std::fs::remove_file(file).expect("the tenant file was there");
    local
}

/// For clients that FAPI 2.0 lets in, which are in few of the tenants.
const FAPI_KEYS: [(&str, SigningAlg); 2] = [("{es256}", SigningAlg::ES256), ("{ps256}", SigningAlg::PS256)];

/// Those of the tenant's clients.
fn keys(tenant: &str) -> Value {
    let of_fapi = FAPI_KEYS.iter().filter(|(name, _)| tenant.contains(name)).map(|(_, alg)| *alg);
    [SigningAlg::RS384, SigningAlg::ES384]
        .into_iter()
        .chain(of_fapi)
        .map(|alg| (alg.as_str().to_owned(), key(alg)))
        .collect()
}

fn key(alg: SigningAlg) -> Value {
    let mut key = both_halves(assertion::key(alg));
    key["jwk"] = json!(assertion::jwk(alg).to_string());
    key
}

/// As libraries read them.
fn both_halves(key: &SigningKeyRecord) -> Value {
    let Custody::InTable { pkcs8 } = &key.custody else { panic!("a key in the process") };
    let der = STANDARD.decode(pkcs8).expect("base64");
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines(&STANDARD.encode(der)));
    json!({ "kid": key.public.kid, "pem": pem })
}

/// PEM has 64 characters a line (RFC 7468 §2).
fn lines(base64: &str) -> String {
    base64.as_bytes().chunks(64).map(String::from_utf8_lossy).collect::<Vec<_>>().join("\n")
}

/// A file of the tests' folder that `tests/run` installs.
pub fn installed(path: &str) -> PathBuf {
    let path = script(path);
    assert!(path.exists(), "{} is not here; {INSTALL}", path.display());
    path
}

/// A file of the tests' folder.
pub fn script(path: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).join(path)
}

/// What a Maven project of the tests' folder is run with: compiled from the sources as they are, with its libraries.
pub fn java_classpath(project: &str) -> String {
    let name = project.rsplit('/').next().unwrap_or(project);
    let own = std::env::current_exe().expect("this binary has a path");
    // target/debug/deps/foreign-0123456789abcdef
    let out = own.ancestors().nth(3).expect("cargo's folders").join("tmp").join(name);
    let list = out.join("classpath");
    let mut maven = Command::new("mvn");
    maven.current_dir(script(project)).args(["--quiet", "--batch-mode", "test-compile", "dependency:build-classpath"]);
    maven.arg(format!("-Dout={}", out.display())).arg(format!("-Dmdep.outputFile={}", list.display()));
    let output = maven.output().unwrap_or_else(|error| panic!("mvn: {error}; {INSTALL}"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let libraries = std::fs::read_to_string(list).expect("Maven writes it");
    format!("{}:{}:{}", out.join("classes").display(), out.join("test-classes").display(), libraries.trim())
}

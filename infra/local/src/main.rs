//! Starts the local server, prints its addresses, and serves until it is stopped.

use clap::Parser;
use local::{Failure, Local, options::Options};
use mimalloc::MiMalloc;
use rules::secret::random_text;
use std::{path::PathBuf, sync::Mutex};
use tracing_subscriber::{EnvFilter, Layer, fmt, layer::SubscriberExt, util::SubscriberInitExt};

/// A token request seems to take less processor time than with the system's allocator (tests/benches/README.md).
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut options = Options::parse();
    let run = if options.keeps_data() { None } else { Some(RunFolder::new()?) };
    options.run_folder = run.as_ref().map(|run| run.0.clone());
    start_log(&options)?;
    let local = match local::prepare(&options).await {
        Ok(local) => local,
        Err(error) => {
            eprintln!("{error}");
            // `exit` drops nothing, and this removes the folder.
            drop(run);
            std::process::exit(1);
        }
    };
    say(&local, &options);
    axum::serve(local.listener, local::with_addresses(local.router)).with_graceful_shutdown(stopped()).await?;
    Ok(())
}

/// Warnings for the eyes; everything that a deployment logs, for `admit why`.
fn start_log(options: &Options) -> Result<(), Failure> {
    let filter = EnvFilter::new(std::env::var("ADMIT_LOG").unwrap_or_else(|_| "warn,dynoxide=error".into()));
    let eyes = fmt::layer().with_writer(std::io::stderr).with_filter(filter);
    let file = match options.log_file() {
        Some(path) => {
            options.folder().map(std::fs::create_dir_all).transpose()?;
            let file = std::fs::File::create(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            let lines = fmt::layer().json().with_current_span(false).with_writer(Mutex::new(file));
            Some(lines.with_filter(EnvFilter::new("info,dynoxide=error")))
        }
        None => None,
    };
    tracing_subscriber::registry().with(eyes).with(file).init();
    Ok(())
}

/// A folder that nobody else on this machine can read or foresee, until the server stops.
struct RunFolder(PathBuf);

impl RunFolder {
    fn new() -> Result<RunFolder, Failure> {
        let folder = std::env::temp_dir().join(format!("admit-{}", random_text::<9>()));
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        Ok(RunFolder(folder))
    }
}

impl Drop for RunFolder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Ctrl-C at a terminal; SIGTERM from whatever started the server.
async fn stopped() {
    #[cfg(unix)]
    if let Ok(mut terminated) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminated.recv() => {}
        }
        return;
    }
    let _ = tokio::signal::ctrl_c().await;
}

#[expect(clippy::print_stdout, reason = "this is what the command is for")]
fn say(local: &Local, options: &Options) {
    let base = &local.base;
    if options.is_public() {
        println!(
            "WARNING: everybody who can reach {base} can use this server and its sample passwords: for sample data only."
        );
        println!();
    } else if local.lan {
        println!(
            "WARNING: {base} is open to your whole network, without https: for sample data and sample passwords only."
        );
        println!(
            "         Browsers keep cryptography from pages there, so choose an app that runs on the server, or your own."
        );
        println!();
    }
    if local.tenants.is_empty() {
        println!(
            "Serves the tenants that are in the table {}, at {base}/NAME. With --tenants FILE, that one is put there.",
            options.table()
        );
        println!();
    }
    for tenant in &local.tenants {
        let issuer = tenant.items.tenant.issuer.as_str();
        println!("{} — {issuer}", tenant.items.tenant.name);
        for fhir_server in &tenant.items.tenant.fhir_servers {
            println!("  FHIR server   {}", fhir_server.url);
        }
        println!("  discovery     {issuer}/.well-known/smart-configuration");
        for login in tenant.file.logins() {
            println!("  sign in as    {:<16} {:<20} {}", login.username, login.password, login.name);
        }
        println!();
    }
    println!("Launcher        {base}/");
    println!("Your own app    {base}/launcher/register");
    println!("An agent        {base}/launcher/agent    (an app that nobody registered, and a thief)");
    println!(
        "Check a scope   {base}/launcher/validate    (or a JWT, a DPoP proof, a key set, a registration, a document)"
    );
    if let Some(folder) = options.folder() {
        println!("Why refused?    admit --local={} why REFERENCE    (or cargo run -p admin -- …)", folder.display());
    }
    if *base != local.inside {
        println!("Listens at      {}", local.inside);
    }
    println!();
    match local.tenants.first().and_then(|tenant| tenant.file.logins().into_iter().next()) {
        Some(login) => println!(
            "Open {base} first, press Launch, and sign in as {} with {}: an app opens with a patient in it.",
            login.username, login.password
        ),
        None => println!("Open {base} first."),
    }
    println!("ready {}", local.base);
}

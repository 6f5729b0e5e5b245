//! Starts the local server, says what is where, and serves until it is stopped.

use clap::Parser;
use local::{Failure, Local, options::Options};
use mimalloc::MiMalloc;
use std::sync::Mutex;
use tracing_subscriber::{EnvFilter, Layer, fmt, layer::SubscriberExt, util::SubscriberInitExt};

/// A token request seems to take less processor time than with the system's allocator (tests/benches/README.md).
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let options = Options::parse();
    start_log(&options)?;
    let local = match local::prepare(&options).await {
        Ok(local) => local,
        Err(error) => {
            eprintln!("{error}");
            std::process::exit(1);
        }
    };
    say(&local);
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

async fn stopped() {
    let _ = tokio::signal::ctrl_c().await;
}

#[expect(clippy::print_stdout, reason = "this is what the command is for")]
fn say(local: &Local) {
    let base = &local.base;
    if local.lan {
        println!(
            "WARNING: {base} is open to your whole network, without https: for sample data and sample passwords only."
        );
        println!(
            "         Browsers keep cryptography from pages there, so choose an app that runs on the server, or your own."
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
    println!("Check a scope   {base}/launcher/validate    (or a JWT, a key set, a registration)");
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

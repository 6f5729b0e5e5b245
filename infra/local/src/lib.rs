//! The whole server in one process: the same functions that are deployed, an embedded table, a sample FHIR server.

pub mod engine;
pub mod fhir;
pub mod options;

use admin::{
    apply::apply,
    tenant_file::{self, TenantFile, TenantItems},
};
use axum::Router;
use options::Options;
use shared::{
    keys::{outbound::Outbound, signer::Custodian},
    secret::{ChosenSecretHash, Secret},
    server::{Clock, Server},
    store::Store,
};
use std::{error::Error, sync::Arc};
use tokio::net::TcpListener;

pub type Failure = Box<dyn Error + Send + Sync>;

/// A server that listens, before it serves.
pub struct Local {
    pub listener: TcpListener,
    pub base: String,
    pub server: Arc<Server>,
    pub tenants: Vec<LocalTenant>,
    pub router: Router,
}

/// A tenant as the local server knows it, with the passwords its file declares.
pub struct LocalTenant {
    pub file: TenantFile,
    pub items: TenantItems,
}

/// Makes everything ready to serve. The port is bound first, since every URL has it in it.
pub async fn prepare(options: &Options) -> Result<Local, Failure> {
    let listener = TcpListener::bind(("127.0.0.1", options.port))
        .await
        .map_err(|error| format!("port {} on 127.0.0.1 can't be used ({error}); try --port 0", options.port))?;
    let base = format!("http://{}", listener.local_addr()?);
    let place = match (&options.dynamodb, options.in_memory) {
        (Some(url), _) => engine::Place::Url(url),
        (None, true) => engine::Place::Memory,
        (None, false) => engine::Place::File(&options.data),
    };
    let store = Store::new(engine::open(place).await?, engine::TABLE);
    let outbound = Outbound::new().map_err(|error| error.to_string())?;
    let server = Arc::new(Server::new(store, Custodian::Laptop(None), outbound, Clock::System));
    let mut tenants = Vec::new();
    let mut router = functions(server.clone());
    for file in files(&options.tenants)? {
        let (tenant, routes) = host(file, &base, &server).await?;
        router = router.merge(routes);
        tenants.push(tenant);
    }
    Ok(Local { listener, base, server, tenants, router })
}

/// The deployed functions, each with its own routes.
pub fn functions(server: Arc<Server>) -> Router {
    Router::new()
        .merge(discovery::routes(server.clone()))
        .merge(authorize::routes(server.clone()))
        .merge(token::routes(server.clone()))
        .merge(introspect::routes(server.clone()))
        .merge(revoke::routes(server.clone()))
        .merge(launch_context::routes(server))
}

/// The samples, compiled in, unless other files are named.
fn files(named: &[std::path::PathBuf]) -> Result<Vec<TenantFile>, Failure> {
    if named.is_empty() {
        let samples = [
            ("riverside.toml", include_str!("../tenants/riverside.toml")),
            ("home.toml", include_str!("../tenants/home.toml")),
        ];
        let parsed = samples.iter().map(|(name, text)| tenant_file::parse(name, text));
        return Ok(parsed.collect::<Result<_, _>>().map_err(|mistakes| mistakes.to_string())?);
    }
    Ok(tenant_file::load_all(named).map_err(|mistakes| mistakes.to_string())?)
}

/// Writes the tenant into the table, and serves the FHIR bases that lie on this server.
async fn host(file: TenantFile, base: &str, server: &Arc<Server>) -> Result<(LocalTenant, Router), Failure> {
    let mut items = file.resolve(base).map_err(|mistakes| mistakes.to_string())?;
    let mut router = Router::new();
    let tenant = &mut items.tenant;
    let http = reqwest::Client::builder().no_proxy().build()?;
    for fhir_server in &mut tenant.fhir_servers {
        let Some(path) = fhir_server.url.strip_prefix(base) else { continue };
        // The sample server's own secret, new at each start and known to nobody else.
        let secret = Secret::random();
        let hash = ChosenSecretHash::of_client_secret(secret.expose()).map_err(|_| "hashing failed")?;
        fhir_server.secrets.push(hash);
        let guarded = fhir::Guarded {
            fhir: sample_fhir::Server::sample(&fhir_server.url, fhir::Guarded::oauth_uris(&tenant.issuer))
                .map_err(|error| format!("the sample data is broken: {error:?}"))?,
            introspect_url: tenant.issuer.endpoint("introspect"),
            credentials: (fhir_server.name.clone(), secret.expose().to_owned()),
            http: http.clone(),
            server: server.clone(),
        };
        router = router.merge(fhir::routes(path, guarded));
    }
    apply(&server.store, &items, server.now()).await.map_err(|error| error.to_string())?;
    Ok((LocalTenant { file, items }, router))
}

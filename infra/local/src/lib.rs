//! The whole server in one process: the same functions that are deployed, an embedded table, a sample FHIR server.

pub mod engine;
pub mod fhir;
mod keys;
mod launcher;
pub mod options;
mod register;
mod sample_app;
mod simulate;
mod site;
mod validate;

use admin::{
    plan::{TenantInTable, apply},
    target::LocalServer,
    tenant_file::{self, TenantFile, TenantItems},
};
use axum::{
    Router,
    extract::{ConnectInfo, Request, connect_info::IntoMakeServiceWithConnectInfo},
    middleware::map_request,
};
use options::Options;
use rules::{
    client::Client,
    secret::{ChosenSecretHash, Secret},
    tenant::Ehr,
};
use sample_app::HostedApp;
use server::{
    Clock, Server,
    audit::Trail,
    http::address::Address,
    keys::{make::KeyMaker, outbound::Outbound},
    store::Store,
};
use site::Site;
use std::{
    error::Error,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::net::TcpListener;

pub type Failure = Box<dyn Error + Send + Sync>;

/// A server that listens, before it serves.
pub struct Local {
    pub listener: TcpListener,
    pub base: String,
    /// Whether others than this machine can reach it.
    pub lan: bool,
    pub server: Arc<Server>,
    pub tenants: Vec<Arc<LocalTenant>>,
    pub router: Router,
}

/// A tenant as the local server knows it, with the passwords its file declares.
pub struct LocalTenant {
    pub file: TenantFile,
    pub items: TenantItems,
    /// The FHIR server that is served here, and its name and secret at the introspection endpoint.
    pub fhir: Option<LocalFhir>,
    /// What the launcher, an EHR like any other, calls `launchContext` with.
    pub launcher_secret: Secret,
    /// Confidential apps that this server plays.
    pub apps: Vec<HostedApp>,
    /// Apps that are in the table and not in the file: registered in the browser, now or in an earlier run.
    pub registered: Mutex<Vec<Client>>,
    /// For a tenant that says `simulate = true`: which flows have a problem.
    pub simulated: Option<Arc<simulate::Memory>>,
}

impl LocalTenant {
    /// Whether it is the tenant of this id, with a FHIR server that is served here.
    fn has(&self, id: &str) -> bool {
        self.file.id() == id && self.fhir.is_some()
    }

    /// All apps that can be launched.
    pub fn clients(&self) -> Vec<Client> {
        let registered = self.registered.lock().unwrap_or_else(PoisonError::into_inner);
        self.items.clients.iter().chain(registered.iter()).cloned().collect()
    }
}

pub struct LocalFhir {
    pub server: fhir::Served,
    pub credentials: (String, Secret),
}

/// The launcher's name as an EHR of every tenant that is served here.
pub const LAUNCHER: &str = "admit-launcher";

/// Makes everything ready to serve. The port is bound first, since every URL has it in it.
pub async fn prepare(options: &Options) -> Result<Local, Failure> {
    let (address, port) = (options.address()?, options.port);
    let listener = TcpListener::bind((address, port))
        .await
        .map_err(|error| format!("port {port} on {address} can't be used ({error}); try --port 0"))?;
    let base = format!("http://{}", listener.local_addr()?);
    let place = match (&options.dynamodb, options.in_memory) {
        (Some(url), _) => engine::Place::Url(url),
        (None, true) => engine::Place::Memory,
        (None, false) => engine::Place::File(&options.data),
    };
    let (table, engine) = engine::open_at(place).await?;
    let store = Store::new(table.clone(), engine::TABLE);
    let outbound = Outbound::new().map_err(|error| error.to_string())?;
    let (custodian, maker) = keys::of(options).await;
    let mut server = Server::new(store, custodian, outbound, Clock::System);
    if let Some(file) = &options.audit {
        server.audit = Trail::file(file).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    let server = Arc::new(server);
    let mut tenants: Vec<Arc<LocalTenant>> = Vec::new();
    let mut router = functions(server.clone());
    for file in files(options)? {
        site::check_id(file.id())?;
        let (tenant, routes) = host(file, &base, options, &server, &table, &maker).await?;
        router = router.merge(routes);
        tenants.push(Arc::new(tenant));
    }
    if let Some(unknown) = options.fhir.iter().find(|behind| !tenants.iter().any(|known| known.has(&behind.tenant))) {
        return Err(format!("--fhir {0}=…: no tenant {0} has a FHIR server here", unknown.tenant).into());
    }
    router = simulate::around(router, &server, &tenants);
    if let Some(folder) = options.folder() {
        let table = engine::TABLE.to_owned();
        LocalServer {
            dynamodb: engine,
            table,
            base: base.clone(),
            log: options.log_file(),
            audit: options.audit.clone(),
        }
        .write(folder)?;
    }
    let lan = options.is_on_lan();
    router = router.merge(site::routes(Site::new(&base, lan, server.clone(), tenants.clone())?));
    Ok(Local { listener, base, lan, server, tenants, router })
}

/// The deployed functions, each with its own routes.
pub fn functions(server: Arc<Server>) -> Router {
    Router::new()
        .merge(discovery::routes(server.clone()))
        .merge(authorize::routes(server.clone()))
        .merge(token::routes(server.clone()))
        .merge(introspect::routes(server.clone()))
        .merge(revoke::routes(server.clone()))
        .merge(launch_context::routes(server.clone()))
        .merge(userinfo::routes(server))
}

/// Answers until the process ends.
pub async fn serve(local: Local) -> std::io::Result<()> {
    axum::serve(local.listener, with_addresses(local.router)).await
}

/// The router as it listens: each request knows the address that its connection came from.
pub fn with_addresses(router: Router) -> IntoMakeServiceWithConnectInfo<Router, SocketAddr> {
    router.layer(map_request(note_address)).into_make_service_with_connect_info()
}

async fn note_address(ConnectInfo(peer): ConnectInfo<SocketAddr>, mut request: Request) -> Request {
    request.extensions_mut().insert(Address::of(peer.ip()));
    request
}

/// The samples, compiled in, unless other files are named.
fn files(options: &Options) -> Result<Vec<TenantFile>, Failure> {
    let named = &options.tenants;
    let files = if named.is_empty() {
        let samples = [
            ("riverside.toml", include_str!("../tenants/riverside.toml")),
            ("home.toml", include_str!("../tenants/home.toml")),
        ];
        let parsed = samples.iter().map(|(name, text)| tenant_file::parse(name, text));
        parsed.collect::<Result<Vec<_>, _>>().map_err(|mistakes| mistakes.to_string())?
    } else {
        tenant_file::load_all(named).map_err(|mistakes| mistakes.to_string())?
    };
    let here = |file: TenantFile| if options.is_on_lan() { file.on_lan() } else { file };
    Ok(files.into_iter().map(here).collect())
}

/// Writes the tenant into the table, and serves the FHIR bases that lie on this server.
async fn host(
    file: TenantFile,
    base: &str,
    options: &Options,
    server: &Arc<Server>,
    table: &aws_sdk_dynamodb::Client,
    maker: &KeyMaker,
) -> Result<(LocalTenant, Router), Failure> {
    let mut items = file.resolve(base).map_err(|mistakes| mistakes.to_string())?;
    // Once more, now that its id is known: a password keeps its hash, and one that was changed since stays changed.
    let before = TenantInTable::of(&server.store, &items, server.now()).await.map_err(|error| error.to_string())?;
    items = file.resolve_reusing(base, &before.stored_hashes()).map_err(|mistakes| mistakes.to_string())?;
    let mut router = Router::new();
    let mut fhir = None;
    let tenant = &mut items.tenant;
    let http = reqwest::Client::builder().no_proxy().build()?;
    for fhir_server in &mut tenant.fhir_servers {
        let Some(path) = fhir_server.url.strip_prefix(base) else { continue };
        let (secret, hash) = own_secret()?;
        fhir_server.secrets.push(hash);
        let behind = options.fhir.iter().find(|behind| behind.tenant == file.id()).map(|behind| behind.url.as_str());
        let oauth_uris = fhir::Guarded::oauth_uris(&tenant.issuer);
        let served = fhir::Served::at(&fhir_server.url, behind, oauth_uris)?;
        let guarded = fhir::Guarded {
            fhir: served.clone(),
            introspect_url: tenant.issuer.endpoint("introspect"),
            credentials: (fhir_server.name.clone(), secret.expose().to_owned()),
            http: http.clone(),
            server: server.clone(),
        };
        router = router.merge(fhir::routes(path, guarded));
        fhir.get_or_insert(LocalFhir { server: served, credentials: (fhir_server.name.clone(), secret) });
    }
    let (launcher_secret, hash) = own_secret()?;
    match tenant.ehrs.iter_mut().find(|ehr| ehr.name == LAUNCHER) {
        Some(ehr) => ehr.secrets.push(hash),
        None => tenant.ehrs.push(Ehr { name: LAUNCHER.to_owned(), secrets: vec![hash] }),
    }
    let apps = if options.tenants.is_empty() { sample_app::host(&mut items, base)? } else { Vec::new() };
    apply(&server.store, maker, &items, server.now()).await.map_err(|error| error.to_string())?;
    // After it: what an earlier file had, and this one has not, is gone.
    let kept = register::kept(table, &items, server.now()).await?;
    let (registered, simulated) = (Mutex::new(kept), file.simulate().then(Arc::default));
    Ok((LocalTenant { file, items, fhir, launcher_secret, apps, registered, simulated }, router))
}

/// A secret for a caller that lives in this process, new at each start and known to nobody else.
fn own_secret() -> Result<(Secret, ChosenSecretHash), Failure> {
    let secret = Secret::random();
    let hash = ChosenSecretHash::of_client_secret(secret.expose()).map_err(|_| "hashing failed")?;
    Ok((secret, hash))
}

//! The whole server in one process: the same functions that are deployed, an embedded table, a sample FHIR server.

mod agent;
mod any_client;
pub mod engine;
mod failure;
pub mod fhir;
mod hand;
pub mod html;
mod keys;
mod launcher;
pub mod options;
mod own_secret;
mod register;
mod sample_app;
mod samples;
mod simulate;
mod site;
mod tenant;
mod validate;

pub use failure::Failure;
pub use tenant::LocalTenant;

use admin::{
    plan::{TenantInTable, apply},
    target::LocalServer,
    tenant_file::{self, TenantFile},
};
use axum::{
    Router,
    extract::{ConnectInfo, Request, connect_info::IntoMakeServiceWithConnectInfo},
    middleware::map_request,
    routing::get,
};
use futures_util::future::try_join_all;
use options::Options;
use own_secret::own_secret;
use rules::{
    client::document::hosts::HostPattern,
    jwk::{KeySet, RegisteredKeys},
    signing_keys::in_process,
    tenant::{Ehr, SigningAlg, TenantId, Vouching},
    user::FhirUserType,
};
use server::{
    Clock, Server,
    audit::Trail,
    http::address::Address,
    keys::{make::KeyMaker, outbound::Outbound},
    store::Store,
};
use site::Site;
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};
use tenant::LAUNCHER;
use tokio::net::TcpListener;
use url::Url;

/// A server that listens, before it serves.
pub struct Local {
    pub listener: TcpListener,
    /// What every address begins with.
    pub base: String,
    /// Where it listens.
    pub inside: String,
    /// Whether others than this machine can reach it.
    pub lan: bool,
    pub server: Arc<Server>,
    pub tenants: Vec<Arc<LocalTenant>>,
    pub router: Router,
}

/// Makes everything ready to serve. The port is bound first, since every URL has it in it.
pub async fn prepare(options: &Options) -> Result<Local, Failure> {
    let (address, port) = (options.address()?, options.port);
    let listener = TcpListener::bind((address, port))
        .await
        .map_err(|error| format!("port {port} on {address} can't be used ({error}); try --port 0"))?;
    let listens = listener.local_addr()?;
    let (base, inside) = (options.base(listens), format!("http://{listens}"));
    let place = match (&options.dynamodb, options.in_memory) {
        (Some(url), _) => engine::Place::Url(url),
        (None, true) => engine::Place::Memory,
        (None, false) => engine::Place::File(&options.data),
    };
    let (table, endpoint) = engine::open_at(place, options.table()).await?;
    let store = Store::new(table.clone(), options.table());
    let outbound = Outbound::new().map_err(|error| error.to_string())?;
    let (custodian, maker) = keys::of(options).await;
    let mut server = Server::new(store, custodian, outbound, Clock::System);
    if let Some(file) = &options.audit {
        server.audit = Trail::file(file).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    let server = Arc::new(server);
    let mut tenants: Vec<Arc<LocalTenant>> = Vec::new();
    let mut router = functions(server.clone());
    let files = files(options)?;
    files.iter().try_for_each(|file| check_id(file.id()))?;
    let home = Home { base: &base, inside: &inside, options, server: &server, table: &table, maker: &maker };
    // Together, since making a key of RSA takes a core for a while.
    for (tenant, routes) in try_join_all(files.into_iter().map(|file| host(file, home))).await? {
        router = router.merge(routes);
        tenants.push(Arc::new(tenant));
    }
    let has_fhir = |id: &str| tenants.iter().any(|tenant| tenant.file.id() == id && tenant.fhir.is_some());
    if let Some(unknown) = options.fhir.iter().find(|external| !has_fhir(&external.tenant)) {
        return Err(format!("--fhir {0}=…: no tenant {0} has a FHIR server here", unknown.tenant).into());
    }
    let lan = options.is_on_lan();
    let site = Site::new(&base, &inside, lan, server.clone(), tenants.clone())?;
    router = simulate::around(router, &server, &tenants);
    router = any_client::around(router, &site);
    router = hand::around(router, &server, &tenants);
    if let Some(folder) = options.folder() {
        let table = options.table().to_owned();
        LocalServer {
            dynamodb: endpoint,
            table,
            base: base.clone(),
            log: options.log_file(),
            audit: options.audit.clone(),
        }
        .write(folder)?;
    }
    router = router.merge(pages(site));
    Ok(Local { listener, base, inside, lan, server, tenants, router })
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

/// First path segments that the pages have for themselves.
const OWN_PATHS: [&str; 2] = ["app", "launcher"];

fn check_id(tenant: &str) -> Result<(), Failure> {
    match OWN_PATHS.contains(&tenant) {
        true => {
            Err(format!("a tenant can't be called {tenant} here: the local server's own pages are under it").into())
        }
        false => Ok(()),
    }
}

/// The pages of this server, which a deployment does not have.
fn pages(site: Arc<Site>) -> Router {
    Router::new()
        .route("/launcher/style.css", get(site::stylesheet))
        .merge(launcher::routes(site.clone()))
        .merge(validate::routes(site.clone()))
        .merge(register::routes(site.clone()))
        .merge(agent::routes(site.clone()))
        .merge(sample_app::routes(site))
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

/// The samples, compiled in, unless other files are named or the table is somebody's.
fn files(options: &Options) -> Result<Vec<TenantFile>, Failure> {
    let named = &options.tenants;
    let files = if named.is_empty() && options.dynamodb.is_some() {
        Vec::new()
    } else if named.is_empty() {
        samples::files().map_err(|mistakes| mistakes.to_string())?
    } else {
        tenant_file::load_all(named).map_err(|mistakes| mistakes.to_string())?
    };
    let here = |file: TenantFile| if options.is_on_lan() { file.on_lan() } else { file };
    Ok(files.into_iter().map(here).collect())
}

/// What every tenant needs of the server that hosts it.
#[derive(Clone, Copy)]
struct Home<'a> {
    base: &'a str,
    inside: &'a str,
    options: &'a Options,
    server: &'a Arc<Server>,
    table: &'a aws_sdk_dynamodb::Client,
    maker: &'a KeyMaker,
}

/// Writes the tenant into the table, and serves the FHIR bases that lie on this server.
async fn host(file: TenantFile, home: Home<'_>) -> Result<(LocalTenant, Router), Failure> {
    let Home { base, inside, options, server, table, maker } = home;
    let id = TenantId::parse(file.id()).ok_or_else(|| format!("{}: no tenant can be called that", file.id()))?;
    let before = TenantInTable::read(&server.store, &id, &file.item_names(), server.now()).await;
    // A password keeps its hash, and one that was changed since stays changed.
    let mut hashes = before.map_err(|error| error.to_string())?.stored_hashes();
    if options.tenants.is_empty() {
        hashes.published = samples::password_hashes();
    }
    let mut items = file.resolve_reusing(base, &hashes).map_err(|mistakes| mistakes.to_string())?;
    let mut router = Router::new();
    let mut fhir = None;
    let tenant = &mut items.tenant;
    let http = reqwest::Client::builder().no_proxy().build()?;
    let introspection = tenant.introspection_endpoint();
    for fhir_server in &mut tenant.fhir_servers {
        let Some(path) = fhir_server.url.strip_prefix(base) else { continue };
        let (secret, hash) = own_secret()?;
        fhir_server.secrets.push(hash);
        let external = options.fhir.iter().find(|external| external.tenant == file.id());
        let oauth_uris = fhir::ProtectedFhir::oauth_uris(&tenant.issuer);
        let external_url = external.map(|external| external.url.as_str());
        let resource_server = fhir::ResourceServer::at(&fhir_server.url, external_url, oauth_uris)?;
        let local_fhir = fhir::LocalFhir { server: resource_server, name: fhir_server.name.clone(), secret };
        router = router.merge(fhir::routes(fhir::ProtectedFhir {
            path: path.to_owned(),
            tenant: tenant.id.clone(),
            fhir: local_fhir.clone(),
            introspect_url: site::dial(&introspection, base, inside),
            http: http.clone(),
            server: server.clone(),
        }));
        fhir.get_or_insert(local_fhir);
    }
    if let Some(documents) = &mut tenant.client_documents {
        // The agent of this server lives at this server.
        documents.hosts.extend(Url::parse(base).ok().and_then(|url| HostPattern::parse(url.host_str()?).ok()));
    }
    let (launcher_secret, hash) = own_secret()?;
    let launcher_key = in_process::generate(&tenant.id, SigningAlg::ES384, server.now())?;
    let vouching = tenant.lets_ehrs_vouch().then(|| Vouching {
        keys: RegisteredKeys::Jwks(KeySet::of(vec![launcher_key.public.clone()])),
        user_types: [FhirUserType::Practitioner, FhirUserType::PractitionerRole].into(),
        offline: false,
    });
    match tenant.ehrs.iter_mut().find(|ehr| ehr.name == LAUNCHER) {
        Some(ehr) => ehr.secrets.push(hash),
        None => tenant.ehrs.push(Ehr { name: LAUNCHER.to_owned(), secrets: vec![hash], vouching }),
    }
    let apps = if options.tenants.is_empty() { sample_app::host(&mut items, base)? } else { Vec::new() };
    apply(&server.store, maker, &items, server.now()).await.map_err(|error| error.to_string())?;
    // Only now: applying the file has deleted what an earlier file had and this one has not.
    let registered = Mutex::new(register::load(table, options.table(), &items, server.now()).await?);
    let simulated = file.simulate().then(Arc::default);
    Ok((LocalTenant { file, items, fhir, launcher_secret, launcher_key, apps, registered, simulated }, router))
}

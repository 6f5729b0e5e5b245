//! A local server in memory with the sample tenant, and the same one without simulation, called `plain`.

use local::options::Options;
use reqwest::{Client, redirect::Policy};
use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

pub struct Desk {
    pub base: String,
    pub http: Client,
}

/// As it is after `--tenants FILE`.
pub async fn desk() -> Desk {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("tenants/riverside.toml");
    let plain = plain(&sample);
    let desk = serve(vec![sample, plain.clone()]).await;
    std::fs::remove_file(plain).unwrap();
    desk
}

/// As it is without any option: with the sample apps.
pub async fn samples() -> Desk {
    serve(Vec::new()).await
}

async fn serve(tenants: Vec<PathBuf>) -> Desk {
    let options = Options { port: 0, in_memory: true, tenants, ..Options::default() };
    let local = local::prepare(&options).await.unwrap();
    let base = local.base.clone();
    tokio::spawn(async move { axum::serve(local.listener, local.router).await });
    Desk { base, http: Client::builder().no_proxy().redirect(Policy::none()).build().unwrap() }
}

fn plain(sample: &Path) -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let text = std::fs::read_to_string(sample).unwrap().replace("id = \"riverside\"", "id = \"plain\"");
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with("simulate")).collect();
    assert_eq!(lines.len() + 1, text.lines().count());
    let name = format!("admit-plain-{}-{}.toml", std::process::id(), COUNT.fetch_add(1, Ordering::SeqCst));
    let path = std::env::temp_dir().join(name);
    std::fs::write(&path, lines.join("\n")).unwrap();
    path
}

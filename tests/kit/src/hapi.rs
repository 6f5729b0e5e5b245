//! The sample of infra/hapi, a HAPI FHIR server that judges our tokens itself, in a process of its own that ends with this one. In the same
//! process is a second server that judges nothing: most of the time goes into what both share.

use crate::{
    Live,
    live::{ends_with_this, free_port, java_classpath},
};
use axum::Router;
use std::{process::Child, time::Duration};

/// From nothing, on two cores with other work: it makes its tables and reads the definitions of R4 first.
const PATIENCE: Duration = Duration::from_secs(300);

pub struct Hapi {
    _process: Child,
    open: String,
}

impl Hapi {
    /// With a tenant whose FHIR server it is: `{hapi}` in its file is the base URL.
    pub fn with_tenant(tenant: &str, pages: Router) -> (Live, Hapi) {
        let port = free_port();
        let base = format!("http://127.0.0.1:{port}/fhir");
        let world = Live::start(tenant.replace("{hapi}", &base).leak(), pages);
        let hapi = Hapi::start(port, &base, free_port(), world.told("issuer"));
        wait(&format!("{base}/metadata"));
        (world, hapi)
    }

    fn start(port: u16, base: &str, open_port: u16, issuer: &str) -> Hapi {
        let open = format!("http://127.0.0.1:{open_port}/fhir");
        let server = format!(
            "java -XX:TieredStopAtLevel=1 -cp {} admit.hapi.Open --server.port={port} --admit.fhir={base} \
             --admit.issuer={issuer} --admit.name=hapi --admit.secret=hapi-secret-of-more-than-thirty-two-characters \
             --open.server.port={open_port} --open.admit.fhir={open}",
            java_classpath("../infra/hapi")
        );
        Hapi { _process: ends_with_this(&server).spawn().expect("sh starts"), open }
    }

    /// The base URL of the server that is open to whoever asks, as one behind a door may be. It is empty at first.
    pub fn open(&self) -> &str {
        wait(&format!("{}/metadata", self.open));
        &self.open
    }
}

fn wait(url: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let answers = async {
        while !reqwest::get(url).await.is_ok_and(|answer| answer.status().is_success()) {
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    };
    runtime.block_on(async { tokio::time::timeout(PATIENCE, answers).await }).expect("HAPI starts");
}

//! The sample of infra/hapi, a HAPI FHIR server that judges our tokens itself, in a process of its own that ends with this one.

use crate::{
    Live,
    live::{free_port, java_classpath},
};
use axum::Router;
use std::{
    process::{Child, Command, Stdio},
    time::Duration,
};

/// From nothing, on two cores with other work: it makes its tables and reads the definitions of R4 first.
const PATIENCE: Duration = Duration::from_secs(300);

pub struct Hapi {
    /// It ends when its input does.
    _process: Child,
}

impl Hapi {
    /// With a tenant whose FHIR server it is: `{hapi}` in its file is the base URL.
    pub fn with_tenant(tenant: &str, pages: Router) -> (Live, Hapi) {
        let port = free_port();
        let base = format!("http://127.0.0.1:{port}/fhir");
        let world = Live::start(tenant.replace("{hapi}", &base).leak(), pages);
        let hapi = Hapi::start(port, &base, world.told("issuer"));
        wait(&format!("{base}/metadata"));
        (world, hapi)
    }

    fn start(port: u16, base: &str, issuer: &str) -> Hapi {
        // The shell waits for its input to end, and takes the server along.
        let script = format!(
            "java -XX:TieredStopAtLevel=1 -cp {} admit.hapi.Application --server.port={port} --admit.fhir={base} \
             --admit.issuer={issuer} --admit.name=hapi --admit.secret=hapi-secret-of-more-than-thirty-two-characters \
             >/dev/null 2>&1 & read -r _; kill $!",
            java_classpath("../infra/hapi")
        );
        let mut command = Command::new("sh");
        Hapi { _process: command.args(["-c", &script]).stdin(Stdio::piped()).spawn().expect("sh starts") }
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

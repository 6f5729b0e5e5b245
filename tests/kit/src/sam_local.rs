//! The functions as `sam local start-api` serves them: each in a container, behind SAM's own idea of an HTTP API, the table and
//! the keys in the emulator.

use crate::{TestServer, deployed::InTable, door::Door, live::free_port, ministack::Ministack, over_http::passing_on};
use serde_json::json;
use std::{
    env, fs,
    net::{IpAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

pub struct SamLocal {
    /// For the kit's actors; its router passes requests on to SAM.
    pub server: TestServer,
    folder: PathBuf,
    process: Child,
}

impl SamLocal {
    /// With the tenant `clinic`. `ADMIT_SAM_BUILD` is what `sam build` made, `DOCKER_HOST` the Docker to use, and
    /// `ADMIT_DOCKER_GATEWAY` this machine's address in its network.
    pub async fn start() -> SamLocal {
        let build =
            PathBuf::from(env::var_os("ADMIT_SAM_BUILD").expect("ADMIT_SAM_BUILD names the folder of `sam build`"));
        let gateway: IpAddr = variable("ADMIT_DOCKER_GATEWAY").parse().expect("an address");
        let InTable { server, fhir, table, .. } = InTable::clinic(|toml| toml).await;
        let aws = Door::at(gateway, Ministack::shared().address);
        let folder = env::temp_dir().join(format!("admit-sam-local-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let variables = json!({ "Parameters": { "ADMIT_TABLE": table, "AWS_ENDPOINT_URL": aws.url } });
        fs::write(folder.join("variables.json"), variables.to_string()).expect("a file");
        let template = build.join("for-sam-local.yaml");
        fs::write(&template, with_endpoint(&build.join("template.yaml"))).expect("a file");
        let port = free_port();
        let log = fs::File::create(folder.join("log")).expect("a file");
        let process = Command::new("sam")
            .args(["local", "start-api", "--skip-pull-image", "--warm-containers", "LAZY", "--host", "127.0.0.1"])
            .arg("--template")
            .arg(&template)
            .arg("--env-vars")
            .arg(folder.join("variables.json"))
            .args(["--port", &port.to_string(), "--parameter-overrides", &architecture()])
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a file"))
            .stderr(log)
            .spawn()
            .expect("sam is on the PATH: `tests/run` installs it");
        let mut sam = SamLocal {
            server: TestServer::before(server, passing_on(format!("http://127.0.0.1:{port}")), fhir),
            folder,
            process,
        };
        for _ in 0..600 {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return sam;
            }
            assert!(matches!(sam.process.try_wait(), Ok(None)), "sam ended: {}", sam.output());
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        panic!("sam does not listen: {}", sam.output())
    }

    /// What SAM and the functions have printed.
    pub fn output(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }
}

impl Drop for SamLocal {
    /// Asked to end, SAM removes its containers.
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-INT", &self.process.id().to_string()]).status();
        let ended = (0..100).any(|_| match self.process.try_wait() {
            Ok(None) => (std::thread::sleep(Duration::from_millis(100)), false).1,
            _ => true,
        });
        if !ended {
            let _ = self.process.kill();
            let _ = self.process.wait();
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Of this machine, as the image is: the template's is another by default.
fn architecture() -> String {
    let name = if env::consts::ARCH == "aarch64" { "arm64" } else { env::consts::ARCH };
    format!("Architecture={name}")
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("{name} is not set; `tests/run` sets it"))
}

/// `sam local` hands on only variables that the template names, and the one that leads to an emulator has no place in a
/// deployment.
fn with_endpoint(template: &Path) -> String {
    let text = fs::read_to_string(template).expect("`sam build` made a template");
    let line = text.lines().find(|line| line.trim_start().starts_with("ADMIT_TABLE:")).expect("the table is named");
    let indent = &line[..line.len() - line.trim_start().len()];
    text.replacen(line, &format!("{indent}AWS_ENDPOINT_URL: ''\n{line}"), 1)
}

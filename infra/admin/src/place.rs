//! Where the server is that a command works on: on AWS, in an emulator of it, or on this laptop.

use crate::{aws::Aws, failure::Failure, options::Where};
use aws_config::{BehaviorVersion, Region, SdkConfig, timeout::TimeoutConfig};
use aws_credential_types::Credentials;
use rules::{
    tenant::{Tenant, TenantId},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use server::{
    Clock, Server,
    audit::key::InKms,
    keys::{make::KeyMaker, outbound::Outbound, signer::Custodian},
    store::Store,
};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

pub struct Place {
    pub server: Server,
    pub maker: KeyMaker,
    /// What deployed functions seal audit events with.
    pub audit_key: Option<InKms>,
    pub dynamodb: aws_sdk_dynamodb::Client,
    pub table: String,
    pub base: Option<String>,
    pub logs: Logs,
    /// What the stack says of itself.
    pub outputs: BTreeMap<String, String>,
}

/// Where the functions' log is.
pub enum Logs {
    /// Log groups that begin so.
    CloudWatch {
        aws: Aws,
        prefix: Option<String>,
    },
    File(PathBuf),
}

/// What a local server that runs says of itself, in a file in its data folder.
#[derive(Debug, Serialize, Deserialize)]
pub struct LocalServer {
    /// Its table, on a loopback address.
    pub dynamodb: String,
    pub table: String,
    pub base: String,
    pub log: Option<PathBuf>,
}

impl LocalServer {
    pub const FILE: &'static str = "server.json";

    pub fn write(&self, folder: &Path) -> std::io::Result<()> {
        fs::write(folder.join(LocalServer::FILE), serde_json::to_string_pretty(self)?)
    }
}

impl Place {
    pub async fn find(wanted: &Where) -> Result<Place, Failure> {
        match &wanted.local {
            Some(folder) => local(wanted, folder).await,
            None => aws(wanted).await,
        }
    }

    pub fn now(&self) -> Timestamp {
        self.server.now()
    }

    pub fn base(&self) -> Result<&str, Failure> {
        let missing = "say the public URL that {base} stands for: --base URL, or --stack NAME, whose outputs say it";
        self.base.as_deref().ok_or_else(|| Failure::usage(missing))
    }

    /// A tenant that is there.
    pub async fn tenant(&self, name: &str) -> Result<Tenant, Failure> {
        let id = tenant_id(name)?;
        let (tenant, _) = self.server.store.tenant_with_keys(&id, self.now()).await?;
        tenant.ok_or_else(|| {
            Failure::failed(format!(
                "there is no tenant {name} in the table {}; `admit tenant list` says which are",
                self.table
            ))
        })
    }
}

pub fn tenant_id(name: &str) -> Result<TenantId, Failure> {
    TenantId::parse(name).ok_or_else(|| Failure::usage(format!("{name} can't be a tenant's id")))
}

async fn local(wanted: &Where, folder: &Path) -> Result<Place, Failure> {
    let file = folder.join(LocalServer::FILE);
    let missing = |error| {
        Failure::failed(format!(
            "{}: {error}. Is the local server running, with this folder as --data?",
            file.display()
        ))
    };
    let text = fs::read_to_string(&file).map_err(|error| missing(error.to_string()))?;
    let found: LocalServer = serde_json::from_str(&text).map_err(|error| missing(error.to_string()))?;
    let config = builder(wanted)
        .endpoint_url(&found.dynamodb)
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "local"))
        .load()
        .await;
    let dynamodb = aws_sdk_dynamodb::Client::new(&config);
    Ok(Place {
        server: server(&dynamodb, &found.table, Custodian::Laptop(None))?,
        maker: KeyMaker::Laptop,
        audit_key: None,
        dynamodb,
        table: found.table,
        base: wanted.base.clone().or(Some(found.base)),
        logs: Logs::File(found.log.unwrap_or_else(|| folder.join("log.jsonl"))),
        outputs: BTreeMap::new(),
    })
}

async fn aws(wanted: &Where) -> Result<Place, Failure> {
    let config = load(wanted).await;
    let aws = Aws::new(&config)?;
    let named = wanted.stack.is_some() || wanted.table.is_some();
    if named {
        aws.ready().await?;
    }
    let outputs = match &wanted.stack {
        Some(stack) => aws.stack_outputs(stack).await?,
        None => BTreeMap::new(),
    };
    let output = |name: &str| outputs.get(name).cloned();
    let which = "say which server: --stack NAME, --table NAME, or --local for the one on this laptop";
    let table = wanted.table.clone().or(output("TableName")).ok_or_else(|| Failure::usage(which))?;
    let audit_key = wanted.audit_key.clone().or(output("AuditKey"));
    let (dynamodb, kms) = (aws_sdk_dynamodb::Client::new(&config), aws_sdk_kms::Client::new(&config));
    Ok(Place {
        server: server(&dynamodb, &table, Custodian::Kms(kms.clone()))?,
        audit_key: audit_key.map(|key| InKms { client: kms.clone(), key }),
        maker: KeyMaker::Kms { client: kms, sealing_key: wanted.sealing_key.clone().or(output("SealingKey")) },
        dynamodb,
        table,
        base: wanted.base.clone().or(output("BaseUrl")),
        logs: Logs::CloudWatch { aws, prefix: wanted.stack.as_ref().map(|stack| format!("/aws/lambda/{stack}-")) },
        outputs,
    })
}

/// The log alone, for a command that needs no table.
pub async fn logs(wanted: &Where) -> Result<Logs, Failure> {
    if wanted.local.is_some() || wanted.table.is_some() {
        return Ok(Place::find(wanted).await?.logs);
    }
    let prefix = wanted.stack.as_ref().map(|stack| format!("/aws/lambda/{stack}-"));
    Ok(Logs::CloudWatch { aws: Aws::new(&load(wanted).await)?, prefix })
}

async fn load(wanted: &Where) -> SdkConfig {
    let mut config = builder(wanted);
    if let Some(endpoint) = &wanted.endpoint {
        config = config.endpoint_url(endpoint);
    }
    if let Some(region) = &wanted.region {
        config = config.region(Region::new(region.clone()));
    }
    if let Some(profile) = &wanted.profile {
        config = config.profile_name(profile);
    }
    config.load().await
}

/// An operator waits longer than a request may, but not for ever.
fn builder(_: &Where) -> aws_config::ConfigLoader {
    let timeouts =
        TimeoutConfig::builder().connect_timeout(Duration::from_secs(5)).operation_timeout(Duration::from_secs(60));
    aws_config::defaults(BehaviorVersion::latest()).timeout_config(timeouts.build())
}

fn server(dynamodb: &aws_sdk_dynamodb::Client, table: &str, custodian: Custodian) -> Result<Server, Failure> {
    let outbound = Outbound::new().map_err(Failure::failed)?;
    Ok(Server::new(Store::new(dynamodb.clone(), table), custodian, outbound, Clock::System))
}

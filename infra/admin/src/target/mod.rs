//! The server that a command works on: on AWS, in an emulator of it, or on this laptop.

pub mod audit_key;
mod aws;
mod functions;
mod lists;
mod local_server;
mod operator;
mod options;
mod trail;
mod writes;

pub use aws::LogLines;
pub use functions::FUNCTIONS;
pub use local_server::LocalServer;
pub use operator::OperatorAction;
pub use options::TargetOptions;
pub use trail::OperatorTrail;

use crate::failure::Failure;
use aws::Aws;
use aws_config::{BehaviorVersion, Region, SdkConfig, timeout::TimeoutConfig};
use aws_credential_types::Credentials;
use rules::{
    tenant::{Tenant, TenantId},
    time::Timestamp,
};
use server::{
    Clock, Server,
    audit::key::InKms,
    keys::{make::KeyMaker, outbound::Outbound, signer::Custodian},
    store::{Store, Versioned, schema},
};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};
use trail::Changes;

pub struct Target {
    pub server: Server,
    pub maker: KeyMaker,
    /// Seals the audit events of deployed functions.
    pub audit_key: Option<InKms>,
    pub dynamodb: aws_sdk_dynamodb::Client,
    pub table: String,
    pub base: Option<String>,
    pub logs: Logs,
    /// The outputs of the stack.
    pub outputs: BTreeMap<String, String>,
    /// Where it is recorded what operators change.
    pub trail: OperatorTrail,
    changes: Changes,
}

/// Where the functions' log is.
pub enum Logs {
    /// In the log groups of this stack's functions.
    CloudWatch {
        aws: Aws,
        stack: Option<String>,
    },
    File(PathBuf),
}

impl Logs {
    /// The log alone, for a command that needs no table.
    pub async fn find(options: &TargetOptions) -> Result<Logs, Failure> {
        match options.local.is_some() || options.table.is_some() {
            true => Ok(Target::find(options).await?.logs),
            false => Ok(Logs::of_stack(Aws::new(&load(options).await)?, options)),
        }
    }

    fn of_stack(aws: Aws, options: &TargetOptions) -> Logs {
        Logs::CloudWatch { aws, stack: options.stack.clone() }
    }
}

impl Target {
    pub async fn find(options: &TargetOptions) -> Result<Target, Failure> {
        match &options.local {
            Some(folder) => local(options, folder).await,
            None => aws(options).await,
        }
    }

    pub fn now(&self) -> Timestamp {
        self.server.now()
    }

    pub fn base(&self) -> Result<&str, Failure> {
        let missing = "say the public URL that {base} stands for: --base URL, or --stack NAME, whose outputs say it";
        self.base.as_deref().ok_or_else(|| Failure::usage(missing))
    }

    /// Whether it is the server of a laptop, as opposed to a deployment.
    pub fn is_local(&self) -> bool {
        matches!(self.logs, Logs::File(_))
    }

    /// A tenant of the table.
    pub async fn tenant(&self, name: &str) -> Result<Tenant, Failure> {
        let id = tenant_id(name)?;
        let (tenant, _) = self.server.store.tenant_with_keys(&id, self.now()).await?;
        tenant.ok_or_else(|| self.no_tenant(name))
    }

    /// The same, for a command that replaces it.
    pub async fn tenant_item(&self, name: &str) -> Result<Versioned<Tenant>, Failure> {
        let found = self.server.store.find(schema::tenant_config(&tenant_id(name)?), self.now()).await?;
        found.ok_or_else(|| self.no_tenant(name))
    }

    fn no_tenant(&self, name: &str) -> Failure {
        let table = &self.table;
        Failure::failed(format!("there is no tenant {name} in the table {table}; `admit tenant list` says which are"))
    }
}

pub fn tenant_id(name: &str) -> Result<TenantId, Failure> {
    TenantId::parse(name).ok_or_else(|| Failure::usage(format!("{name} can't be a tenant's id")))
}

async fn local(options: &TargetOptions, folder: &Path) -> Result<Target, Failure> {
    let running = LocalServer::read(folder).map_err(|error| {
        let (file, question) =
            (folder.join(LocalServer::FILE), "Is the local server running, with this folder as --data? With --in-memory it says its folder when it starts.");
        Failure::failed(format!("{}: {error}. {question}", file.display()))
    })?;
    let config = builder()
        .endpoint_url(&running.dynamodb)
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "local"))
        .load()
        .await;
    let dynamodb = aws_sdk_dynamodb::Client::new(&config);
    Ok(Target {
        server: server(&dynamodb, &running.table, Custodian::Laptop(None))?,
        maker: KeyMaker::Laptop,
        audit_key: None,
        dynamodb,
        table: running.table,
        base: options.base.clone().or(Some(running.base)),
        logs: Logs::File(running.log.unwrap_or_else(|| folder.join("log.jsonl"))),
        outputs: BTreeMap::new(),
        trail: running.audit.map_or(OperatorTrail::Nobody, OperatorTrail::File),
        changes: Changes::default(),
    })
}

async fn aws(options: &TargetOptions) -> Result<Target, Failure> {
    let config = load(options).await;
    let aws = Aws::new(&config)?;
    if options.stack.is_some() || options.table.is_some() {
        aws.check_configuration().await?;
    }
    let outputs = match &options.stack {
        Some(stack) => aws.stack_outputs(stack).await?,
        None => BTreeMap::new(),
    };
    let output = |name: &str| outputs.get(name).cloned();
    let which = "say which server: --stack NAME, --table NAME, or --local for the one on this laptop";
    let table = options.table.clone().or(output("TableName")).ok_or_else(|| Failure::usage(which))?;
    let audit_key = options.audit_key.clone().or(output("AuditKey"));
    let (dynamodb, kms) = (aws_sdk_dynamodb::Client::new(&config), aws_sdk_kms::Client::new(&config));
    Ok(Target {
        server: server(&dynamodb, &table, Custodian::Kms(kms.clone()))?,
        audit_key: audit_key.map(|key| InKms { client: kms.clone(), key }),
        maker: KeyMaker::Kms {
            client: kms,
            // In an emulator no policy asks whose they are.
            stack: options
                .signing_tag
                .clone()
                .or(options.stack.clone())
                .or(options.endpoint.is_some().then(|| table.clone())),
            sealing_key: options.sealing_key.clone().or(output("SealingKey")),
        },
        dynamodb,
        table,
        base: options.base.clone().or(output("BaseUrl")),
        logs: Logs::of_stack(aws, options),
        trail: trail(options, output("OperatorLog")),
        changes: Changes::default(),
        outputs,
    })
}

fn trail(options: &TargetOptions, group: Option<String>) -> OperatorTrail {
    match group {
        Some(group) => OperatorTrail::CloudWatch(group),
        None if options.stack.is_some() => {
            OperatorTrail::Missing("the stack has no output OperatorLog: deploy it again")
        }
        None if options.endpoint.is_some() => OperatorTrail::Nobody,
        None => OperatorTrail::Missing("only --stack says where it is"),
    }
}

async fn load(options: &TargetOptions) -> SdkConfig {
    let mut config = builder();
    if let Some(endpoint) = &options.endpoint {
        config = config.endpoint_url(endpoint);
    }
    if let Some(region) = &options.region {
        config = config.region(Region::new(region.clone()));
    }
    if let Some(profile) = &options.profile {
        config = config.profile_name(profile);
    }
    config.load().await
}

/// An operator waits longer than a request may, but not for ever.
fn builder() -> aws_config::ConfigLoader {
    let timeouts =
        TimeoutConfig::builder().connect_timeout(Duration::from_secs(5)).operation_timeout(Duration::from_secs(60));
    aws_config::defaults(BehaviorVersion::latest()).timeout_config(timeouts.build())
}

fn server(dynamodb: &aws_sdk_dynamodb::Client, table: &str, custodian: Custodian) -> Result<Server, Failure> {
    let outbound = Outbound::new().map_err(Failure::failed)?;
    Ok(Server::new(Store::new(dynamodb.clone(), table), custodian, outbound, Clock::System))
}

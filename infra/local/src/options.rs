//! What can be said on the command line.

use std::{
    net::{IpAddr, Ipv4Addr},
    path::{Path, PathBuf},
    str::FromStr,
};
use url::Url;

/// The whole authorization server on this machine, with a launcher, a sample app and a sample FHIR server.
#[derive(clap::Parser, Clone, Debug, Default)]
#[command(name = "admit-local", version, about)]
pub struct Options {
    /// Port; 0 takes a free one
    #[arg(long, default_value_t = 9000)]
    pub port: u16,

    /// Listen on this address of your own network, for phones in it, instead of on 127.0.0.1. Everybody in the network can
    /// then use this server and its sample passwords, and read what goes over the air
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<IpAddr>,

    /// Folder that keeps clients, grants and keys between runs
    #[arg(long, value_name = "DIR", default_value = "data")]
    pub data: PathBuf,

    /// Keep nothing: everything is gone when the server stops
    #[arg(long, conflicts_with_all = ["data", "dynamodb"])]
    pub in_memory: bool,

    /// Write the log to this file, as JSON lines, for `admit why`. With --data it is log.jsonl in that folder
    #[arg(long, value_name = "FILE")]
    pub log: Option<PathBuf>,

    /// A tenant file, or a folder of them; may be given several times. Without it, the two sample tenants
    #[arg(long, value_name = "FILE_OR_DIR")]
    pub tenants: Vec<PathBuf>,

    /// Put a real FHIR server behind this tenant's door, in place of the sample one; may be given for several tenants
    #[arg(long, value_name = "TENANT=URL")]
    pub fhir: Vec<ExternalFhir>,

    /// Add the audit trail to this file: FHIR AuditEvents, one a line. It names people, as the log does not
    #[arg(long, value_name = "FILE")]
    pub audit: Option<PathBuf>,

    /// A DynamoDB engine outside this process instead of the embedded one
    #[arg(long, value_name = "URL", conflicts_with = "data")]
    pub dynamodb: Option<String>,

    /// Keep new signing keys in KMS instead of in the table: an emulator's address, or AWS's own
    /// (https://kms.eu-central-1.amazonaws.com), with the credentials that the AWS tools would use. Keys in AWS cost money
    #[arg(long, value_name = "URL")]
    pub kms: Option<Url>,

    /// The symmetric KMS key that seals the keys of tenants with `signing_keys = "sealed"`
    #[arg(long, value_name = "KEY", requires = "kms")]
    pub sealing_key: Option<String>,
}

impl Options {
    /// The folder that keeps data, if one does.
    pub fn folder(&self) -> Option<&Path> {
        (!self.in_memory && self.dynamodb.is_none()).then_some(self.data.as_path())
    }

    pub fn log_file(&self) -> Option<PathBuf> {
        let file = self.log.clone().or_else(|| Some(self.folder()?.join("log.jsonl")))?;
        Some(std::path::absolute(&file).unwrap_or(file))
    }

    /// Where to listen. Every URL has this address in it, so it must be one that others can reach, and reach only from near.
    pub fn address(&self) -> Result<IpAddr, String> {
        let address = self.listen.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
        let near = match address {
            IpAddr::V4(ip) => ip.is_private() || ip.is_loopback(),
            IpAddr::V6(ip) => ip.is_unique_local() || ip.is_loopback(),
        };
        match near {
            true => Ok(address),
            false => {
                Err(format!("--listen {address}: take this machine's address in your own network, as in 192.168.1.20"))
            }
        }
    }

    /// Whether others than this machine can reach it.
    pub fn is_on_lan(&self) -> bool {
        self.listen.is_some_and(|address| !address.is_loopback())
    }
}

/// A tenant, and the base URL of the FHIR server that its tokens give access to.
#[derive(Clone, Debug)]
pub struct ExternalFhir {
    pub tenant: String,
    pub url: String,
}

impl FromStr for ExternalFhir {
    type Err = String;

    fn from_str(text: &str) -> Result<ExternalFhir, String> {
        let (tenant, url) = text.split_once('=').ok_or("TENANT=URL is expected")?;
        match Url::parse(url) {
            Ok(parsed) if matches!(parsed.scheme(), "http" | "https") && parsed.query().is_none() => {
                Ok(ExternalFhir { tenant: tenant.to_owned(), url: parsed.as_str().trim_end_matches('/').to_owned() })
            }
            _ => Err(format!("{url} is not the http:// or https:// address of a FHIR server")),
        }
    }
}

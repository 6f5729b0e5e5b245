//! What can be said on the command line.

use crate::engine::TABLE;
use admin::tenant_file::is_loopback;
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
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

    /// The address that browsers and apps know this server by, if it is another than where it listens: https:// of a tunnel or of
    /// a proxy that speaks TLS, or http://localhost, a name, where browsers know passkeys (with the port of --port unless it
    /// says another). Issuers, FHIR bases and redirect URIs are all below it
    #[arg(long, value_name = "URL")]
    pub public_url: Option<PublicUrl>,

    /// Folder that keeps clients, grants and keys between runs
    #[arg(long, value_name = "DIR", default_value = "data")]
    pub data: PathBuf,

    /// Keep nothing: everything is gone when the server stops. Its log is in a folder of its own until then, for `admit why`
    #[arg(long, conflicts_with_all = ["data", "dynamodb"])]
    pub in_memory: bool,

    /// Where a server without --data has its log while it runs, and says where it is; `main` makes it.
    #[arg(skip)]
    pub run_folder: Option<PathBuf>,

    /// Write the log to this file, as JSON lines, for `admit why`, instead of to log.jsonl in the folder of --data
    #[arg(long, value_name = "FILE")]
    pub log: Option<PathBuf>,

    /// A tenant file, or a folder of them; may be given several times. Without it, the three sample tenants
    #[arg(long, value_name = "FILE_OR_DIR")]
    pub tenants: Vec<PathBuf>,

    /// Put a real FHIR server behind this tenant's door, in place of the sample one; may be given for several tenants
    #[arg(long, value_name = "TENANT=URL")]
    pub fhir: Vec<ExternalFhir>,

    /// Add the audit trail to this file: FHIR AuditEvents, one a line. It names people, as the log does not
    #[arg(long, value_name = "FILE")]
    pub audit: Option<PathBuf>,

    /// A DynamoDB engine outside this process instead of the embedded one. Its table may be somebody's: the sample tenants, whose
    /// secrets everybody knows, are not put into it
    #[arg(long, value_name = "URL", conflicts_with = "data")]
    pub dynamodb: Option<String>,

    /// The table there [default: admit]
    #[arg(long, env = "ADMIT_TABLE", value_name = "NAME")]
    pub table: Option<String>,

    /// Keep new signing keys in KMS instead of in the table: an emulator's address, or AWS's own
    /// (https://kms.eu-central-1.amazonaws.com), with the credentials that the AWS tools would use. Keys in AWS cost money
    #[arg(long, value_name = "URL")]
    pub kms: Option<Url>,

    /// The symmetric KMS key that seals the keys of tenants with `signing_keys = "sealed"`
    #[arg(long, value_name = "KEY", requires = "kms")]
    pub sealing_key: Option<String>,
}

impl Options {
    /// Whether the folder of --data is in use.
    pub fn keeps_data(&self) -> bool {
        !self.in_memory && self.dynamodb.is_none()
    }

    /// What the table is called. The embedded engine has one alone.
    pub fn table(&self) -> &str {
        self.table.as_deref().filter(|_| self.dynamodb.is_some()).unwrap_or(TABLE)
    }

    /// The folder that the operator's command is told: that of the data, or that of this run.
    pub fn folder(&self) -> Option<&Path> {
        if self.keeps_data() { Some(self.data.as_path()) } else { self.run_folder.as_deref() }
    }

    /// What every address begins with, for a server that listens here.
    pub fn base(&self, listens: SocketAddr) -> String {
        self.public_url.as_ref().map_or_else(|| format!("http://{listens}"), |url| url.at_port(listens.port()))
    }

    /// Whether anybody beyond this machine may be able to come here.
    pub fn is_public(&self) -> bool {
        self.public_url.as_ref().is_some_and(|url| !is_loopback(&url.origin))
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

/// An origin: nothing after host and port, since every page and endpoint has its own path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    origin: String,
    has_port: bool,
}

impl PublicUrl {
    /// A name of this machine needs the port that is listened at; behind a proxy, the port of the scheme is meant.
    fn at_port(&self, port: u16) -> String {
        match !self.has_port && self.origin.starts_with("http:") {
            true => format!("{}:{port}", self.origin),
            false => self.origin.clone(),
        }
    }
}

impl FromStr for PublicUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<PublicUrl, String> {
        let url = Url::parse(text).map_err(|_| "an address as in https://abc.tunnel.example is expected".to_owned())?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err("https:// and a host are expected, or http://localhost".to_owned());
        }
        if url.scheme() == "http" && !is_loopback(url.as_str()) {
            return Err(
                "https:// is expected: plain http is for this machine (http://localhost), and for --listen".to_owned()
            );
        }
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
            return Err("nothing is expected after host and port: let the proxy send a whole host here".to_owned());
        }
        let has_port = url.port().is_some() || text.trim_end_matches('/').ends_with(":80");
        Ok(PublicUrl { origin: url.origin().ascii_serialization(), has_port })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_is_an_origin_and_localhost_takes_the_port_that_is_listened_at() {
        let base = |text: &str| text.parse::<PublicUrl>().map(|url| url.at_port(9000));
        for (text, whole) in [
            ("https://abc.tunnel.example", "https://abc.tunnel.example"),
            ("https://ABC.tunnel.example/", "https://abc.tunnel.example"),
            ("https://abc.tunnel.example:443", "https://abc.tunnel.example"),
            ("https://abc.tunnel.example:8443", "https://abc.tunnel.example:8443"),
            ("https://localhost", "https://localhost"),
            ("http://localhost", "http://localhost:9000"),
            ("http://localhost/", "http://localhost:9000"),
            ("http://localhost:80", "http://localhost"),
            ("http://localhost:8080", "http://localhost:8080"),
            ("http://127.0.0.1", "http://127.0.0.1:9000"),
        ] {
            assert_eq!(base(text).as_deref(), Ok(whole), "{text}");
        }
        for wrong in [
            "localhost",
            "localhost:9000",
            "http://abc.tunnel.example",
            "http://192.168.1.20",
            "https://abc.tunnel.example/admit",
            "https://abc.tunnel.example?x",
            "https://abc.tunnel.example#x",
            "https://me@abc.tunnel.example",
            "ftp://localhost",
            "",
        ] {
            assert!(base(wrong).is_err(), "{wrong}");
        }
    }
}

//! How a deployed function starts: the environment names the table, everything else is data in it.

use crate::{
    Clock, Server,
    audit::{Trail, key::InKms, sealed::Sealer},
    aws,
    keys::{make::KeyMaker, outbound::Outbound, signer::Custodian},
    store::Store,
};
use aws_config::SdkConfig;
use std::{env, error::Error, sync::Arc};

type Failure = Box<dyn Error + Send + Sync>;

/// What keeps the stack's keys as they should be.
pub struct KeyKeeper {
    pub maker: KeyMaker,
    pub audit_key: Option<InKms>,
}

impl Server {
    /// A function that signs nothing. It makes no client of KMS, and asks it nothing.
    pub async fn from_env() -> Result<Arc<Server>, Failure> {
        let config = begin().await;
        Ok(Arc::new(start(&config, Custodian::Nobody).await?))
    }

    /// A function that signs with the tenants' keys.
    pub async fn signing_from_env() -> Result<Arc<Server>, Failure> {
        let config = begin().await;
        let custodian = Custodian::Kms(aws::kms(&config));
        Ok(Arc::new(start(&config, custodian).await?))
    }

    /// The function that makes keys; it signs nothing with them.
    pub async fn keeping_keys_from_env() -> Result<(Arc<Server>, KeyKeeper), Failure> {
        let config = begin().await;
        let client = aws::kms(&config);
        let server = start(&config, Custodian::Nobody).await?;
        let audit_key = env::var("ADMIT_AUDIT_KEY").ok().map(|key| InKms { client: client.clone(), key });
        let (stack, sealing_key) = (env::var("ADMIT_STACK").ok(), env::var("ADMIT_SEALING_KEY").ok());
        let maker = KeyMaker::Kms { client, stack, sealing_key };
        Ok((Arc::new(server), KeyKeeper { maker, audit_key }))
    }
}

/// The log comes first: what goes wrong after it is said.
async fn begin() -> SdkConfig {
    crate::log::start();
    aws::config().await
}

async fn start(config: &SdkConfig, custodian: Custodian) -> Result<Server, Failure> {
    let table = env::var("ADMIT_TABLE").map_err(|_| "ADMIT_TABLE must name the DynamoDB table")?;
    let mut server = Server::new(Store::from_config(config, table), custodian, Outbound::default(), Clock::System);
    if has_audit_trail(env::var("ADMIT_AUDIT").ok().as_deref())? {
        server.audit = Trail::Sealed(Box::new(sealer(&server).await));
    }
    Ok(server)
}

/// A misspelt word stops the start: nobody would notice a trail that is not there.
fn has_audit_trail(word: Option<&str>) -> Result<bool, Failure> {
    match word {
        Some("sealed") => Ok(true),
        None | Some("" | "off") => Ok(false),
        Some(other) => Err(format!("ADMIT_AUDIT must be `sealed` or `off`, not `{other}`").into()),
    }
}

/// Nearly every request leaves an event. So its key is read now, and the connection stands before the first request comes.
async fn sealer(server: &Server) -> Sealer {
    let sealer = Sealer::new(server.store.clone());
    match server.store.audit_key(server.now()).await {
        Ok(Some(key)) => sealer.knowing(key.value),
        Ok(None) => sealer,
        Err(error) => {
            tracing::warn!(%error, "the key of the audit trail could not be read at the start");
            sealer
        }
    }
}

#[cfg(test)]
mod tests {
    use super::has_audit_trail;

    #[test]
    fn a_misspelt_audit_setting_stops_the_start() {
        assert!(has_audit_trail(Some("sealed")).unwrap());
        for off in [None, Some(""), Some("off")] {
            assert!(!has_audit_trail(off).unwrap(), "{off:?}");
        }
        for misspelt in ["Sealed", "seal", "on", "true", " sealed"] {
            assert!(has_audit_trail(Some(misspelt)).is_err(), "{misspelt}");
        }
    }
}

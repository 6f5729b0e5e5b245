//! A document from the table, or from its server, which is asked rarely however often we are.

use super::no_client::NoClient;
use crate::{
    Server, deadline,
    keys::outbound::{Beyond, DocumentAnswer, DocumentBody},
    store::{
        Commit, Key, StoreError, Write,
        schema::{self, DocumentFetch, FetchedDocument},
    },
};
use rules::{
    client::document::{
        address::DocumentAddress,
        freshness::{LAST_GOOD, PAUSE, Seek, Status, fresh_until, is_json, pause_of_host, status},
        read::read,
    },
    secret::SecretHash,
    tenant::TenantRecord,
    time::Timestamp,
};
use std::time::Duration;

pub struct Fetching<'a> {
    pub server: &'a Server,
    pub tenant: &'a TenantRecord,
    pub address: DocumentAddress<'a>,
    pub near: bool,
    pub now: Timestamp,
}

/// While another instance fetches the same document, it is looked for so often, and waited for so long each time.
const LOOKS: u32 = 6;
const BETWEEN_LOOKS: Duration = Duration::from_millis(150);

impl Fetching<'_> {
    /// The document that is good enough for this. `kept` is the copy in the table.
    pub async fn document(&self, kept: Option<FetchedDocument>, seek: Seek) -> Result<FetchedDocument, NoClient> {
        if let Some(kept) = kept.as_ref().filter(|kept| !kept.fresh_until.is_past(self.now)) {
            return Ok(kept.clone());
        }
        let last_good = kept.clone().filter(|_| seek == Seek::LastGood);
        if !self.is_first().await? {
            return match last_good {
                Some(kept) => Ok(kept),
                None => self.of_another_instance().await,
            };
        }
        if let Some(retry_after) = self.pause_of_host(kept.is_some()).await? {
            let why = "its host was asked for too many documents in this minute".to_owned();
            return last_good.ok_or(NoClient::NotNow { why, retry_after });
        }
        match self.fetch().await {
            Ok(fetched) => {
                self.keep(&fetched).await;
                Ok(fetched)
            }
            Err(NoClient::NotNow { why, retry_after }) => match last_good {
                Some(kept) => {
                    let (tenant, client_id) = (self.tenant.id.as_str(), self.address.as_str());
                    tracing::warn!(tenant, client_id, why, "the last good copy of a client's document is used");
                    Ok(kept)
                }
                None => Err(NoClient::NotNow { why, retry_after }),
            },
            Err(error) => {
                // What its server says is so: no later failure brings the old copy back.
                if let (NoClient::Document(_), Some(kept)) = (&error, kept) {
                    self.keep(&FetchedDocument { fresh_until: self.now.plus(-LAST_GOOD), ..kept }).await;
                }
                Err(error)
            }
        }
    }

    /// Of all who want it in this moment, one asks for it (CIMD-14).
    async fn is_first(&self) -> Result<bool, StoreError> {
        let (tenant, address) = (self.tenant.id.clone(), SecretHash::of(self.address.as_str()));
        let fetch = DocumentFetch { tenant, address, until: self.now.plus(PAUSE) };
        let write = Write::create_or_outlive(&fetch, self.now)?;
        Ok(self.server.store.commit(vec![write]).await? == Commit::Done)
    }

    /// What the instance that was first has got.
    async fn of_another_instance(&self) -> Result<FetchedDocument, NoClient> {
        let key = schema::fetched_document(&self.tenant.id, self.address.as_str());
        for _ in 0..LOOKS {
            tokio::time::sleep(BETWEEN_LOOKS).await;
            let found = self.server.store.find_together(std::slice::from_ref(&key), self.now).await?;
            if let Some(kept) = found.get::<FetchedDocument>(&key)?
                && !kept.fresh_until.is_past(self.now)
            {
                return Ok(kept.value);
            }
        }
        let why = "the document was asked for a moment ago, and nothing good came".to_owned();
        Err(NoClient::NotNow { why, retry_after: PAUSE })
    }

    /// Counted by the minute. Addresses that were good before have a count of their own, so that nobody keeps a host's real apps out by
    /// asking for addresses that they have made up.
    async fn pause_of_host(&self, is_known: bool) -> Result<Option<i64>, StoreError> {
        let minute = self.now.0.div_euclid(60);
        let counted = serde_json::json!(["documents of", self.address.host(), minute, is_known]).to_string();
        let key: Key = schema::failed_attempts(&self.tenant.id, &SecretHash::of(&counted));
        let before = self.server.store.count(&key, 1, self.now, self.now.plus(120)).await?;
        Ok(pause_of_host(before.count, self.now))
    }

    async fn fetch(&self) -> Result<FetchedDocument, NoClient> {
        let beyond = Beyond::of_client(self.tenant);
        let answer = self.server.outbound.client_document(self.address.as_str(), beyond).await;
        let answer = answer.map_err(|failed| match deadline::is_over() {
            true => NoClient::Store(deadline::OutOfTime.into()),
            false => NoClient::NotNow { why: format!("the client's document: {failed}"), retry_after: PAUSE },
        })?;
        let DocumentAnswer { status: code, content_type, max_age, body } = answer;
        let body = match (status(code), body) {
            (Status::Down, _) => {
                return Err(NoClient::NotNow { why: format!("the client's document: {code}"), retry_after: PAUSE });
            }
            (Status::NotHere, _) => {
                return Err(NoClient::Document(format!("the answer to the request for the document was {code}")));
            }
            (Status::Here, DocumentBody::Unread(why)) => return Err(NoClient::Document(why.to_owned())),
            (Status::Here, DocumentBody::Whole(_)) if !is_json(&content_type) => {
                return Err(NoClient::Document("the document's Content-Type is not JSON".to_owned()));
            }
            (Status::Here, DocumentBody::Whole(body)) => body,
        };
        let document = read(&body, self.address, self.near).map_err(|bad| NoClient::Document(bad.to_string()))?;
        Ok(FetchedDocument {
            tenant: self.tenant.id.clone(),
            address: SecretHash::of(self.address.as_str()),
            document,
            fresh_until: fresh_until(max_age, self.now),
        })
    }

    /// For the other instances, and for later. This request goes on without.
    async fn keep(&self, fetched: &FetchedDocument) {
        let written = match Write::overwrite(fetched) {
            Ok(write) => self.server.store.commit(vec![write]).await.map(drop),
            Err(error) => Err(error),
        };
        if let Err(error) = written {
            let (tenant, client_id) = (self.tenant.id.as_str(), self.address.as_str());
            tracing::warn!(tenant, client_id, %error, "a client's document could not be cached");
        }
    }
}

//! The pushed request that an interaction came of: used up in the commit that gives the app its answer, and by no page before
//! (RFC 9126 §7.3).

use super::visit::Visit;
use rules::{
    authorize::{interaction::Interaction, pushed::PushedRequest},
    grant::GrantId,
};
use server::store::{Item, StoreError, Write, schema};

/// The write that uses it up, if there is one. `grant` is that of a code which can be made again. Nothing is read for it: it must be there,
/// and not be used, however often it was opened.
pub async fn spend(
    visit: &Visit,
    interaction: &Interaction,
    grant: Option<&GrantId>,
) -> Result<Option<Write>, StoreError> {
    let Some(used) = PushedRequest::used_by(interaction) else { return Ok(None) };
    let used = match grant.filter(|_| !visit.is_kept) {
        // It has just been read.
        Some(grant) => match visit.item::<PushedRequest>(used.key()).await? {
            Some(push) => push.used_at_once(Some(grant), interaction.expires_at),
            None => used,
        },
        None => used,
    };
    Write::forward(&used, used.state.step()).map(Some)
}

/// What has become of it, after somebody else wrote first.
pub async fn state_now(visit: &Visit) -> Result<Option<PushedRequest>, StoreError> {
    let Some(id) = &visit.interaction.pushed else { return Ok(None) };
    let key = schema::pushed(&visit.tenant.id, id);
    let found = visit.server.store.find_together(std::slice::from_ref(&key), visit.now).await?;
    Ok(found.get::<PushedRequest>(&key)?.map(|found| found.value))
}

//! The person whom an EHR has brought along: they go on without a sign-in, and without a session of the browser's (VOUCH-7 to VOUCH-9).

use super::Visit;
use crate::http::session::{BrowserSession, vouched_today};
use axum::http::HeaderMap;
use rules::{
    authorize::{
        interaction::{SigningIn, Stage, VouchedPerson},
        vouched::needs_no_sign_in,
    },
    launch::Launch,
    signed_in::SignedIn,
};
use server::store::{StoreError, schema};

impl Visit {
    /// Whether this way is the vouched person's. Where it is not, or not any more, whoever comes signs in as ever, and the launch is for
    /// that person alone.
    pub(super) async fn goes_on_vouched(&mut self, headers: &HeaderMap) -> Result<bool, StoreError> {
        let Some(vouched) = self.interaction.vouched().cloned() else { return Ok(false) };
        match &self.interaction.stage {
            Stage::SigningIn(SigningIn::Nobody | SigningIn::Vouched { .. }) if !self.browser.is_of_before_sign_in() => {
            }
            Stage::Choosing(_) | Stage::Finished { .. } if self.interaction.goes_on_vouched().is_some() => {}
            _ => return Ok(false),
        }
        let Some(user) = self.vouched_person(&vouched).await? else {
            self.lost_session = Some(vouched.session);
            self.interaction.value.stage = self.interaction.stage.signed_out();
            return Ok(false);
        };
        let another = self.has_session_of_another(&user, headers)?;
        let interaction = &mut self.interaction.value;
        match &mut interaction.stage {
            Stage::Choosing(choosing) if choosing.user.opens_the_same_as(&user) => choosing.user = user,
            Stage::Choosing(_) => {
                self.person_changed = true;
                interaction.stage = Stage::signed_in(user, vouched.session);
            }
            Stage::SigningIn(_) if another => {
                let (user, session) = (Box::new(user), vouched.session);
                interaction.stage = Stage::SigningIn(SigningIn::Vouched { user, session });
            }
            Stage::SigningIn(_) => interaction.stage = Stage::signed_in(user, vouched.session),
            Stage::Finished { .. } => {}
        }
        self.browser.show_for(self.interaction.session().cloned());
        Ok(true)
    }

    /// As they are today, if they may go on. What the app asks of a sign-in was judged when they began to choose.
    async fn vouched_person(&mut self, vouched: &VouchedPerson) -> Result<Option<SignedIn>, StoreError> {
        if self.has_used_launch().await? {
            return Ok(None);
        }
        let Visit { server, tenant, known, interaction, now, .. } = self;
        let today = vouched_today(server, tenant, known, &vouched.user).await?;
        let fits = |user: &SignedIn| match &interaction.stage {
            Stage::SigningIn(_) => needs_no_sign_in(interaction, user, tenant, *now),
            Stage::Choosing(_) | Stage::Finished { .. } => true,
        };
        Ok(today.filter(fits))
    }

    /// Another browser has got its answer with this launch. Of the two, one was a thief's: nothing more is shown to this one in the person's
    /// name.
    async fn has_used_launch(&self) -> Result<bool, StoreError> {
        let pending = self.interaction.launch.as_ref().filter(|_| !self.interaction.is_finished());
        let Some(pending) = pending else { return Ok(false) };
        let launch = self.item::<Launch>(schema::launch(&self.tenant.id, &pending.handle)).await?;
        Ok(launch.is_none_or(|launch| launch.used))
    }

    /// Looked at, and not used: a session of somebody else stays as it is.
    fn has_session_of_another(&self, user: &SignedIn, headers: &HeaderMap) -> Result<bool, StoreError> {
        let session = BrowserSession::among(&self.known, &self.tenant, headers, self.now)?;
        let open = session.filter(|session| !session.is_idle);
        Ok(open.is_some_and(|session| session.user.sub != user.sub || session.user.provider != user.provider))
    }
}

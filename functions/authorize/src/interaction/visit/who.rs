//! Who is signed in at this visit, judged as of now.

use super::Visit;
use crate::http::session::{BrowserSession, user_today};
use axum::http::HeaderMap;
use rules::{
    authorize::{
        account::{Fit, fit},
        interaction::{Interaction, SigningIn, Stage},
        oidc_params::Prompt,
    },
    credentials::methods::could_be_more,
    tenant::TenantRecord,
    time::Timestamp,
};
use server::{
    Server,
    store::{StoreError, Together},
};

impl Visit {
    /// Who is signed in: the person who signed in on this way, while their session lives, or else the person whom the browser's
    /// session knows, where the request is content with that. Looking writes nothing into the interaction.
    pub(super) async fn look_who_it_is(&mut self, headers: &HeaderMap) -> Result<(), StoreError> {
        // Nobody but the person whom the portal named, and they sign in each time (HTI-12).
        if self.interaction.hti.is_some() {
            self.browser.show_for(self.interaction.session().cloned());
            return Ok(());
        }
        if self.goes_on_vouched(headers).await? {
            return Ok(());
        }
        let Visit { server, tenant, known, now, .. } = self;
        let session = BrowserSession::among(known, tenant, headers, *now)?;
        // A person who is past sign-in on this way is judged as of now: their password, their account, their provider may be
        // gone.
        let today = match (self.interaction.user(), &session) {
            (Some(was), Some(session)) => user_today(server, tenant, known, &session.item, was).await?,
            _ => None,
        };
        self.session = session;
        let session = self.session.as_ref().filter(|session| !session.is_idle);
        if session.is_none() {
            self.lost_session = BrowserSession::claimed(&self.tenant, headers).or(self.lost_session.take());
        }
        let interaction = &mut self.interaction.value;
        match (&mut interaction.stage, today) {
            // Whose records they may open is another question now: what they chose before answers it no more.
            (Stage::Choosing(choosing), Some(today)) if !choosing.user.opens_the_same_as(&today) => {
                self.person_changed = true;
                interaction.stage = Stage::signed_in(today, choosing.session.clone());
            }
            (Stage::Choosing(choosing), Some(today)) => choosing.user = today,
            (Stage::Choosing(choosing), None) => {
                self.lost_session = Some(choosing.session.clone());
                interaction.stage = interaction.stage.signed_out();
            }
            _ => {}
        }
        if let Some(own) = interaction.session()
            && session.is_none_or(|session| session.item.id != *own)
        {
            self.lost_session = Some(own.clone());
            interaction.stage = interaction.stage.signed_out();
        }
        if let (Some(session), Stage::SigningIn(_)) = (session, &interaction.stage)
            && !self.browser.is_of_before_sign_in()
            && let Some(stage) =
                adopted(interaction, session, &self.server, &self.tenant, &mut self.known, self.now).await?
        {
            interaction.stage = stage;
        }
        self.browser.show_for(interaction.session().cloned());
        Ok(())
    }
}

/// The stage at which the browser's session puts this interaction, if the request is content with whom it knows.
async fn adopted(
    interaction: &Interaction,
    session: &BrowserSession,
    server: &Server,
    tenant: &TenantRecord,
    known: &mut Together,
    now: Timestamp,
) -> Result<Option<Stage>, StoreError> {
    if fit(interaction, &session.user, now) == Fit::SignIn {
        return Ok(None);
    }
    // An app's wish for more than a session has is met where it can be: by signing in again, if a page may be shown.
    let asks_more = could_be_more(tenant, &session.user, &interaction.request.acr_values);
    if asks_more && !interaction.request.prompts(Prompt::None) {
        return Ok(None);
    }
    let Some(user) = session.user_today(server, tenant, known).await? else { return Ok(None) };
    let id = session.item.id.clone();
    // Judged again: their name or their own resource may be another today.
    Ok(match fit(interaction, &user, now) {
        Fit::SignIn => None,
        Fit::Ask => Some(Stage::SigningIn(SigningIn::Recognised { user: Box::new(user), session: id })),
        Fit::GoOn => Some(Stage::signed_in(user, id)),
    })
}

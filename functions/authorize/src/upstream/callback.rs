//! The browser comes back from an identity provider, with an answer that only this browser and this interaction can use,
//! once.

use super::{
    failure::NotSignedIn,
    hti, pages,
    start::{freshness, metadata},
};
use crate::{
    audit,
    http::{responses::see_other, signed_out},
    interaction::{sign_in::go_on_as, visit::Visit},
    steps::done,
};
use axum::{
    extract::{Path, State},
    http::{HeaderMap, Uri},
    response::{IntoResponse, Response},
};
use rules::{
    authorize::interaction::{Interaction, SignIns},
    identity_provider::{
        IdentityProvider, callback,
        request::{self, Trip},
        ways_in,
    },
    oauth::params::Params,
    signed_in::SignedIn,
};
use server::{
    Server,
    http::answer::Answer,
    store::{Commit, Write},
    upstream::SignInAt,
};
use std::sync::Arc;

/// `GET /{tenant}/authorize/callback/{provider}`: the browser comes back.
pub async fn callback(
    State(server): State<Arc<Server>>,
    Path((tenant, provider)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let params = Params::parse(uri.query().unwrap_or_default().as_bytes()).unwrap_or_default();
    let state = params.get("state").and_then(request::State::read);
    let interaction = state.as_ref().map_or("", |(_, interaction)| interaction);
    let mut visit = match Visit::find(server, &tenant, interaction, &headers).await {
        Ok(visit) => visit,
        Err(error) => return error.into_response(),
    };
    if visit.interaction.is_finished() {
        return done::page(&visit).await;
    }
    // In another tab somebody has signed in meanwhile; or this answer has come before.
    if !visit.must_sign_in() {
        return see_other(&visit.url);
    }
    let tenant = visit.tenant.clone();
    let trip = state.and_then(|(state, _)| Some((trip_of(&visit, &provider, &state)?, state)));
    let provider = ways_in::find(&tenant.identity_providers, &provider);
    let (Some((trip, state)), Some(provider)) = (trip, provider) else {
        return visit
            .context()
            .expired("the state was used, or is not of this provider or this sign-in")
            .into_response();
    };
    // The state is used up before anything else, so that whatever comes of this answer, it is the only one.
    match arrived(&mut visit).await {
        Ok(Commit::Done) => {}
        Ok(Commit::LostRace) => return see_other(&visit.url),
        Err(error) => return pages::trouble(&visit, provider, &error),
    }
    let judged = judge(&visit, provider, &trip, &state, &params).await;
    if let Some(launch) = visit.interaction.hti.clone() {
        return hti::arrive(&mut visit, &launch, provider, judged).await.among(&visit.parties()).into_response();
    }
    let answer = match judged {
        Ok(user) => match go_on_as(&visit, user).await {
            Ok(mut answer) => {
                if visit.browser.has_signed_out() {
                    signed_out::forget(&mut answer.response, &tenant);
                }
                answer
            }
            Err(refusal) => visit.refused(refusal),
        },
        Err(error) => Answer::deciding(pages::trouble(&visit, provider, &error), audit::not_signed_in(&provider.id)),
    };
    answer.among(&visit.parties()).into_response()
}

/// The departure that this answer belongs to: from this browser, to this provider, and not yet answered.
fn trip_of(visit: &Visit, provider: &str, state: &request::State) -> Option<Trip> {
    let trip = visit.interaction.sign_ins.at_provider.as_ref()?;
    (trip.provider == provider && trip.state.matches(state.expose())).then(|| trip.clone())
}

async fn arrived(visit: &mut Visit) -> Result<Commit, NotSignedIn> {
    let sign_ins = SignIns { at_provider: None, ..visit.interaction.sign_ins.clone() };
    let next = Interaction { sign_ins, ..visit.interaction.value.clone() };
    let commit = visit.server.store.commit(vec![Write::update(&visit.interaction, &next)?]).await?;
    visit.interaction = visit.interaction.updated(next);
    Ok(commit)
}

async fn judge(
    visit: &Visit,
    provider: &IdentityProvider,
    trip: &Trip,
    state: &request::State,
    params: &Params,
) -> Result<SignedIn, NotSignedIn> {
    let metadata = metadata(visit, provider).await?;
    let code = callback::read(params, provider, &metadata)?;
    let sign_in = SignInAt {
        server: &visit.server,
        tenant: &visit.tenant,
        provider,
        metadata: &metadata,
        fhir_servers: visit.fhir_servers(),
        asked_at: trip.began_at,
        freshness: trip.freshness.unwrap_or_else(|| freshness(visit)),
        now: visit.now,
    };
    let binding = visit.browser.binding(state);
    Ok(match &visit.interaction.hti {
        Some(launch) => sign_in.redeem_for(launch, &visit.interaction.request.aud, &code, &binding).await?,
        None => sign_in.redeem(&code, &binding).await?,
    })
}

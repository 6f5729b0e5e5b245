//! `GET /{tenant}/authorize/{interaction}`: the page of the next step. Looking changes nothing, so reloading is harmless.

use crate::{
    consent_page::consent,
    context_page::{context_picker, follow_links},
    manage,
    pages::{DonePage, Frame, SignInPage, session::ChooseAccountPage},
    picker_page::picker,
    proceed, provider, unasked,
    visit::Visit,
};
use axum::{
    extract::{Path, State},
    http::{HeaderMap, Uri},
    response::{IntoResponse, Response},
};
use shared::{
    authorize::{
        interaction::SignedIn,
        next_step::{NextStep, next_step},
    },
    oauth::params::Params,
    server::Server,
};
use std::sync::Arc;

pub async fn page(
    State(server): State<Arc<Server>>,
    Path((tenant, id)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let visit = match Visit::find(server, (&tenant, &id), &headers).await {
        Ok(visit) => visit,
        Err(error) => return error.into_response(),
    };
    if visit.interaction.finished {
        return done(&visit);
    }
    if let Some(response) = manage::takes_over(&visit, &visit.interaction) {
        return response;
    }
    match next_step(&visit.interaction) {
        NextStep::LogIn => provider::ways_in(&visit, uri.query()).await,
        NextStep::ChooseAccount(candidate) => choose_account(&visit, candidate),
        NextStep::PickPatient(reach) => {
            let query = Params::parse(uri.query().unwrap_or_default().as_bytes()).unwrap_or_default();
            picker(&visit, &reach, &query).await
        }
        NextStep::FollowLinks(person) => follow_links(&visit, person).await,
        NextStep::PickContext(wanted) => context_picker(&visit, &wanted).await,
        NextStep::AskConsent { user, offered, context } => match unasked::answered(&visit, &visit.interaction).await {
            Some(next) => proceed::proceed(&visit, next).await,
            None => consent(&visit, user, &offered, &context).await,
        },
        // A step without a page; the way on is the same as after a POST.
        NextStep::Finish(_) | NextStep::Refuse(_) => proceed::proceed(&visit, visit.interaction.value.clone()).await,
    }
}

pub fn done(visit: &Visit) -> Response {
    let stylesheet = visit.shell().stylesheet();
    let page = DonePage { frame: frame(visit, &stylesheet), client_name: &visit.client.client_name };
    visit.shell().page(&page, None)
}

pub fn frame<'a>(visit: &'a Visit, stylesheet: &'a str) -> Frame<'a> {
    visit.shell().frame(stylesheet)
}

pub fn sign_in(visit: &Visit) -> Response {
    let stylesheet = visit.shell().stylesheet();
    let page = SignInPage {
        frame: frame(visit, &stylesheet),
        client_name: &visit.client.client_name,
        action: &visit.url,
        csrf: &visit.browser.csrf(),
        username: visit.interaction.request.login_hint.as_deref().unwrap_or_default(),
        failed: visit.interaction.failed_sign_ins > 0,
        notice: None,
    };
    respond(visit, &page)
}

fn choose_account(visit: &Visit, candidate: &SignedIn) -> Response {
    let stylesheet = visit.shell().stylesheet();
    let page = ChooseAccountPage {
        frame: frame(visit, &stylesheet),
        client_name: &visit.client.client_name,
        user_name: &candidate.name,
        action: &visit.url,
        csrf: &visit.browser.csrf(),
    };
    respond(visit, &page)
}

pub fn respond(visit: &Visit, page: &impl askama::Template) -> Response {
    visit.shell().page(page, Some(&visit.interaction.request.redirect.redirect_uri))
}

//! `GET /{tenant}/authorize/{interaction}`: the page of the next step. Looking changes nothing, so reloading is harmless.

use crate::{
    consent_page::consent,
    context_page::{context_picker, follow_links},
    manage,
    pages::{
        DonePage, Frame, SignInPage,
        factors::{AppSetupPage, CodesPage, PasskeyForm, SecondFactorPage},
        qr,
        session::ChooseAccountPage,
    },
    picker_page::picker,
    proceed, provider,
    sign_in::passkeys,
    unasked,
    visit::Visit,
};
use axum::{
    extract::{Path, State},
    http::{HeaderMap, Uri},
    response::{IntoResponse, Response},
};
use rules::{
    authorize::{
        interaction::PasskeyTry,
        next_step::{NextStep, next_step},
        second_factor::{Asks, Pending},
    },
    credentials::{Credentials, passkey::RelyingParty},
    oauth::params::Params,
    signed_in::SignedIn,
};
use server::Server;
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
        NextStep::SecondFactor(pending) => second_factor(&visit, pending),
        NextStep::ChooseAccount(candidate) => choose_account(&visit, candidate),
        NextStep::PickPatient(reach) => {
            let query = Params::parse(uri.query().unwrap_or_default().as_bytes()).unwrap_or_default();
            picker(&visit, &reach, &query).await
        }
        NextStep::FollowLinks(person) => follow_links(&visit, person).await,
        NextStep::PickContext(wanted) => context_picker(&visit, &wanted).await,
        NextStep::AskConsent { user, offered, context } => {
            match unasked::answered_or_page(&visit, &visit.interaction).await {
                Some(next) => proceed::proceed(&visit, next).await,
                None => consent(&visit, user, &offered, &context).await,
            }
        }
        // A step without a page; the way on is the same as after a POST.
        NextStep::Finish(_) | NextStep::Refuse(_) => proceed::proceed(&visit, visit.interaction.value.clone()).await,
    }
}

pub fn done(visit: &Visit) -> Response {
    let stylesheet = visit.shell().stylesheet();
    let page = DonePage { frame: frame(visit, &stylesheet), client_name: &visit.client.client_name };
    visit.shell().page(&page, &[])
}

pub fn frame<'a>(visit: &'a Visit, stylesheet: &'a str) -> Frame<'a> {
    visit.shell().frame(stylesheet)
}

pub fn sign_in(visit: &Visit) -> Response {
    let (stylesheet, script) = (visit.shell().stylesheet(), visit.shell().script());
    let page = SignInPage {
        frame: frame(visit, &stylesheet),
        client_name: &visit.client.client_name,
        action: &visit.url,
        csrf: &visit.browser.csrf(),
        username: visit.interaction.request.login_hint.as_deref().unwrap_or_default(),
        failed: visit.interaction.failed_sign_ins > 0 && !visit.interaction.passkey.failed,
        notice: None,
        passkey: passkeys(visit).map(|rp| asks_for_passkey(visit, &rp, &script)),
    };
    respond_with_script(visit, &page, page.passkey.is_some())
}

fn second_factor(visit: &Visit, pending: &Pending) -> Response {
    let (stylesheet, script) = (visit.shell().stylesheet(), visit.shell().script());
    let (frame, action, csrf) = (frame(visit, &stylesheet), visit.url.as_str(), visit.browser.csrf());
    let (client_name, csrf, failed) = (visit.client.client_name.as_str(), csrf.as_str(), pending.failed);
    match &pending.asks {
        Asks::Prove { app, passkey } => {
            let rp = passkeys(visit).filter(|_| *passkey);
            let passkey = rp.map(|rp| asks_for_passkey(visit, &rp, &script));
            let page = SecondFactorPage { frame, client_name, action, csrf, app: *app, failed, passkey };
            respond_with_script(visit, &page, page.passkey.is_some())
        }
        Asks::Enrol(secret) => {
            let picture = qr::data_uri(&secret.uri(&visit.tenant.name, &pending.user.username));
            let passkey = passkeys(visit).map(|rp| asks_for_new_passkey(visit, &rp, &pending.user, &script));
            let (required, hidden, cancel, key) = (true, None, ("cancel", "yes"), secret.text());
            let page = AppSetupPage { frame, action, csrf, picture, key, failed, required, hidden, cancel, passkey };
            respond_with_script(visit, &page, page.passkey.is_some())
        }
        Asks::KeepCodes(salt) => {
            let codes = visit.browser.recovery_codes(salt);
            respond(visit, &CodesPage { frame, action, csrf, codes: &codes, kept: ("kept", "yes") })
        }
    }
}

fn asks_for_passkey<'a>(visit: &Visit, rp: &RelyingParty, script: &'a str) -> PasskeyForm<'a> {
    let PasskeyTry { challenge, failed } = &visit.interaction.passkey;
    PasskeyForm { ceremony: "get", options: rp.request_options(challenge).to_string(), failed: *failed, script }
}

fn asks_for_new_passkey<'a>(visit: &Visit, rp: &RelyingParty, user: &SignedIn, script: &'a str) -> PasskeyForm<'a> {
    let PasskeyTry { challenge, failed } = &visit.interaction.passkey;
    let nobody = Credentials::none_of_name(&visit.tenant.id, &user.username, &user.sub);
    let options = rp.creation_options(&visit.tenant.name, (&nobody, &user.name), challenge).to_string();
    PasskeyForm { ceremony: "create", options, failed: *failed, script }
}

fn respond_with_script(visit: &Visit, page: &impl askama::Template, script: bool) -> Response {
    if !script {
        return respond(visit, page);
    }
    visit.shell().page_with_script(page, &visit.leads_to())
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
    visit.shell().page(page, &visit.leads_to())
}

//! The launcher's hand at the sign-in: for one launch it fills in the form, or presses the button too, or agrees, for the person who
//! chose so in the launcher. It is a layer round the functions, which see a form as any browser sends it; a deployment has none.

mod cookie;
mod form;
mod lent;

pub use cookie::lend;
pub use lent::Help;

use crate::{
    html::{Element, elements},
    simulate::message::{self, Pairs, location, with_changed},
    tenant::LocalTenant,
};
use admin::tenant_file::Login;
use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderValue, Method, StatusCode, header, request::Parts},
    middleware::{self, Next},
    response::Response,
};
use form::{filled_in, form_with};
use lent::{Lent, Step};
use server::{Server, http::address::Address};
use std::{collections::HashMap, sync::Arc};
use tower::ServiceExt;
use url::form_urlencoded::Serializer;

pub struct Hand {
    server: Arc<Server>,
    tenants: HashMap<String, Arc<LocalTenant>>,
    lent: Lent,
    /// The functions, for forms: the layer lies round each of their routes, and none of those leads from a page to its form.
    routes: Router,
}

pub fn around(routes: Router, server: &Arc<Server>, tenants: &[Arc<LocalTenant>]) -> Router {
    let tenants = tenants.iter().map(|tenant| (tenant.file.id().to_owned(), tenant.clone())).collect();
    let hand = Hand { server: server.clone(), tenants, lent: Lent::default(), routes: routes.clone() };
    routes.layer(middleware::from_fn_with_state(Arc::new(hand), help))
}

async fn help(State(hand): State<Arc<Hand>>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let is_get = request.method() == Method::GET;
    match segments.as_slice() {
        [tenant, "authorize"] => match hand.tenants.get(*tenant) {
            Some(tenant) => begin(&hand, tenant, request, next).await,
            None => next.run(request).await,
        },
        [_, "authorize", id] if is_get => look(&hand, id, request, next).await,
        _ => next.run(request).await,
    }
}

/// The app's request. It uses up what was lent, even if it fails.
async fn begin(hand: &Hand, tenant: &LocalTenant, request: Request, next: Next) -> Response {
    let asks = matches!(*request.method(), Method::GET | Method::POST);
    let Some(help) = cookie::lent(request.headers()).filter(|_| asks) else { return next.run(request).await };
    let login = tenant.file.logins().into_iter().find(|login| login.username == help.user);
    let mut is_for_this_app = false;
    let request = with_changed(request, |pairs| {
        is_for_this_app = help.is_for(&pairs);
        if is_for_this_app { introduced(pairs, login.as_ref(), &help) } else { pairs }
    })
    .await;
    let mut response = next.run(request).await;
    let interactions = tenant.items.tenant.issuer.endpoint("authorize/");
    if let Some(id) = location(&response).and_then(|location| location.strip_prefix(&interactions))
        && is_for_this_app
    {
        let now = hand.server.now();
        hand.lent.put(id, help, login, now.plus(tenant.items.tenant.policy.interaction_seconds), now);
    }
    cookie::take_back(&mut response, tenant.file.id());
    response
}

/// The request says who is meant; and that they sign in, where they do so without a page, whoever is signed in at this browser.
fn introduced(mut pairs: Pairs, login: Option<&Login>, help: &Help) -> Pairs {
    let Some(login) = login else { return pairs };
    if pairs.iter().all(|(name, _)| name != "login_hint") {
        pairs.push(("login_hint".to_owned(), login.username.clone()));
    }
    if help.skip_sign_in {
        match pairs.iter_mut().find(|(name, _)| name == "prompt") {
            Some((_, prompt)) if prompt.split(' ').any(|value| matches!(value, "none" | "login")) => {}
            Some((_, prompt)) => *prompt = format!("login {prompt}"),
            None => pairs.push(("prompt".to_owned(), "login".to_owned())),
        }
    }
    pairs
}

/// A page on the way of this launch. Each step is done once: if it did not help, the person sees why.
async fn look(hand: &Hand, id: &str, request: Request, next: Next) -> Response {
    let now = hand.server.now();
    let Some(lent) = hand.lent.find(id, now) else { return next.run(request).await };
    let (parts, body) = request.into_parts();
    let asked = parts.clone();
    let response = next.run(Request::from_parts(parts, body)).await;
    if response.status() != StatusCode::OK {
        return response;
    }
    let cookies: Vec<HeaderValue> = response.headers().get_all(header::SET_COOKIE).iter().cloned().collect();
    let (page, with) = match message::html(response).await {
        Ok(read) => read,
        Err(response) => return response,
    };
    let found = elements(&page);
    if let (Some(form), Some(login)) = (form_with(&found, "password", None), &lent.login) {
        if lent.help.skip_sign_in && hand.lent.first(id, Step::SignIn) {
            let filled = filled_in(form, [("username", login.username.as_str()), ("password", &login.password)]);
            return submit(&hand.routes, asked, filled, cookies).await;
        }
        return with(prefilled(page, &form, login));
    }
    if let Some(form) = form_with(&found, "decision", Some("allow"))
        && lent.help.skip_consent
        && hand.lent.first(id, Step::Consent)
    {
        return submit(&hand.routes, asked, filled_in(form, [("decision", "allow")]), cookies).await;
    }
    with(page)
}

/// As the browser would send it, which has just shown the page.
async fn submit(routes: &Router, asked: Parts, form: Pairs, cookies: Vec<HeaderValue>) -> Response {
    let body = Serializer::new(String::new()).extend_pairs(form).finish();
    let mut post = Request::new(Body::from(body));
    *post.method_mut() = Method::POST;
    *post.uri_mut() = asked.uri;
    for name in [header::COOKIE, header::ACCEPT_LANGUAGE, header::USER_AGENT] {
        for value in asked.headers.get_all(&name) {
            post.headers_mut().append(&name, value.clone());
        }
    }
    post.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    if let Some(address) = asked.extensions.get::<Address>() {
        post.extensions_mut().insert(address.clone());
    }
    let Ok(mut response) = routes.clone().oneshot(post).await;
    for cookie in cookies {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// The password of the person whom the server has put into the form already, by `login_hint`.
fn prefilled(page: String, form: &[&Element], login: &Login) -> String {
    if !form.iter().any(|element| element.has("name", "username") && element.has("value", &login.username)) {
        return page;
    }
    let password = login.password.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
    page.replacen("name=\"password\"", &format!("name=\"password\" value=\"{password}\""), 1)
}

//! What goes back to the browser: pages with their headers, redirects, and errors that must not be redirected.

use super::{
    cookies,
    headers::{Place, Protection},
    origin::is_of_another_site,
};
use crate::{
    pages::{self, ErrorPage, Frame},
    texts::{Texts, choose_language},
};
use askama::Template;
use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use rules::{
    authorize::{
        answer,
        redirect_target::{NotRedirectable, RedirectTarget},
    },
    oauth::{
        error::{ErrorCode, OAuthError},
        refused::Refused,
    },
    secret::SecretHash,
    tenant::{Issuer, Language, TenantId, TenantRecord},
    time::Timestamp,
};
use server::{Server, clients::NoClient, http::responses::REFUSAL_HEADER, store::StoreError};
use std::sync::Arc;

/// 303, so that no browser ever repeats a POST with a password at the app (AUTHZ-14; RFC 9700 §4.12).
pub fn see_other(location: &str) -> Response {
    redirect(StatusCode::SEE_OTHER, location)
}

/// The browser sends there what it has sent here (RFC 9110 §15.4.8).
pub fn again(location: &str) -> Response {
    redirect(StatusCode::TEMPORARY_REDIRECT, location)
}

fn redirect(status: StatusCode, location: &str) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    match HeaderValue::from_str(location) {
        Ok(location) => headers.insert(header::LOCATION, location),
        Err(_) => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

pub fn redirect_with_error(tenant: &TenantRecord, target: &RedirectTarget, error: &OAuthError) -> Response {
    redirect_refused(tenant, target, Refused::of(error))
}

pub fn redirect_refused(tenant: &TenantRecord, target: &RedirectTarget, refused: Refused) -> Response {
    let location = answer::with_error(target, &tenant.issuer, refused.code, &refused.description());
    let mut response = see_other(&location);
    response.extensions_mut().insert(refused);
    response
}

/// A page that is shown instead of what was asked for, with the refusal that the log names.
pub fn with_refusal(mut response: Response, status: StatusCode, refused: Refused) -> Response {
    *response.status_mut() = status;
    if let Ok(id) = HeaderValue::from_str(&refused.id) {
        response.headers_mut().insert(REFUSAL_HEADER, id);
    }
    response.extensions_mut().insert(refused);
    response
}

/// The tenant of this path, or a page in the browser's language that says why there is none.
pub async fn tenant_of(
    server: &Server,
    name: &str,
    headers: &HeaderMap,
    now: Timestamp,
) -> Result<Arc<TenantRecord>, PageError> {
    let context = PageContext {
        name,
        t: Texts::of(choose_language(&[], accepted(headers), Language::default())),
        tenant: None,
        place: Place::ToAnApp,
    };
    match server.tenant(name, now).await {
        Ok(Some(tenant)) => Ok(tenant),
        Ok(None) => Err(context.error(StatusCode::NOT_FOUND, Texts::error_no_tenant, "unknown tenant")),
        Err(error) => Err(context.outage(&error)),
    }
}

/// What the browser says of its languages.
pub fn accepted(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok())
}

/// The tenant's look round every page, and the language that is spoken there.
#[derive(Clone, Copy)]
pub struct PageContext<'a> {
    /// The tenant as the path has it.
    name: &'a str,
    tenant: Option<&'a TenantRecord>,
    place: Place,
    pub t: Texts,
}

impl<'a> PageContext<'a> {
    /// In the tenant's own language. A person's own page is never in a frame: there somebody could be made to click on it unseen.
    pub fn of(tenant: &'a TenantRecord) -> PageContext<'a> {
        let t = Texts::of(tenant.pages.language);
        PageContext { name: tenant.id.as_str(), tenant: Some(tenant), place: Place::Own, t }
    }

    /// The same for a page on the way to an app: an EHR of the tenant may have it in its frame (LCTX-10).
    pub fn on_the_way(tenant: &'a TenantRecord) -> PageContext<'a> {
        PageContext { place: Place::ToAnAppInAFrame, ..PageContext::of(tenant) }
    }

    /// The page to sign out: an app may open it as a pop-up, and it is in no frame, as a person's own pages.
    pub fn signing_out(tenant: &'a TenantRecord) -> PageContext<'a> {
        PageContext { place: Place::ToAnApp, ..PageContext::of(tenant) }
    }

    /// In the language of the person: as the app says, or as their browser says.
    #[must_use]
    pub fn speaking(self, ui_locales: &[String], headers: &HeaderMap) -> PageContext<'a> {
        let own = self.t.language();
        PageContext { t: Texts::of(choose_language(ui_locales, accepted(headers), own)), ..self }
    }

    #[must_use]
    pub fn with(self, t: Texts) -> PageContext<'a> {
        PageContext { t, ..self }
    }

    pub fn stylesheet(&self) -> String {
        match self.tenant {
            Some(tenant) => {
                let hash: String = SecretHash::of(&pages::stylesheet(tenant)).as_str().chars().take(12).collect();
                format!("{}?v={hash}", path_of(&tenant.issuer, "authorize/style.css"))
            }
            None => {
                TenantId::parse(self.name).map(|_| format!("/{}/authorize/style.css", self.name)).unwrap_or_default()
            }
        }
    }

    /// The path of a page or file of this tenant.
    pub fn path_of(&self, endpoint: &str) -> String {
        self.tenant.map(|tenant| path_of(&tenant.issuer, endpoint)).unwrap_or_default()
    }

    pub fn frame(&self, stylesheet: &'a str) -> Frame<'a> {
        Frame {
            tenant_name: self.tenant.map_or("Admit", |tenant| &tenant.name),
            pages: self.tenant.map(|tenant| &tenant.pages),
            stylesheet,
            t: self.t,
        }
    }

    pub fn page(&self, page: &impl Template) -> Response {
        self.page_with_image(page, None)
    }

    /// A page that shows one picture more than the tenant's logo: the app's.
    pub fn page_with_image(&self, page: &impl Template, image: Option<&str>) -> Response {
        self.render(page, Protection { image, ..self.protection() })
    }

    /// A page with the one script there is.
    pub fn page_with_script(&self, page: &impl Template) -> Response {
        self.render(page, Protection { script: true, ..self.protection() })
    }

    fn render(&self, page: &impl Template, protection: Protection<'_>) -> Response {
        let Ok(html) = page.render() else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
        let mut response = Response::new(Body::from(html));
        protection.put_on(&mut response);
        response
    }

    /// Its URL changes with its content, as the stylesheet's does.
    pub fn script(&self) -> String {
        let hash: String = SecretHash::of(pages::SCRIPT).as_str().chars().take(12).collect();
        self.tenant.map(|tenant| path_of(&tenant.issuer, &format!("authorize/passkey.js?v={hash}"))).unwrap_or_default()
    }

    fn protection(&self) -> Protection<'a> {
        let pages = self.tenant.map(|tenant| &tenant.pages);
        Protection { pages, place: self.place, ..Protection::default() }
    }

    pub fn bad_request(&self, detail: &str) -> PageError {
        self.error(StatusCode::BAD_REQUEST, Texts::error_unreadable, detail)
    }

    pub fn too_large(&self, detail: &str) -> PageError {
        self.error(StatusCode::PAYLOAD_TOO_LARGE, Texts::error_unreadable, detail)
    }

    pub fn not_redirectable(&self, error: NotRedirectable) -> PageError {
        self.error(StatusCode::BAD_REQUEST, |t| t.not_redirectable(error), &error.to_string())
    }

    /// Refuses the form that a page of another site sent.
    pub fn own_form(&self, headers: &HeaderMap, issuer: &Issuer) -> Result<(), PageError> {
        match is_of_another_site(headers, issuer) {
            true => Err(self.expired("the form comes from another site")),
            false => Ok(()),
        }
    }

    pub fn expired(&self, detail: &str) -> PageError {
        self.error(StatusCode::BAD_REQUEST, Texts::error_expired, detail)
    }

    /// There is no pushed request of this name, or not for this app.
    pub fn no_such_push(&self, detail: &str) -> PageError {
        self.error(StatusCode::BAD_REQUEST, Texts::error_push_over, detail)
    }

    /// The app has had its answer to it.
    pub fn used_push(&self) -> PageError {
        self.error(StatusCode::BAD_REQUEST, Texts::error_push_used, "the pushed request was used before")
    }

    /// There is no page of this way for a browser that shows no cookie of it: it keeps none, or it is another one.
    pub fn stranger(&self, headers: &HeaderMap, tenant: &TenantRecord) -> PageError {
        if cookies::has_any_of_ours(headers, tenant) {
            return self.expired("the browser is not the one that began");
        }
        let words = ErrorWords { what_happened: Texts::error_no_cookie, what_to_do: Texts::error_allow_cookies };
        self.error_in(StatusCode::BAD_REQUEST, "invalid_request", &words, "the browser sent no cookie")
    }

    pub fn outage(&self, error: &StoreError) -> PageError {
        let status = match error {
            StoreError::Throttled | StoreError::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            StoreError::Unreadable(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        self.error(status, Texts::error_outage, &error.to_string())
    }

    /// The app is none, or its document is not to be had: nothing to redirect to (AUTHZ-4).
    pub fn no_client(&self, error: NoClient) -> PageError {
        match error {
            NoClient::Store(error) => self.outage(&error),
            NoClient::NotTaken(why) | NoClient::Document(why) => {
                let words =
                    ErrorWords { what_happened: Texts::error_client_document, what_to_do: Texts::error_start_again };
                self.error_in(StatusCode::BAD_REQUEST, "invalid_client", &words, &why)
            }
            NoClient::NotNow { why, retry_after } => {
                let status = StatusCode::SERVICE_UNAVAILABLE;
                let PageError(mut page) = self.error(status, Texts::error_client_document_now, &why);
                page.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(retry_after.max(1)));
                PageError(page)
            }
        }
    }

    /// An unregistered app asked for what it can't have. The browser is not sent to an address that the app has named itself.
    pub fn unregistered(&self, error: &OAuthError) -> PageError {
        let detail = format!("{} {}", error.description, error.detail);
        match error.status() {
            429 => return self.too_soon(error),
            500.. => return self.error(StatusCode::SERVICE_UNAVAILABLE, Texts::error_outage, &detail),
            _ => {}
        }
        let words = ErrorWords { what_happened: Texts::error_app_request, what_to_do: Texts::error_start_again };
        self.error_in(StatusCode::BAD_REQUEST, error.code.as_str(), &words, &detail)
    }

    /// Too many wrong passwords, or too many requests for the table: nothing is lost, it is just not yet time.
    pub fn too_soon(&self, error: &OAuthError) -> PageError {
        let PageError(mut page) = self.error(StatusCode::TOO_MANY_REQUESTS, Texts::error_too_many, &error.detail);
        page.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(error.retry_after.max(1)));
        PageError(page)
    }

    /// The page of an error: what happened, in the reader's language, and the detail for the log.
    pub fn error(&self, status: StatusCode, what_happened: impl Fn(Texts) -> &'static str, detail: &str) -> PageError {
        let (code, what_to_do): (_, Words) = match status {
            StatusCode::TOO_MANY_REQUESTS => ("temporarily_unavailable", |t| t.error_wait_minutes()),
            StatusCode::INTERNAL_SERVER_ERROR => ("server_error", |t| t.error_start_again()),
            _ if status.is_server_error() => ("temporarily_unavailable", |t| t.error_wait()),
            _ => ("invalid_request", |t| t.error_start_again()),
        };
        self.error_in(status, code, &ErrorWords { what_happened, what_to_do }, detail)
    }

    fn error_in(
        &self,
        status: StatusCode,
        code: &'static str,
        words: &ErrorWords<impl Fn(Texts) -> &'static str>,
        detail: &str,
    ) -> PageError {
        let ErrorWords { what_happened, what_to_do } = words;
        let refused = refused(code, what_happened(Texts::of(Language::En)), detail);
        let t = self.t;
        let stylesheet = self.stylesheet();
        let page = ErrorPage {
            frame: self.frame(&stylesheet),
            heading: t.error_title(),
            what_happened: what_happened(t),
            what_to_do: what_to_do(t),
            reference: &refused.id,
        };
        let mut response = self.page(&page);
        *response.status_mut() = status;
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
        }
        if let Ok(id) = HeaderValue::from_str(&refused.id) {
            response.headers_mut().insert(REFUSAL_HEADER, id);
        }
        response.extensions_mut().insert(refused);
        PageError(Box::new(response))
    }
}

type Words = fn(Texts) -> &'static str;

/// What a page of an error says.
struct ErrorWords<F> {
    what_happened: F,
    what_to_do: Words,
}

/// What the log says: it is English whatever the page speaks.
fn refused(code: &'static str, what_happened: &str, detail: &str) -> Refused {
    let error = OAuthError::new(ErrorCode::InvalidRequest, what_happened.replace('’', "'")).because(detail);
    Refused { code, ..Refused::of(&error) }
}

/// The path of an endpoint of this issuer, without its origin.
fn path_of(issuer: &Issuer, endpoint: &str) -> String {
    let origin = issuer.origin();
    let url = issuer.endpoint(endpoint);
    url.strip_prefix(&origin).map(str::to_owned).unwrap_or(url)
}

/// An error that only the person in front of the browser may see (AUTHZ-4).
pub struct PageError(Box<Response>);

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        *self.0
    }
}

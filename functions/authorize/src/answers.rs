//! What goes back to the browser: pages with their headers, redirects, and errors that must not be redirected.

use crate::pages::{self, ErrorPage, Frame};
use askama::Template;
use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use shared::{
    authorize::{
        answer,
        redirect_target::{NotRedirectable, RedirectTarget},
    },
    keys::TenantRecord,
    oauth::{
        answer::{REFUSAL_HEADER, Refused},
        error::OAuthError,
    },
    secret::SecretHash,
    store::StoreError,
    tenant::Issuer,
};

/// 303, so that no browser ever repeats a POST with a password at the app (AUTHZ-14; RFC 9700 §4.12).
pub fn see_other(location: &str) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
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
    let refused = Refused::of(error);
    let mut response = see_other(&answer::with_error(target, &tenant.issuer, &refused));
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

/// The tenant's look round every page.
#[derive(Clone, Copy)]
pub struct Shell<'a> {
    tenant: &'a TenantRecord,
}

impl<'a> Shell<'a> {
    pub fn of(tenant: &'a TenantRecord) -> Shell<'a> {
        Shell { tenant }
    }

    pub fn stylesheet(&self) -> String {
        let hash: String = SecretHash::of(pages::STYLESHEET).as_str().chars().take(12).collect();
        format!("{}?v={hash}", path_of(&self.tenant.issuer, "authorize/style.css"))
    }

    /// `redirect_uri` is where the form on this page will lead in the end: browsers hold redirects after a POST to
    /// `form-action` too.
    pub fn page(&self, page: &impl Template, redirect_uri: Option<&str>) -> Response {
        let Ok(html) = page.render() else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
        let mut response = Response::new(Body::from(html));
        secure(&mut response, redirect_uri);
        response
    }

    pub fn bad_request(&self, detail: &str) -> PageError {
        self.error(StatusCode::BAD_REQUEST, "The app's request can't be read.", detail)
    }

    pub fn not_redirectable(&self, error: &NotRedirectable) -> PageError {
        self.error(StatusCode::BAD_REQUEST, error.what_happened, error.detail)
    }

    pub fn expired(&self, detail: &str) -> PageError {
        self.error(
            StatusCode::BAD_REQUEST,
            "This sign-in is no longer valid: it took too long, or was begun elsewhere.",
            detail,
        )
    }

    pub fn outage(&self, error: &StoreError) -> PageError {
        self.error(StatusCode::SERVICE_UNAVAILABLE, "The server can't answer at the moment.", &error.to_string())
    }

    fn error(&self, status: StatusCode, what_happened: &str, detail: &str) -> PageError {
        let code = if status.is_server_error() { "temporarily_unavailable" } else { "invalid_request" };
        PageError {
            status,
            refused: refused(code, what_happened, detail),
            tenant_name: self.tenant.name.clone(),
            stylesheet: self.stylesheet(),
        }
    }
}

fn refused(code: &'static str, what_happened: &str, detail: &str) -> Refused {
    use shared::oauth::error::ErrorCode;
    let error = OAuthError::new(ErrorCode::InvalidRequest, what_happened).because(detail);
    Refused { code, ..Refused::of(&error) }
}

/// The path of an endpoint of this issuer, without its origin.
fn path_of(issuer: &Issuer, endpoint: &str) -> String {
    let origin = issuer.origin();
    let url = issuer.endpoint(endpoint);
    url.strip_prefix(&origin).map(str::to_owned).unwrap_or(url)
}

/// An error that only the person in front of the browser may see (AUTHZ-4).
pub struct PageError {
    status: StatusCode,
    refused: Refused,
    tenant_name: String,
    stylesheet: String,
}

impl PageError {
    pub fn unknown_tenant() -> PageError {
        PageError {
            status: StatusCode::NOT_FOUND,
            refused: refused("invalid_request", "There is no such sign-in page.", "unknown tenant"),
            tenant_name: "Admit".to_owned(),
            stylesheet: String::new(),
        }
    }
}

impl From<StoreError> for PageError {
    /// The tenant itself could not be read.
    fn from(error: StoreError) -> PageError {
        PageError {
            status: StatusCode::SERVICE_UNAVAILABLE,
            refused: refused("temporarily_unavailable", "The server can't answer at the moment.", &error.to_string()),
            ..PageError::unknown_tenant()
        }
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let what_to_do = if self.status.is_server_error() {
            "Please try again in a moment."
        } else {
            "Go back to the app and start again. If it happens again, tell the people who run the app, with the reference below."
        };
        let page = ErrorPage {
            frame: Frame { tenant_name: &self.tenant_name, stylesheet: &self.stylesheet, lang: "en" },
            heading: "We can't continue",
            what_happened: &self.refused.description,
            what_to_do,
            reference: &self.refused.id,
        };
        let mut response = Response::new(Body::from(page.render().unwrap_or_default()));
        *response.status_mut() = self.status;
        secure(&mut response, None);
        if let Ok(id) = HeaderValue::from_str(&self.refused.id) {
            response.headers_mut().insert(REFUSAL_HEADER, id);
        }
        response.extensions_mut().insert(self.refused);
        response
    }
}

/// No script, no frame, nothing from elsewhere, nothing kept (AUTHZ-15).
fn secure(response: &mut Response, redirect_uri: Option<&str>) {
    let after_post = redirect_uri.map(form_action_source).unwrap_or_default();
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src 'self' data: https:; form-action 'self'{after_post}; \
         frame-ancestors 'none'; base-uri 'none'"
    );
    let headers = response.headers_mut();
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
}

/// The origin of a web app, or the scheme of a native one.
fn form_action_source(redirect_uri: &str) -> String {
    let Some((scheme, rest)) = redirect_uri.split_once(':') else { return String::new() };
    match rest.strip_prefix("//") {
        Some(rest) => {
            let authority = rest.split(['/', '?']).next().unwrap_or_default();
            format!(" {scheme}://{authority}")
        }
        None => format!(" {scheme}:"),
    }
}

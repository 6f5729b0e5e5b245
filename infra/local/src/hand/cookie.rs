//! What the launcher lends, kept by the browser until its next authorization request at that tenant.

use super::lent::Help;
use crate::site::query;
use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use rules::oauth::params::Params;

const NAME: &str = "admit-hand";
const SECONDS: u32 = 600;

pub fn lent(headers: &HeaderMap) -> Option<Help> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let (_, value) = pairs.find(|(name, value)| *name == NAME && !value.is_empty())?;
    let params = Params::parse(value.as_bytes()).ok()?;
    Some(Help {
        client_id: params.get("app").map(str::to_owned),
        user: params.get("user").unwrap_or_default().to_owned(),
        skip_sign_in: params.has("sign_in"),
        skip_consent: params.has("consent"),
    })
}

/// The path binds it to the tenant, and keeps it from every other request.
pub fn lend(response: &mut Response, tenant: &str, help: &Help) {
    let flag = |is_set: bool| if is_set { "skip" } else { "" };
    let members = [
        ("app", help.client_id.as_deref().unwrap_or_default()),
        ("user", &help.user),
        ("sign_in", flag(help.skip_sign_in)),
        ("consent", flag(help.skip_consent)),
    ];
    put(response, tenant, &query(members.into_iter().filter(|(_, value)| !value.is_empty())), SECONDS);
}

pub fn take_back(response: &mut Response, tenant: &str) {
    put(response, tenant, "", 0);
}

fn put(response: &mut Response, tenant: &str, value: &str, seconds: u32) {
    let cookie = format!("{NAME}={value}; Path=/{tenant}/authorize; HttpOnly; SameSite=Lax; Max-Age={seconds}");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    #[test]
    fn what_is_lent_survives_its_cookie() {
        let help = Help {
            client_id: Some("an app; of=mine&more".into()),
            user: "amy é".into(),
            skip_sign_in: true,
            skip_consent: false,
        };
        for help in [help, Help { user: "amy".into(), skip_consent: true, ..Help::default() }] {
            let mut response = Response::new(Body::empty());
            lend(&mut response, "home", &help);
            let set = response.headers()[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
            let headers =
                HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(&format!("a=b; {set}")).unwrap())]);
            assert_eq!(lent(&headers), Some(help));
        }
        assert_eq!(lent(&HeaderMap::new()), None);
    }
}

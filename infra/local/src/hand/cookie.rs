//! What the launcher lends, kept by the browser until its next authorization request at that tenant.

use super::lent::Help;
use crate::site::{cookie, query, set_for_authorize};
use axum::{http::HeaderMap, response::Response};
use rules::oauth::params::Params;

const NAME: &str = "admit-hand";

pub fn lent(headers: &HeaderMap) -> Option<Help> {
    let params = Params::parse(cookie(headers, NAME)?.as_bytes()).ok()?;
    Some(Help {
        client_id: params.get("app").map(str::to_owned),
        user: params.get("user").unwrap_or_default().to_owned(),
        skip_sign_in: params.has("sign_in"),
        skip_consent: params.has("consent"),
    })
}

pub fn lend(response: &mut Response, tenant: &str, help: &Help) {
    let flag = |is_set: bool| if is_set { "skip" } else { "" };
    let members = [
        ("app", help.client_id.as_deref().unwrap_or_default()),
        ("user", &help.user),
        ("sign_in", flag(help.skip_sign_in)),
        ("consent", flag(help.skip_consent)),
    ];
    let value = query(members.into_iter().filter(|(_, value)| !value.is_empty()));
    set_for_authorize(response, tenant, NAME, Some(&value));
}

pub fn take_back(response: &mut Response, tenant: &str) {
    set_for_authorize(response, tenant, NAME, None);
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{
        body::Body,
        http::{HeaderValue, header},
    };

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

//! Where a person meets a simulated problem, the page says that it is one.

use super::{
    Problem,
    message::{self, location},
};
use axum::{
    http::{HeaderValue, header},
    response::Response,
};
use url::Url;

/// Before everything else on a page of HTML.
pub async fn on_page(problem: Problem, response: Response) -> Response {
    match message::html(response).await {
        Ok((page, with)) => with(page.replacen("<body>", &format!("<body>\n{}", banner(problem)), 1)),
        Err(response) => response,
    }
}

/// In the sign-in pages' own look, which knows this class.
fn banner(problem: Problem) -> String {
    format!(
        "<div class=\"notice caution\" id=\"simulated\" role=\"status\"><p><strong>Simulated:</strong> <code>{}</code>. {} \
         You chose this problem in the launcher. Nothing is broken.</p></div>",
        problem.as_str(),
        problem.sentence()
    )
}

/// An error that goes to the app by way of the browser says so in its description, since the app sees no header of a redirect.
pub fn in_redirect(mut response: Response) -> Response {
    if let Some(location) = location(&response).and_then(described).and_then(|url| HeaderValue::from_str(&url).ok()) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

fn described(location: &str) -> Option<String> {
    let mut url = Url::parse(location).ok()?;
    let mut pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    if pairs.iter().all(|(name, _)| name != "error") {
        return None;
    }
    let (_, description) = pairs.iter_mut().find(|(name, _)| name == "error_description")?;
    description.push_str(" (simulated)");
    url.query_pairs_mut().clear().extend_pairs(pairs);
    Some(url.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_in_a_redirect_says_that_it_is_simulated_and_a_code_says_nothing() {
        let error = "https://app.example/cb?own=1&error=invalid_scope&error_description=no+scope&state=a%26b&iss=x";
        let told = described(error).unwrap();
        assert!(told.contains("error_description=no+scope+%28simulated%29&state=a%26b"), "{told}");
        assert!(told.starts_with("https://app.example/cb?own=1&error=invalid_scope"), "{told}");
        assert_eq!(described("https://app.example/cb?code=x&state=y"), None);
        assert_eq!(described("/riverside/authorize/x"), None);
    }
}

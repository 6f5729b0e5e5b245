//! The parameters of a request, decoded once (RFC 6749 §3.1).

use rules::oauth::params::{Malformed, Params};

fn params(text: &str) -> Params {
    Params::parse(text.as_bytes()).unwrap()
}

fn many(count: usize) -> String {
    (0..count).map(|number| format!("p{number}=x&")).collect()
}

#[test]
fn names_and_values_are_decoded_and_kept_in_order() {
    let params = params("&b=1%2B1&&a=x+y=z&only%20a+name&=nameless&");
    let pairs: Vec<_> = params.iter().collect();
    assert_eq!(pairs, [("b", "1+1"), ("a", "x y=z"), ("", "nameless")]);
    assert_eq!((params.get("a"), params.get("only a name"), params.get("c")), (Some("x y=z"), None, None));
    assert!(params.has("a") && !params.has("only a name") && !params.has("c"));
}

/// The boxes of a page.
#[test]
fn one_name_may_have_several_values_where_that_is_asked_for() {
    let params = params("scope=a&other=x&scope=&scope=b");
    assert_eq!(params.all("scope").collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(params.all("none").count(), 0);
}

#[test]
fn a_repetition_is_told_by_name_whether_or_not_it_says_something() {
    let params = params("a=1&b=2&c=3&b=");
    assert!(params.is_repeated("b") && !params.is_repeated("a") && !params.is_repeated("none"));
    assert_eq!(params.repeated(), Some("b"));
}

#[test]
fn a_request_has_at_most_two_hundred_parameters_and_a_page_four_thousand() {
    let count = |parsed: Result<Params, Malformed>| parsed.map(|params| params.iter().count());
    assert_eq!(count(Params::parse(many(200).as_bytes())), Ok(200));
    assert_eq!(count(Params::parse(many(201).as_bytes())), Err(Malformed::TooMany));
    assert_eq!(count(Params::parse_page(many(4000).as_bytes())), Ok(4000));
    assert_eq!(count(Params::parse_page(many(4001).as_bytes())), Err(Malformed::TooMany));
}

//! The id under which the gateway follows a request, so that an app's developer and an operator speak of the same one.

use axum::http::HeaderMap;

/// Names the trace in every answer.
pub const TRACE_HEADER: &str = "admit-trace";

/// What the gateway says (`X-Amzn-Trace-Id: Root=…`), or else what the caller says (W3C Trace Context, `traceparent`). Only
/// the id, and only in its form: nothing else that a stranger writes gets into a log.
pub fn id(headers: &HeaderMap) -> Option<String> {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    of_gateway(header("x-amzn-trace-id").unwrap_or_default()).or_else(|| of_caller(header("traceparent")?))
}

fn of_gateway(header: &str) -> Option<String> {
    let root = header.split(';').find_map(|part| part.trim().strip_prefix("Root="))?;
    let mut parts = root.split('-');
    let (version, time, random) = (parts.next()?, parts.next()?, parts.next()?);
    let good = version == "1" && is_hex(time, 8) && is_hex(random, 24) && parts.next().is_none();
    good.then(|| root.to_owned())
}

fn of_caller(header: &str) -> Option<String> {
    let mut parts = header.split('-');
    let (version, id, parent) = (parts.next()?, parts.next()?, parts.next()?);
    let good = is_hex(version, 2) && is_hex(id, 32) && is_hex(parent, 16) && id.bytes().any(|byte| byte != b'0');
    good.then(|| id.to_owned())
}

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &'static str, value: &str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap());
        id(&headers)
    }

    #[test]
    fn the_id_is_taken_out_of_either_header() {
        let root = "1-5bef4de7-ad49b0e87f6ef6c87fc2e700";
        let header = format!("Self=1-1-1;Root={root};Sampled=1");
        assert_eq!(of("x-amzn-trace-id", &header).as_deref(), Some(root));
        let id = "4bf92f3577b34da6a3ce929d0e0e4736";
        assert_eq!(of("traceparent", &format!("00-{id}-00f067aa0ba902b7-01")).as_deref(), Some(id));
    }

    #[test]
    fn what_has_not_its_form_is_dropped() {
        for (name, value) in [
            ("x-amzn-trace-id", "Root=1-amy-shaw"),
            ("x-amzn-trace-id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700-more"),
            ("traceparent", "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"),
            ("traceparent", "00-00000000000000000000000000000000-00f067aa0ba902b7-01"),
            ("traceparent", "a secret"),
        ] {
            assert_eq!(of(name, value), None, "{value}");
        }
    }
}

//! Narrower scopes than the app requests. The function gets these, so that the token has no others.

/// Half of the resource scopes; of a single one, a part.
pub fn narrower(scope: &str) -> String {
    let is_resource = |scope: &&str| ["patient/", "user/", "system/"].iter().any(|level| scope.starts_with(level));
    let resources = scope.split(' ').filter(is_resource).count();
    let mut seen = 0;
    let fewer = scope.split(' ').filter_map(|scope| {
        if !is_resource(&scope) {
            return Some(scope.to_owned());
        }
        seen += 1;
        match resources {
            1 => Some(part(scope)),
            many => (seen <= many / 2).then(|| scope.to_owned()),
        }
    });
    fewer.collect::<Vec<_>>().join(" ")
}

pub fn without_refresh(scope: &str) -> String {
    let rest = scope.split(' ').filter(|scope| !matches!(*scope, "offline_access" | "online_access"));
    rest.collect::<Vec<_>>().join(" ")
}

/// Patients instead of everything; reading instead of writing; reading without searching.
fn part(scope: &str) -> String {
    if scope.contains("/*.") {
        return scope.replacen("/*.", "/Patient.", 1);
    }
    let (head, query) = scope.split_at(scope.find('?').unwrap_or(scope.len()));
    let Some((resource, permissions)) = head.rsplit_once('.') else { return scope.to_owned() };
    let reading = permissions.replace(['c', 'u', 'd'], "");
    let fewer = match permissions {
        // There is no less of these two than nothing at all.
        "read" | "write" => permissions,
        "*" => "read",
        "rs" => "r",
        _ if reading.is_empty() => permissions.get(..1).unwrap_or(permissions),
        _ => &reading,
    };
    format!("{resource}.{fewer}{query}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn less_is_left_than_was_asked() {
        for (requested, left) in [
            ("launch openid patient/*.rs", "launch openid patient/Patient.rs"),
            ("patient/*.rs user/*.rs offline_access", "patient/*.rs offline_access"),
            ("patient/Patient.r patient/Observation.rs patient/Condition.rs", "patient/Patient.r"),
            ("patient/Observation.cruds", "patient/Observation.rs"),
            ("patient/Observation.rs?category=laboratory", "patient/Observation.r?category=laboratory"),
            ("patient/Observation.*", "patient/Observation.read"),
            ("system/*.read", "system/Patient.read"),
            ("openid", "openid"),
        ] {
            assert_eq!(narrower(requested), left);
        }
    }

    #[test]
    fn without_a_refresh_token_everything_else_stays() {
        assert_eq!(without_refresh("openid offline_access online_access patient/*.rs"), "openid patient/*.rs");
    }
}

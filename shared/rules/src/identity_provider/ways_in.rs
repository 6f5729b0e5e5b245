//! Which ways lead in for this request: a password here, one provider, or a choice.

use super::IdentityProvider;

#[derive(Debug)]
pub enum WaysIn<'a> {
    /// Username and password.
    Local,
    /// Nothing to choose, or the app has chosen.
    Provider(&'a IdentityProvider),
    Choice {
        providers: &'a [IdentityProvider],
        local: bool,
    },
}

/// An `idp_hint` that names no provider is passed over: a hint can't make a request fail (OpenID Connect Core §15.1, in
/// spirit).
pub fn ways_in<'a>(providers: &'a [IdentityProvider], local: bool, idp_hint: Option<&str>) -> WaysIn<'a> {
    if let Some(hinted) = idp_hint.and_then(|hint| find(providers, hint)) {
        return WaysIn::Provider(hinted);
    }
    match (providers, local) {
        ([], _) => WaysIn::Local,
        ([only], false) => WaysIn::Provider(only),
        (providers, local) => WaysIn::Choice { providers, local },
    }
}

pub fn find<'a>(providers: &'a [IdentityProvider], id: &str) -> Option<&'a IdentityProvider> {
    providers.iter().find(|provider| provider.id == id)
}

#[cfg(test)]
mod tests {
    use super::{super::id_token::tests::provider, *};

    #[test]
    fn there_is_a_choice_only_where_there_is_something_to_choose() {
        let one = [provider()];
        let two = [provider(), IdentityProvider { id: "two".into(), ..provider() }];
        assert!(matches!(ways_in(&[], true, None), WaysIn::Local));
        assert!(matches!(ways_in(&one, false, None), WaysIn::Provider(p) if p.id == "idp"));
        assert!(matches!(ways_in(&one, true, None), WaysIn::Choice { local: true, .. }));
        assert!(matches!(ways_in(&two, false, None), WaysIn::Choice { local: false, .. }));
        assert!(matches!(ways_in(&two, true, Some("two")), WaysIn::Provider(p) if p.id == "two"));
        assert!(matches!(ways_in(&two, true, Some("three")), WaysIn::Choice { .. }));
    }
}

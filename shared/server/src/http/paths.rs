//! Paths in both forms that a tenant's issuer can have, and which of them a tenant answers at.

use crate::Server;
use axum::{Router, routing::MethodRouter};
use rules::tenant::{TenantId, paths::PathForm};

/// The same route in each form. `path` is what follows the issuer.
pub fn route<S: Clone + Send + Sync + 'static>(router: Router<S>, path: &str, handler: MethodRouter<S>) -> Router<S> {
    PathForm::ALL
        .into_iter()
        .fold(router, |router, form| router.route(&format!("{}{path}", form.prefix()), handler.clone()))
}

/// The tenant in a path, by the route that it matched.
pub fn tenant(route: &str, path: &str) -> Option<TenantId> {
    let named = route.split('/').zip(path.split('/')).find(|(name, _)| *name == "{tenant}");
    TenantId::parse(named?.1)
}

/// Whether the tenant answers elsewhere: each has one form alone, so that none of its addresses has a second spelling (HTI-25). Who is
/// no tenant, or can't be read now, is left to whoever answers.
pub async fn is_elsewhere(server: &Server, route: &str, tenant: Option<&TenantId>) -> bool {
    let Some(id) = tenant else { return false };
    let found = server.tenant(id.as_str(), server.now()).await.ok().flatten();
    found.is_some_and(|tenant| tenant.path_form() != PathForm::of_route(route))
}

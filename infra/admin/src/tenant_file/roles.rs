//! `[[roles]]`: what backend services may do by what they are (Koppeltaal).

use super::fields::{Fields, Shape};
use rules::{
    fhir_id,
    tenant::role::{Actions, Permission, Role, RoleReach},
};

const ROLE: Shape<'_> = Shape { name: "[[roles]]", keys: &["name", "permissions"] };
const PERMISSION: Shape<'_> =
    Shape { name: "[[roles.permissions]]", keys: &["resource", "actions", "reach", "granted"] };

pub fn roles(root: &Fields<'_>) -> Vec<Role> {
    let tables = root.tables("roles", &ROLE);
    let names = tables.iter().filter_map(|fields| fields.text("name"));
    root.reading.unique("a name of its own among the roles", names, str::to_owned);
    tables.iter().filter_map(role).collect()
}

fn role(fields: &Fields<'_>) -> Option<Role> {
    let name = fields.required("name", "\"the role's name\"");
    let permissions = fields.tables("permissions", &PERMISSION).iter().filter_map(permission).collect();
    Some(Role { name: name?.value.to_owned(), permissions })
}

fn permission(fields: &Fields<'_>) -> Option<Permission> {
    let resource = fields.required("resource", "\"Task\"").filter(|resource| {
        let good = fhir_id::is_type(resource.value);
        if !good {
            fields.reading.wrong(*resource, "a FHIR resource type, as in \"Task\"");
        }
        good
    });
    let actions = fields.required("actions", "letters of \"crud\"").and_then(|letters| {
        let actions = Actions::parse(letters.value);
        if actions.is_none() {
            fields.reading.wrong(letters, "letters of `crud`, in that order");
        }
        actions
    });
    let reach = match fields.choice("reach", &[("own", "own"), ("all", "all"), ("granted", "granted")]) {
        Some("all") => RoleReach::All,
        Some("granted") => RoleReach::Granted(granted(fields)),
        Some(_) | None => RoleReach::Own,
    };
    Some(Permission { resource: resource?.value.to_owned(), actions: actions?, reach })
}

/// Ids of the devices whose resources may be reached.
fn granted(fields: &Fields<'_>) -> Vec<String> {
    let given = fields.texts("granted");
    for device in given.iter().filter(|device| !fhir_id::is_id(device.value)) {
        fields.reading.wrong(*device, "the id of a Device");
    }
    given.iter().map(|device| device.value.to_owned()).collect()
}

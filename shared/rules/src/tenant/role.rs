//! Roles: what a backend service may do because of what it is, whatever it asks for (Koppeltaal, TOP-KT-005c).

use crate::scope::ScopeSet;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    pub name: String,
    pub permissions: Vec<Permission>,
}

/// Some actions on one resource type, on resources of some origin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permission {
    pub resource: String,
    pub actions: Actions,
    pub reach: RoleReach,
}

/// Whose resources: a resource's origin is the `Device` of the application that made it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoleReach {
    Own,
    /// Those of these devices, by bare id.
    Granted(Vec<String>),
    All,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actions {
    pub create: bool,
    pub read: bool,
    pub update: bool,
    pub delete: bool,
}

impl Actions {
    /// Letters of `crud`, each once and in that order.
    pub fn parse(letters: &str) -> Option<Actions> {
        let has = |letter| letters.contains(letter);
        let actions = Actions { create: has('c'), read: has('r'), update: has('u'), delete: has('d') };
        (!letters.is_empty() && actions.letters(false) == letters).then_some(actions)
    }

    /// In the order of SMART's grammar; who may read may search (KT-4).
    fn letters(self, with_search: bool) -> String {
        let letters = [
            (self.create, 'c'),
            (self.read, 'r'),
            (self.update, 'u'),
            (self.delete, 'd'),
            (self.read && with_search, 's'),
        ];
        letters.into_iter().filter(|(has, _)| *has).map(|(_, letter)| letter).collect()
    }

    fn or(self, other: Actions) -> Actions {
        Actions {
            create: self.create || other.create,
            read: self.read || other.read,
            update: self.update || other.update,
            delete: self.delete || other.delete,
        }
    }
}

impl Role {
    /// One scope for each resource type and origin: `system/Task.rs?resource-origin=Device/a,Device/b` (KT-4).
    pub fn scope(&self, device: &str) -> ScopeSet {
        let mut lines: Vec<(&str, String, Actions)> = Vec::new();
        let mut add =
            |resource, origin: String, actions| match lines.iter_mut().find(|(r, o, _)| *r == resource && *o == origin)
            {
                Some((_, _, known)) => *known = known.or(actions),
                None => lines.push((resource, origin, actions)),
            };
        for Permission { resource, actions, reach } in &self.permissions {
            // What an application creates is its own, whatever else it may read (KT-5).
            if actions.create {
                add(resource, origin(&[device.to_owned()]), Actions { create: true, ..Actions::default() });
            }
            let others = Actions { create: false, ..*actions };
            match reach {
                _ if others == Actions::default() => {}
                RoleReach::Own => add(resource, origin(&[device.to_owned()]), others),
                RoleReach::Granted(devices) if devices.is_empty() => {}
                RoleReach::Granted(devices) => add(resource, origin(devices), others),
                RoleReach::All => add(resource, String::new(), others),
            }
        }
        let scopes = lines
            .into_iter()
            .map(|(resource, origin, actions)| format!("system/{resource}.{}{origin}", actions.letters(true)));
        ScopeSet::parse(&scopes.collect::<Vec<_>>().join(" ")).set
    }
}

fn origin(devices: &[String]) -> String {
    let devices: Vec<String> = devices.iter().map(|device| format!("Device/{device}")).collect();
    format!("?resource-origin={}", devices.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(permissions: &[(&str, &str, RoleReach)]) -> Role {
        let permission = |(resource, letters, reach): &(&str, &str, RoleReach)| Permission {
            resource: (*resource).to_owned(),
            actions: Actions::parse(letters).unwrap(),
            reach: reach.clone(),
        };
        Role { name: "r".into(), permissions: permissions.iter().map(permission).collect() }
    }

    #[test]
    fn a_role_speaks_in_exactly_the_format_of_koppeltaal() {
        let granted = RoleReach::Granted(vec!["a".into(), "b".into()]);
        let role = role(&[
            ("Patient", "r", RoleReach::All),
            ("RelatedPerson", "cru", RoleReach::Own),
            ("Task", "r", granted),
            ("Task", "d", RoleReach::Granted(vec![])),
        ]);
        assert_eq!(
            role.scope("own").to_string(),
            "system/Patient.rs system/RelatedPerson.crus?resource-origin=Device/own \
             system/Task.rs?resource-origin=Device/a,Device/b"
        );
    }

    #[test]
    fn what_is_created_is_always_ones_own() {
        let role = role(&[("Task", "cr", RoleReach::All)]);
        assert_eq!(role.scope("own").to_string(), "system/Task.c?resource-origin=Device/own system/Task.rs");
    }

    #[test]
    fn actions_are_letters_of_crud_in_order() {
        assert!(Actions::parse("cu").is_some());
        for wrong in ["", "rc", "cc", "crx", "s"] {
            assert!(Actions::parse(wrong).is_none(), "{wrong}");
        }
    }
}

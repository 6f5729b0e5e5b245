//! Roles of Koppeltaal (KT-3, KT-4, KT-5).

use rules::tenant::role::{Actions, Permission, Role, RoleReach};

fn scope(permissions: &[(&str, RoleReach)]) -> String {
    let permission = |(letters, reach): &(&str, RoleReach)| Permission {
        resource: "Task".into(),
        actions: Actions::parse(letters).unwrap(),
        reach: reach.clone(),
    };
    Role { name: "r".into(), permissions: permissions.iter().map(permission).collect() }.scope("own").to_string()
}

/// KT-4.
#[test]
fn permissions_of_one_origin_are_one_scope() {
    use RoleReach::*;
    let devices = || Granted(vec!["a".into()]);
    for (permissions, expected) in [
        (vec![("r", All), ("u", All), ("d", All)], "system/Task.ruds"),
        (vec![("d", All), ("u", All), ("r", All)], "system/Task.ruds"),
        (vec![("r", Own), ("c", All), ("r", All)], "system/Task.crs?resource-origin=Device/own system/Task.rs"),
        (vec![("u", devices()), ("d", devices())], "system/Task.ud?resource-origin=Device/a"),
    ] {
        assert_eq!(scope(&permissions), expected, "{permissions:?}");
    }
}

/// KT-5.
#[test]
fn who_may_only_create_may_create_what_is_their_own_whatever_their_reach() {
    for reach in [RoleReach::Own, RoleReach::All, RoleReach::Granted(vec!["a".into()]), RoleReach::Granted(vec![])] {
        assert_eq!(scope(&[("c", reach)]), "system/Task.c?resource-origin=Device/own");
    }
}

//! The shape of the code: where a reader looks for a rule, and what a rule may not do.

use kit::template::{Template, TemplateFunction};
use rules::tenant::paths::PathForm;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// No request leads here.
const ON_A_SCHEDULE: &str = "rotate-keys";
/// Asked by services of AWS and not by requests.
const ON_EVENTS: [&str; 4] = [ON_A_SCHEDULE, "audit", "authorizer", "healthlake"];
/// What only passes on has no table.
const WITHOUT_TABLE: &str = "audit";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The Rust files under this path.
fn files(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let entries = fs::read_dir(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut found: Vec<PathBuf> = entries.flat_map(|entry| files(&entry.expect("an entry").path())).collect();
    found.retain(|file| file.extension().is_some_and(|extension| extension == "rs"));
    found.sort();
    found
}

/// The sources that are deployed.
fn deployed() -> Vec<PathBuf> {
    let mut found = files(&root().join("functions"));
    found.extend(files(&root().join("shared")));
    found.retain(|file| !file.components().any(|folder| folder.as_os_str() == "tests"));
    assert!(found.len() > 50, "found {}", found.len());
    found
}

pub fn functions() -> BTreeSet<String> {
    let folders = fs::read_dir(root().join("functions")).expect("functions/");
    folders.map(|folder| folder.expect("a folder").file_name().into_string().expect("a name")).collect()
}

/// Code without comments, so that a sentence about a word is not the word.
fn code(path: &Path) -> String {
    let text = read(path);
    text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_rule_never_waits_and_never_asks_the_time() {
    for file in files(&root().join("shared/rules/src")) {
        let code = code(&file);
        for forbidden in ["async fn", "async move", ".await", "SystemTime", "Instant::now"] {
            assert!(!code.contains(forbidden), "{} holds {forbidden}", file.display());
        }
    }
}

/// What the compiler keeps out of the rules and of their tests: whatever waits, and whatever speaks HTTP or with AWS. (AWS-LC is
/// a library of cryptography.)
#[test]
fn the_rules_depend_on_nothing_that_waits() {
    let tree = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--offline",
            "--locked",
            "--package",
            "rules",
            "--edges",
            "normal,build,dev",
            "--prefix",
            "none",
        ])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let tree = String::from_utf8(tree.stdout).expect("text");
    assert!(tree.contains("serde_json"), "{tree}");
    let barred = ["tokio", "axum", "reqwest", "hyper", "aws-config", "aws-sdk-", "aws-smithy-", "lambda_"];
    for dependency in tree.lines() {
        assert!(!barred.iter().any(|barred| dependency.starts_with(barred)), "the rules depend on {dependency}");
    }
}

#[test]
fn only_clock_rs_asks_the_time() {
    for file in deployed() {
        let asks = code(&file).contains("SystemTime::now") || code(&file).contains("Instant::now");
        assert!(!asks || file.ends_with("shared/server/src/clock.rs"), "{}", file.display());
    }
}

/// Everything else goes through the store, which knows about expiry and versions.
#[test]
fn only_the_store_speaks_with_dynamodb() {
    for file in deployed() {
        let allowed = file.starts_with(root().join("shared/server/src/store"));
        assert!(allowed || !code(&file).contains("aws_sdk_dynamodb"), "{}", file.display());
    }
}

#[test]
fn a_main_only_starts_its_function() {
    for function in functions() {
        let main = root().join("functions").join(&function).join("src/main.rs");
        let lines = read(&main).lines().count();
        assert!(lines <= 15, "{}: {lines} lines", main.display());
    }
}

#[test]
fn the_first_line_of_every_file_says_what_it_is() {
    for file in deployed() {
        let text = read(&file);
        assert!(
            text.starts_with("//! ") && text.lines().next().is_some_and(|line| line.len() > 20),
            "{}",
            file.display()
        );
    }
}

#[test]
fn a_package_and_its_binary_are_named_as_their_folder() {
    for function in functions() {
        let manifest = read(&root().join("functions").join(&function).join("Cargo.toml"));
        assert!(manifest.contains(&format!("name = \"{function}\"")), "{function}");
    }
}

fn template() -> &'static BTreeMap<String, TemplateFunction> {
    &Template::of_the_stack().functions
}

#[test]
fn every_folder_in_functions_is_a_function_of_the_stack() {
    assert_eq!(template().keys().cloned().collect::<BTreeSet<_>>(), functions());
}

/// The routes as the sources name them.
pub fn routes(function: &str) -> BTreeSet<String> {
    let source = read(&root().join("functions").join(function).join("src/lib.rs"));
    let quoted = |rest: &str| rest.split('"').next().unwrap_or_default().to_owned();
    let mut found: BTreeSet<String> = source.split(".route(\"").skip(1).map(quoted).collect();
    // What lies below the issuer, whatever its form.
    let below = ["\n        (\"/", "paths::route(Router::new(), \"/"];
    let endpoints = ["endpoint(server, \"", "endpoint_unless(server, \"", "endpoint_unless(server.clone(), \""];
    for start in below.into_iter().chain(endpoints) {
        for path in source.split(start).skip(1).map(quoted) {
            found.extend(PathForm::ALL.map(|form| format!("{}/{path}", form.prefix())));
        }
    }
    found
}

fn leads_to(path: &str, route: &str) -> bool {
    match path.strip_suffix("{proxy+}") {
        Some(before) => route.starts_with(before),
        None => path == route,
    }
}

#[test]
fn the_front_door_leads_to_every_route_and_to_nothing_else() {
    for (function, deployed) in template() {
        let routes = routes(function);
        assert!(!routes.is_empty() || ON_EVENTS.contains(&function.as_str()), "{function} has no route");
        for route in &routes {
            assert!(
                deployed.routes.iter().any(|path| leads_to(path, route)),
                "{function}: {route} is not in the template"
            );
        }
        for path in &deployed.routes {
            assert!(routes.iter().any(|route| leads_to(path, route)), "{function}: {path} has no route");
        }
    }
}

/// The kinds of items, as `schema.rs` names them.
fn kinds() -> BTreeSet<String> {
    let schema = read(&root().join("shared/server/src/store/schema.rs"));
    let kinds = schema.split("Key::new(").skip(1).filter_map(|rest| rest.split('"').nth(1)).map(str::to_owned);
    kinds.chain(["TENANT", "TENANTS"].map(str::to_owned)).collect()
}

#[test]
fn policies_name_every_kind_of_item_and_none_that_does_not_exist() {
    let of = |function: &'static TemplateFunction| function.kinds().into_values().flatten().map(str::to_owned);
    assert_eq!(template().values().flat_map(of).collect::<BTreeSet<_>>(), kinds());
}

/// What each function may do, in one place: whoever widens a policy changes this too. None that answers requests writes
/// clients or their keys (ASYM-14).
#[test]
fn each_function_may_touch_what_it_needs_and_no_more() {
    let may = |function: &str| {
        let kinds = template()[function].kinds();
        let list = |action: &str| kinds.get(action).into_iter().flatten().copied().collect::<Vec<_>>().join(" ");
        ["GetItem", "PutItem", "BatchGetItem", "UpdateItem"].map(|action| list(&format!("dynamodb:{action}")))
    };
    let together = "CLIENT GRANT REVOKED";
    for (function, expected) in [
        ("discovery", ["", "", "TENANT", ""]),
        (
            "authorize",
            [
                "ALLOWED CLIENT CREDENTIALS GRANT JWKS LAUNCH PROVIDER USER",
                "ALLOWED CLIENTDOC CREDENTIALS GRANT HTI INTERACTION JTI JWKS LAUNCH PUSHED SESSION TOKEN",
                "ALLOWED ATTEMPTS CLIENT CLIENTDOC CREDENTIALS GRANT HTI INTERACTION LAUNCH PUSHED SESSION USER",
                "ATTEMPTS",
            ],
        ),
        (
            "token",
            [
                "CLIENT CREDENTIALS GRANT JTI JWKS",
                "ALLOWED CLIENTDOC GRANT JTI JWKS TOKEN",
                "ATTEMPTS CLIENT CLIENTDOC CREDENTIALS SESSION USER",
                "ATTEMPTS",
            ],
        ),
        (
            "introspect",
            [
                "CLIENT GRANT JWKS REVOKED SESSION TOKEN",
                "CLIENTDOC JTI JWKS",
                "CLIENT CLIENTDOC GRANT REVOKED",
                "ATTEMPTS",
            ],
        ),
        ("revoke", ["CLIENT GRANT JWKS TOKEN", "CLIENTDOC GRANT JTI JWKS REVOKED", "CLIENT CLIENTDOC", "ATTEMPTS"]),
        ("launch-context", ["CLIENT GRANT JWKS REVOKED SESSION TOKEN USER", "JTI JWKS LAUNCH", together, "ATTEMPTS"]),
        ("userinfo", ["GRANT REVOKED SESSION TOKEN", "JTI", together, ""]),
        ("healthlake", ["GRANT REVOKED SESSION TOKEN", "", together, ""]),
        ("authorizer", ["GRANT REVOKED SESSION TOKEN", "JTI", together, ""]),
        (WITHOUT_TABLE, ["", "", "", ""]),
        (ON_A_SCHEDULE, ["", "TENANT", "", ""]),
    ] {
        assert_eq!(may(function), expected.map(str::to_owned), "{function}");
    }
    for (function, deployed) in template() {
        let allowed =
            ["Query", "GetItem", "PutItem", "BatchGetItem", "UpdateItem"].map(|name| format!("dynamodb:{name}"));
        let kinds = deployed.kinds();
        for action in kinds.keys() {
            let deletes = *action == "dynamodb:DeleteItem" && function == ON_A_SCHEDULE;
            // Whether a code's person is still there, and whether a remembered yes is.
            let checked = kinds.get("dynamodb:ConditionCheckItem").into_iter().flatten().copied().collect::<Vec<_>>();
            let expected = match function.as_str() {
                "token" => vec!["USER"],
                "authorize" => vec!["ALLOWED"],
                _ => vec![],
            };
            assert_eq!(checked, expected, "{function}");
            let checks = *action == "dynamodb:ConditionCheckItem";
            assert!(allowed.iter().any(|allowed| allowed == action) || deletes || checks, "{function}: {action}");
        }
        let lists = match function.as_str() {
            ON_A_SCHEDULE => vec!["TENANT", "TENANTS"],
            "authorize" => vec!["ALLOWED", "TENANT"],
            WITHOUT_TABLE => vec![],
            _ => vec!["TENANT"],
        };
        let queried = kinds.get("dynamodb:Query").cloned().unwrap_or_default();
        assert!(queried.into_iter().eq(lists), "{function}");
        // Of a tenant's lists, which hold keys alone, one function reads one; and one reads the deployment's.
        let of_index = match function.as_str() {
            "authorize" => vec!["*#SESSION"],
            "discovery" => vec!["#BRANDS"],
            _ => vec![],
        };
        assert_eq!(deployed.lists(), of_index, "{function}");
    }
}

/// An instance lives for hours and serves every tenant: what it remembers is a `Bounded`, and no map behind a lock of its own.
#[test]
fn what_an_instance_remembers_has_a_bound() {
    let exceptions = [
        // For tests.
        "Memory(Arc<Mutex<Vec<Value>>>),",
        // One for each key set that requests wait for.
        "fetches: Mutex<HashMap<String, Arc<OnceCell<Fetch>>>>,",
    ];
    let mut found = Vec::new();
    for file in deployed() {
        for line in code(&file).lines().map(str::trim) {
            let after_lock = ["Mutex<", "RwLock<"].iter().find_map(|lock| line.split_once(lock));
            let grows = ["HashMap<", "HashSet<", "BTreeMap<", "BTreeSet<", "Vec<", "VecDeque<"];
            if after_lock.is_some_and(|(_, inside)| grows.iter().any(|kind| inside.contains(kind))) {
                found.push(line.to_owned());
            }
        }
    }
    assert_eq!(found, exceptions);
}

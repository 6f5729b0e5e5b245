//! `infra/template.yaml` says what is true of the functions.

use server::aws::OPERATION_TIMEOUT;
use std::{collections::BTreeSet, fs, path::Path};
use tests::{Deployed, template};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

#[test]
fn every_folder_in_functions_is_a_function_of_the_template() {
    let folders = fs::read_dir(format!("{ROOT}/functions")).expect("a folder").flatten();
    let folders: BTreeSet<String> = folders.map(|folder| folder.file_name().to_string_lossy().into_owned()).collect();
    let binaries: BTreeSet<String> = template::functions().into_iter().map(|function| function.binary).collect();
    assert_eq!(binaries, folders);
}

#[tokio::test]
async fn every_route_leads_to_a_function_that_serves_it() {
    let deployed = Deployed::start().await;
    for function in template::functions() {
        for route in &function.routes {
            let path = route.replace("{tenant}", "clinic").replace("{proxy+}", "style.css");
            assert_eq!(template::binary_for(&path).as_ref(), Some(&function.binary), "{route}");
            // 303: who manages their apps signs in first.
            let status = deployed.server.get(&path).await.status;
            assert!(matches!(status, 200 | 303 | 400 | 401 | 405), "{route} answers {status}");
        }
    }
}

/// What the functions read from the environment, in the sources of everything they are made of.
#[test]
fn the_environment_holds_the_names_that_the_functions_ask_for() {
    let mut asked = BTreeSet::new();
    for folder in ["shared/server/src", "functions"] {
        names_in(&Path::new(ROOT).join(folder), &mut asked);
    }
    let given = template::TEMPLATE.lines().map(str::trim).filter_map(|line| line.split_once(':'));
    let given: BTreeSet<String> =
        given.filter(|(name, _)| name.starts_with("ADMIT_")).map(|(name, _)| name.to_owned()).collect();
    assert_eq!(given, asked);
}

/// A function must outlive one call of the SDK that gets no answer, to say so.
#[test]
fn every_function_has_time_to_give_up_a_silent_table() {
    for function in template::functions() {
        assert!(function.timeout >= 2 * OPERATION_TIMEOUT.as_secs(), "{}: {} s", function.binary, function.timeout);
    }
}

/// Every `"ADMIT_…"` in the Rust files of a folder.
fn names_in(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            names_in(&path, names);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("a source");
            let quoted = text.split('"').filter(|part| part.starts_with("ADMIT_"));
            names.extend(
                quoted.filter(|part| part.chars().all(|c| c.is_ascii_uppercase() || c == '_')).map(str::to_owned),
            );
        }
    }
}

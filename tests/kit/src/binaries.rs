//! The binaries of this workspace, for tests that start them as processes.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

/// The folder with the functions' binaries: the one that `ADMIT_BINARIES` names, or cargo's.
pub fn of_functions() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| std::env::var_os("ADMIT_BINARIES").map_or_else(|| of_workspace().to_owned(), PathBuf::from))
}

/// Where cargo puts all binaries of this workspace, built now if they are not up to date.
pub fn of_workspace() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(build)
}

fn build() -> PathBuf {
    let own = std::env::current_exe().expect("this binary has a path");
    // target/debug/deps/lambda-0123456789abcdef
    let folder = own.ancestors().nth(2).expect("cargo's folders").to_owned();
    let target = folder.parent().expect("cargo's folders");
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
    // The whole workspace: with a package left out, cargo would compile the heavy crates again with other features.
    cargo.args(["build", "--quiet", "--locked", "--workspace", "--lib", "--bins", "--target-dir"]).arg(target);
    if folder.ends_with("release") {
        cargo.arg("--release");
    }
    let built = cargo.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).status().expect("cargo runs");
    assert!(built.success(), "the functions don't compile");
    folder
}

//! Tenant files on disk: one, or all in a folder.

use super::{
    file::{TenantFile, parse},
    mistake::{Mistake, Mistakes},
};
use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};

/// A file, or every `*.toml` in a folder, sorted by name.
pub fn load(path: &Path) -> Result<Vec<TenantFile>, Mistakes> {
    load_all(&[path])
}

/// Several files and folders, whose tenants must all differ.
pub fn load_all(paths: &[impl AsRef<Path>]) -> Result<Vec<TenantFile>, Mistakes> {
    let mut mistakes = Vec::new();
    let mut tenants: Vec<TenantFile> = Vec::new();
    for path in paths {
        let files = tenant_files(path.as_ref()).unwrap_or_else(|mistake| {
            mistakes.push(mistake);
            Vec::new()
        });
        for file in files {
            match load_one(&file) {
                Ok(tenant) => tenants.push(tenant),
                Err(more) => mistakes.extend(more.0),
            }
        }
    }
    mistakes.extend(same_ids(&tenants));
    if mistakes.is_empty() { Ok(tenants) } else { Err(Mistakes(mistakes)) }
}

fn tenant_files(path: &Path) -> Result<Vec<PathBuf>, Mistake> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = fs::read_dir(path).map_err(|error| unreadable(path, &error))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    match files.is_empty() {
        true => Err(Mistake::about_file(&path.display().to_string(), "no *.toml in this folder", "one file a tenant")),
        false => Ok(files),
    }
}

fn load_one(path: &Path) -> Result<TenantFile, Mistakes> {
    let text = fs::read_to_string(path).map_err(|error| Mistakes(vec![unreadable(path, &error)]))?;
    parse(&path.display().to_string(), &text)
}

fn unreadable(path: &Path, error: &std::io::Error) -> Mistake {
    let found = format!("nothing that can be read ({error})");
    Mistake::about_file(&path.display().to_string(), found, "a tenant file, or a folder with *.toml files")
}

fn same_ids(tenants: &[TenantFile]) -> Vec<Mistake> {
    let mut first: HashMap<&str, &str> = HashMap::new();
    let mut mistakes = Vec::new();
    for tenant in tenants {
        if let Some(other) = first.insert(tenant.id(), tenant.name()) {
            let found = format!("id = \"{}\" as in {other}", tenant.id());
            mistakes.push(Mistake::about_file(tenant.name(), found, "an id of its own for each tenant"));
        }
    }
    mistakes
}

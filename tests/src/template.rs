//! What `infra/template.yaml` says of each function, read from its lines: the binary, the routes, the timeout.

use std::sync::OnceLock;

#[derive(Clone, Debug, Default)]
pub struct TemplateFunction {
    pub binary: String,
    pub routes: Vec<String>,
    pub timeout: u64,
}

pub const TEMPLATE: &str = include_str!("../../infra/template.yaml");

pub fn functions() -> Vec<TemplateFunction> {
    static FUNCTIONS: OnceLock<Vec<TemplateFunction>> = OnceLock::new();
    FUNCTIONS.get_or_init(read).clone()
}

fn read() -> Vec<TemplateFunction> {
    let mut functions: Vec<TemplateFunction> = Vec::new();
    for line in TEMPLATE.lines().map(str::trim) {
        if let Some(binary) = line.strip_prefix("Binary: ") {
            functions.push(TemplateFunction { binary: binary.to_owned(), ..TemplateFunction::default() });
        }
        let Some(function) = functions.last_mut() else { continue };
        if let Some((_, path)) = line.split_once("Path: \"") {
            function.routes.push(path.split('"').next().unwrap_or_default().to_owned());
        }
        if let Some(seconds) = line.strip_prefix("Timeout: ") {
            function.timeout = seconds.parse().expect("seconds");
        }
    }
    functions
}

/// The binary that an HTTP API with these routes invokes for this path, or nothing: then it answers 404 by itself.
pub fn binary_for(path: &str) -> Option<String> {
    let found = functions().into_iter().find(|function| function.routes.iter().any(|route| matches(route, path)));
    found.map(|function| function.binary)
}

/// `{name}` is one segment, `{name+}` is one or more.
fn matches(route: &str, path: &str) -> bool {
    let mut parts = path.split('/');
    for wanted in route.split('/') {
        match parts.next() {
            None => return false,
            Some(part) if wanted.ends_with("+}") => return !part.is_empty(),
            Some(part) if wanted.starts_with('{') && part.is_empty() => return false,
            Some(part) if !wanted.starts_with('{') && part != wanted => return false,
            Some(_) => {}
        }
    }
    parts.next().is_none()
}

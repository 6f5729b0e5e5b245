//! What the server knows of FHIR R4: resource types, elements and search parameters, read once from the tables in `r4/`.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::elements::Path;
use crate::problem::Problem;

static ELEMENTS: &str = include_str!("../r4/elements.txt");
static SEARCH_PARAMETERS: &str = include_str!("../r4/search-parameters.txt");
static DEFINITIONS: LazyLock<Definitions> = LazyLock::new(Definitions::read);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Token,
    Reference,
    Date,
    String,
    Uri,
    Number,
    Quantity,
}

#[derive(Debug)]
pub struct SearchParameter {
    pub name: &'static str,
    pub kind: Kind,
    pub paths: Vec<Path>,
    /// The types a reference may lead to; empty when that is any.
    pub targets: Vec<&'static str>,
}

pub struct Element {
    pub name: &'static str,
    pub required: bool,
    pub many: bool,
    pub types: Vec<&'static str>,
    /// The codes of a required binding; empty when any code will do.
    pub codes: Vec<&'static str>,
}

#[derive(Default)]
pub struct ResourceType {
    pub name: &'static str,
    pub parameters: Vec<SearchParameter>,
    /// The elements that link a resource of this type to a Patient (CompartmentDefinition/patient).
    pub compartment: Vec<Path>,
    /// The search parameters of these elements; Binary has none.
    pub compartment_parameters: Vec<&'static str>,
}

/// The resource types in the order of the table.
pub fn resource_types() -> &'static [ResourceType] {
    &DEFINITIONS.resource_types
}

pub fn resource_type(name: &str) -> Option<&'static ResourceType> {
    resource_types().iter().find(|known| known.name == name)
}

pub fn known(name: &str) -> Result<&'static ResourceType, Problem> {
    resource_type(name).ok_or_else(|| Problem::unknown_type(name))
}

/// A parameter of this type, or one that every type has.
pub fn search_parameter(resource_type: &'static ResourceType, name: &str) -> Option<&'static SearchParameter> {
    resource_type.parameters.iter().chain(&DEFINITIONS.common).find(|parameter| parameter.name == name)
}

pub fn common_parameters() -> &'static [SearchParameter] {
    &DEFINITIONS.common
}

/// The elements of a resource type, a data type or a backbone element (`Observation.component`).
pub fn elements(of: &str) -> Option<&'static [Element]> {
    DEFINITIONS.elements.get(of).map(Vec::as_slice)
}

struct Definitions {
    resource_types: Vec<ResourceType>,
    common: Vec<SearchParameter>,
    elements: HashMap<&'static str, Vec<Element>>,
}

impl Definitions {
    fn read() -> Definitions {
        let parameter =
            |name, kind, path| SearchParameter { name, kind, paths: vec![Path::parse(path)], targets: vec![] };
        Definitions {
            resource_types: read_search_parameters(),
            common: vec![
                parameter("_id", Kind::Token, "id"),
                parameter("_lastUpdated", Kind::Date, "meta.lastUpdated"),
                parameter("_profile", Kind::Uri, "meta.profile"),
                parameter("_security", Kind::Token, "meta.security"),
                parameter("_tag", Kind::Token, "meta.tag"),
            ],
            elements: read_elements(),
        }
    }
}

fn read_search_parameters() -> Vec<ResourceType> {
    let mut types: Vec<ResourceType> = vec![];
    let mut compartments: Vec<(usize, &str)> = vec![];
    for line in rows(SEARCH_PARAMETERS) {
        let Some(line) = line.strip_prefix("  ") else {
            types.push(ResourceType { name: line, ..ResourceType::default() });
            continue;
        };
        let at = types.len().saturating_sub(1);
        if let Some(names) = line.strip_prefix("compartment ") {
            compartments.push((at, names));
        } else if let (Some(of), Some(parameter)) = (types.last_mut(), read_search_parameter(line)) {
            of.parameters.push(parameter);
        }
    }
    for (at, names) in compartments {
        let Some(of) = types.get_mut(at) else { continue };
        for name in names.split(' ') {
            match of.parameters.iter().find(|parameter| parameter.name == name) {
                Some(parameter) => {
                    of.compartment.extend(parameter.paths.iter().cloned());
                    of.compartment_parameters.push(name);
                }
                // Binary has no search parameters: its row names the element itself.
                None => of.compartment.push(Path::parse(name)),
            }
        }
    }
    types
}

fn read_search_parameter(line: &'static str) -> Option<SearchParameter> {
    let (line, targets) = line.split_once(" -> ").unwrap_or((line, "*"));
    let mut words = line.split(' ');
    let name = words.next()?;
    let kind = match words.next()? {
        "token" => Kind::Token,
        "reference" => Kind::Reference,
        "date" => Kind::Date,
        "string" => Kind::String,
        "uri" => Kind::Uri,
        "number" => Kind::Number,
        "quantity" => Kind::Quantity,
        _ => return None,
    };
    let paths = words.next()?.split('|').map(Path::parse).collect();
    let targets = if targets == "*" { vec![] } else { targets.split(',').collect() };
    Some(SearchParameter { name, kind, paths, targets })
}

fn read_elements() -> HashMap<&'static str, Vec<Element>> {
    let mut elements: HashMap<&'static str, Vec<Element>> = HashMap::new();
    let mut of = "";
    for line in rows(ELEMENTS) {
        match line.strip_prefix("  ") {
            None => of = line,
            Some(line) => elements.entry(of).or_default().extend(read_element(line)),
        }
    }
    elements
}

fn read_element(line: &'static str) -> Option<Element> {
    let (line, codes) = line.split_once(" = ").unwrap_or((line, ""));
    let mut words = line.split(' ');
    let name = words.next()?;
    let cardinality = words.next()?;
    Some(Element {
        name,
        required: cardinality.starts_with('1'),
        many: cardinality.ends_with('*'),
        types: words.next()?.split('|').collect(),
        codes: codes.split(' ').filter(|code| !code.is_empty()).collect(),
    })
}

fn rows(table: &'static str) -> impl Iterator<Item = &'static str> {
    table.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

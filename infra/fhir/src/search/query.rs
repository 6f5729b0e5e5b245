//! The query of a search, sorted into what filters, what is included and how the answer is cut.

use super::criterion::{Criterion, Unusable};
use super::include::Include;
use crate::definitions::{self, ResourceType, SearchParameter};
use crate::problem::{Issue, Problem};

const DEFAULT_COUNT: usize = 100;
const LARGEST_COUNT: usize = 1000;
const MOST_PARAMETERS: usize = 100;
const MOST_INCLUDES: usize = 20;

pub struct Query {
    pub criteria: Vec<Criterion>,
    pub includes: Vec<Include>,
    pub sort: Vec<(bool, &'static SearchParameter)>,
    pub count: usize,
    pub offset: usize,
    pub only_total: bool,
    /// What was understood, for the links; `_offset` is left out.
    pub used: Vec<(String, String)>,
    /// What was passed over, each with its reason.
    pub warnings: Vec<Issue>,
}

impl Query {
    pub fn parse(
        of: &'static ResourceType,
        parameters: &[(String, String)],
        base: &str,
        strict: bool,
    ) -> Result<Query, Problem> {
        if parameters.len() > MOST_PARAMETERS {
            return Err(Problem::new(400, "too-costly", format!("More than {MOST_PARAMETERS} search parameters.")));
        }
        let mut query = Query {
            criteria: vec![],
            includes: vec![],
            sort: vec![],
            count: DEFAULT_COUNT,
            offset: 0,
            only_total: false,
            used: vec![],
            warnings: vec![],
        };
        for (name, value) in parameters {
            match query.take(of, name, value, base) {
                Ok(()) if name == "_offset" => {}
                Ok(()) => query.used.push((name.clone(), value.clone())),
                Err(Unusable::Wrong(why)) => return Err(Problem::invalid(why)),
                Err(Unusable::Unknown) => query.warnings.push(passed_over(of, name)),
            }
        }
        if strict && !query.warnings.is_empty() {
            let issues = query.warnings.into_iter().map(|issue| Issue { severity: "error", ..issue }).collect();
            return Err(Problem { status: 400, issues });
        }
        Ok(query)
    }

    fn take(&mut self, of: &'static ResourceType, name: &str, value: &str, base: &str) -> Result<(), Unusable> {
        let number = || value.parse::<usize>().map_err(|_| Unusable::Wrong(format!("{name} takes a whole number.")));
        if self.includes.len() > MOST_INCLUDES {
            return Err(Unusable::Wrong(format!("More than {MOST_INCLUDES} includes.")));
        }
        match name {
            "_count" => self.count = number()?.min(LARGEST_COUNT),
            "_offset" => self.offset = number()?,
            "_summary" if value == "count" => self.only_total = true,
            "_summary" if value == "false" => {}
            "_total" | "_format" | "_pretty" => {}
            "_sort" => self.sort = sort_keys(of, value)?,
            "_include" | "_include:iterate" => self.includes.push(Include::forward(name, value)?),
            "_revinclude" | "_revinclude:iterate" => self.includes.push(Include::reverse(name, value)?),
            _ => self.criteria.push(Criterion::parse(of, name, value, base)?),
        }
        Ok(())
    }
}

fn sort_keys(of: &'static ResourceType, value: &str) -> Result<Vec<(bool, &'static SearchParameter)>, Unusable> {
    let key = |name: &str| {
        let (descending, name) = name.strip_prefix('-').map_or((false, name), |name| (true, name));
        definitions::search_parameter(of, name).map(|parameter| (descending, parameter)).ok_or(Unusable::Unknown)
    };
    value.split(',').map(key).collect()
}

fn passed_over(of: &ResourceType, name: &str) -> Issue {
    let shown: String = name.chars().take(64).collect();
    let text = format!("The search parameter {shown:?} is not known for {} and was passed over.", of.name);
    Issue::warning("not-supported", text)
}

//! Which interaction a request is (<https://hl7.org/fhir/R4/http.html>).

use percent_encoding::percent_decode_str;
use url::form_urlencoded;

use crate::answer::Answer;
use crate::definitions::{self, ResourceType};
use crate::elements::is_id;
use crate::guard::Guard;
use crate::problem::Problem;
use crate::request::Request;
use crate::search::{self, Context, Search};
use crate::store::Store;
use crate::{batch, everything, history, negotiate, patch, read, write};

/// A request taken apart: a single one, or an entry of a batch.
pub struct Asked<'a> {
    pub request: &'a Request<'a>,
    segments: Vec<String>,
    parameters: Vec<(String, String)>,
    /// An entry of a batch may not be a batch.
    pub is_entry: bool,
    /// The id that a transaction has promised to a resource it creates.
    pub assigned_id: Option<String>,
}

impl<'a> Asked<'a> {
    pub fn of(request: &'a Request<'a>) -> Result<Asked<'a>, Problem> {
        let path = request.path.trim_matches('/');
        let segments: Result<Vec<String>, _> = path
            .split('/')
            .filter(|_| !path.is_empty())
            .map(|segment| percent_decode_str(segment).decode_utf8().map(String::from))
            .collect();
        let segments = segments.map_err(|_| Problem::invalid("The address is not UTF-8."))?;
        let parameters = parameters(request.query.as_bytes());
        Ok(Asked { request, segments, parameters, is_entry: false, assigned_id: None })
    }

    pub fn segments(&self) -> Vec<&str> {
        self.segments.iter().map(String::as_str).collect()
    }

    pub fn parameters(&self) -> &[(String, String)] {
        &self.parameters
    }

    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn format(&self) -> Option<&str> {
        self.parameter("_format")
    }

    pub fn only_general_parameters(&self) -> bool {
        self.parameters.iter().all(|(name, _)| name == "_format" || name == "_pretty")
    }

    pub fn strict(&self) -> bool {
        negotiate::prefers(self.request, "handling=strict")
    }

    /// The parameters of a POST `_search`: those of the address and those of the form.
    pub fn with_form(&self) -> Result<Vec<(String, String)>, Problem> {
        let content_type = self.request.header("content-type").unwrap_or_default();
        if !self.request.body.is_empty() && !content_type.starts_with("application/x-www-form-urlencoded") {
            return Err(Problem::new(415, "not-supported", "_search takes application/x-www-form-urlencoded."));
        }
        Ok(self.parameters.iter().cloned().chain(parameters(self.request.body)).collect())
    }
}

pub fn answer(store: &mut Store, base: &str, guard: &Guard, asked: &Asked) -> Result<Answer, Problem> {
    let is_binary = asked.segments().first() == Some(&"Binary");
    if !is_binary {
        negotiate::takes_json(asked.request, asked.format())?;
    }
    let method = match asked.request.method {
        "HEAD" => "GET",
        method => method,
    };
    let segments = asked.segments();
    let context = |store| Context::new(store, base, guard);
    match (method, segments.as_slice()) {
        ("POST", []) => batch::answer(store, base, guard, asked),
        (method, []) => Err(Problem::method_not_allowed(method)),
        ("GET", ["metadata"]) => Err(Problem::new(400, "not-supported", "Ask for /metadata by itself.")),
        ("GET", [of]) => find(&context(store), known(of)?, asked.parameters(), None, asked),
        ("POST", [of]) => write::create(store, base, guard, known(of)?, asked),
        ("POST", [of, "_search"]) => find(&context(store), known(of)?, &asked.with_form()?, None, asked),
        ("GET", [of, "_history"]) => history::of_type(&context(store), known(of)?, asked),
        ("GET" | "POST", ["Patient", "$everything"]) => everything::of_all(&context(store), asked),
        ("GET" | "POST", ["Patient", id, "$everything"]) => everything::of_one(&context(store), id, asked),
        (_, [_, operation]) if operation.starts_with('$') => {
            Err(Problem::new(404, "not-supported", "This server has no such operation."))
        }
        ("GET", [of, id]) => read::read(&context(store), known(of)?, id, asked),
        ("PUT", [of, id]) => write::update(store, base, guard, (known(of)?, id), asked),
        ("PATCH", [of, id]) => patch::patch(store, base, guard, (known(of)?, id), asked),
        ("DELETE", [of, id]) => write::delete(store, guard, (known(of)?, id), asked),
        ("GET", [of, id, "_history"]) => history::of_one(&context(store), known(of)?, id, asked),
        ("GET", [of, id, "_history", version]) => read::vread(&context(store), (known(of)?, id), version, asked),
        ("GET", ["Patient", id, of]) if is_id(id) => {
            find(&context(store), known(of)?, asked.parameters(), Some(id), asked)
        }
        ("POST", ["Patient", id, of, "_search"]) if is_id(id) => {
            find(&context(store), known(of)?, &asked.with_form()?, Some(id), asked)
        }
        (method, [of] | [of, _] | [of, _, "_history"] | [of, _, "_history", _]) => {
            known(of)?;
            Err(Problem::method_not_allowed(method))
        }
        _ => Err(Problem::new(404, "not-found", "There is nothing at this address.")),
    }
}

fn find(
    context: &Context,
    of: &'static ResourceType,
    parameters: &[(String, String)],
    in_compartment_of: Option<&str>,
    asked: &Asked,
) -> Result<Answer, Problem> {
    search::search(context, &Search { of, parameters, in_compartment_of, strict: asked.strict() }).map(Answer::ok)
}

pub fn known(name: &str) -> Result<&'static ResourceType, Problem> {
    definitions::resource_type(name).ok_or_else(|| Problem::unknown_type(name))
}

fn parameters(form: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(form).into_owned().filter(|(name, _)| !name.is_empty()).collect()
}

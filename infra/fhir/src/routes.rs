//! Which interaction a request is (<https://hl7.org/fhir/R4/http.html>).

use rules::fhir_id::is_id;

use crate::answer::Answer;
use crate::definitions::{ResourceType, known};
use crate::parsed_request::ParsedRequest;
use crate::problem::Problem;
use crate::search;
use crate::search::context::Search;
use crate::workspace::Workspace;
use crate::{everything, history, negotiate, patch, read, write};

pub fn answer(workspace: &mut Workspace, asked: &ParsedRequest) -> Result<Answer, Problem> {
    let segments = asked.segments();
    if segments.first() != Some(&"Binary") {
        negotiate::takes_json(asked.request, asked.format())?;
    }
    match (asked.method(), segments.as_slice()) {
        ("POST", []) => Err(Problem::invalid("A batch cannot contain a batch.")),
        (method, []) => Err(Problem::method_not_allowed(method)),
        ("GET", ["metadata"]) => Err(Problem::new(400, "not-supported", "Ask for /metadata by itself.")),
        ("GET", [of]) => find(workspace, known(of)?, None, asked),
        ("POST", [of]) => write::create(workspace, known(of)?, asked),
        ("POST", [of, "_search"]) => find(workspace, known(of)?, None, asked),
        ("GET", [of, "_history"]) => history::of_type(&workspace.context(), known(of)?, asked),
        ("GET" | "POST", ["Patient", "$everything"]) => everything::of_all(&workspace.context(), asked),
        ("GET" | "POST", ["Patient", id, "$everything"]) => everything::of_one(&workspace.context(), id, asked),
        (_, [_, operation]) if operation.starts_with('$') => {
            Err(Problem::new(404, "not-supported", "This server has no such operation."))
        }
        ("GET", [of, id]) => read::read(&workspace.context(), known(of)?, id, asked),
        ("PUT", [of, id]) => write::update(workspace, known(of)?, id, asked),
        ("PATCH", [of, id]) => patch::patch(workspace, known(of)?, id, asked),
        ("DELETE", [of, id]) => write::delete(workspace, known(of)?, id, asked),
        ("GET", [of, id, "_history"]) => history::of_one(&workspace.context(), known(of)?, id, asked),
        ("GET", [of, id, "_history", version]) => read::vread(&workspace.context(), known(of)?, id, version, asked),
        ("GET", ["Patient", id, of]) | ("POST", ["Patient", id, of, "_search"]) if is_id(id) => {
            find(workspace, known(of)?, Some(id), asked)
        }
        (method, [of] | [of, _] | [of, _, "_history"] | [of, _, "_history", _]) => {
            known(of)?;
            Err(Problem::method_not_allowed(method))
        }
        _ => Err(Problem::new(404, "not-found", "There is nothing at this address.")),
    }
}

fn find(
    workspace: &Workspace,
    of: &'static ResourceType,
    in_compartment_of: Option<&str>,
    asked: &ParsedRequest,
) -> Result<Answer, Problem> {
    let parameters = &asked.search_parameters()?;
    let wanted = Search { of, parameters, in_compartment_of, strict: asked.strict() };
    search::search(&workspace.context(), &wanted).map(Answer::ok)
}

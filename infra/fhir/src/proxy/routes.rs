//! Which interaction a request is, and who judges it. What is not here is not forwarded.

use super::{Front, bundle, condition, everything, one, search, versions, write};
use crate::answer::Answer;
use crate::definitions::ResourceType;
use crate::elements::is_id;
use crate::negotiate;
use crate::problem::Problem;
use crate::routes::{Asked, known};
use crate::search::Search;

pub async fn answer(front: &Front<'_>, asked: &Asked<'_>) -> Result<Answer, Problem> {
    let segments = asked.segments();
    if segments.first() != Some(&"Binary") {
        negotiate::takes_json(asked.request, asked.format())?;
    }
    let method = match asked.request.method {
        "HEAD" => "GET",
        method => method,
    };
    match (method, segments.as_slice()) {
        ("POST", []) => bundle::answer(front, asked).await,
        (method, []) => Err(Problem::method_not_allowed(method)),
        ("GET", ["metadata"]) => Err(Problem::new(400, "not-supported", "Ask for /metadata by itself.")),
        ("GET", [of]) => find(front, known(of)?, asked.parameters(), None, asked).await,
        ("POST", [of]) => write::create(front, known(of)?, asked).await,
        ("PUT", [of]) => write::update_where(front, known(of)?, asked).await,
        ("PATCH" | "DELETE", [of]) => {
            let id = condition::that_id(front, known(of)?, asked.request.query).await?;
            change(front, (known(of)?, &id), asked).await
        }
        ("POST", [of, "_search"]) => find(front, known(of)?, &asked.with_form()?, None, asked).await,
        ("GET", [of, "_history"]) => versions::of_type(front, known(of)?, asked).await,
        ("GET" | "POST", ["Patient", "$everything"]) => everything::of_all(front, known("Patient")?, asked).await,
        ("GET" | "POST", ["Patient", id, "$everything"]) => {
            everything::of_one(front, known("Patient")?, id, asked).await
        }
        (_, [_, operation] | [_, _, operation]) if operation.starts_with('$') => {
            Err(Problem::new(404, "not-supported", "This operation cannot be judged here."))
        }
        ("GET", [of, id]) => one::read(front, known(of)?, id, asked).await,
        ("PUT" | "PATCH" | "DELETE", [of, id]) => {
            write::no_query(asked)?;
            change(front, (known(of)?, id), asked).await
        }
        ("GET", [of, id, "_history"]) => versions::of_one(front, known(of)?, id, asked).await,
        ("GET", [of, id, "_history", version]) => one::vread(front, (known(of)?, id), version, asked).await,
        ("GET", ["Patient", id, of]) if is_id(id) => find(front, known(of)?, asked.parameters(), Some(id), asked).await,
        ("POST", ["Patient", id, of, "_search"]) if is_id(id) => {
            find(front, known(of)?, &asked.with_form()?, Some(id), asked).await
        }
        (method, [of] | [of, _] | [of, _, "_history"] | [of, _, "_history", _]) => {
            known(of)?;
            Err(Problem::method_not_allowed(method))
        }
        _ => Err(Problem::new(404, "not-found", "There is nothing at this address.")),
    }
}

async fn change(
    front: &Front<'_>,
    (of, id): (&'static ResourceType, &str),
    asked: &Asked<'_>,
) -> Result<Answer, Problem> {
    let judged = match asked.request.method {
        "PUT" => write::judge_update(front, (of, id), asked).await?,
        "PATCH" => write::judge_patch(front, (of, id), asked).await?,
        _ => write::judge_delete(front, (of, id), asked).await?,
    };
    write::send(front, of, judged, asked).await
}

async fn find(
    front: &Front<'_>,
    of: &'static ResourceType,
    parameters: &[(String, String)],
    in_compartment_of: Option<&str>,
    asked: &Asked<'_>,
) -> Result<Answer, Problem> {
    let wanted = Search { of, parameters, in_compartment_of, strict: asked.strict() };
    search::search(front, &wanted).await.map(Answer::ok)
}

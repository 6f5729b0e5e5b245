//! The user said yes: the grant is written, and the app gets its code, or its token where it asked for the implicit grant.

use super::{consent_skip, hti_launch, push, repeated, visit::Visit};
use crate::{audit, http::responses::see_other};
use rules::{
    authorize::{
        answer,
        approval::{NewCode, approve},
        explanation::{self, Facts},
        interaction::{Answered, Interaction, Told},
        next_step::Finish,
        redirect_target::ResponseType,
    },
    grant::{Grant, GrantId, grant_index::indexed, implicit, token},
    launch::Launch,
    length,
    oauth::{error::OAuthError, token_response::TokenResponse},
    secret::Secret,
    session::Session,
    token::AccessTokenClaims,
};
use serde_json::Value;
use server::{
    access_tokens,
    audit::{AuditRecord, EventKind, Parties},
    authority::still_launched,
    http::answer::{Answer, Refusal},
    log::log_explanation,
    store::{Commit, StoreError, Write, schema},
};

pub async fn complete(visit: &Visit, interaction: &Interaction, finish: Finish<'_>) -> Result<Answer, Refusal> {
    match completed(visit, interaction, finish).await? {
        Some(answer) => Ok(answer),
        // The same form twice, or the same launch in another tab: that one has its answer.
        None if visit.is_kept => Ok(repeated::after_lost_race(visit).await?),
        None => repeated::after_lost_answer(visit).await,
    }
}

/// The same, or nothing where another request wrote first.
pub async fn completed(
    visit: &Visit,
    interaction: &Interaction,
    finish: Finish<'_>,
) -> Result<Option<Answer>, Refusal> {
    let (client, tenant) = (&visit.client, &visit.tenant);
    let scope = length::bounded(finish.scope, client, tenant, interaction.request.audience())?;
    let finish = Finish { scope, ..finish };
    let consent = finish.consent.clone();
    let yes = consent_skip::write(visit, interaction, &finish)?;
    let (code, grant) = new_grant(visit, interaction, finish);
    let target = &interaction.request.redirect;
    let Destination { location, grant, token } = match target.response {
        ResponseType::Code => Destination::with_code(visit, interaction, &code, grant),
        ResponseType::Token => Destination::with_token(visit, interaction, grant).await?,
    };
    let (token, record) = token.unzip();
    let mut writes = writes(visit, interaction, &grant).await?;
    writes.extend(yes);
    writes.extend(token.flatten());
    match commit(visit, writes).await? {
        Commit::Done => {
            let issued = record.map(|record| record.among(&Parties::of_grant(&grant)));
            let records = [Some(audit::consented(&consent, &grant)), issued].into_iter().flatten().collect();
            Ok(Some(Answer::undecided(see_other(&location)).after(records)))
        }
        Commit::LostRace => Ok(None),
    }
}

/// With the use of the session, where that is not written yet. Another tab may have used it at the same moment, which is no reason to
/// answer nothing; or its person may have signed out, which is one.
async fn commit(visit: &Visit, writes: Vec<Write>) -> Result<Commit, StoreError> {
    let store = &visit.server.store;
    let Some(session) = visit.session.as_ref().filter(|_| !visit.is_kept) else { return store.commit(writes).await };
    let Some(used) = session.use_write(&visit.tenant, visit.now)? else { return store.commit(writes).await };
    let with_use = writes.iter().cloned().chain([used]).collect();
    match store.commit(with_use).await? {
        Commit::Done => Ok(Commit::Done),
        Commit::LostRace if session.is_open_now(&visit.server, visit.now).await? => store.commit(writes).await,
        Commit::LostRace => Ok(Commit::LostRace),
    }
}

fn new_grant(visit: &Visit, interaction: &Interaction, finish: Finish<'_>) -> (Secret, Grant) {
    let grant_id = GrantId::random();
    let secret = visit.code_browser().code(&grant_id);
    let code = token::code(&grant_id, &secret);
    let explanation = explain(visit, interaction, &finish);
    let session_ends_at = visit.session_ends_at();
    let new_code = NewCode { grant: grant_id, secret: &secret, session_ends_at, explanation };
    let mut grant = approve(interaction, finish, &visit.client, &visit.tenant.policy, new_code, visit.now);
    let style = &mut grant.approval.context.smart_style_url;
    *style = style.take().or_else(|| visit.tenant.pages.smart_style_url.clone());
    (code, grant)
}

/// Logs why the app gets less than it asked for, and under which id.
fn explain(visit: &Visit, interaction: &Interaction, finish: &Finish<'_>) -> Option<String> {
    let lines = explanation::lines(&Facts {
        asked: &interaction.request.asked_scope,
        client: &visit.client.scope,
        requested: &interaction.request.scope,
        offered: &finish.offer.scope,
        granted: &finish.scope,
    });
    log_explanation(&visit.tenant, &visit.client, &lines)
}

/// The grant, the used launch, the used push and the finished interaction, as far as there are any, are written together or not at all.
async fn writes(visit: &Visit, interaction: &Interaction, grant: &Grant) -> Result<Vec<Write>, OAuthError> {
    let Visit { server, tenant, client, now, .. } = visit;
    let (grant, line) = indexed(grant.clone(), client, &tenant.policy, *now);
    let request = &interaction.request;
    let mut writes = vec![Write::create(&grant)?, Write::create(&line)?];
    writes.extend(session_of_vouched(visit, interaction, &grant)?);
    // A token that is issued at once can't be made again.
    let is_code = request.redirect.response == ResponseType::Code;
    if visit.is_kept {
        let answered = is_code.then(|| Answered { form: visit.form.clone(), told: Told::Code(grant.id.clone()) });
        writes.push(Write::update(&visit.interaction, &interaction.finished(answered))?);
    }
    writes.extend(push::spend(visit, interaction, is_code.then_some(&grant.id)).await?);
    if let Some(launch) = &interaction.hti {
        writes.push(hti_launch::spend(visit, launch).await?);
    }
    if let Some(pending) = &interaction.launch {
        let launch = visit.item::<Launch>(schema::launch(&tenant.id, &pending.handle)).await?;
        match launch.filter(|launch| launch.refusal(&client.client_id).is_none()) {
            Some(launch) => {
                if let Err(why) = still_launched(server, tenant, &launch, *now).await? {
                    return Err(OAuthError::invalid_request("the launch is not good any more").because(why));
                }
                let asked = (is_code && !visit.is_kept).then(|| request.digest());
                writes.push(Write::update(&launch, &launch.value.used_for(asked, &grant.id))?);
            }
            None => return Err(OAuthError::invalid_request("the launch was used meanwhile, or has expired")),
        }
    }
    Ok(writes)
}

/// What `online_access` ends with, where no sign-in has made a session.
fn session_of_vouched(visit: &Visit, interaction: &Interaction, grant: &Grant) -> Result<Option<Write>, OAuthError> {
    let Visit { tenant, .. } = visit;
    let (Some(vouched), Some(id)) = (interaction.goes_on_vouched(), grant.approval.session()) else { return Ok(None) };
    let session = Session::of_vouched(&tenant.id, id.clone(), &vouched.user, &tenant.policy);
    Ok(Some(Write::create(&session)?))
}

/// Where the browser goes, and what it brings.
struct Destination {
    location: String,
    grant: Grant,
    /// What must be written with a token that is issued at once, and what the audit trail holds of it.
    token: Option<(Option<Write>, AuditRecord)>,
}

impl Destination {
    fn with_code(visit: &Visit, interaction: &Interaction, code: &Secret, grant: Grant) -> Destination {
        let location = answer::with_code(&interaction.request.redirect, &visit.tenant.issuer, code);
        Destination { location, grant, token: None }
    }

    /// The implicit grant (RFC 6749 §4.2.2): the access token itself, with the SMART context beside it.
    async fn with_token(visit: &Visit, interaction: &Interaction, grant: Grant) -> Result<Destination, OAuthError> {
        let Visit { server, tenant, client, now, .. } = visit;
        tracing::warn!(
            tenant = tenant.id.as_str(),
            client_id = client.client_id,
            "the implicit grant was used, which RFC 9700 §2.1.2 advises against"
        );
        let seconds = client.access_token_seconds.unwrap_or(tenant.policy.access_token_seconds);
        let grant = implicit::issue_at_once(grant, seconds, *now);
        let claims = AccessTokenClaims::of_grant(tenant, &grant, &grant.approval.scope, seconds, *now);
        let warning = "issued by the implicit grant, which RFC 9700 section 2.1.2 advises against";
        let record = AuditRecord::yes(EventKind::TokenIssued).token(&claims.jti).scope(&claims.scope);
        let record = record.saying(Some(warning)).with("grant_type", "implicit");
        let (access_token, write) = access_tokens::mint(server, tenant, client, claims).await?;
        let response = TokenResponse {
            access_token: &access_token,
            token_type: "Bearer",
            expires_in: seconds,
            scope: &grant.approval.scope,
            id_token: None,
            refresh_token: None,
            context: grant.approval.context_members(),
            authorization_details: None,
        };
        let members = match response.to_json() {
            Value::Object(members) => members,
            _ => serde_json::Map::new(),
        };
        let location = answer::with_token(&interaction.request.redirect, &tenant.issuer, &members);
        length::address_of(location.len())?;
        Ok(Destination { location, grant, token: Some((write, record)) })
    }
}

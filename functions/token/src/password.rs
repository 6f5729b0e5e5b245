//! The password grant: the user's password comes from the app itself, which OAuth was made to avoid.

use crate::issue::{Issued, issue_to_grant};
use rules::{
    authorize::second_factor,
    client::authenticate::AuthenticatedClient,
    credentials::known_browser::BrowserMarks,
    grant::{
        FreshSecrets,
        grant_index::indexed,
        password::{PasswordRequest, approve, wrong_password},
    },
    signed_in::SignedIn,
};
use server::{
    audit::Parties,
    http::{
        answer::{Answer, Refusal},
        form_post::FormPost,
    },
    sign_in::{Proven, SignIn, SignInOutcome},
    store::Write,
};

pub async fn answer(
    post: &FormPost,
    client: &AuthenticatedClient,
    request: &PasswordRequest,
) -> Result<Answer, Refusal> {
    let FormPost { server, tenant, now, .. } = post;
    tracing::warn!(
        tenant = tenant.id.as_str(),
        client_id = client.client_id,
        "the password grant was used, which RFC 9700 §2.4 forbids"
    );
    let sign_in = SignIn {
        server,
        tenant,
        address: post.address.as_ref(),
        // No browser is here: an app sends the password.
        marks: &BrowserMarks::default(),
        username: &request.username,
        password: request.password.expose(),
        now: *now,
    };
    let Proven { user, credentials } = match sign_in.judge().await? {
        SignInOutcome::Proven(proven) => *proven,
        SignInOutcome::Wrong(record) => return Err(Refusal::of(wrong_password(), *record)),
    };
    // There is no page to ask on; and the app must not learn that the password is right.
    if second_factor::asks(&tenant.policy, &credentials).is_some() {
        return Err(wrong_password().because("the person would need a second factor").into());
    }
    let user = SignedIn::by_password(&user, &credentials, tenant, *now);
    let (grant, issuance) = approve(request, &user, tenant, client, &FreshSecrets::random(), *now)?;
    let Issued { response, write, record } = issue_to_grant(post, client, &grant, issuance).await?;
    let (grant, line) = indexed(grant, client, &tenant.policy, *now);
    let writes = [Some(Write::create(&grant)?), Some(Write::create(&line)?), write].into_iter().flatten().collect();
    server.store.write_unraced(writes).await?;
    let warning = "issued by the password grant, which RFC 9700 section 2.4 forbids";
    let record = record.with("grant_type", "password").saying(Some(warning));
    Ok(Answer::deciding(response, record).among(&Parties::of_grant(&grant)))
}

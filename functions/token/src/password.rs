//! The password grant: the user's password comes from the app itself, which OAuth was made to avoid.

use crate::{
    asking::Asking,
    issue::{Issued, issue_to_grant},
};
use rules::{
    authorize::second_factor,
    credentials::known_browser::BrowserMarks,
    grant::{
        FreshSecrets,
        grant_index::indexed,
        password::{Approving, PasswordRequest, approve, wrong_password},
    },
    signed_in::SignedIn,
};
use server::{
    audit::Parties,
    dpop,
    http::{
        answer::{Answer, Refusal},
        form_post::FormPost,
    },
    sign_in::{Proven, SignIn, SignInOutcome},
    store::{Commit, Write},
};

pub async fn answer(asking: Asking<'_>, request: &PasswordRequest) -> Result<Answer, Refusal> {
    let Asking { post, client, .. } = asking;
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
    let fresh = FreshSecrets::random();
    let (proof, extensions) = (asking.key(), asking.extensions());
    let approving = Approving { request, client, tenant, fresh: &fresh, proof, extensions, now: *now };
    let (grant, issuance) = approve(&user, &approving)?;
    let Issued { response, write, record } = issue_to_grant(asking, &grant, issuance).await?;
    let (grant, line) = indexed(grant, client, &tenant.policy, *now);
    let mut writes = vec![Write::create(&grant)?, Write::create(&line)?];
    writes.extend(write);
    match asking.note()? {
        None => server.store.write_unraced(writes).await?,
        Some(used) => {
            writes.push(used);
            if server.store.commit(writes).await? == Commit::LostRace {
                return Err(dpop::replayed());
            }
        }
    }
    let warning = "issued by the password grant, which RFC 9700 section 2.4 forbids";
    let record = record.with("grant_type", "password").saying(Some(warning));
    Ok(Answer::deciding(response, record).among(&Parties::of_grant(&grant)))
}

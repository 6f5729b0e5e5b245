//! `admit user erase`: a person's data (GDPR article 17), with a receipt of what is erased, and of what is kept and why.

use super::user_name::UserName;
use crate::{
    end_access::end,
    failure::Failure,
    find_user::find_user,
    out::Out,
    plan::{AppliedItem, AppliedKind},
    sign_out::Named,
    target::Target,
};
use rules::{
    credentials::{Credentials, CredentialsId},
    grant::GrantId,
    tenant::{AccessOf, Tenant},
};
use serde_json::{Value, json};
use server::store::{
    Commit, Item, Key, List, ListOf, Write,
    schema::{self, allowed_by},
};
use std::{collections::BTreeSet, fmt::Write as _};

/// What was there, by what it is.
#[derive(Default)]
struct Erased {
    user: bool,
    credentials: bool,
    of_file: bool,
    /// Each once, however often the index lists it.
    sessions: BTreeSet<Key>,
    grants: usize,
    consents: usize,
}

pub async fn erase(target: &Target, out: &Out, user: &UserName) -> Result<(), Failure> {
    let tenant = target.tenant(&user.tenant).await?;
    target.lists_are_complete(&tenant.id).await?;
    let person = Named::find(target, &tenant.id, &user.username).await?;
    // An erasure that was cut short may have left nothing but these.
    let has_own = target.server.store.find::<Credentials>(own(&tenant, &person), target.now()).await?.is_some();
    if !has_own && !person.is_known(target, &tenant).await? {
        return Err(Named::nobody(&tenant, &user.username));
    }
    out.confirm(&format!(
        "This erases {} of {}, for good: how they sign in, where they are signed in, and all that they allowed any app. Go on?",
        user.username, user.tenant
    ))?;
    // From here on nothing that they have given is good, also where this is cut short. The same command ends it.
    end(target, &tenant, AccessOf::Person(person.sub.clone())).await?;
    let mut erased = Erased::default();
    erase_traces(target, &tenant, &person, &mut erased).await?;
    erase_person(target, &tenant, &person, &mut erased).await?;
    // What somebody began as them a moment before.
    erase_traces(target, &tenant, &person, &mut erased).await?;
    receipt(out, user, &person, &erased);
    Ok(())
}

/// Their factors and their own password; of somebody of a provider, a mark of when they were signed out everywhere.
fn own(tenant: &Tenant, person: &Named) -> Key {
    schema::credentials(&tenant.id, &CredentialsId::of(&tenant.id, &person.sub))
}

/// Sessions, grants, what is remembered.
async fn erase_traces(target: &Target, tenant: &Tenant, person: &Named, erased: &mut Erased) -> Result<(), Failure> {
    let store = &target.server.store;
    let mut keys = target.listed_keys(ListOf::of(&tenant.id, List::Sessions, &person.sub)).await?;
    erased.sessions.extend(keys.iter().cloned());
    let allowed = store.partition(&allowed_by(&tenant.id, &person.sub).pk).await?;
    for key in allowed.iter().filter_map(Key::of) {
        match key.sk.strip_prefix("GRANT#") {
            Some(id) => {
                erased.grants += 1;
                keys.insert(schema::grant(&tenant.id, &GrantId(id.to_owned())));
            }
            None => erased.consents += 1,
        }
        keys.insert(key);
    }
    target.remove(keys).await
}

/// Last the user, by whose name the rest is found when the command is run again.
async fn erase_person(target: &Target, tenant: &Tenant, person: &Named, erased: &mut Erased) -> Result<(), Failure> {
    let (store, now) = (&target.server.store, target.now());
    let own = own(tenant, person);
    erased.credentials = store.find::<Credentials>(own.clone(), now).await?.is_some();
    target.remove([own]).await?;
    let Some(username) = &person.username else { return Ok(()) };
    let Some(user) = find_user(store, &tenant.id, username, now).await? else { return Ok(()) };
    let line = AppliedItem::user(&user).key();
    let applied = AppliedItem::all(store, &tenant.id, now).await?;
    erased.of_file = applied.iter().any(|one| one.kind == AppliedKind::User && one.value.key() == line);
    match store.commit(vec![Write::delete(&user), Write::remove(line)]).await? {
        Commit::Done => erased.user = true,
        Commit::LostRace => {
            return Err(Failure::failed("somebody else changed this user at this moment: run this again"));
        }
    }
    Ok(())
}

/// What stays, why, and until when.
const KEPT: [[&str; 3]; 6] = [
    [
        "the audit trail",
        "who saw and allowed what must be provable: a legal obligation and the defence of claims (GDPR art. 17(3)(b) and (e); \
         45 CFR 164.316(b)(2))",
        "as long as you keep it",
    ],
    [
        "their `sub`, in the tenant's list of ended access",
        "so that tokens that were given before are refused; it names nobody without the erased user",
        "the first `tenant apply` after the longest token and grant have run out",
    ],
    ["backups of the table", "point-in-time recovery holds every item as it was", "35 days"],
    [
        "the functions' log",
        "it has no names, and hashes of addresses at most; requests are told apart by references",
        "LogRetentionDays",
    ],
    [
        "sign-ins on their way, launches, opaque tokens and counters",
        "they are found by secrets or hashes, not by the person",
        "minutes; counters a day; DynamoDB deletes within two days after",
    ],
    ["what FHIR servers and apps have received", "it is theirs to erase", "ask them"],
];

fn receipt(out: &Out, user: &UserName, person: &Named, erased: &Erased) {
    let Erased { user: own, credentials, of_file, sessions, grants, consents } = erased;
    let sessions = sessions.len();
    let kept: Vec<Value> =
        KEPT.iter().map(|[what, why, until]| json!({ "what": what, "why": why, "until": until })).collect();
    let json = json!({
        "tenant": user.tenant, "username": user.username, "sub": person.sub,
        "erased": {
            "user": own, "credentials": credentials, "line_of_the_tenant_file": of_file, "sessions": sessions,
            "grants": grants, "remembered_consents": consents,
        },
        "kept": kept,
    });
    let is = |there: bool| if there { "erased" } else { "there was none" };
    let mut text = format!("{} of {}, sub {}\n\nErased\n", user.username, user.tenant, person.sub);
    let _ = writeln!(text, "  user, with name, password and records: {}", is(*own));
    let _ = writeln!(text, "  own password, authenticator app, passkeys and recovery codes: {}", is(*credentials));
    let _ = writeln!(text, "  sessions: {sessions}\n  grants: {grants}\n  remembered consents: {consents}\n\nKept");
    for [what, why, until] in KEPT {
        let _ = writeln!(text, "  {what}\n    why: {why}\n    until: {until}");
    }
    out.answer(&json, text);
    if *of_file {
        out.note(
            "A tenant file has brought this person: take them out of it, or the next `tenant apply` makes them again.",
        );
    }
    if !own {
        out.note("They sign in at an identity provider, which still vouches for them: they can sign in again.");
    }
}

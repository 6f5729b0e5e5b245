//! A table that fails while a plan of several transactions is written: nobody sees half a tenant, and the same file ends it.

use crate::engine::server;
use admin::{
    plan::{ApplyError, Plan, TenantInTable, apply},
    tenant_file::{TenantItems, parse},
};
use kit::faults::{Fault, Lasts};
use server::{Server, keys::make::KeyMaker};

/// More than two transactions take.
fn large(clients: std::ops::Range<usize>) -> TenantItems {
    let client = |n: usize| {
        format!(
            "[[clients]]\nclient_id = \"c{n}\"\nclient_name = \"C\"\ntoken_endpoint_auth_method = \"none\"\n\
             redirect_uris = [\"https://c{n}.example/cb\"]\nscope = \"openid\"\n"
        )
    };
    let text = format!("id = \"many\"\nname = \"M\"\n{}", clients.map(client).collect::<String>());
    parse("many.toml", &text).unwrap().resolve("https://auth.example").unwrap()
}

async fn applies(server: &Server, items: &TenantItems) -> Result<(), ApplyError> {
    server.forget_configuration();
    apply(&server.store, &KeyMaker::Laptop, items, server.now()).await
}

async fn is_there(server: &Server) -> bool {
    server.forget_configuration();
    server.tenant("many", server.now()).await.unwrap().is_some()
}

/// Which of the calls of one application are the transactions.
async fn transactions(items: &TenantItems) -> Vec<usize> {
    let (server, faults) = server().await;
    faults.plan(None);
    applies(&server, items).await.unwrap();
    let calls = faults.calls();
    let numbered = calls.iter().enumerate().filter(|(_, call)| call.starts_with("TransactWriteItems"));
    numbered.map(|(number, _)| number).collect()
}

#[tokio::test]
async fn whichever_transaction_fails_nothing_is_half_there_and_the_same_file_ends_it() {
    let items = large(0..130);
    let transactions = transactions(&items).await;
    assert!(transactions.len() > 2, "{transactions:?}");
    for (done, call) in transactions.iter().enumerate() {
        for fault in [Fault::Throttled, Fault::ServerError] {
            let (server, faults) = server().await;
            faults.plan(Some((*call, fault, Lasts::UntilAnswered)));
            let error = applies(&server, &items).await.unwrap_err().to_string();
            faults.plan(None);
            assert!(!is_there(&server).await, "{fault:?} at {done}: half a tenant is served");
            if done > 0 {
                let said = format!("{done} of {} transactions are done: apply the file again", transactions.len());
                assert!(error.contains(&said), "{fault:?} at {done}: {error}");
            }
            applies(&server, &items).await.unwrap();
            let before = TenantInTable::of(&server.store, &items, server.now()).await.unwrap();
            assert!(Plan::new(&before, &items).unwrap().is_empty() && is_there(&server).await);
        }
    }
}

#[tokio::test]
async fn an_answer_that_is_lost_is_no_failure() {
    let items = large(0..130);
    for call in transactions(&items).await {
        let (server, faults) = server().await;
        faults.plan(Some((call, Fault::AnswerLost, Lasts::Once)));
        applies(&server, &items).await.unwrap();
        assert!(faults.struck() > 0 && is_there(&server).await);
    }
}

/// Removals come last: as long as anything fails before, whoever is there stays.
#[tokio::test]
async fn what_is_taken_away_goes_last() {
    let (before, after) = (large(0..130), large(60..190));
    let count = {
        let (server, faults) = server().await;
        applies(&server, &before).await.unwrap();
        faults.plan(None);
        applies(&server, &after).await.unwrap();
        faults.calls().iter().position(|call| call.starts_with("TransactWriteItems")).unwrap()
    };
    let (server, faults) = server().await;
    applies(&server, &before).await.unwrap();
    faults.plan(Some((count + 1, Fault::Throttled, Lasts::UntilAnswered)));
    applies(&server, &after).await.unwrap_err();
    faults.plan(None);
    let id = before.tenant.id.clone();
    assert!(server.client(&id, "c0", server.now()).await.unwrap().is_some());
    applies(&server, &after).await.unwrap();
    server.forget_configuration();
    assert!(server.client(&id, "c0", server.now()).await.unwrap().is_none());
    assert!(server.client(&id, "c189", server.now()).await.unwrap().is_some());
}

//! With a tenant, the stack's audit key comes into the table, so that no event is lost until `rotate-keys` runs.

use kit::{
    Operator,
    operator::Folder,
    signing_keys::{another_audit_key, audit_key, sealing_key},
};
use rules::time::Timestamp;
use server::store::Store;

const TENANT: &str = "id = \"clinic\"\nname = \"Clinic\"\n";

async fn in_table(store: &Store) -> Option<String> {
    let found = store.audit_key(Timestamp(0)).await.expect("a table");
    found.map(|key| key.value.key_id)
}

#[tokio::test(flavor = "multi_thread")]
async fn apply_and_init_put_the_audit_key_into_the_table_and_replace_it_by_the_one_of_now() {
    let folder = Folder::new();
    let (admit, store) = Operator::on_aws().await;
    let file = folder.file("clinic.toml", TENANT);
    let key = audit_key().await.key;
    let said = admit.runs(&["tenant", "apply", &file, "--audit-key", &key]).good().err;
    assert!(said.contains("audit key is in the table"), "{said}");
    assert_eq!(in_table(&store).await.as_deref(), key.rsplit('/').next());
    assert!(!admit.runs(&["tenant", "apply", &file, "--audit-key", &key]).good().err.contains("audit key"));
    // The stack has another one now.
    let new = another_audit_key().await.key;
    let folder = folder.0.display().to_string();
    admit.runs(&["init", "second", "--name", "Second", "--dir", &folder, "--audit-key", &new]).good();
    assert_eq!(in_table(&store).await.as_deref(), new.rsplit('/').next());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_kms_does_not_give_is_said_and_holds_up_nothing() {
    let folder = Folder::new();
    let (admit, store) = Operator::on_aws().await;
    let file = folder.file("clinic.toml", TENANT);
    let missing = "1234abcd-12ab-34cd-56ef-1234567890ab";
    let said = admit.runs(&["tenant", "apply", &file, "--audit-key", missing]).good().err;
    assert!(said.contains("audit events may be lost") && said.contains("NotFoundException"), "{said}");
    // One that signs is none that encrypts.
    let signing = sealing_key().await;
    let said = admit.runs(&["tenant", "apply", &file, "--audit-key", &signing]).good().err;
    assert!(said.contains("audit events may be lost"), "{said}");
    assert_eq!(in_table(&store).await, None);
}

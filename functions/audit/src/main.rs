//! The Lambda: opens what the other functions have sealed.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), server::lambda::Error> {
    let trail = audit::AuditTrail::from_env().await?;
    server::lambda::run_on_events(|event| trail.keep(event)).await
}

//! The Lambda: starts the server and tells HealthLake what tokens are worth.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), server::lambda::Error> {
    let provider = healthlake::IdentityProvider::from_env().await?;
    server::lambda::run_on_events(|event| provider.answers(event)).await
}

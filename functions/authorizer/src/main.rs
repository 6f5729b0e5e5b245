//! The Lambda: starts the server and tells API Gateway whom to let through.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::lambda::Error> {
    let authorizer = authorizer::Authorizer::from_env().await?;
    shared::lambda::run_on_events(|event| authorizer.answers(event)).await
}

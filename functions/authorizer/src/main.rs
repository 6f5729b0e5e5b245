//! The Lambda: starts the server and tells API Gateway whom to let through.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), server::lambda::Error> {
    let authorizer = authorizer::Authorizer::from_env().await?;
    server::lambda::run_on_events(|event| authorizer.answers(event)).await
}

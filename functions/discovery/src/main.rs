//! The Lambda: starts the server and serves its routes.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), server::lambda::Error> {
    let server = server::Server::from_env().await?;
    server::lambda::run(discovery::routes(server)).await
}

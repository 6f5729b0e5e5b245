//! The Lambda: starts the server and serves its routes.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::lambda::Error> {
    let server = shared::server::Server::signing_from_env().await?;
    shared::lambda::run(token::routes(server)).await
}

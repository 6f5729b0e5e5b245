//! The Lambda: starts the server and serves its routes.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::lambda::Error> {
    let server = shared::server::Server::from_env().await?;
    shared::lambda::run(userinfo::routes(server)).await
}

//! The Lambda: starts the server and serves its routes.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let server = shared::server::Server::from_env().await?;
    lambda_http::run(discovery::routes(server)).await
}

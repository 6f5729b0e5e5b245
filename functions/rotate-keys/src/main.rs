//! The Lambda: starts the server and rotates keys whenever the schedule says so.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::lambda::Error> {
    let (server, maker) = shared::server::Server::with_key_maker().await?;
    shared::lambda::run_on_schedule(|| rotate_keys::rotate_all(&server, &maker)).await
}

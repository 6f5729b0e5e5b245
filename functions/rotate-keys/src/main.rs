//! The Lambda: starts the server and sees to its keys whenever the schedule says so.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::lambda::Error> {
    let (server, keeper) = shared::server::Server::keeping_keys_from_env().await?;
    shared::lambda::run_on_schedule(|| rotate_keys::run(&server, &keeper)).await
}

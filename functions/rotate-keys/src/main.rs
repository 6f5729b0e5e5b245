//! The Lambda: starts the server and sees to its keys whenever the schedule says so.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), server::lambda::Error> {
    let (server, keeper) = server::Server::keeping_keys_from_env().await?;
    server::lambda::run_on_schedule(|| rotate_keys::run(&server, &keeper)).await
}

//! The store's contract, sentence by sentence, on both engines: what is kept, which guards hold, who wins a race.

/// A test that runs on each engine, in a world of its own.
macro_rules! on_both_engines {
    ($(async fn $name:ident($world:ident: World) $body:block)*) => {$(
        mod $name {
            #[allow(clippy::wildcard_imports, reason = "the test stands in the module that it is written in")]
            use super::*;

            async fn check($world: World) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn on_sqlite() {
                check(World::on_sqlite().await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn on_postgresql() {
                if let Some(world) = World::on_postgresql().await {
                    check(world).await;
                }
            }
        }
    )*};
}

mod accounts;
mod address_changes;
mod administration;
mod audit;
mod audit_chain;
mod client_registration;
mod clients;
mod codes;
mod consents;
mod deletions;
mod devices;
mod grants;
mod histories;
mod identities;
mod interactions;
mod keys;
mod logouts;
mod outbox;
mod pending;
#[path = "../support/postgres.rs"]
mod postgres;
mod provisioning;
mod pushed_requests;
mod refresh_tokens;
mod registration;
mod restored;
mod sessions;
mod statements;
mod sweep;
mod throttles;
mod traces;
mod used_jtis;
mod usernames;
mod world;

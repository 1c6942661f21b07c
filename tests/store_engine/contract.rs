//! The contract of the storage engine, sentence by sentence, on both engines.

use std::sync::{Arc, Mutex, mpsc};

use crate::tickets::*;
use doorward::params;
use doorward::store::{StoreFault, StoreOptions, Value};
use futures_util::future::join_all;

/// A test that runs on each engine with a database of its own.
macro_rules! on_both_engines {
    ($(#[$attribute:meta])* async fn $name:ident($database:ident: Database) $body:block) => {
        $(#[$attribute])*
        mod $name {
            use super::*;

            async fn check($database: Database) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn on_sqlite() {
                check(Database::sqlite()).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn on_postgresql() {
                if let Some(database) = Database::postgresql().await {
                    check(database).await;
                }
            }
        }
    };
}

on_both_engines! {
    async fn what_was_written_is_read_back(database: Database) {
        let store = database.store().await;
        let whole = Ticket { id: "a".into(), place: Some("ä'\"$1?".into()), taken_at: Some(i64::MAX), seat: Some(7) };
        assert_eq!(insert(&store, whole).await, Ok(1));
        assert_eq!(insert(&store, ticket("b")).await, Ok(1));
        let found = find(&store, "a").await.expect("it was inserted");
        assert_eq!((found.place.as_deref(), found.taken_at, found.seat), (Some("ä'\"$1?"), Some(i64::MAX), Some(7)));
        assert_eq!(find(&store, "b").await, Some(ticket("b")));
        assert_eq!(find(&store, "c").await, None);
        let listed = store.read((), |tx, ()| Box::pin(async move { tx.all::<Ticket>(LIST, &[]).await })).await;
        assert_eq!(listed.expect("a read").len(), 2);
    }
}

on_both_engines! {
    async fn a_guarded_update_with_64_racing_tasks_has_exactly_one_winner(database: Database) {
        let store = database.store().await;
        insert(&store, ticket("a")).await.expect("a row");
        let race = (0..64).map(|now: i64| {
            let store = store.clone();
            tokio::spawn(async move {
                let unit = store.write(now, |tx, now| {
                    Box::pin(async move { tx.optional::<(String, i64)>(TAKE_RETURNING, params!["a", *now]).await })
                });
                unit.await.expect("a lost race is a value")
            })
        });
        let outcomes: Vec<_> = join_all(race).await.into_iter().map(|task| task.expect("no panic")).collect();
        let winners: Vec<_> = outcomes.into_iter().flatten().collect();
        assert_eq!(winners.len(), 1);
        assert_eq!(find(&store, "a").await.and_then(|row| row.taken_at), Some(winners[0].1));
    }
}

on_both_engines! {
    async fn a_unit_that_fails_is_undone_alone(database: Database) {
        let store = database.store().await;
        let units = (0..64).map(|number: i64| {
            store.write(number, |tx, number| {
                Box::pin(async move {
                    tx.execute(INSERT, params![&number.to_string(), None::<&str>, None::<i64>, None::<i64>]).await?;
                    if number % 2 == 1 { Err(StoreFault::NoRow) } else { Ok(*number) }
                })
            })
        });
        for (number, outcome) in join_all(units).await.into_iter().enumerate() {
            let kept = number % 2 == 0;
            assert_eq!(outcome.is_ok(), kept);
            assert_eq!(find(&store, &number.to_string()).await.is_some(), kept);
        }
    }
}

on_both_engines! {
    async fn a_unit_that_goes_on_after_a_failed_statement_is_undone(database: Database) {
        let store = database.store().await;
        insert(&store, ticket("a")).await.expect("a row");
        let unit = store.write((), |tx, ()| Box::pin(async move {
            tx.execute(INSERT, params!["b", None::<&str>, None::<i64>, None::<i64>]).await?;
            let _ = tx.execute(INSERT, params!["a", None::<&str>, None::<i64>, None::<i64>]).await;
            let _ = tx.execute(INSERT, params!["c", None::<&str>, None::<i64>, None::<i64>]).await;
            Ok(())
        }));
        assert_eq!(unit.await, Err(StoreFault::Conflict { constraint: "tickets_pkey".into() }));
        assert_eq!(count(&store).await, 1);
    }
}

on_both_engines! {
    async fn a_unit_that_panics_is_undone_and_the_next_one_works(database: Database) {
        let store = database.store().await;
        let unit = store.write((), |tx, ()| Box::pin(async move {
            tx.execute(INSERT, params!["a", None::<&str>, None::<i64>, None::<i64>]).await?;
            assert!(tx.execute(COUNT, &[]).await.is_ok_and(|rows| rows > 9), "on purpose");
            Ok(())
        }));
        assert_eq!(unit.await, Err(StoreFault::Panicked { detail: "on purpose".into() }));
        let reading = store.read((), |_, ()| Box::pin(async move { if true { panic!("on purpose") } else { Ok(()) } }));
        assert_eq!(reading.await, Err(StoreFault::Panicked { detail: "on purpose".into() }));
        assert_eq!(insert(&store, ticket("b")).await, Ok(1));
        assert_eq!(count(&store).await, 1);
    }
}

on_both_engines! {
    async fn a_conflict_names_the_constraint_alike(database: Database) {
        let store = database.store().await;
        let seated = |id: &str, place: &str, seat: i64| {
            Ticket { place: Some(place.to_owned()), seat: Some(seat), ..ticket(id) }
        };
        insert(&store, seated("a", "x", 1)).await.expect("a row");
        let conflict = |name: &str| Err(StoreFault::Conflict { constraint: name.to_owned() });
        assert_eq!(insert(&store, seated("a", "y", 2)).await, conflict("tickets_pkey"));
        assert_eq!(insert(&store, seated("b", "x", 2)).await, conflict("tickets_place_key"));
        assert_eq!(insert(&store, seated("b", "y", 1)).await, conflict("tickets_by_seat"));
        let stub = |number: i64| {
            store.write(number, |tx, n| Box::pin(async move { tx.execute(INSERT_STUB, params!["a", *n]).await }))
        };
        assert_eq!(stub(1).await, Ok(1));
        assert_eq!(stub(1).await, conflict("stubs_ticket_id_number_key"));
    }
}

on_both_engines! {
    async fn broken_rules_have_faults_of_their_own(database: Database) {
        let store = database.store().await;
        let orphan = store.write((), |tx, ()| {
            Box::pin(async move { tx.execute(INSERT_STUB, params!["nobody", 1_i64]).await })
        });
        assert_eq!(orphan.await, Err(StoreFault::ForeignKey));
        let impossible = insert(&store, Ticket { seat: Some(-1), ..ticket("a") }).await;
        assert!(matches!(impossible, Err(StoreFault::Rule { .. })), "{impossible:?}");
        let nul = insert(&store, ticket("a\0b")).await;
        assert!(matches!(nul, Err(StoreFault::Statement { .. })), "{nul:?}");
        let missing = store.read((), |tx, ()| Box::pin(async move { tx.one::<Ticket>(FIND, params!["a"]).await }));
        assert_eq!(missing.await, Err(StoreFault::NoRow));
    }
}

on_both_engines! {
    async fn a_statement_or_record_that_does_not_fit_is_a_fault(database: Database) {
        let store = database.store().await;
        insert(&store, ticket("a")).await.expect("a row");
        let attempt = |sql: &'static str, params: &'static [Value<'static>]| {
            store.write((), move |tx, ()| Box::pin(async move { tx.execute(sql, params).await }))
        };
        let fewer = attempt(TAKE, &[Value::Text(Some("a"))]).await;
        assert!(matches!(fewer, Err(StoreFault::Statement { .. })), "{fewer:?}");
        let wrong = attempt("UPDATE tickets SET a = 1", &[]).await;
        assert!(matches!(wrong, Err(StoreFault::Statement { .. })), "{wrong:?}");
        // Statements are tried on the schema beforehand: without its table one is right and the database is not.
        let gone = attempt("UPDATE nowhere SET a = 1", &[]).await;
        assert!(matches!(gone, Err(StoreFault::Unavailable { .. })), "{gone:?}");
        let null = store.read((), |tx, ()| Box::pin(async move {
            tx.one::<(String,)>("SELECT place FROM tickets", &[]).await
        })).await;
        assert!(matches!(null, Err(StoreFault::Shape { .. })), "{null:?}");
        let text = store.read((), |tx, ()| Box::pin(async move {
            tx.one::<(i64,)>("SELECT id FROM tickets", &[]).await
        })).await;
        assert!(matches!(text, Err(StoreFault::Shape { .. })), "{text:?}");
        assert_eq!(count(&store).await, 1);
    }
}

on_both_engines! {
    async fn parameters_go_by_number_not_by_appearance(database: Database) {
        let store = database.store().await;
        let swapped = "INSERT INTO tickets (place, id, seat) VALUES ($3, $1, $2)";
        let unit = store.write((), move |tx, ()| {
            Box::pin(async move { tx.execute(swapped, params!["a", 5_i64, "x"]).await })
        });
        assert_eq!(unit.await, Ok(1));
        let expected = Ticket { place: Some("x".into()), seat: Some(5), ..ticket("a") };
        assert_eq!(find(&store, "a").await, Some(expected));
    }
}

on_both_engines! {
    async fn one_more_than_the_queue_holds_is_told_that_the_store_is_busy(database: Database) {
        database.store().await.shutdown().await;
        let store = database.open(&StoreOptions { queue: 2, ..options() }).await.expect("it opens");
        let (begun, has_begun) = mpsc::channel();
        let (release, released) = mpsc::channel();
        let gate = Arc::new(Mutex::new((begun, released)));
        let slow = tokio::spawn({
            let store = store.clone();
            async move {
                // It holds its thread, as a slow disk would.
                let unit = store.write(gate, |_, gate| Box::pin(async move {
                    let (begun, released) = &*gate.lock().expect("one unit");
                    begun.send(()).expect("the test listens");
                    released.recv().expect("the test releases");
                    Ok(())
                }));
                unit.await
            }
        });
        has_begun.recv().expect("the unit begins");
        let inserts = join_all(["a", "b", "c"].map(|id| insert(&store, ticket(id))));
        // The inserts are handed in, in this order, before the slow unit is let go.
        let (outcomes, sent) = futures_util::join!(inserts, async { release.send(()) });
        sent.expect("the unit waits");
        slow.await.expect("no panic").expect("the slow unit is done");
        assert_eq!(outcomes[0], Ok(1));
        assert_eq!(outcomes[2], Err(StoreFault::Busy));
        assert_eq!(insert(&store, ticket("d")).await, Ok(1));
        assert!(find(&store, "c").await.is_none());
    }
}

on_both_engines! {
    async fn what_was_acknowledged_is_there_after_reopening(database: Database) {
        let store = database.store().await;
        insert(&store, ticket("a")).await.expect("a row");
        store.shutdown().await;
        assert_eq!(insert(&store, ticket("b")).await, Err(StoreFault::Closed));
        let reading = store.read((), |tx, ()| Box::pin(async move { tx.one::<(i64,)>(COUNT, &[]).await })).await;
        assert_eq!(reading, Err(StoreFault::Closed));
        let again = database.open(&options()).await.expect("it opens");
        assert_eq!(count(&again).await, 1);
    }
}

on_both_engines! {
    async fn shutting_down_finishes_what_was_accepted(database: Database) {
        let store = database.store().await;
        let ids: Vec<String> = (0..100).map(|number| number.to_string()).collect();
        let inserts = join_all(ids.iter().map(|id| insert(&store, ticket(id))));
        let (outcomes, ()) = futures_util::join!(inserts, store.shutdown());
        let accepted = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        let again = database.open(&options()).await.expect("it opens");
        assert_eq!(count(&again).await, i64::try_from(accepted).expect("small"));
        assert!(outcomes.iter().all(|outcome| matches!(outcome, Ok(1) | Err(StoreFault::Closed))));
    }
}

on_both_engines! {
    async fn migrations_go_up_and_down_and_up_again(database: Database) {
        let store = database.open(&options()).await.expect("it opens");
        let applied = async || -> Vec<bool> {
            let states = store.migration_status().await.expect("a status");
            states.into_iter().map(|state| state.is_applied).collect()
        };
        assert_eq!(applied().await, [false, false]);
        store.migrate_up().await.expect("up");
        assert_eq!(applied().await, [true, true]);
        store.migrate_up().await.expect("nothing to do");
        store.migrate_down(1).await.expect("one down");
        assert_eq!(applied().await, [true, false]);
        store.migrate_down(5).await.expect("all down");
        assert_eq!(applied().await, [false, false]);
        assert!(store.prepare(COUNT).await.is_err());
        store.migrate_up().await.expect("up again");
        assert_eq!(insert(&store, ticket("a")).await, Ok(1));
    }
}

on_both_engines! {
    async fn many_that_open_an_empty_database_at_once_migrate_it_once(database: Database) {
        let database = Arc::new(database);
        let starts = (0..8).map(|number: i32| {
            let database = Arc::clone(&database);
            tokio::spawn(async move { insert(&database.store().await, ticket(&number.to_string())).await })
        });
        for outcome in join_all(starts).await {
            assert_eq!(outcome.expect("no panic"), Ok(1));
        }
        assert_eq!(count(&database.store().await).await, 8);
    }
}

on_both_engines! {
    async fn a_newer_schema_is_refused(database: Database) {
        database.store().await.shutdown().await;
        let older = StoreOptions { migrations: &OLDER_SCHEMA, ..options() };
        let refused = database.open(&older).await.err();
        assert_eq!(refused, Some(StoreFault::Newer { found: 2, known: 1 }));
    }
}

on_both_engines! {
    async fn a_migration_that_changed_after_it_was_applied_is_refused(database: Database) {
        database.store().await.shutdown().await;
        let changed = StoreOptions { migrations: &CHANGED_SCHEMA, ..options() };
        let store = database.open(&changed).await.expect("it opens");
        assert!(matches!(store.migrate_up().await, Err(StoreFault::Migration { .. })));
    }
}

on_both_engines! {
    async fn a_migration_that_fails_leaves_nothing_of_itself(database: Database) {
        let broken = StoreOptions { migrations: &BROKEN_SCHEMA, ..options() };
        let store = database.open(&broken).await.expect("it opens");
        let failed = store.migrate_up().await;
        assert!(matches!(failed, Err(StoreFault::Migration { .. })), "{failed:?}");
        assert!(store.prepare("SELECT id FROM extra").await.is_err());
        store.shutdown().await;
        let mended = database.store().await;
        assert_eq!(insert(&mended, ticket("a")).await, Ok(1));
    }
}

on_both_engines! {
    async fn every_statement_can_be_prepared_without_running(database: Database) {
        let store = database.store().await;
        let taking = store.prepare(TAKE_RETURNING).await.expect("it is sound");
        assert_eq!((taking.columns, taking.parameters), (vec!["id".to_owned(), "taken_at".to_owned()], 2));
        assert_eq!(store.prepare(INSERT).await.expect("it is sound").parameters, 4);
        assert!(store.prepare("SELECT nothing FROM tickets").await.is_err());
    }
}

on_both_engines! {
    async fn a_store_that_answers_is_ready(database: Database) {
        let store = database.open(&options()).await.expect("it opens");
        assert_eq!(store.ready().await, Ok(()));
        store.shutdown().await;
        assert_eq!(store.ready().await, Err(StoreFault::Closed));
    }
}

on_both_engines! {
    async fn the_schema_of_the_product_goes_up_and_down_and_up_again(database: Database) {
        let store = database.open(&StoreOptions::default()).await.expect("it opens");
        store.migrate_up().await.expect("up");
        store.migrate_down(usize::MAX).await.expect("all down");
        store.migrate_up().await.expect("up again");
        let states = store.migration_status().await.expect("a status");
        assert!(states.iter().all(|state| state.is_applied));
    }
}

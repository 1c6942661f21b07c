//! Every statement of the store, put to both engines.

use std::path::Path;

use doorward::store::{FromRow, Row, StoreFault, Value, statements};

use crate::world::World;

/// Tables of a few rows, and indexes of a few, that are read or changed as a whole.
const WHOLE_TABLES: [&str; 10] = [
    "doorward::store::audit_seal::COUNT_UNSEALED",
    "doorward::store::administration::HOLD_ADMINISTRATORS",
    "doorward::store::keys::LIST",
    "doorward::store::keys::REVISION",
    "doorward::store::keys::RAISE_REVISION",
    "doorward::store::audit_seal::HEAD",
    "doorward::store::audit_seal::ADVANCE",
    "doorward::store::audit_seal::MOVE_BEGINNING",
    "doorward::store::audit_seal::UNSEALED",
    "doorward::store::used_jtis::ROOM_TAKEN",
];

#[tokio::test]
async fn every_statement_has_the_same_parameters_and_columns_on_both_engines() {
    let sqlite = World::on_sqlite().await;
    let postgresql = World::on_postgresql().await;
    for (name, sql) in statements() {
        let on_sqlite = sqlite.store.prepare(sql).await.unwrap_or_else(|fault| panic!("{name}: {fault}"));
        if let Some(postgresql) = &postgresql {
            let on_postgresql = postgresql.store.prepare(sql).await.unwrap_or_else(|fault| panic!("{name}: {fault}"));
            assert_eq!(on_sqlite, on_postgresql, "{name}");
        }
    }
}

/// A step of SQLite's plan for a statement.
struct PlanStep(String);

impl FromRow for PlanStep {
    fn from_row(row: &Row<'_>) -> Result<PlanStep, StoreFault> {
        row.text(3).map(PlanStep)
    }
}

async fn plan(world: &World, sql: &str) -> Vec<String> {
    let explain: &'static str = format!("EXPLAIN QUERY PLAN {sql}").leak();
    let count = world.store.prepare(explain).await.expect("it is sound").parameters;
    let steps = world.store.read(count, move |db, count| {
        Box::pin(async move {
            let values = vec![Value::Integer(Some(1)); *count];
            db.all::<PlanStep>(explain, &values).await
        })
    });
    steps.await.expect("a plan").into_iter().map(|PlanStep(detail)| detail).collect()
}

#[tokio::test]
async fn no_statement_goes_through_a_whole_table() {
    let world = World::on_sqlite().await;
    for (name, sql) in statements().filter(|(name, _)| !WHOLE_TABLES.contains(name)) {
        let plan = plan(&world, sql).await;
        assert!(!plan.iter().any(|step| step.starts_with("SCAN ")), "{name}: {plan:?}");
    }
}

#[tokio::test]
async fn whoever_makes_room_reads_no_more_of_other_clients_than_an_index_says() {
    // Their metadata may be 64 kB each, and one writer waits for another.
    let world = World::on_sqlite().await;
    let (_, sql) = statements().find(|(name, _)| name.ends_with("client_registration::UNUSED")).expect("it is there");
    let plan = plan(&world, sql).await;
    assert!(plan[0].starts_with("SEARCH c USING COVERING INDEX"), "{plan:?}");
    assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE")), "{plan:?}");
}

#[tokio::test]
async fn every_reference_to_another_table_has_an_index() {
    let world = World::on_sqlite().await;
    let without = "SELECT m.name || '.' || f.\"from\" FROM sqlite_schema m, pragma_foreign_key_list(m.name) f \
        WHERE m.type = 'table' AND NOT EXISTS (SELECT 1 FROM pragma_index_list(m.name) l, pragma_index_info(l.name) i \
        WHERE i.seqno = 0 AND i.name = f.\"from\")";
    let found = world.store.read((), move |db, ()| Box::pin(db.all::<(String,)>(without, &[]))).await;
    assert_eq!(found, Ok(Vec::new()));
}

#[test]
fn no_statement_stands_outside_the_list() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store");
    for file in std::fs::read_dir(folder).expect("the store's folder") {
        let path = file.expect("an entry").path();
        let Some(text) = path.extension().and_then(|_| std::fs::read_to_string(&path).ok()) else { continue };
        let is_listed = path.ends_with("statement.rs");
        assert!(is_listed || !text.contains(": &str ="), "{} has a statement outside `statements!`", path.display());
    }
}

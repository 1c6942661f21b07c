//! Traces: found by any request that had a part in them, forgotten after a day.

use doorward::base::bounds::TRACE_SECONDS;
use doorward::base::{GrantId, Timestamp};
use doorward::model::trace::{TraceEntry, TraceEvent};
use doorward::store::trace_expires;

use crate::world::{NOW, World};

fn entry(request: &str, trace: Option<&str>, grant: Option<&GrantId>, at: Timestamp) -> TraceEntry {
    TraceEntry {
        request_id: request.to_owned(),
        trace: trace.map(str::to_owned),
        grant_id: grant.cloned(),
        client_id: Some("acme".to_owned()),
        at,
        events: vec![TraceEvent { kind: "step".into(), detail: serde_json::json!({"page": "/login"}) }],
        expires_at: trace_expires(at),
    }
}

on_both_engines! {
    async fn a_trace_is_found_by_each_of_its_requests_and_whole(world: World) {
        let grant = GrantId::generate_at(NOW, &mut world.draw());
        let entries = vec![
            entry("r1", Some("r1"), None, NOW),
            entry("r2", Some("r1"), Some(&grant), NOW.plus_seconds(1)),
            entry("r3", None, Some(&grant), NOW.plus_seconds(2)),
            entry("r4", Some("r4"), None, NOW.plus_seconds(3)),
        ];
        world.store.put_traces(entries.clone()).await.expect("a write");
        for name in ["r1", "r2", "r3"] {
            let (id, found) = world.store.find_trace(name).await.expect("a read").expect("it is there");
            assert_eq!((id.as_str(), &found[..]), ("r1", &entries[..3]), "{name}");
        }
        assert_eq!(world.store.find_trace("r5").await, Ok(None));
        let listed = world.store.list_traces(None, 10).await.expect("a read");
        assert_eq!(listed.iter().map(|trace| trace.id.as_str()).collect::<Vec<_>>(), ["r4", "r1"]);
        assert!(world.store.list_traces(Some("other".to_owned()), 10).await.expect("a read").is_empty());
    }

    async fn a_request_that_only_knows_a_forgotten_grant_names_no_trace(world: World) {
        let grant = GrantId::generate_at(NOW, &mut world.draw());
        world.store.put_traces(vec![entry("r1", None, Some(&grant), NOW)]).await.expect("a write");
        assert_eq!(world.store.find_trace("r1").await, Ok(None));
    }

    async fn traces_are_forgotten_after_a_day(world: World) {
        world.store.put_traces(vec![entry("r1", Some("r1"), None, NOW)]).await.expect("a write");
        world.store.sweep(NOW.plus_seconds(TRACE_SECONDS)).await.expect("a write");
        assert!(world.store.find_trace("r1").await.expect("a read").is_some());
        world.store.sweep(NOW.plus_seconds(TRACE_SECONDS + 1)).await.expect("a write");
        assert_eq!(world.store.find_trace("r1").await, Ok(None));
    }
}

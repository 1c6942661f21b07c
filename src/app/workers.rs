//! The work that goes on in the background, started and ended with the program.

use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinHandle;

use super::compose::Prepared;
use super::policy;
use crate::config::Settings;
use crate::endpoint::Context;
use crate::listener::{Stage, Stop, Switch};
use crate::pages::{MailFrame, Pages};
use crate::worker::{AuditKeeper, Delivery, LogoutTeller, TraceWriter, Watcher, sweep_forever};

/// The workers of one process.
pub struct Workers {
    end: Switch,
    /// Has an end of its own, so that no mail is cut off half-way.
    delivery: Option<JoinHandle<()>>,
    /// Ended wherever they are; each of their steps is whole by itself.
    others: Vec<JoinHandle<()>>,
    /// Writes once more at the end.
    traces: Option<TraceWriter>,
}

impl Workers {
    /// Starts what the settings ask for.
    pub fn start(prepared: &Prepared) -> Self {
        let context = &prepared.context;
        let (end, ended) = Switch::new();
        let audit = AuditKeeper {
            store: context.store.clone(),
            clock: context.clock.clone(),
            entropy: context.entropy.clone(),
            keep_seconds: policy::audit_kept_seconds(&prepared.settings),
        };
        let mut others = vec![
            tokio::spawn(audit.clone().seal_forever()),
            tokio::spawn(audit.prune_forever()),
            tokio::spawn(sweep_forever(context.store.clone(), context.clock.clone())),
            tokio::spawn(prepared.follower.clone().follow(context.keys.clone())),
        ];
        if context.features.backchannel_logout {
            others.push(tokio::spawn(logout_teller(context, prepared.counters.clone()).tell_forever()));
        }
        let traces = trace_writer(context);
        if let Some(writer) = &traces {
            others.push(tokio::spawn(writer.clone().write_forever()));
        }
        if let Some(certificate) = &prepared.sockets.certificate {
            let interval = Duration::from_secs(prepared.settings.tls.reload_seconds);
            others.push(tokio::spawn(certificate.clone().keep_fresh(interval)));
        }
        if let Some(authority) = &prepared.sockets.authority {
            others.push(tokio::spawn(authority.clone().keep_renewed()));
        }
        match signal(SignalKind::hangup()) {
            Ok(hangups) => others.push(tokio::spawn(reload_on(hangups, context.pages.clone()))),
            Err(problem) => tracing::warn!(%problem, "SIGHUP will not reload the templates"),
        }
        let delivery = prepared.settings.can_mail().then(|| {
            let delivery = delivery(context, &prepared.settings, prepared.counters.clone());
            tokio::spawn(delivery.run(async move { wait_for(ended).await }))
        });
        Self { end, delivery, others, traces }
    }

    /// Ends them all; deliveries that have begun get until `patience` runs out.
    pub async fn stop(self, patience: impl Future<Output = ()>) {
        self.end.finish();
        for worker in &self.others {
            worker.abort();
        }
        if let Some(writer) = &self.traces {
            writer.write_rest().await;
        }
        let Some(mut delivery) = self.delivery else { return };
        tokio::select! {
            _ = &mut delivery => {}
            () = patience => delivery.abort(),
        }
    }
}

async fn wait_for(mut ended: Stop) {
    ended.reached(Stage::Finishing).await;
}

/// The worker that delivers the outbox.
pub fn delivery(context: &Context, settings: &Settings, watcher: Arc<dyn Watcher>) -> Delivery {
    Delivery {
        store: context.store.clone(),
        clock: context.clock.clone(),
        master_key: context.master_key.clone(),
        pages: context.pages.clone(),
        frame: MailFrame {
            issuer: context.issuer.to_string(),
            host: context.issuer.host().to_owned(),
            product: settings.pages.name.clone(),
        },
        transport: context.mail.clone(),
        at_once: context.mail.width(),
        written: context.mail_written.clone(),
        watcher,
    }
}

/// The worker that tells clients of logouts.
pub fn logout_teller(context: &Context, watcher: Arc<dyn Watcher>) -> LogoutTeller {
    LogoutTeller {
        store: context.store.clone(),
        clock: context.clock.clone(),
        entropy: context.entropy.clone(),
        issuer: context.issuer.clone(),
        subjects: context.tokens.subjects.clone(),
        keys: context.keys.clone(),
        signer: context.signer.clone(),
        outbound: context.outbound.clone(),
        watcher,
    }
}

/// The worker that writes traces, where they are kept.
pub fn trace_writer(context: &Context) -> Option<TraceWriter> {
    let queue = context.traces.clone()?;
    Some(TraceWriter { store: context.store.clone(), queue })
}

async fn reload_on(mut hangups: Signal, pages: Arc<Pages>) {
    while hangups.recv().await.is_some() {
        match pages.reload() {
            Ok(()) => tracing::info!("the templates were read again"),
            Err(fault) => tracing::error!(%fault, "the templates stay as they were"),
        }
    }
}

//! Telling everything to stop: first politely, then at once.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::{Stream, StreamExt};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

/// How far the end has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Everything runs.
    Running,
    /// Nothing new begins, what runs is finished.
    Finishing,
    /// Everything ends now.
    AtOnce,
}

/// The one who says stop.
#[derive(Debug)]
pub struct Switch(watch::Sender<Stage>);

/// One of those who are told.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<Stage>);

impl Switch {
    /// A switch and the first listener to it; more by cloning.
    pub fn new() -> (Self, Stop) {
        let (sender, receiver) = watch::channel(Stage::Running);
        (Self(sender), Stop(receiver))
    }

    /// Begins the end.
    pub fn finish(&self) {
        self.advance(Stage::Finishing);
    }

    /// Ends without waiting.
    pub fn at_once(&self) {
        self.advance(Stage::AtOnce);
    }

    fn advance(&self, to: Stage) {
        self.0.send_if_modified(|stage| {
            let further = to > *stage;
            *stage = to.max(*stage);
            further
        });
    }

    /// The first signal begins the end, the second ends at once. Never gives up the switch before that.
    pub async fn follow(self, mut signals: impl Stream<Item = ()> + Unpin) {
        signals.next().await;
        self.finish();
        signals.next().await;
        self.at_once();
    }
}

impl Stop {
    /// How far the end has come.
    pub fn stage(&self) -> Stage {
        *self.0.borrow()
    }

    /// Waits until the end has come as far as `stage`. Waits for ever when the switch is gone before, because nobody
    /// can say stop any more.
    pub async fn reached(&mut self, stage: Stage) {
        if self.0.wait_for(|now| *now >= stage).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// SIGTERM and SIGINT of this process.
#[derive(Debug)]
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Takes over both signals, so that they no longer end the process by themselves.
    pub fn install() -> std::io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }
}

impl Stream for Signals {
    type Item = ();

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<()>> {
        let terminate = self.terminate.poll_recv(context);
        let interrupt = self.interrupt.poll_recv(context);
        if terminate.is_ready() || interrupt.is_ready() { Poll::Ready(Some(())) } else { Poll::Pending }
    }
}

//! Flows: how a program that keeps no cookies goes through what takes a mailed code.
//!
//! A flow is an interaction like those of the pages. What binds it to the program that began it is a secret in its
//! name, where the pages have a browser's cookie; so a code is good in its own flow only, whoever knows it.

use poem_openapi::Object;

use crate::base::{Draw, InteractionId, OpaqueToken, TokenKind};
use crate::endpoint::browser::Browser;
use crate::endpoint::exchange::Exchange;
use crate::endpoint::failure::{Failure, HttpRefusal};
use crate::endpoint::mailed_code::{Resent, Tried, trial, try_code};
use crate::endpoint::scene::{Scene, begin};
use crate::model::CodeRecord;
use crate::model::interaction::{Proving, Purpose};
use crate::pages::Problem;
use crate::protocol::next_step::admit;

/// A flow that waits for a mailed code. It says the same whether or not anybody got a mail.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct Flow {
    /// Its name, for the calls that go on with it. It is a secret: whoever has it and the code goes on.
    pub flow: String,
    /// When the code dies, in seconds since 1970.
    pub expires_at: i64,
    /// How long until another code may be asked for. Absent when no more are sent.
    pub resend_after_seconds: Option<i64>,
}

/// A flow on its way.
pub struct Running {
    secret: OpaqueToken,
    /// All that is known in it.
    pub scene: Scene,
}

const SEPARATOR: char = '.';

impl Running {
    /// Begins a flow.
    pub async fn begin(exchange: &Exchange, draw: &mut Draw) -> Result<Self, Failure> {
        Self::begin_for(exchange, Purpose::Account { path: String::new() }, draw).await
    }

    /// Begins a flow at whose end stands `purpose`.
    pub async fn begin_for(exchange: &Exchange, purpose: Purpose, draw: &mut Draw) -> Result<Self, Failure> {
        let secret = OpaqueToken::generate(TokenKind::Flow, draw);
        let program = Browser::of_flow(secret.clone());
        let interaction = begin(exchange, &program, purpose, draw).await?;
        let scene = Scene::load(exchange, program, interaction).await?;
        Ok(Self { secret, scene })
    }

    /// The open flow of this name that leads to the account. What a client began is its own (`challenge`).
    pub async fn find(exchange: &Exchange, name: &str) -> Result<Self, Failure> {
        let running = Self::find_any(exchange, name).await?;
        if running.scene.interaction.request().is_none() { Ok(running) } else { Err(HttpRefusal::FlowUnknown.into()) }
    }

    /// The open flow of this name, whatever it leads to.
    pub async fn find_any(exchange: &Exchange, name: &str) -> Result<Self, Failure> {
        let (secret, id) = parse(name).ok_or(HttpRefusal::FlowUnknown)?;
        let interaction = exchange.context.store.find_interaction(&id).await?;
        admit(interaction.as_ref(), Some(&secret.digest()), exchange.now).map_err(|_| HttpRefusal::FlowUnknown)?;
        let interaction = interaction.ok_or(HttpRefusal::FlowUnknown)?;
        let scene = Scene::load(exchange, Browser::of_flow(secret.clone()), interaction).await?;
        Ok(Self { secret, scene })
    }

    /// What the flow waits for, if that is one of the things that `awaited` picks. A code of another kind is worthless
    /// here, so its flow is as unknown as any.
    pub fn awaiting(&self, awaited: impl Fn(&Scene) -> Option<&Proving>) -> Result<Proving, HttpRefusal> {
        awaited(&self.scene).cloned().ok_or(HttpRefusal::FlowUnknown)
    }

    /// Tries what was typed against the awaited code.
    pub async fn try_code(&self, exchange: &Exchange, proving: &Proving, typed: &str) -> Result<CodeRecord, Failure> {
        match try_code(exchange, &self.scene, proving, Some(typed)).await? {
            Tried::Right(record) => Ok(*record),
            Tried::Refused(trial) => Err(Failure::NotTaken(trial.problems)),
        }
    }

    /// How the flow goes on after another code was asked for.
    pub fn after(&self, exchange: &Exchange, resent: Resent) -> Result<Flow, Failure> {
        match resent {
            Resent::Sent(record) => Ok(self.told(exchange, &record)),
            Resent::Refused(_, problem) => Err(Failure::NotTaken(vec![problem])),
        }
    }

    /// Its name, which is a secret.
    pub fn name(&self) -> String {
        format!("{}{SEPARATOR}{}", self.secret.expose(), self.scene.interaction.id)
    }

    /// The flow as its program is told of it, while it waits for the code of `record`.
    pub fn told(&self, exchange: &Exchange, record: &CodeRecord) -> Flow {
        let proving = Proving { purpose: record.purpose, email: record.email.clone(), account: record.account.clone() };
        let trial = trial(exchange, &proving, Some(record), Vec::new());
        Flow {
            flow: self.name(),
            expires_at: exchange.context.codes.digits_expire_at(record).seconds(),
            resend_after_seconds: (trial.resends_left > 0).then_some(trial.resend_wait_seconds),
        }
    }

    /// The flow is over: its name is worth nothing from here on.
    pub async fn finish(&self, exchange: &Exchange) -> Result<(), Failure> {
        exchange.context.store.finish_interaction(&self.scene.interaction.id, exchange.now).await?;
        Ok(())
    }
}

/// What one problem comes to.
pub fn not_taken(problem: Problem) -> Failure {
    Failure::NotTaken(vec![problem])
}

fn parse(name: &str) -> Option<(OpaqueToken, InteractionId)> {
    let (secret, id) = name.split_once(SEPARATOR)?;
    Some((OpaqueToken::parse(TokenKind::Flow, secret)?, id.parse().ok()?))
}

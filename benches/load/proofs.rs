//! Work by clients that sign assertions, make proofs of possession and push their requests, and that none of these works
//! twice or for somebody else.

use std::sync::Arc;

use crate::caller::Caller;
use crate::http::{Connection, Wrong};
use crate::key::{Key, MakeKey};
use crate::person::{Held, get_tokens};
use crate::site::{BANK, Client, ED_PROVER, ED_SIGNER, KIOSK, PHONE, PROVER, ROBOT, SHOP, SIGNER};
use crate::visitors::{Curious, Machine, Pusher, Refresher, Returning};
use crate::work::{Bench, Work};

impl Bench {
    /// All of it.
    pub async fn run_proven(
        &mut self,
        people: &[Arc<str>],
        most: usize,
        chosen: impl Fn(Work) -> bool,
    ) -> Result<(), Wrong> {
        self.run_machines(most, &chosen).await?;
        for (work, client, key) in [(Work::Push, KIOSK, None), (Work::PushProven, BANK, Some(Key::es256 as MakeKey))] {
            if chosen(work) {
                let pushers = (0..most).map(|_| Pusher::new(&self.common, self.caller(client, key))).collect();
                self.load(work, pushers).await;
            }
        }
        for (work, client, key) in
            [(Work::PushedFlow, KIOSK, None), (Work::PushedFlowProven, BANK, Some(Key::es256 as MakeKey))]
        {
            if chosen(work) {
                let everybody = people.iter().cycle().take(most);
                let returning = |cookies| Returning::pushing(&self.common, cookies, self.caller(client, key));
                let returning = everybody.map(returning).collect();
                self.load(work, returning).await;
            }
        }
        if chosen(Work::RefreshProven) {
            let refreshers = self.refreshers((PHONE, Some(Key::es256)), people, most).await?;
            let refreshers = self.load(Work::RefreshProven, refreshers).await;
            self.check_bound_refresh(&refreshers).await?;
            self.check_rotation(refreshers).await?;
        }
        if chosen(Work::UserinfoProven) {
            let held = self.hold_bound_tokens(people).await?;
            let curious = held.iter().cycle().take(most).map(|(caller, held)| Curious::new(caller, held)).collect();
            let curious: Vec<Curious> = self.load(Work::UserinfoProven, curious).await;
            for one in curious.iter().take(1) {
                self.refused_the_second_time(&one.request(), 401, "invalid_dpop_proof").await?;
            }
        }
        Ok(())
    }

    async fn run_machines(&mut self, most: usize, chosen: &impl Fn(Work) -> bool) -> Result<(), Wrong> {
        let (es256, eddsa): (MakeKey, MakeKey) = (Key::es256, Key::eddsa);
        let machines = [
            (Work::AssertionEs256, SIGNER, None, (401, "invalid_client")),
            (Work::AssertionEdDsa, ED_SIGNER, None, (401, "invalid_client")),
            (Work::Proof, ROBOT, Some(es256), (400, "invalid_dpop_proof")),
            (Work::BothEs256, PROVER, Some(es256), (401, "invalid_client")),
            (Work::BothEdDsa, ED_PROVER, Some(eddsa), (401, "invalid_client")),
        ];
        for (work, client, key, (status, error)) in machines {
            if chosen(work) {
                let machines = (0..most).map(|_| Machine::new(&self.common, self.caller(client, key))).collect();
                let machines = self.load(work, machines).await;
                for one in machines.iter().take(1) {
                    self.refused_the_second_time(&one.request(), status, error).await?;
                }
            }
        }
        Ok(())
    }

    /// A client, with a new key of its own if it makes proofs.
    pub fn caller(&self, client: Client, key: Option<MakeKey>) -> Caller {
        match key {
            Some(key) => Caller::with_key(client, &self.common.issuer, key()),
            None => Caller::new(client, &self.common.issuer),
        }
    }

    async fn hold_bound_tokens(&self, people: &[Arc<str>]) -> Result<Vec<(Arc<Caller>, Arc<Held>)>, Wrong> {
        let mut connection = Connection::open(self.server.address).await?;
        let from = (&*self.common.issuer, &self.common.tokens);
        let mut held = Vec::with_capacity(people.len());
        for cookies in people {
            let caller = self.caller(SHOP, Some(Key::es256));
            let tokens = get_tokens(&mut connection, cookies, (&caller, "openid profile email"), from).await?;
            held.push((Arc::new(caller), Arc::new(tokens)));
        }
        Ok(held)
    }

    /// What works once: the second time, byte by byte the same is refused.
    async fn refused_the_second_time(&self, request: &[u8], status: u16, error: &str) -> Result<(), Wrong> {
        let mut connection = Connection::open(self.server.address).await?;
        connection.ask(request).await?.with_status(200, "an answer the first time")?;
        let answer = connection.ask(request).await?.with_status(status, "a refusal of what was used")?;
        let said = format!("{} {}", answer.text(), answer.header("www-authenticate").unwrap_or_default());
        if said.contains(error) { Ok(()) } else { Err(Wrong::answer("the refusal of a repetition", said)) }
    }

    /// A refresh token that is bound to a key is refused without it and with another one, and is good afterwards.
    async fn check_bound_refresh(&self, refreshers: &[Refresher]) -> Result<(), Wrong> {
        let Some(refresher) = refreshers.first() else { return Ok(()) };
        let mut connection = Connection::open(self.server.address).await?;
        for key in [None, Some(Key::es256 as MakeKey)] {
            let request = refresher.request_by(&self.caller(refresher.client(), key));
            connection.ask(&request).await?.with_status(400, "a refusal of another key")?;
        }
        Ok(())
    }
}

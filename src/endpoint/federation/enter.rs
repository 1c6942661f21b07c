//! What becomes of somebody who came from another provider to sign in.

use super::kept;
use super::trouble::{self, Trouble};
use crate::base::{AccountId, Draw, Fault, Timestamp};
use crate::endpoint::client::event_of;
use crate::endpoint::exchange::Exchange;
use crate::endpoint::failure::{Failure, HttpRefusal};
use crate::endpoint::login::save_and_go;
use crate::endpoint::reply::Reply;
use crate::endpoint::scene::Scene;
use crate::endpoint::sign_in::{Proof, Vouched, sign_in};
use crate::endpoint::signup::{Newcomer, new_account};
use crate::identity::linking::{self, Admission, Decision, Known, NotAdmitted};
use crate::model::account::{Account, StandardClaims};
use crate::model::audit::AuditAction;
use crate::model::session::FEDERATED;
use crate::model::upstream::{Identity, LinkedIdentity, Waiting, Wanted};
use crate::pages::FederationTrouble;
use crate::upstream::{Arrived, ClaimsTaken, Connector, Provider};

/// How a session is told to have begun (federation 1.13).
const BY_PROVIDER: &[&str] = &[FEDERATED];
const BY_PROVIDER_AND_CODE: &[&str] = &[FEDERATED, "otp"];

/// Lets somebody in, asks something first, or says why not.
pub async fn come_in(
    exchange: &Exchange,
    scene: Scene,
    connector: &Connector,
    arrived: Arrived,
    draw: &mut Draw,
) -> Reply {
    let store = &exchange.context.store;
    let identity = &arrived.identity;
    let tie = store.find_identity(&identity.provider, &identity.subject).await?;
    let tied = match &tie {
        Some(tie) => store.find_account(&tie.account).await?,
        None => None,
    };
    let by_address = match identity.mailbox.address() {
        Some(address) => store.find_account_by_email(address).await?,
        None => None,
    };
    let known = Known { tied: tie.as_ref().zip(tied.as_ref()), by_address: by_address.as_ref() };
    match linking::decide(identity, &known, &admission(exchange, connector.provider())) {
        Decision::Enter => {
            let (Some(tie), Some(account)) = (tie, tied) else { return Err(not_read().into()) };
            enter(exchange, scene, connector, (arrived, Some(tie), account), draw).await
        }
        Decision::TakeOver => {
            let account = by_address.ok_or_else(not_read)?;
            enter(exchange, scene, connector, (arrived, None, account), draw).await
        }
        Decision::Create => create(exchange, scene, connector, arrived, draw).await,
        Decision::Ask(wanted) => wait(exchange, scene, connector, &arrived, wanted, draw).await,
        Decision::Refuse(why) => refuse(exchange, &scene, connector, why, draw).await,
    }
}

/// The decision is about an account or an address that was not there when it was made: a mistake of ours, which no person
/// can cause.
fn not_read() -> Fault {
    Fault::broken("a decision about an account that was not read")
}

/// What the operator decided about who may come.
pub(super) fn admission<'a>(exchange: &Exchange, provider: &'a Provider) -> Admission<'a> {
    let restrictions = &provider.restrictions;
    Admission {
        domains: &restrictions.domains,
        denied_domains: &restrictions.denied_domains,
        hosted_domains: &restrictions.hosted_domains,
        organizations: &restrictions.organizations,
        sign_up_open: provider.allows_sign_up && exchange.context.policy.signup_enabled,
    }
}

/// Into the account they are tied to; or, without a tie, into one that nobody has proven, of which nothing is left.
async fn enter(
    exchange: &Exchange,
    scene: Scene,
    connector: &Connector,
    (arrived, tie, account): (Arrived, Option<LinkedIdentity>, Account),
    draw: &mut Draw,
) -> Reply {
    let takes_over = tie.is_none();
    let claims = claims_taken(connector.provider(), &arrived.identity, takes_over);
    let renewed_claims = match &tie {
        Some(tie) => linking::renewed(&account.claims, &tie.taken, &claims),
        None => Some(claims.clone()),
    };
    let taken = match &tie {
        Some(tie) if connector.provider().claims_taken == ClaimsTaken::EachTime => {
            linking::last_taken(&tie.taken, &claims)
        }
        Some(tie) => tie.taken.clone(),
        None => claims,
    };
    let identity = LinkedIdentity {
        linked_at: tie.map_or(exchange.now, |tie| tie.linked_at),
        taken,
        ..tie_of(exchange, connector, &arrived, &account.id, draw)?
    };
    let proof = Proof {
        amr: BY_PROVIDER,
        forgets_unproven: takes_over,
        verifies_address: takes_over,
        remember: exchange.context.policy.remember,
        vouched: Some(Box::new(Vouched { identity, creates: false, renewed_claims })),
        ..Proof::default()
    };
    admit(exchange, scene, (account, proof), connector, draw).await
}

/// Into a new account with the address that the provider speaks for.
async fn create(exchange: &Exchange, scene: Scene, connector: &Connector, arrived: Arrived, draw: &mut Draw) -> Reply {
    let email = arrived.identity.mailbox.address().cloned().ok_or_else(not_read)?;
    let claims = claims_taken(connector.provider(), &arrived.identity, true);
    let newcomer = Newcomer { email, password_hash: None, claims, username: None };
    let account = new_account(exchange, newcomer, draw);
    let identity = tie_of(exchange, connector, &arrived, &account.id, draw)?;
    let proof = Proof {
        amr: BY_PROVIDER,
        verifies_address: true,
        remember: exchange.context.policy.remember,
        vouched: Some(Box::new(Vouched { identity, creates: true, renewed_claims: None })),
        ..Proof::default()
    };
    admit(exchange, scene, (account, proof), connector, draw).await
}

/// Begins the session. When the same person came in another tab in the same moment and was first, they are sent once more;
/// by then they are known.
async fn admit(
    exchange: &Exchange,
    scene: Scene,
    (account, proof): (Account, Proof),
    connector: &Connector,
    draw: &mut Draw,
) -> Reply {
    let again = scene.at(&format!("/federation/{}", connector.provider().id));
    match Box::pin(sign_in(exchange, scene, account, proof, draw)).await {
        Err(Failure::Http(HttpRefusal::FormExpired)) => Err(Failure::Onward(again)),
        outcome => outcome,
    }
}

/// Keeps who came in the interaction until they have done what is wanted.
async fn wait(
    exchange: &Exchange,
    mut scene: Scene,
    connector: &Connector,
    arrived: &Arrived,
    wanted: Wanted,
    draw: &mut Draw,
) -> Reply {
    scene.interaction.progress.proving = None;
    scene.interaction.progress.arrived = Some(waiting(exchange, connector, arrived, wanted, draw)?);
    let path = if wanted == Wanted::Address { "/address" } else { "/login" };
    save_and_go(exchange, scene, path).await
}

/// Says why somebody does not come in, and notes it.
pub(super) async fn refuse(
    exchange: &Exchange,
    scene: &Scene,
    connector: &Connector,
    why: NotAdmitted,
    draw: &mut Draw,
) -> Reply {
    trouble::note(exchange, connector, why.label()).await?;
    let place = Some((&scene.browser, &scene.interaction));
    trouble::show(exchange, &Trouble::refusal(connector, why), place, false, draw)
}

/// What of a provider's words is taken over, at first or later.
fn claims_taken(provider: &Provider, identity: &Identity, at_first: bool) -> StandardClaims {
    match provider.claims_taken {
        ClaimsTaken::EachTime => linking::taken_over(&identity.claims),
        ClaimsTaken::AtFirst if at_first => linking::taken_over(&identity.claims),
        ClaimsTaken::AtFirst | ClaimsTaken::Never => StandardClaims::default(),
    }
}

fn shown_as(identity: &Identity) -> Option<String> {
    let claims = &identity.claims;
    let address = identity.mailbox.address().map(ToString::to_string);
    address.or_else(|| claims.preferred_username.clone()).or_else(|| claims.name.clone())
}

/// The tie between whoever came and an account, as of now.
pub fn tie_of(
    exchange: &Exchange,
    connector: &Connector,
    arrived: &Arrived,
    account: &AccountId,
    draw: &mut Draw,
) -> Result<LinkedIdentity, Failure> {
    // Nothing is wanted of somebody who does not wait; a tie does not keep it.
    let waiting = waiting(exchange, connector, arrived, Wanted::Proof, draw)?;
    Ok(tie_of_waiting(waiting, account, exchange.now))
}

/// What an interaction keeps of whoever came.
fn waiting(
    exchange: &Exchange,
    connector: &Connector,
    arrived: &Arrived,
    wanted: Wanted,
    draw: &mut Draw,
) -> Result<Waiting, Failure> {
    let identity = &arrived.identity;
    Ok(Waiting {
        provider: identity.provider.clone(),
        subject: identity.subject.clone(),
        shown_as: shown_as(identity),
        address: identity.mailbox.address().cloned(),
        claims: claims_taken(connector.provider(), identity, true),
        sealed_tokens: kept::seal(exchange, connector, arrived, draw)?,
        wanted,
    })
}

/// The tie of somebody who waited in an interaction.
pub(super) fn tie_of_waiting(waiting: Waiting, account: &AccountId, now: Timestamp) -> LinkedIdentity {
    LinkedIdentity {
        provider: waiting.provider,
        subject: waiting.subject,
        account: account.clone(),
        shown_as: waiting.shown_as,
        taken: waiting.claims,
        linked_at: now,
        last_used_at: now,
        blocked_at: None,
        sealed_tokens: waiting.sealed_tokens,
    }
}

/// Whoever came without an address and has just proven one by our code is tied to the account with it at once: it was
/// made for that.
pub fn finish_arrival(exchange: &Exchange, scene: &mut Scene, account: &Account, proof: Proof) -> Proof {
    let progress = &mut scene.interaction.progress;
    // The account was made for this, and nobody else has proven its address or set a password since.
    let is_new = account.email_verified_at.is_none() && account.password_hash.is_none();
    let is_own = |waiting: &Waiting| is_new && waiting.wanted == Wanted::Address;
    match progress.arrived.take_if(|waiting| is_own(waiting)) {
        Some(waiting) => Proof {
            amr: BY_PROVIDER_AND_CODE,
            vouched: Some(Box::new(Vouched {
                identity: tie_of_waiting(waiting, &account.id, exchange.now),
                creates: false,
                renewed_claims: None,
            })),
            ..proof
        },
        None => proof,
    }
}

/// Whoever could not be tied by `tie` came in another window meanwhile, with another address: says so, and leads on. The
/// account that was made for this window is given up; nobody has proven it.
pub async fn came_in_before(exchange: &Exchange, tie: &LinkedIdentity, draw: &mut Draw) -> Reply {
    let store = &exchange.context.store;
    let found = store.find_identity(&tie.provider, &tie.subject).await?;
    let connector = exchange.context.connectors.find(tie.provider.as_str());
    let (Some(_), Some(connector)) = (found.filter(|found| found.account != tie.account), connector) else {
        return Err(HttpRefusal::FormExpired.into());
    };
    let mut audit = event_of(exchange, AuditAction::AccountDeleted);
    audit.account = Some(tie.account.clone());
    store.remove_unproven(&tie.account, audit).await?;
    let mut scene = Scene::of(exchange, draw).await?;
    scene.interaction.progress.arrived = None;
    scene.interaction.progress.proving = None;
    if !store.save_interaction(scene.interaction.clone()).await? {
        return Err(Failure::Onward(scene.at("/continue")));
    }
    let place = Some((&scene.browser, &scene.interaction));
    trouble::show(exchange, &Trouble::new(connector, FederationTrouble::CameInBefore), place, false, draw)
}

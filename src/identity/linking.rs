//! What somebody's coming from another provider means here: whose account it is, or what has to be shown first.
//!
//! The key is the provider's name of the person and never an address, so nobody enters an account because another
//! provider says that they have its address (federation §3: the pre-hijack rules). Looking things up and writing them
//! down is done elsewhere.

use crate::base::EmailAddress;
use crate::model::account::{Account, StandardClaims};
use crate::model::upstream::{Identity, LinkedIdentity, Mailbox, Wanted};

/// Who may come from a provider, as its operator here decided. An empty list lets everybody in.
#[derive(Debug, Clone, Copy)]
pub struct Admission<'a> {
    /// Domains of the address.
    pub domains: &'a [String],
    /// Domains that are kept out.
    pub denied_domains: &'a [String],
    /// Values of `hd`.
    pub hosted_domains: &'a [String],
    /// Organisations, one of which the person must belong to.
    pub organizations: &'a [String],
    /// Whether somebody without an account may have one.
    pub sign_up_open: bool,
}

/// What is known here of somebody who came.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The tie of the provider's person, with its account.
    pub tied: Option<(&'a LinkedIdentity, &'a Account)>,
    /// The account with the address that the provider named.
    pub by_address: Option<&'a Account>,
}

/// What is done with somebody who came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// They enter the account that they are tied to.
    Enter,
    /// They have a new account with the proven address.
    Create,
    /// They take over the account with the proven address that nobody had proven, and all that stands on it is forgotten.
    TakeOver,
    /// They do something first.
    Ask(Wanted),
    /// They do not come in.
    Refuse(NotAdmitted),
}

/// Why somebody does not come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAdmitted {
    /// The operator lets only certain people come from this provider.
    Restricted,
    /// There is no account, and none is made.
    SignUpClosed,
    /// The account is locked or deleted.
    AccountClosed,
}

impl NotAdmitted {
    /// A stable name for logs and the audit log.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Restricted => "restricted",
            Self::SignUpClosed => "sign_up_closed",
            Self::AccountClosed => "account_closed",
        }
    }
}

/// Decides about somebody who came to sign in.
pub fn decide(identity: &Identity, known: &Known<'_>, admission: &Admission<'_>) -> Decision {
    if !admission.admits(identity) {
        return Decision::Refuse(NotAdmitted::Restricted);
    }
    // Federation 3.1: the tie decides, whatever address the provider names today.
    if let Some((tie, account)) = known.tied {
        return match (account.may_sign_in(), tie.blocked_at) {
            (false, _) => Decision::Refuse(NotAdmitted::AccountClosed),
            (true, Some(_)) => Decision::Ask(Wanted::ProofOfBlocked),
            (true, None) => Decision::Enter,
        };
    }
    match (&identity.mailbox, known.by_address) {
        // Federation 3.3: never silently. To whoever has proven the mailbox it may be told that there is an account.
        (Mailbox::Proven(_), Some(account)) if account.email_verified_at.is_some() => match account.disabled_at {
            None => Decision::Ask(Wanted::Proof),
            Some(_) => Decision::Refuse(NotAdmitted::AccountClosed),
        },
        (Mailbox::Proven(_), Some(account)) if account.disabled_at.is_some() => {
            Decision::Refuse(NotAdmitted::AccountClosed)
        }
        _ if !admission.sign_up_open => Decision::Refuse(NotAdmitted::SignUpClosed),
        // Federation 3.4: what a stranger planted on an address that was not theirs is gone.
        (Mailbox::Proven(_), Some(_)) => Decision::TakeOver,
        (Mailbox::Proven(_), None) => Decision::Create,
        // Whether somebody has a claimed address is nobody's business: our own code finds out.
        (Mailbox::Claimed(_) | Mailbox::Unread | Mailbox::None, _) => Decision::Ask(Wanted::Address),
    }
}

impl Admission<'_> {
    /// Whether the operator's lists let somebody in (federation 3.14).
    pub fn admits(&self, identity: &Identity) -> bool {
        if identity.mailbox.address().is_some_and(|address| self.denies(address)) {
            return false;
        }
        let domain = identity.mailbox.address().map(domain_of);
        let is_in = |list: &[String], found: Option<&String>| found.is_some_and(|found| list.contains(found));
        (self.domains.is_empty() || (identity.mailbox.is_proven() && is_in(self.domains, domain.as_ref())))
            // Federation 2.5: the signed claim counts, not the end of the address.
            && (self.hosted_domains.is_empty() || is_in(self.hosted_domains, identity.hosted_domain.as_ref()))
            && (self.organizations.is_empty()
                || identity.organizations.iter().any(|own| self.organizations.contains(own)))
    }

    /// Whether people with this address are kept out, whoever names it: the provider, or they themselves where it named
    /// none.
    pub fn denies(&self, address: &EmailAddress) -> bool {
        self.denied_domains.contains(&domain_of(address))
    }
}

/// The blocked tie, if there is one, because of which nothing that is read in `mailbox` proves its owner: the provider told
/// that somebody else may have entered the person's account there, and with it the mailbox (federation 2.13).
pub fn reported<'t>(ties: &'t [LinkedIdentity], mailbox: &EmailAddress) -> Option<&'t LinkedIdentity> {
    let names_it = |tie: &&LinkedIdentity| tie.mailbox().is_some_and(|named| is_one_mailbox(&named, mailbox));
    ties.iter().filter(|tie| tie.blocked_at.is_some()).find(names_it)
}

// Federation 2.12: for who somebody is, dots count; for keeping a stranger out, a mailbox is the same by all its names.
fn is_one_mailbox(one: &EmailAddress, other: &EmailAddress) -> bool {
    let name = |address: &EmailAddress| match domain_of(address).as_str() {
        "gmail.com" | "googlemail.com" => {
            let local = address.local().to_ascii_lowercase().replace('.', "");
            format!("{}@gmail.com", local.split('+').next().unwrap_or_default())
        }
        domain => format!("{}@{domain}", address.local()),
    };
    name(one) == name(other)
}

fn domain_of(address: &EmailAddress) -> String {
    address.domain().to_ascii_lowercase()
}

/// The claims of an account after the provider told its person's anew: what stands as it was taken over last follows the
/// provider, what the person changed stays. `None` when nothing changes.
pub fn renewed(here: &StandardClaims, taken: &StandardClaims, told: &StandardClaims) -> Option<StandardClaims> {
    let mut renewed = here.clone();
    for place in TAKEN_OVER {
        let own = place.read(&renewed);
        if own == place.read(taken) && place.read(told).is_some() {
            let new = place.read(told).cloned();
            *place.write(&mut renewed) = new;
        }
    }
    (renewed != *here).then_some(renewed)
}

/// What stands as taken over after the provider told its person's claims anew: what it leaves out this time is no change
/// of the person's, and follows it again when it is back.
pub fn last_taken(taken: &StandardClaims, told: &StandardClaims) -> StandardClaims {
    let mut last = told.clone();
    for place in TAKEN_OVER {
        if place.read(&last).is_none() {
            *place.write(&mut last) = place.read(taken).cloned();
        }
    }
    last
}

/// What of a provider's word is taken over: names, picture, language and time zone.
pub fn taken_over(told: &StandardClaims) -> StandardClaims {
    let mut taken = StandardClaims::default();
    for place in TAKEN_OVER {
        *place.write(&mut taken) = place.read(told).cloned();
    }
    taken
}

/// A claim that is taken over.
#[derive(Clone, Copy)]
enum Place {
    Name,
    GivenName,
    FamilyName,
    Nickname,
    Picture,
    Locale,
    Zoneinfo,
}

const TAKEN_OVER: [Place; 7] =
    [Place::Name, Place::GivenName, Place::FamilyName, Place::Nickname, Place::Picture, Place::Locale, Place::Zoneinfo];

impl Place {
    fn read(self, claims: &StandardClaims) -> Option<&String> {
        let place = match self {
            Self::Name => &claims.name,
            Self::GivenName => &claims.given_name,
            Self::FamilyName => &claims.family_name,
            Self::Nickname => &claims.nickname,
            Self::Picture => &claims.picture,
            Self::Locale => &claims.locale,
            Self::Zoneinfo => &claims.zoneinfo,
        };
        place.as_ref()
    }

    fn write(self, claims: &mut StandardClaims) -> &mut Option<String> {
        match self {
            Self::Name => &mut claims.name,
            Self::GivenName => &mut claims.given_name,
            Self::FamilyName => &mut claims.family_name,
            Self::Nickname => &mut claims.nickname,
            Self::Picture => &mut claims.picture,
            Self::Locale => &mut claims.locale,
            Self::Zoneinfo => &mut claims.zoneinfo,
        }
    }
}

#[cfg(test)]
mod tests;

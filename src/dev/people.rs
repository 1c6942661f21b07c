//! The made-up people of dev mode. Their passwords are public, and so are the hashes of them.

use crate::model::account::{Address, StandardClaims};

/// A made-up person.
#[derive(Debug, Clone, Copy)]
pub struct Person {
    /// The address, which signs in.
    pub email: &'static str,
    /// The password.
    pub password: &'static str,
    /// Its hash, so that nothing has to be hashed at the start (argon2id at the default cost).
    pub password_hash: &'static str,
    /// Who it is, in a few words.
    pub about: &'static str,
    /// What is known of the person.
    pub claims: fn() -> StandardClaims,
}

/// Everybody.
pub const PEOPLE: [Person; 3] = [
    Person {
        email: "mira@example.com",
        password: "seven-green-lanterns",
        password_hash: "$argon2id$v=19$m=19456,t=2,p=1$9ACSeFeq9kEU9WG6rLN5cA$EEhtoJSh9BNYl8mdyq0ePa10UXXS/h3XElMTJ/nP+A0",
        about: "every standard claim filled",
        claims: mira,
    },
    Person {
        email: "tove@example.com",
        password: "paper-boats-in-june",
        password_hash: "$argon2id$v=19$m=19456,t=2,p=1$jHmh3BR2q1cyFqQCB2S95Q$SC7ZfYUD5z+JsOGZFsv3ACfHWAWN/+N99P/ses0jVBM",
        about: "a name and nothing else",
        claims: tove,
    },
    Person {
        email: "jonas@example.com",
        password: "rote-laternen-am-see",
        password_hash: "$argon2id$v=19$m=19456,t=2,p=1$RcFD27lgnCKrhV1gklqZdg$zb0/C+68UGPrex8qC2aNDwAEqzWNjG7vBguLo1tAP/0",
        about: "a German locale",
        claims: jonas,
    },
];

fn mira() -> StandardClaims {
    StandardClaims {
        name: Some("Mira Anouk Holm".into()),
        given_name: Some("Mira".into()),
        family_name: Some("Holm".into()),
        middle_name: Some("Anouk".into()),
        nickname: Some("Mi".into()),
        preferred_username: Some("mira".into()),
        profile: Some("https://people.example.com/mira".into()),
        picture: Some("https://people.example.com/mira.png".into()),
        website: Some("https://mira.example.com/".into()),
        gender: Some("female".into()),
        birthdate: Some("1987-11-02".into()),
        zoneinfo: Some("Europe/Stockholm".into()),
        locale: Some("en-GB".into()),
        phone_number: Some("+46701740605".into()),
        phone_number_verified: true,
        address: Some(Address {
            formatted: Some("Lyktgatan 7\n411 03 Göteborg\nSweden".into()),
            street_address: Some("Lyktgatan 7".into()),
            locality: Some("Göteborg".into()),
            region: Some("Västra Götaland".into()),
            postal_code: Some("411 03".into()),
            country: Some("Sweden".into()),
        }),
    }
}

fn tove() -> StandardClaims {
    StandardClaims { name: Some("Tove Lind".into()), ..StandardClaims::default() }
}

fn jonas() -> StandardClaims {
    StandardClaims {
        name: Some("Jonas Birkner".into()),
        given_name: Some("Jonas".into()),
        family_name: Some("Birkner".into()),
        zoneinfo: Some("Europe/Berlin".into()),
        locale: Some("de-DE".into()),
        ..StandardClaims::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Draw, EmailAddress};
    use crate::identity::password::{
        HasherSettings, Password, PasswordContext, PasswordHasher, PasswordPolicy, Verified,
    };
    use crate::model::PasswordHash;

    #[tokio::test]
    async fn everybody_has_the_password_that_the_banner_shows() {
        let hasher = PasswordHasher::start(HasherSettings::default()).unwrap();
        let mut draw = Draw::from_seed([7; 32]);
        for person in PEOPLE {
            let password = Password::parse(person.password).unwrap();
            let fresh = hasher.hash(&password, &mut draw).await.unwrap();
            let stored = PasswordHash::from_stored(person.password_hash);
            let verified = hasher.verify(&stored, &password).await;
            assert_eq!(verified, Ok(Verified { ok: true, needs_rehash: false }), "it could be {}", fresh.as_str());
        }
    }

    #[test]
    fn everybodys_password_is_one_that_a_person_could_set() {
        for person in PEOPLE {
            let email: EmailAddress = person.email.parse().unwrap();
            let claims = (person.claims)();
            let names: Vec<&str> =
                [&claims.name, &claims.given_name].into_iter().flatten().map(String::as_str).collect();
            let context =
                PasswordContext { site_name: "Doorward", site_host: "localhost", email: Some(&email), names: &names };
            let password = Password::parse(person.password).unwrap();
            assert_eq!(PasswordPolicy::default().check(&password, &context), Ok(()), "{}", person.email);
        }
    }

    #[test]
    fn one_person_has_every_standard_claim() {
        let claims = serde_json::to_value(mira()).unwrap();
        assert_eq!(claims.as_object().unwrap().len(), 16);
        assert_eq!(claims["address"].as_object().unwrap().len(), 6);
    }
}

//! Microsoft: many tenants behind one address.

use doorward::model::upstream::Mailbox;
use doorward::upstream::{Arrived, Kind, UpstreamFailure};
use serde_json::{Value, json};

use crate::idp::{CLIENT_ID, NOW, connector, finish, provider, unverified};
use crate::server::{Reply, Server};
use crate::signer::Signer;

const TID: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";
const OTHER: &str = "00000000-86f1-41af-91ab-2d7cd011db47";

struct Entra(Server);

impl Entra {
    fn start() -> Self {
        let entra = Self(Server::start());
        let document = json!({
            "issuer": entra.issuer("{tenantid}"),
            "authorization_endpoint": entra.0.at("/authorize"),
            "token_endpoint": entra.0.at("/token"),
            "jwks_uri": entra.0.at("/keys"),
        });
        entra.0.answer("/common/v2.0/.well-known/openid-configuration", Reply::json(&document));
        entra.publish_key_for(&entra.issuer("{tenantid}"));
        entra
    }

    fn issuer(&self, tenant: &str) -> String {
        self.0.at(&format!("/{tenant}/v2.0"))
    }

    fn publish_key_for(&self, issuer: &str) {
        let mut jwk = Signer::Rs256(0).jwk();
        jwk["issuer"] = issuer.into();
        self.0.answer("/keys", Reply::json(&json!({ "keys": [jwk] })));
    }

    async fn finish(&self, iss: &str, tid: Value) -> Result<Arrived, UpstreamFailure> {
        let claims = json!({
            "iss": iss, "tid": tid, "aud": CLIENT_ID, "sub": "AAAA", "nonce": "the-nonce", "iat": NOW.seconds(),
            "exp": NOW.seconds() + 3600, "email": "ceo@victim.example", "email_verified": true, "name": "Mallory",
        });
        let id_token = Signer::Rs256(0).token(&Signer::Rs256(0).header(), &claims);
        let tokens = json!({ "access_token": "a", "token_type": "Bearer", "id_token": id_token });
        self.0.answer("/token", Reply::json(&tokens));
        finish(&connector(provider(Kind::Microsoft, self.issuer("common")))).await
    }
}

#[tokio::test]
async fn fed_3_5_an_address_of_microsofts_is_never_proven_and_people_are_told_apart_by_tenant() {
    let entra = Entra::start();
    let one = entra.finish(&entra.issuer(TID), json!(TID)).await.unwrap().identity;
    assert!(matches!(one.mailbox, Mailbox::Claimed(_)));
    assert_eq!(one.subject, format!("{TID}.AAAA"));
    let other = entra.finish(&entra.issuer(OTHER), json!(OTHER)).await.unwrap().identity;
    assert_ne!(one.subject, other.subject);
}

#[tokio::test]
async fn fed_3_16_a_tenant_signs_for_itself_only() {
    let entra = Entra::start();
    for (iss, tid) in [
        (entra.issuer(TID), json!(OTHER)),
        (entra.issuer(TID), json!(null)),
        (entra.issuer("{tenantid}"), json!("{tenantid}")),
        (entra.issuer("common"), json!("common")),
        (format!("https://evil.example/{TID}/v2.0"), json!(TID)),
        (entra.issuer(&format!("{TID}/../{OTHER}")), json!(format!("{TID}/../{OTHER}"))),
    ] {
        assert_eq!(unverified(entra.finish(&iss, tid).await), "another issuer made it", "{iss}");
    }
    entra.publish_key_for(&entra.issuer(OTHER));
    assert_eq!(unverified(entra.finish(&entra.issuer(TID), json!(TID)).await), "another issuer made it");
}

#[tokio::test]
async fn fed_3_16_a_template_is_not_taken_from_another_place() {
    let entra = Entra::start();
    let mut document = json!({
        "authorization_endpoint": entra.0.at("/authorize"),
        "token_endpoint": entra.0.at("/token"),
        "jwks_uri": entra.0.at("/keys"),
    });
    for issuer in ["https://evil.example/{tenantid}/v2.0".to_owned(), entra.issuer(TID), entra.issuer("common")] {
        document["issuer"] = issuer.into();
        entra.0.answer("/common/v2.0/.well-known/openid-configuration", Reply::json(&document));
        let refusal = unverified(entra.finish(&entra.issuer(TID), json!(TID)).await);
        assert_eq!(refusal, "the discovery document is another issuer's");
    }
}

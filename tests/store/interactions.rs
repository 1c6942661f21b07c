//! Interactions: each page adds to what it has read, once.

use doorward::base::{Digest, Scope, SessionId};
use doorward::model::authorization_request::{AuthorizationRequest, Prompts, ResponseMode, ResponseType};
use doorward::model::claims_request::ClaimsRequest;
use doorward::model::interaction::{Interaction, Purpose};
use doorward::model::key::SigningAlgorithm;

use crate::world::{NOW, World, count_of, race};

async fn find(world: &World, interaction: &Interaction) -> Interaction {
    world.store.find_interaction(&interaction.id).await.expect("a read").expect("it is there")
}

on_both_engines! {
    async fn an_interaction_comes_back_as_it_began(world: World) {
        let plain = world.interaction().await;
        assert_eq!(find(&world, &plain).await, plain);
        let mut asked = world.interaction_of_nobody();
        asked.purpose = Purpose::Authorize(Box::new(request()));
        asked.progress.session = Some(SessionId::generate_at(NOW, &mut world.draw()));
        asked.progress.consented = Some(Scope::parse("openid email").expect("a scope"));
        world.store.begin_interaction(asked.clone()).await.expect("a write");
        assert_eq!(find(&world, &asked).await, asked);
        let unknown = world.interaction_of_nobody();
        assert_eq!(world.store.find_interaction(&unknown.id).await, Ok(None));
    }

    async fn ses_10_of_pages_that_read_the_same_one_writes(world: World) {
        let interaction = world.interaction().await;
        let outcomes = race(8, |number| {
            let mut page = interaction.clone();
            page.progress.failures = u32::try_from(number).expect("small") + 1;
            let store = world.store.clone();
            async move { store.save_interaction(page).await.expect("a lost race is an answer") }
        }).await;
        assert_eq!(count_of(&outcomes, &true), 1);
        let written = find(&world, &interaction).await;
        let winner = outcomes.iter().position(|won| *won).expect("one won");
        assert_eq!((written.progress.failures, written.revision), (u32::try_from(winner).expect("small") + 1, 1));
        assert_eq!(world.store.save_interaction(written).await, Ok(true));
    }

    async fn an_interaction_is_finished_once_and_then_stands(world: World) {
        let interaction = world.interaction().await;
        let outcomes = race(8, |_| {
            let (store, id) = (world.store.clone(), interaction.id.clone());
            async move { store.finish_interaction(&id, NOW).await.expect("a lost race is an answer") }
        }).await;
        assert_eq!(count_of(&outcomes, &true), 1);
        assert_eq!(world.store.save_interaction(interaction.clone()).await, Ok(false));
        assert_eq!(find(&world, &interaction).await, Interaction { finished_at: Some(NOW), ..interaction });
    }
}

/// A request with everything in it.
pub fn request() -> AuthorizationRequest {
    let mut claims = ClaimsRequest::default();
    claims.userinfo.insert("email".to_owned(), None);
    AuthorizationRequest {
        client_id: "acme".to_owned(),
        redirect_uri: "https://app.example/callback?x=1".to_owned(),
        redirect_uri_was_sent: true,
        response_type: ResponseType::CodeIdToken,
        response_mode: ResponseMode::FormPost,
        response_alg: Some(SigningAlgorithm::ES256),
        scope: Scope::parse("openid email").expect("a scope"),
        state: Some("ü \"<>' %".to_owned()),
        nonce: Some("n".to_owned()),
        code_challenge: Some("c".to_owned()),
        prompt: Prompts { login: true, ..Prompts::default() },
        max_age: Some(60),
        login_hint: Some("ada".to_owned()),
        hinted_subject: None,
        ui_locales: Some("de en".to_owned()),
        acr_values: vec!["1".to_owned()],
        claims,
        resources: vec!["https://api.example".to_owned()],
        trace: Some("r1".to_owned()),
        authorization_details: serde_json::from_str(r#"[{"type":"payment","amount":1}]"#).expect("details"),
        idp_hint: Some("google".to_owned()),
        pushed: Some(Digest::of("pushed")),
        dpop_jkt: None,
    }
}

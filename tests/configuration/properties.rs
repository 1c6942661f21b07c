//! Whatever the sources hold, the answer is settings or complaints of three lines each.

use doorward::base::Issuer;
use doorward::config::{Mode, Settings, Sources};
use proptest::prelude::*;

use crate::{EXAMPLE, ISSUER, document, file};

fn mangled_example() -> impl Strategy<Value = String> {
    (0..EXAMPLE.len(), 0..40usize, ".{0,12}", any::<bool>()).prop_map(|(start, length, insert, switch_on)| {
        let text = if switch_on { EXAMPLE.replace("\n#", "\n") } else { EXAMPLE.to_owned() };
        let start = start.min(text.len());
        let end = (start + length).min(text.len());
        format!("{}{insert}{}", &text[..start], &text[end..])
    })
}

proptest! {
    #[test]
    fn no_file_makes_the_reader_panic(text in prop_oneof!["(?s).{0,200}", "[\\[\\]a-z.= \"'\n#{},0-9]{0,200}", mangled_example()]) {
        if let Err(mistakes) = Settings::load(&file(&text)) {
            prop_assert!(!mistakes.is_empty());
            for mistake in mistakes {
                prop_assert_eq!(mistake.to_string().lines().count(), 3, "{}", mistake);
            }
        }
    }

    #[test]
    fn no_environment_makes_the_reader_panic(
        names in prop::collection::vec("DOORWARD__([A-Z_]{0,30}|TOKENS__ID_TOKEN_SECONDS|ISSUER|LISTEN|DATABASE__URL|(?s).{0,9})", 0..4),
        value in prop_oneof!["(?s).{0,60}", "(https?|postgres|sqlite)://.{0,40}", "-?[0-9]{1,30}"],
    ) {
        let environment = names.into_iter().map(|name| (name, value.clone())).collect();
        if let Err(mistakes) = Settings::load(&Sources { environment, ..file(ISSUER) }) {
            for mistake in mistakes {
                prop_assert_eq!(mistake.to_string().lines().count(), 3, "{}", mistake);
            }
        }
    }

    #[test]
    fn no_dotenv_file_makes_the_reader_panic(text in prop_oneof!["(?s).{0,200}", "[A-Z_=$\\{\\}'\"\\\\ \n#é]{0,200}"]) {
        let sources = Sources { mode: Mode::Development, dotenv: Some(document(".env", &text)), ..Sources::default() };
        drop(Settings::load(&sources));
    }

    #[test]
    fn an_accepted_issuer_is_its_own_origin(text in "https?://[a-zA-Z0-9.:/?#@\\[\\]-]{0,30}") {
        if let Ok(issuer) = Issuer::parse(&text) {
            prop_assert_eq!(issuer.as_str(), &text);
            prop_assert!(issuer.is_https() || issuer.is_loopback());
        }
    }
}

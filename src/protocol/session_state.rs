//! `session_state` (OpenID Connect Session Management 1.0 §2): a salted hash by which a client's page can tell, with the
//! help of a frame of ours, whether the browser's state here is still the one it was given. The frame's script computes
//! the same (`templates/script/check_session.js`).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::base::Draw;
use crate::base::redirect_uri::origin_of;

const SALT_BYTES: usize = 12;

/// The value for `client_id`, answered at `redirect_uri`, in a browser whose state is `browser_state`.
pub fn session_state(client_id: &str, redirect_uri: &str, browser_state: &str, draw: &mut Draw) -> String {
    let salt = URL_SAFE_NO_PAD.encode(draw.bytes::<SALT_BYTES>());
    let text = [client_id, &origin_of(redirect_uri), browser_state, &salt].join(" ");
    format!("{}.{salt}", URL_SAFE_NO_PAD.encode(Sha256::digest(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn session_management_2_client_origin_and_browser_state_all_count() {
        let of =
            |client: &str, uri: &str, state: &str| session_state(client, uri, state, &mut Draw::from_seed([1; 32]));
        let one = of("acme", "https://app.example/cb?x=1", "b1");
        assert_eq!(one, of("acme", "https://app.example/other", "b1"), "only the origin of the address");
        for other in [
            of("acme2", "https://app.example/cb", "b1"),
            of("acme", "https://app.example:8443/cb", "b1"),
            of("acme", "https://app.example/cb", "b2"),
        ] {
            assert_ne!(one, other);
        }
        let mut draw = Draw::from_seed([1; 32]);
        let mut again = || session_state("acme", "https://app.example/cb", "b1", &mut draw);
        assert_ne!(again(), again(), "salted");
    }
}

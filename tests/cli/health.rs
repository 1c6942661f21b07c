//! `doorward health`: what a supervisor learns of a server.

use crate::program::Place;

#[test]
fn health_tells_by_exit_code_whether_the_server_is_ready() {
    let place = Place::empty();
    let nobody = place.run(&["health", "http://127.0.0.1:1"]).failure(1);
    assert!(nobody.contains("The server is not ready: Connection refused"), "{nobody}");
    assert!(nobody.contains("at http://127.0.0.1:1/ready"), "{nobody}");
    let server = place.start(&["dev", "--listen", "127.0.0.1:0"]).ready();
    let port = server.address.port();
    assert_eq!(place.output(&["health", &format!("http://127.0.0.1:{port}")]), "ready\n");
    // As in a container: the settings say where it listens, on every address.
    let listen = format!("0.0.0.0:{port}");
    assert_eq!(place.run_with(&["health"], &[("DOORWARD__LISTEN", &listen)]).success(), "ready\n");
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn health_asks_its_own_listener_by_tls_where_that_speaks_it() {
    let place = Place::empty();
    let server = place.start(&["dev", "--https", "--listen", "127.0.0.1:0"]).ready();
    let listen = server.address.to_string();
    let settings = [("DOORWARD__LISTEN", listen.as_str()), ("DOORWARD__TLS__LOCAL", "true")];
    assert_eq!(place.run_with(&["health"], &settings).success(), "ready\n");
    // Another's certificate is verified as everywhere.
    let refused = place.run(&["health", &format!("https://{listen}")]).failure(1);
    assert!(refused.contains("The server is not ready"), "{refused}");
    assert_eq!(server.stop(), Some(0));
}

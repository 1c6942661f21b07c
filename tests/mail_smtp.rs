//! Delivery by SMTP against a mail server that misbehaves in every way we know (RFC 5321, RFC 3207, RFC 8314).

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::sync::Arc;
use std::time::Duration;

use doorward::base::{Draw, OutboxId, Sensitive, Timestamp};
use doorward::mail::{DeliveryFailure, OutgoingMail, ServerReply, Smtp, SmtpSettings, SmtpSettingsRefused, SmtpTls};

#[path = "support/smtp_sink.rs"]
mod smtp_sink;

use smtp_sink::{Act, Authority, Security, Sink};

/// Long enough for an answer on one machine, however busy; where a test waits for it to pass, it makes it shorter.
const PATIENCE: Duration = Duration::from_secs(20);
const IMPATIENCE: Duration = Duration::from_secs(1);

fn settings(port: u16) -> SmtpSettings {
    SmtpSettings {
        host: "127.0.0.1".to_owned(),
        port,
        tls: SmtpTls::None,
        credentials: None,
        hello_name: "id.example".to_owned(),
        ca_certificates: None,
        from: "Acme <login@id.example>".parse().unwrap(),
        reply_to: None,
        connections: 2,
        step: PATIENCE,
    }
}

fn mail(number: u8) -> OutgoingMail {
    let created_at = Timestamp::from_seconds(1_800_000_000);
    OutgoingMail {
        id: OutboxId::generate_at(created_at, &mut Draw::from_seed([number; 32])),
        to: "ada@example.com".parse().unwrap(),
        subject: "Your code".to_owned(),
        text: "123456 is your code.\n.\n@id.example #123456\n".to_owned(),
        html: "<p>123456 is your code.</p>\n".to_owned(),
        locale: "en".to_owned(),
        created_at,
    }
}

fn message_id(mail: &OutgoingMail) -> String {
    format!("Message-ID: <{}@id.example>\r\n", mail.id)
}

async fn plain() -> (Sink, Smtp) {
    let sink = Sink::start(Security::None).await;
    let smtp = Smtp::new(settings(sink.port)).unwrap();
    (sink, smtp)
}

fn is_temporary(outcome: &Result<ServerReply, DeliveryFailure>) -> bool {
    matches!(outcome, Err(DeliveryFailure::Temporary(_)))
}

#[tokio::test]
async fn a_mail_arrives_whole_and_the_servers_answer_comes_back() {
    let (sink, smtp) = plain().await;
    let reply = smtp.deliver(&mail(1)).await.unwrap();
    assert_eq!(reply.as_str(), "250 taken as 1234");
    assert_eq!(sink.commands(), ["EHLO", "MAIL", "RCPT", "DATA"]);
    assert_eq!(sink.said()[0], "EHLO id.example");
    assert_eq!(sink.said()[1], "MAIL FROM:<login@id.example>");
    assert_eq!(sink.said()[2], "RCPT TO:<ada@example.com>");
    let [received] = &sink.mails()[..] else { panic!("one mail") };
    assert!(received.contains(&message_id(&mail(1))));
    assert!(received.contains("123456 is your code.\r\n.\r\n@id.example #123456\r\n"), "{received}");
}

#[tokio::test]
async fn fifty_mails_share_one_connection_and_a_goodbye() {
    let (sink, smtp) = plain().await;
    for number in 0..50 {
        smtp.deliver(&mail(number)).await.unwrap();
    }
    smtp.rest().await;
    assert_eq!((sink.connections(), sink.mails().len()), (1, 50));
    assert_eq!(sink.commands().last().unwrap(), "QUIT");
}

#[tokio::test]
async fn f_24_however_many_mails_there_are_connections_stay_few() {
    let (sink, smtp) = plain().await;
    let smtp = Arc::new(smtp);
    let deliveries: Vec<_> = (0..50)
        .map(|number| {
            let smtp = Arc::clone(&smtp);
            tokio::spawn(async move { smtp.deliver(&mail(number)).await })
        })
        .collect();
    for delivery in deliveries {
        delivery.await.unwrap().unwrap();
    }
    assert_eq!(sink.mails().len(), 50);
    assert!(sink.most_open() <= smtp.connections(), "{} connections", sink.most_open());
}

#[tokio::test]
async fn f_23_a_server_that_is_away_is_a_temporary_failure() {
    let (sink, smtp) = plain().await;
    let port = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap().local_addr().unwrap().port();
    let nobody = Smtp::new(settings(port)).unwrap();
    assert!(is_temporary(&nobody.deliver(&mail(1)).await));
    sink.script("CONNECT", [Act::Say("554 no mail today"), Act::HangUp, Act::Say("421 busy")]);
    for _ in 0..3 {
        assert!(is_temporary(&smtp.deliver(&mail(1)).await));
    }
    smtp.deliver(&mail(1)).await.unwrap();
    assert_eq!(sink.mails().len(), 1);
}

#[tokio::test]
async fn f_24_a_server_that_does_not_answer_is_left_and_its_late_answers_with_it() {
    let attempts = ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA"].map(|step| async move {
        let sink = Sink::start(Security::None).await;
        let smtp = Smtp::new(SmtpSettings { step: IMPATIENCE, ..settings(sink.port) }).unwrap();
        sink.script(step, [Act::KeepSilent]);
        let failure = smtp.deliver(&mail(1)).await.unwrap_err();
        assert!(matches!(failure, DeliveryFailure::Temporary(_)), "{step}: {failure}");
        assert!(failure.reply().as_str().contains("no answer"), "{step}: {failure}");
        let smtp = Smtp::new(settings(sink.port)).unwrap();
        smtp.deliver(&mail(2)).await.unwrap();
        assert_eq!(sink.connections(), 2, "{step}");
    });
    futures_util::future::join_all(attempts).await;
}

#[tokio::test]
async fn f_25_a_mail_put_off_goes_through_later_on_the_same_connection() {
    let (sink, smtp) = plain().await;
    for step in ["MAIL", "RCPT", "DATA", "."] {
        sink.script(step, [Act::Say("451 later")]);
        let failure = smtp.deliver(&mail(1)).await.unwrap_err();
        assert!(matches!(failure, DeliveryFailure::Temporary(_)), "{step}: {failure}");
        assert!(failure.reply().as_str().contains("451"), "{step}: {failure}");
    }
    smtp.deliver(&mail(1)).await.unwrap();
    assert_eq!(sink.connections(), 1);
}

#[tokio::test]
async fn f_25_a_mail_refused_for_good_does_not_hold_up_the_next() {
    let (sink, smtp) = plain().await;
    for step in ["MAIL", "RCPT", "DATA", "."] {
        sink.script(step, [Act::Say("550 not here")]);
        let failure = smtp.deliver(&mail(1)).await.unwrap_err();
        assert!(matches!(failure, DeliveryFailure::Permanent(_)), "{step}: {failure}");
    }
    smtp.deliver(&mail(2)).await.unwrap();
    assert_eq!(sink.connections(), 1);
}

#[tokio::test]
async fn f_25_a_server_that_will_not_have_us_does_not_cost_the_mail() {
    let sink = Sink::start(Security::None).await;
    let credentials = Some(("acme".to_owned(), Sensitive::new("hunter2".to_owned())));
    let smtp = Smtp::new(SmtpSettings { credentials, ..settings(sink.port) }).unwrap();
    sink.script("AUTH", [Act::Say("535 wrong password")]);
    assert!(is_temporary(&smtp.deliver(&mail(1)).await));
    sink.script("MAIL", [Act::Say("530 sign in first")]);
    assert!(is_temporary(&smtp.deliver(&mail(1)).await));
    sink.script("EHLO", [Act::Say("550 who are you?")]);
    let again = Smtp::new(settings(sink.port)).unwrap();
    assert!(is_temporary(&again.deliver(&mail(1)).await));
    smtp.deliver(&mail(1)).await.unwrap();
}

#[tokio::test]
async fn f_26_a_connection_lost_after_the_mail_leaves_a_recognisable_copy_at_most() {
    let (sink, smtp) = plain().await;
    sink.script(".", [Act::HangUp]);
    let failure = smtp.deliver(&mail(1)).await.unwrap_err();
    assert!(matches!(failure, DeliveryFailure::Unconfirmed(_)), "{failure}");
    smtp.deliver(&mail(1)).await.unwrap();
    let [first, second] = &sink.mails()[..] else { panic!("two copies") };
    assert!(first.contains(&message_id(&mail(1))));
    assert_eq!(first, second, "the same down to the last byte");
}

#[tokio::test]
async fn f_26_an_answer_that_never_comes_leaves_the_outcome_open() {
    let sink = Sink::start(Security::None).await;
    let smtp = Smtp::new(SmtpSettings { step: IMPATIENCE, ..settings(sink.port) }).unwrap();
    sink.script(".", [Act::KeepSilent]);
    let failure = smtp.deliver(&mail(1)).await.unwrap_err();
    assert!(matches!(failure, DeliveryFailure::Unconfirmed(_)), "{failure}");
}

#[tokio::test]
async fn a_connection_lost_before_the_mail_is_no_delivery() {
    let (sink, smtp) = plain().await;
    for step in ["MAIL", "RCPT", "DATA"] {
        sink.script(step, [Act::HangUp]);
        assert!(is_temporary(&smtp.deliver(&mail(1)).await), "{step}");
    }
    assert!(sink.mails().is_empty());
}

#[tokio::test]
async fn a_connection_closed_while_idle_is_replaced_unnoticed() {
    let (sink, smtp) = plain().await;
    for number in 1..4 {
        smtp.deliver(&mail(number)).await.unwrap();
        sink.script("RSET", [Act::HangUp]);
    }
    assert_eq!((sink.connections(), sink.mails().len()), (3, 3));
}

#[tokio::test]
async fn f_45_an_abandoned_delivery_takes_its_connection_with_it() {
    let (sink, smtp) = plain().await;
    smtp.deliver(&mail(1)).await.unwrap();
    sink.script("RCPT", [Act::KeepSilent]);
    let abandoned = tokio::time::timeout(IMPATIENCE, smtp.deliver(&mail(2))).await;
    assert!(abandoned.is_err());
    smtp.deliver(&mail(3)).await.unwrap();
    assert_eq!(sink.connections(), 2);
    assert!(sink.mails()[1].contains(&message_id(&mail(3))));
}

#[tokio::test]
async fn f_27_without_starttls_nothing_is_said_in_the_clear() {
    let sink = Sink::start(Security::None).await;
    let credentials = Some(("acme".to_owned(), Sensitive::new("hunter2".to_owned())));
    let authority = Authority::new().pem();
    let demanding =
        SmtpSettings { tls: SmtpTls::StartTls, credentials, ca_certificates: Some(authority), ..settings(sink.port) };
    let smtp = Smtp::new(demanding).unwrap();
    let failure = smtp.deliver(&mail(1)).await.unwrap_err();
    assert!(failure.reply().as_str().contains("STARTTLS"), "{failure}");
    assert!(matches!(failure, DeliveryFailure::Temporary(_)));
    assert_eq!(sink.commands(), ["EHLO"]);
}

#[tokio::test]
async fn f_27_a_refused_upgrade_is_no_reason_to_go_on_in_the_clear() {
    let authority = Authority::new();
    let sink = Sink::start(Security::StartTls(authority.acceptor("127.0.0.1"))).await;
    sink.script("STARTTLS", [Act::Say("454 not now")]);
    let demanding =
        SmtpSettings { tls: SmtpTls::StartTls, ca_certificates: Some(authority.pem()), ..settings(sink.port) };
    assert!(is_temporary(&Smtp::new(demanding).unwrap().deliver(&mail(1)).await));
    assert!(!sink.commands().iter().any(|command| ["MAIL", "AUTH"].contains(&command.as_str())));
}

#[tokio::test]
async fn f_27_a_certificate_of_an_unknown_authority_or_for_another_name_is_refused() {
    let (trusted, unknown) = (Authority::new(), Authority::new());
    for (tls, acceptor) in [
        (SmtpTls::StartTls, unknown.acceptor("127.0.0.1")),
        (SmtpTls::StartTls, trusted.acceptor("mail.example")),
        (SmtpTls::Implicit, unknown.acceptor("127.0.0.1")),
        (SmtpTls::Implicit, trusted.acceptor("mail.example")),
    ] {
        let security = match tls {
            SmtpTls::Implicit => Security::Implicit(acceptor),
            SmtpTls::StartTls | SmtpTls::None => Security::StartTls(acceptor),
        };
        let sink = Sink::start(security).await;
        let strict = SmtpSettings { tls, ca_certificates: Some(trusted.pem()), ..settings(sink.port) };
        let failure = Smtp::new(strict).unwrap().deliver(&mail(1)).await.unwrap_err();
        assert!(failure.reply().as_str().contains("certificate"), "{tls:?}: {failure}");
        assert!(matches!(failure, DeliveryFailure::Temporary(_)), "{tls:?}: {failure}");
        assert!(!sink.commands().contains(&"MAIL".to_owned()), "{tls:?}");
    }
}

#[tokio::test]
async fn rfc3207_4_2_after_the_upgrade_the_dialogue_begins_anew_and_only_then_comes_the_password() {
    let authority = Authority::new();
    let sink = Sink::start(Security::StartTls(authority.acceptor("127.0.0.1"))).await;
    let protected = SmtpSettings {
        tls: SmtpTls::StartTls,
        credentials: Some(("acme".to_owned(), Sensitive::new("hunter2".to_owned()))),
        ca_certificates: Some(authority.pem()),
        ..settings(sink.port)
    };
    let smtp = Smtp::new(protected).unwrap();
    for number in 1..3 {
        smtp.deliver(&mail(number)).await.unwrap();
    }
    let expected = "EHLO STARTTLS EHLO AUTH MAIL RCPT DATA RSET MAIL RCPT DATA";
    assert_eq!(sink.commands().join(" "), expected);
    assert_eq!(sink.said()[3], "AUTH PLAIN AGFjbWUAaHVudGVyMg==");
}

#[tokio::test]
async fn rfc8314_3_3_tls_from_the_first_byte_works() {
    let authority = Authority::new();
    let sink = Sink::start(Security::Implicit(authority.acceptor("127.0.0.1"))).await;
    let protected =
        SmtpSettings { tls: SmtpTls::Implicit, ca_certificates: Some(authority.pem()), ..settings(sink.port) };
    Smtp::new(protected).unwrap().deliver(&mail(1)).await.unwrap();
    assert_eq!(sink.mails().len(), 1);
}

#[test]
fn settings_that_cannot_work_are_refused_at_once() {
    let credentials = Some(("acme".to_owned(), Sensitive::new("hunter2".to_owned())));
    let in_the_clear = SmtpSettings { host: "mail.example".to_owned(), credentials, ..settings(25) };
    assert_eq!(Smtp::new(in_the_clear).err(), Some(SmtpSettingsRefused::PasswordInTheClear));
    for name in ["", "id.example\r\nMAIL FROM:<x@example.com>", "id example"] {
        let injected = SmtpSettings { hello_name: name.to_owned(), ..settings(25) };
        assert_eq!(Smtp::new(injected).err(), Some(SmtpSettingsRefused::Name), "{name:?}");
    }
    for pem in ["", "certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        let tls = SmtpSettings { tls: SmtpTls::StartTls, ca_certificates: Some(pem.into()), ..settings(25) };
        assert!(matches!(Smtp::new(tls).err(), Some(SmtpSettingsRefused::Certificates(_))), "{pem:?}");
    }
}

#[test]
fn log_02_settings_and_transport_print_no_password() {
    let credentials = Some(("acme".to_owned(), Sensitive::new("hunter2".to_owned())));
    let secret = SmtpSettings { credentials, ..settings(25) };
    let printed = format!("{secret:?} {:?} {:?}", Smtp::new(secret.clone()), mail(1));
    assert!(!printed.contains("hunter2") && !printed.contains("123456"), "{printed}");
}

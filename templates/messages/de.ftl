### Alles, was ein Mensch liest, auf Deutsch.

## Schreibweisen

date-time-pattern = %d.%m.%Y, %H:%M UTC
clock-pattern = %H:%M UTC
span-seconds = { $count ->
    [one] 1 Sekunde
   *[other] { $count } Sekunden
}
span-minutes = { $count } Minuten
span-hours = { $count } Stunden
span-days = { $count } Tage

## Alle Seiten

title-problem = Fehler:
continue-to = Weiter zu { $app }
signed-in-as = Angemeldet als { $address }
not-you = Nicht Sie?
about-app = Über { $app }
client-uri = Website
client-policy = Datenschutz
client-tos = Nutzungsbedingungen
foot-host = Sie sind auf { $host }
dev-ribbon = Entwicklungsmodus
dev-ribbon-inbox = Posteingang
dev-ribbon-app = Demo-App
address-label = E-Mail-Adresse
password-label = Passwort
new-password-label = Neues Passwort
current-password-label = Bisheriges Passwort
password-show = Zeigen
password-hide = Verbergen
password-rule = Mindestens { $minimum } Zeichen. Ein paar Wörter hintereinander merken sich leicht.
onward = Weiter
onward-app = Zu { $app }
back-to-login = Zurück zur Anmeldung
copied = Kopiert
browser-on-system = { $browser } unter { $system }
browser-unknown-on-system = Ein Browser unter { $system }
browser-unknown = Ein unbekannter Browser

## Was an einem Formular falsch sein kann

problems-heading = { $count ->
    [one] Etwas stimmt nicht
   *[other] Einiges stimmt nicht
}
problem-credentials-wrong = E-Mail-Adresse und Passwort passen nicht zusammen. Falls Sie sich registriert und die Adresse noch nicht bestätigt haben, sehen Sie in Ihr Postfach: Ein Link ist unterwegs.
problem-username-missing = Geben Sie Ihre E-Mail-Adresse ein.
problem-username-unchanged = Diese Adresse haben Sie schon.
problem-username-malformed = Geben Sie eine E-Mail-Adresse wie name@example.org ein.
problem-account-name-taken = Dieser Benutzername ist vergeben. Wählen Sie einen anderen.
problem-account-name-malformed = Ein Benutzername hat 3 bis 32 Buchstaben und Ziffern, beginnt mit einem Buchstaben und kann einzelne Punkte, Binde- oder Unterstriche dazwischen haben.
problem-password-missing = Geben Sie ein Passwort ein.
problem-password-too-short = Das Passwort braucht mindestens { $minimum } Zeichen.
problem-password-too-long = Das Passwort darf höchstens { $maximum } Zeichen haben.
problem-passwords-differ = Die beiden Passwörter sind nicht gleich.
problem-password-common = Dieses Passwort gehört zu denen, die zuerst geraten werden. Wählen Sie ein anderes.
problem-password-breached = Dieses Passwort ist in einem Datenleck aufgetaucht. Wählen Sie ein anderes.
problem-password-guessable = Das Passwort folgt einem Muster, das früh geraten wird. Wählen Sie eines ohne Folgen und Wiederholungen.
problem-password-personal = Das Passwort darf weder Ihren Namen noch Ihre Adresse noch den Namen dieser Seite enthalten.
problem-password-strength = Seine Stärke ist { $score } von 4. Ein paar Wörter, die nichts miteinander zu tun haben, sind schwer zu raten.
problem-password-strength-keyboard = Seine Stärke ist { $score } von 4: Tasten nebeneinander werden früh geraten. Nehmen Sie ein paar Wörter ohne Zusammenhang.
problem-password-strength-repeats = Seine Stärke ist { $score } von 4: Wiederholungen bringen wenig. Nehmen Sie ein paar Wörter ohne Zusammenhang.
problem-password-strength-sequence = Seine Stärke ist { $score } von 4: Buchstaben und Ziffern der Reihe nach werden früh geraten. Nehmen Sie ein paar Wörter ohne Zusammenhang.
problem-password-strength-dates = Seine Stärke ist { $score } von 4: Daten und Jahreszahlen werden früh geraten. Nehmen Sie ein paar Wörter ohne Zusammenhang.
problem-password-strength-names = Seine Stärke ist { $score } von 4: Namen werden früh geraten. Nehmen Sie ein paar Wörter ohne Zusammenhang.
problem-password-strength-words = Seine Stärke ist { $score } von 4: ein einzelnes bekanntes Wort wird früh geraten. Nehmen Sie ein paar Wörter ohne Zusammenhang.
problem-password-unchanged = Das neue Passwort ist das alte.
problem-current-password-wrong = Das ist nicht Ihr bisheriges Passwort.
problem-code-missing = Geben Sie den Code aus der Mail ein.
problem-code-malformed = Der Code ist die Ziffernfolge am Anfang der Mail.
problem-code-wrong = Dieser Code stimmt nicht.
problem-code-expired = Dieser Code ist zu alt. Fordern Sie einen neuen an.
problem-code-exhausted = Zu viele falsche Codes: Dieser gilt nicht mehr. Beginnen Sie von vorn, um einen neuen zu bekommen.
problem-code-replaced = Es wurde ein neuerer Code geschickt. Nur der neueste gilt.
problem-resend-too-soon = Einen weiteren Code gibt es in { $wait }.
problem-resends-exhausted = Weitere Codes können jetzt nicht geschickt werden. Prüfen Sie den Spam-Ordner und die Adresse.
problem-too-many-tries = Zu viele Versuche. Versuchen Sie es in { $wait } wieder.
problem-form-expired = Die Seite war zu lange offen oder wurde doppelt abgeschickt. Bitte noch einmal.
problem-busy = Gerade ist zu viel los. Versuchen Sie es gleich noch einmal.
problem-claim-malformed = Das hat nicht die richtige Form.
problem-claim-too-long = Höchstens { $maximum } Zeichen.
problem-upstream-failed = Die Anmeldung mit { $provider } ist nicht gelungen. Versuchen Sie es noch einmal oder anders.

## Anmelden

login-title = Anmelden
login-submit = Anmelden
login-cancel = Abbrechen und zurück zu { $app }
login-reset = Passwort vergessen?
login-remember = Auf diesem Gerät angemeldet bleiben
login-by-code = Mit Code per Mail anmelden
login-new-here = Neu hier?
login-sign-up = Konto anlegen
login-suggest-reset = Schneller geht es vielleicht, wenn Sie
login-suggest-reset-link = ein neues Passwort setzen
login-upstream = Weiter mit { $provider }
login-used-last = zuletzt benutzt
login-or = oder mit Ihrer E-Mail-Adresse
login-notice-again = Bitte melden Sie sich noch einmal an, damit sicher ist, dass Sie es sind.
login-notice-somebody-else = Die Anwendung verlangt ein anderes Konto als das, mit dem Sie angemeldet sind. Melden Sie sich mit jenem an.
login-notice-password-reset = Ihr neues Passwort gilt. Melden Sie sich damit an.
login-notice-session-ended = Sie wurden abgemeldet. Melden Sie sich an, um fortzufahren.

## Konto anlegen

signup-title = Konto anlegen
signup-name = Name (freiwillig)
signup-name-hint = So können Anwendungen Sie begrüßen.
signup-submit = Konto anlegen
signup-known = Sie haben ein Konto?
signup-login = Anmelden

## Codes

code-label = Code
code-hint = Die Ziffern am Anfang der Mail. Sie gelten { $minutes } Minuten.
code-start-again = Von vorn beginnen
code-tries-left = { $tries_left ->
    [one] Noch ein Versuch.
   *[other] Noch { $tries_left } Versuche.
}
code-notice-resent = Ein neuer Code ist unterwegs. Frühere gelten nicht mehr.
code-notice-sent-again = Der Code wurde noch einmal geschickt. Es ist derselbe.
resend-wait = Einen weiteren Code gibt es in { $wait }.
resend-question = Keine Mail? Sehen Sie im Spam-Ordner nach, oder fordern Sie einen weiteren Code an.
resend-submit = Weiteren Code schicken
verify-title = Adresse bestätigen
verify-lead = Wir haben einen Code geschickt an
verify-submit = Bestätigen
verify-change = Andere Adresse verwenden
verify-by-link = Sie haben den Link in der Mail geöffnet?
verify-continue = Weiter
code-request-title = Mit einem Code anmelden
code-request-lead = Wir schicken einen Code an Ihre Adresse. Er steht dieses eine Mal für Ihr Passwort.
code-request-submit = Code schicken
code-with-password = Mit Passwort anmelden
code-enter-title = Code eingeben
code-enter-lead = Falls es dafür ein Konto gibt, ging ein Code an
code-enter-submit = Anmelden
code-change = Andere Adresse verwenden

## Hinter einem Link aus einer Mail

link-confirm-verify-title = Adresse bestätigen
link-confirm-verify-lead = Ist das Ihre Adresse?
link-confirm-verify-submit = Ja, bestätigen
link-confirm-reset-title = Neues Passwort setzen
link-confirm-reset-lead = Ein neues Passwort wurde angefordert für
link-confirm-reset-submit = Weiter
link-confirm-change-address-title = Neue Adresse bestätigen
link-confirm-change-address-lead = Ihr Konto soll diese Adresse haben:
link-confirm-change-address-submit = Ja, verwenden
link-confirm-undo-address-title = Adresse behalten
link-confirm-undo-address-lead = Das Konto behält oder bekommt wieder diese Adresse und wird überall abgemeldet:
link-confirm-undo-address-submit = Behalten und überall abmelden
link-confirm-restore-title = Konto wiederherstellen
link-confirm-restore-lead = Dieses Konto ist gelöscht und wird entfernt. Sie können es zurückhaben:
link-confirm-restore-submit = Wiederherstellen
link-confirm-all-well = Alles ist so, wie Sie es wollen? Dann schließen Sie diese Seite; es ändert sich nichts.
link-confirm-not-me = Sie haben das nicht angefordert? Dann schließen Sie diese Seite; es ändert sich nichts.
link-done-verify-title = Ihre Adresse ist bestätigt
link-done-verify-lead = Gehen Sie zurück in das Fenster, in dem Sie begonnen haben. Dort geht es weiter.
link-done-change-address-title = Ihre Adresse ist geändert
link-done-change-address-lead = Melden Sie sich von jetzt an mit der neuen Adresse an. Wo Sie angemeldet sind, bleiben Sie es.
link-done-undo-address-title = Ihre Adresse ist sicher
link-done-undo-address-lead = Das Konto hat Ihre Adresse, und alle Sitzungen sind beendet. Vielleicht kennt jemand Ihr Passwort; es gilt deshalb nicht mehr. Setzen Sie jetzt ein neues.
link-done-restore-title = Ihr Konto ist wieder da
link-done-restore-lead = Alles ist, wie es war. Melden Sie sich an, um weiterzumachen.
link-done-reset-title = Das waren Sie
link-done-reset-lead = Gehen Sie zurück in das Fenster, in dem Sie begonnen haben, und setzen Sie das neue Passwort.

## Passwort vergessen

reset-title = Neues Passwort setzen
reset-lead = Nennen Sie uns Ihre Adresse. Wir schicken einen Code, mit dem Sie ein neues Passwort setzen können.
reset-submit = Code schicken
reset-code-title = Code eingeben
reset-code-submit = Weiter
reset-password-title = Neues Passwort wählen
reset-password-lead = Für
reset-password-ends = Damit werden Sie überall sonst abgemeldet.
reset-password-submit = Passwort setzen

## Konto wählen

choose-title = Konto wählen
choose-signed-out = Abgemeldet
choose-another = Anderes Konto verwenden

## A device or an app asks, and it is decided here

device-title = Gerät verbinden
device-lead = Ihr Gerät zeigt einen Code. Geben Sie ihn hier ein.
device-label = Code auf dem Gerät
device-hint = Acht Buchstaben, zum Beispiel WDJB-MJHT. Groß- und Kleinschreibung sind gleich.
device-submit = Weiter
device-compare = Zeigt Ihr Gerät genau diesen Code?
device-same = Ja, mein Gerät zeigt ihn
problem-user-code-missing = Geben Sie den Code ein, den Ihr Gerät zeigt.
problem-user-code-unknown = Dieser Code ist unbekannt oder zu alt. Vergleichen Sie ihn mit Ihrem Gerät, oder fordern Sie dort einen neuen an.
approve-device-lead = Ihr Gerät zeigt diesen Code:
approve-device-warning = Machen Sie nur weiter, wenn Sie diesen Code auf einem eigenen Gerät vor sich sehen. Wer Sie mit einer Nachricht hierher geschickt hat oder Ihnen den Code am Telefon vorliest, will in Ihr Konto.
approve-app-lead = Eine Anwendung bittet um Ihre Erlaubnis.
approve-app-compare = Machen Sie nur weiter, wenn Sie das selbst begonnen haben und die Anwendung dieselben Worte zeigt.
approve-app-warning = Machen Sie nur weiter, wenn Sie das selbst begonnen haben.
approve-asked = Angefragt
approve-done-allowed-title = Erlaubt
approve-done-allowed-lead = Gehen Sie zurück zu Ihrem Gerät. Dort geht es in wenigen Sekunden weiter.
approve-done-denied-title = Nicht erlaubt
approve-done-denied-lead = Es wurde nichts geteilt. Sie können diese Seite schließen.
approve-done-over-title = Diese Anfrage ist vorbei
approve-done-over-lead = Sie wurde schon beantwortet, oder es hat zu lange gedauert. Wartet Ihr Gerät noch, beginnen Sie dort von vorn.

## Einwilligung

consent-title = Zugang für { $app } erlauben?
consent-origin = Die Antwort geht an
consent-host = So nennt sich die Anwendung selbst; für sie bürgt
consent-heading = Die Anwendung darf dann
consent-nothing = wissen, dass Sie sich angemeldet haben, und sonst nichts über Sie
consent-remembered = Das bleibt gespeichert. In Ihrem Konto können Sie es jederzeit zurücknehmen.
consent-allow = Erlauben
consent-deny = Nicht erlauben
scope-openid = Sie wiedererkennen
scope-profile = Ihr Profil sehen
scope-email = Ihre E-Mail-Adresse sehen
scope-address = Ihre Postanschrift sehen
scope-phone = Ihre Telefonnummer sehen
scope-offline_access = Diesen Zugang behalten, während Sie weg sind
scope-roles = Sehen, was Sie dürfen (Ihre Rollen)
scope-groups = Sehen, zu welchen Gruppen Sie gehören
scope-claims = Außerdem sehen
scope-unknown = { $scope } benutzen

## Abmelden

logout-title = Abmelden?
logout-lead = Eine Anwendung bittet darum, Sie von { $host } abzumelden.
logout-yes = Abmelden
logout-no = Angemeldet bleiben
logged-out-title = Sie sind abgemeldet
logged-out-lead = Ihre Sitzung auf { $host } ist beendet.

## Fehler

error-code = Fehler
error-request = Anfrage
error-time = Zeit
error-copy = Angaben kopieren
error-reference-title = Was dieser Fehler bedeutet
error-reference-lead = Eine Anwendung bekam diesen Fehler zur Antwort. Die Seite ist für alle, die sie eingerichtet haben.
error-reference-reason = Grund
error-reference-status = Status
error-retry-after = Versuchen Sie es in { $wait } wieder.
error-detail-description = In den Worten des Protokolls
error-detail-received = Empfangene Redirect-URI
error-detail-registered = Registriert
error-detail-command = So wird sie erlaubt
error-access-denied-headline = Das wurde nicht erlaubt
error-access-denied-sentence = Die Anfrage wurde abgelehnt.
error-client-disabled-headline = Diese Anwendung ist abgeschaltet
error-client-disabled-sentence = Ihr Betreiber oder unserer hat sie abgeschaltet. Sie können sich gerade nicht bei ihr anmelden.
error-client-unknown-headline = Diese Anwendung kennen wir nicht
error-client-unknown-sentence = Der Link, der hierher führte, nennt eine Anwendung, die nicht registriert ist.
error-cookies-off-headline = Cookies sind abgeschaltet
error-cookies-off-sentence = Zum Anmelden braucht es ein Cookie dieser Seite. Erlauben Sie es, und versuchen Sie es noch einmal.
error-cross-site-headline = Das kam von woanders
error-cross-site-sentence = Das Formular wurde von einer anderen Seite geschickt; deshalb ist nichts geschehen.
error-form-expired-headline = Diese Seite war zu lange offen
error-form-expired-sentence = Es ist nichts geschehen. Beginnen Sie noch einmal.
error-forbidden-headline = Das dürfen Sie nicht sehen
error-forbidden-sentence = Ihr Konto hat nicht das Recht, diese Seite zu öffnen.
error-interaction-done-headline = Das ist schon erledigt
error-interaction-done-sentence = Die Anmeldung ist abgeschlossen, vielleicht in einem anderen Fenster. Gehen Sie zurück zur Anwendung.
error-interaction-expired-headline = Das hat zu lange gedauert
error-interaction-expired-sentence = Die Anmeldung wurde aufgegeben. Beginnen Sie in der Anwendung noch einmal.
error-interaction-unknown-headline = Diese Anmeldung ist hier nicht bekannt
error-interaction-unknown-sentence = Sie wurde in einem anderen Browser oder vor langer Zeit begonnen. Beginnen Sie in der Anwendung noch einmal.
error-link-dead-headline = Dieser Link gilt nicht mehr
error-link-dead-sentence = Er wurde benutzt, ist zu alt oder durch einen neueren ersetzt. Fordern Sie eine neue Mail an.
error-logout-invalid-headline = Die Abmeldung war nicht zu verstehen
error-logout-invalid-sentence = Sie sind weiter angemeldet. In Ihrem Konto können Sie sich abmelden.
error-method-headline = So lässt sich diese Seite nicht benutzen
error-method-sentence = Gehen Sie zurück, und benutzen Sie das Formular oder den Link der Seite davor.
error-not-found-headline = Hier ist nichts
error-not-found-sentence = Die Adresse ist vielleicht vertippt oder veraltet.
error-other-headline = Etwas ist schiefgegangen
error-other-sentence = Die Anfrage konnte nicht erfüllt werden.
error-redirect-uri-mismatch-headline = Die Rücksprungadresse passt nicht
error-redirect-uri-mismatch-sentence = Die Anwendung möchte ihre Antwort an eine Adresse, die für sie nicht registriert ist. Es wurde nichts dorthin geschickt.
error-redirect-uri-missing-headline = Es fehlt die Rücksprungadresse
error-redirect-uri-missing-sentence = Die Anwendung hat nicht gesagt, wohin ihre Antwort gehen soll.
error-registration-closed-headline = Keine neuen Konten
error-registration-closed-sentence = Konten legt hier der Betreiber an.
error-request-malformed-headline = Die Anfrage ist nicht zu verstehen
error-request-malformed-sentence = Die Anwendung hat etwas geschickt, das dem Protokoll nicht folgt.
error-request-repeated-headline = Die Anfrage ist nicht eindeutig
error-request-repeated-sentence = Die Anwendung hat einen Parameter zweimal geschickt.
error-server-error-headline = Hier ist etwas kaputtgegangen
error-server-error-sentence = Das liegt an uns. Es ist vermerkt; versuchen Sie es in einer Weile wieder.
error-too-large-headline = Das war zu viel
error-too-large-sentence = Die Anfrage war größer als erlaubt.
error-too-many-requests-headline = Zu viele Anfragen
error-too-many-requests-sentence = Bitte etwas langsamer.
error-unavailable-headline = Gerade nicht
error-unavailable-sentence = Der Dienst kann im Moment nicht antworten. Versuchen Sie es in einer Weile wieder.
error-upstream-failed-headline = Der andere Anbieter hat nicht gut geantwortet
error-upstream-failed-sentence = Sie wurden nicht angemeldet. Versuchen Sie es noch einmal oder anders.

## Form Post

form-post-title = Zurück zur Anwendung
form-post-lead = Ihr Browser schickt die Antwort weiter. Falls nichts geschieht, drücken Sie den Knopf.
form-post-submit = Weiter

## Konto

account-navigation = Konto
account-nav-home = Überblick
account-nav-profile = Profil
account-nav-sessions = Sitzungen
account-nav-apps = Anwendungen
account-nav-password = Passwort
account-nav-email = Adresse
account-nav-data = Daten
account-sign-out = Abmelden
account-title = Ihr Konto
account-saved = Gespeichert.
account-verified = bestätigt
account-unverified = nicht bestätigt
account-edit = Profil bearbeiten
account-session-count = { $count ->
    [one] 1 Browser ist angemeldet
   *[other] { $count } Browser sind angemeldet
}
account-app-count = { $count ->
    [0] Keine Anwendung kennt Sie
    [one] 1 Anwendung kennt Sie
   *[other] { $count } Anwendungen kennen Sie
}
account-password-line = Im Zweifel ändern
account-email-line = Mit einer anderen anmelden
account-data-line = Eine Kopie holen oder gehen
profile-title = Ihr Profil
profile-lead = Anwendungen sehen nur, was Sie sie sehen lassen. Alles darf leer bleiben.
profile-names = Namen
profile-about = Über Sie
profile-reach = Wie man Sie erreicht
profile-submit = Speichern
profile-cancel = Abbrechen
profile-hint-preferred_username = Ein kurzer Name, den Anwendungen zeigen können.
profile-hint-birthdate = Jahr, Monat, Tag: 1990-12-31. Mit 0000 bleibt das Jahr weg.
profile-hint-zoneinfo = Zum Beispiel Europe/Berlin.
profile-hint-locale = Zum Beispiel de-AT.
profile-hint-phone_number = Mit Landesvorwahl: +49 30 901820.
claim-address = Postanschrift
claim-birthdate = Geburtsdatum
claim-country = Land
claim-email = E-Mail-Adresse
claim-email_verified = E-Mail-Adresse bestätigt
claim-family_name = Nachname
claim-gender = Geschlecht
claim-given_name = Vorname
claim-groups = Gruppen
claim-locale = Sprache
claim-locality = Ort
claim-middle_name = Zweiter Vorname
claim-name = Voller Name
claim-nickname = Spitzname
claim-phone_number = Telefonnummer
claim-phone_number_verified = Telefonnummer bestätigt
claim-picture = Bild (Adresse)
claim-postal_code = Postleitzahl
claim-preferred_username = Benutzername
claim-profile = Profilseite
claim-region = Bundesland oder Region
claim-roles = Rollen
claim-street_address = Straße und Hausnummer
claim-updated_at = Letzte Änderung
claim-website = Website
claim-zoneinfo = Zeitzone
sessions-title = Ihre Sitzungen
sessions-lead = Die Browser, mit denen Sie angemeldet sind. Beenden Sie, was Sie nicht erkennen, und ändern Sie Ihr Passwort.
sessions-ended = Beendet.
sessions-this-one = diese hier
sessions-last-seen = zuletzt gesehen
sessions-started = angemeldet
sessions-end = Beenden
sessions-end-others = Alle anderen beenden
apps-title = Verbundene Anwendungen
apps-lead = Anwendungen, die Sie eingelassen haben. Ein Widerruf nimmt ihnen den Zugang sofort.
apps-waiting = Wartet auf Ihre Entscheidung
apps-decide = Ansehen und entscheiden
apps-withdrawn = Widerrufen. Die Anwendung hat keinen Zugang mehr.
apps-agreed = erlaubt
apps-last-used = zuletzt benutzt
apps-never-used = noch nicht benutzt
apps-withdraw = Widerrufen
apps-withdraw-one = Nur dies zurücknehmen
granted-browser = im Browser erlaubt
granted-device = für ein Gerät erlaubt
granted-request = auf Anfrage per Mail erlaubt
granted-assertion = auf das Wort eines anderen Servers erlaubt
apps-open = Öffnen
apps-none = Keine Anwendung hat Ihre Einwilligung.
password-change-title = Passwort ändern
password-set-title = Passwort setzen
password-end-sessions = Alle anderen Browser abmelden
password-submit = Passwort speichern
email-title = Adresse ändern
email-lead = Sie melden sich an mit
email-new-label = Neue E-Mail-Adresse
email-what = Wir schicken einen Code an die neue Adresse. Sie ersetzt die alte, sobald Sie den Code eingegeben haben. Die alte Adresse erfährt es und kann die Änderung { $days } Tage lang zurücknehmen.
email-submit = Code schicken
email-code-title = Neue Adresse bestätigen
email-code-lead = Wir haben einen Code geschickt an
email-code-change = Andere Adresse verwenden
email-code-submit = Adresse ändern
data-title = Ihre Daten
data-lead = Eine Kopie von allem, was hier über Sie gespeichert ist: Profil, Adressen, Sitzungen, Anwendungen und was aufgezeichnet wurde. Eine Datei in JSON.
data-submit = Meine Daten herunterladen
data-leave = Sie möchten gehen?
data-delete = Mein Konto löschen
delete-title = Konto löschen
delete-lead = Sie werden sofort überall abgemeldet, und Anwendungen verlieren den Zugang. Nach { $days } Tagen wird alles endgültig entfernt. Bis dahin bringt ein Link in der Mail, die wir Ihnen schicken, das Konto zurück.
delete-submit = Mein Konto löschen
delete-cancel = Behalten
deleted-title = Ihr Konto ist gelöscht
deleted-lead = Am { $erased } wird alles darin entfernt. Bis dahin können Sie es mit dem Link zurückhaben, den wir Ihnen geschickt haben.

## Entwicklungsmodus

mails-title = Mails
mails-lead = Jede Mail in jedem Aussehen und jeder Sprache, wie sie mit Ihren Vorlagen verschickt würde.
mails-back = Alle Mails
mails-template = Vorlagen
inbox-to-mails = Alle Mails ansehen
inbox-title = Posteingang
inbox-lead = Im Entwicklungsmodus landet jede Mail hier; keine wird verschickt.
inbox-to-app = Demo-App öffnen
inbox-empty = Noch keine Mail. Legen Sie ein Konto an oder fordern Sie einen Code an, und laden Sie diese Seite neu.
inbox-back = Alle Mails
inbox-from = Von
inbox-to = An
inbox-sent = Gesendet
inbox-copy = Code kopieren
inbox-links = Links darin
inbox-text = Textteil
inbox-html = HTML-Teil
demo-name = Demo-App
demo-talks-to = Meldet an mit
demo-start-title = Eine Demo-Anwendung
demo-start-lead = Das ist eine Relying Party mit der Client-ID „{ $client }“. Sie zeigt, was sie über Sie erfährt.
demo-sign-in = Anmelden
demo-sign-up-hint = Sie können mit jeder Adresse ein Konto anlegen: Die Mail kommt in den Posteingang.
demo-people = Testpersonen
demo-result-title = Sie sind angemeldet
demo-result-lead = Das ID-Token wurde geprüft. Das steht darin.
demo-id-token = Claims des ID-Tokens
demo-claim = Claim
demo-value = Wert
demo-checks = Was geprüft wurde
demo-userinfo-claims = Claims von Userinfo
demo-tokens = Tokens
demo-token = Token
demo-beginning = Beginnt mit
demo-expires = Gilt noch
demo-untold = nicht gesagt
demo-refreshes = { $count ->
    [0] Noch nicht erneuert.
    [one] Einmal erneuert.
   *[other] { $count }-mal erneuert.
}
demo-userinfo = Userinfo fragen
demo-refresh = Erneuern
demo-sign-out = Abmelden
demo-signed-out-title = Sie sind abgemeldet
demo-signed-out-lead = Die Demo-App hat Sie vergessen, und Ihre Sitzung beim Anbieter ist beendet.
demo-again = Zurück zum Anfang
demo-error-title = Das hat nicht geklappt
demo-error-code = Fehler

## Mails

mail-from = { $product } auf { $host }
mail-ip = Die Netzwerkadresse war { $ip }.
mail-ignore = Waren Sie es nicht, beachten Sie diese Mail nicht weiter.
mail-asked-browser-system = Angefordert mit { $browser } unter { $system } um { $asked_clock }.
mail-asked-browser = Angefordert mit { $browser } um { $asked_clock }.
mail-asked-system = Angefordert mit einem Browser unter { $system } um { $asked_clock }.
mail-asked-unknown = Angefordert um { $asked_clock }.
mail-code-warning = Geben Sie ihn nur auf { $host } ein. Niemand von uns wird Sie je danach fragen.
mail-verify-address-subject = Bestätigen Sie Ihre Adresse
mail-verify-address-lead = ist Ihr Code. Er gilt { $minutes } Minuten und bestätigt Ihre Adresse.
mail-verify-address-app = ist Ihr Code, um weiter zu { $app } zu kommen. Er gilt { $minutes } Minuten und bestätigt Ihre Adresse.
mail-verify-address-link = Oder öffnen Sie diesen Link, und drücken Sie dort den Knopf:
mail-verify-address-button = Adresse bestätigen
mail-confirm-address-subject = Bestätigen Sie Ihre Adresse, um sich anzumelden
mail-confirm-address-lead = Sie wollten sich bei { $host } anmelden. Das Passwort war richtig, aber diese Adresse ist noch nicht bestätigt.
mail-confirm-address-what = Öffnen Sie diesen Link, drücken Sie dort den Knopf, und melden Sie sich noch einmal an. Er gilt { $minutes } Minuten:
mail-login-code-subject = Ihr Anmeldecode
mail-login-code-lead = ist Ihr Code. Er meldet Sie an und gilt { $minutes } Minuten.
mail-login-code-app = ist Ihr Code, um sich bei { $app } anzumelden. Er gilt { $minutes } Minuten.
mail-reset-password-subject = Neues Passwort setzen
mail-reset-password-lead = ist Ihr Code. Damit setzen Sie innerhalb von { $minutes } Minuten ein neues Passwort.
mail-reset-password-link = Oder öffnen Sie diesen Link, und drücken Sie dort den Knopf:
mail-reset-password-button = Neues Passwort setzen
mail-reset-password-ignore = Waren Sie es nicht, beachten Sie diese Mail nicht weiter; Ihr Passwort bleibt, wie es ist.
mail-reset-started-subject = Neues Passwort setzen
mail-reset-started-lead = Eine Verwalterin oder ein Verwalter bittet Sie, ein neues Passwort zu setzen. Öffnen Sie innerhalb von { $minutes } Minuten diesen Link, und drücken Sie dort den Knopf:
mail-reset-started-ignore = Niemand sonst kann es setzen oder sehen. Bis dahin gilt Ihr bisheriges Passwort.
mail-already-registered-subject = Sie haben schon ein Konto
mail-already-registered-lead = Jemand wollte mit Ihrer Adresse ein Konto auf { $host } anlegen.
mail-already-registered-what = Sie haben schon eines; es wurde nichts geändert.
mail-already-registered-button = Anmelden
mail-already-registered-reset = Neues Passwort setzen
mail-password-changed-subject = Ihr Passwort wurde geändert
mail-password-changed-browser-system = Ihr Passwort wurde mit { $browser } unter { $system } geändert: { $asked }.
mail-password-changed-browser = Ihr Passwort wurde mit { $browser } geändert: { $asked }.
mail-password-changed-system = Ihr Passwort wurde mit einem Browser unter { $system } geändert: { $asked }.
mail-password-changed-unknown = Ihr Passwort wurde geändert: { $asked }.
mail-password-changed-not-you = Waren Sie es nicht, setzen Sie sofort ein neues Passwort:
mail-password-changed-button = Neues Passwort setzen
mail-welcome-subject = Ihr Konto ist bereit
mail-welcome-named = Willkommen, { $name }!
mail-welcome-unnamed = Willkommen!
mail-welcome-lead = Ihr Konto auf { $host } ist bereit. Darin sehen Sie, wo Sie angemeldet sind und welche Anwendungen Sie kennen.
mail-welcome-button = Ihr Konto
mail-address-change-verify-subject = Bestätigen Sie Ihre neue Adresse
mail-address-change-verify-lead = ist Ihr Code. Er gilt { $minutes } Minuten und macht dies zur Adresse Ihres Kontos auf { $host }.
mail-address-change-verify-link = Oder öffnen Sie diesen Link, und drücken Sie dort den Knopf:
mail-address-change-verify-button = Adresse bestätigen
mail-address-change-notice-subject = Eine neue Adresse für Ihr Konto
mail-address-change-notice-lead = Die Adresse Ihres Kontos auf { $host } soll { $address } werden.
mail-address-change-notice-what = Sie ändert sich, sobald die neue Adresse bestätigt ist. Waren Sie es, ist hier nichts zu tun.
mail-address-change-notice-not-you = Waren Sie es nicht, behalten Sie Ihre Adresse und melden sich überall ab mit diesem Link. Er gilt bis { $until }.
mail-address-change-notice-button = Adresse behalten
mail-address-changed-subject = Die Adresse Ihres Kontos wurde geändert
mail-address-changed-lead = Ihr Konto auf { $host } hat jetzt die Adresse { $address }.
mail-address-changed-browser-system = Bestätigt wurde sie mit { $browser } unter { $system }: { $asked }.
mail-address-changed-browser = Bestätigt wurde sie mit { $browser }: { $asked }.
mail-address-changed-system = Bestätigt wurde sie mit einem Browser unter { $system }: { $asked }.
mail-address-changed-unknown = Bestätigt wurde sie: { $asked }.
mail-address-changed-not-you = Waren Sie es nicht, holen Sie Ihre Adresse zurück und melden sich überall ab mit diesem Link. Er gilt bis { $until }.
mail-address-changed-button = Adresse zurückholen
mail-address-kept-subject = Das Konto hat Ihre Adresse
mail-address-kept-browser-system = Das Konto wurde mit { $browser } unter { $system } zurückgeholt: { $asked }. Es hat diese Adresse, und niemand ist mehr angemeldet.
mail-address-kept-browser = Das Konto wurde mit { $browser } zurückgeholt: { $asked }. Es hat diese Adresse, und niemand ist mehr angemeldet.
mail-address-kept-system = Das Konto wurde mit einem Browser unter { $system } zurückgeholt: { $asked }. Es hat diese Adresse, und niemand ist mehr angemeldet.
mail-address-kept-unknown = Das Konto wurde zurückgeholt: { $asked }. Es hat diese Adresse, und niemand ist mehr angemeldet.
mail-address-kept-what = Vielleicht kannte jemand das Passwort; das alte gilt deshalb nicht mehr. Setzen Sie ein neues:
mail-address-kept-button = Neues Passwort setzen
mail-address-taken-subject = Ihre Adresse hat schon ein Konto
mail-address-taken-lead = Jemand wollte Ihre Adresse einem anderen Konto auf { $host } geben.
mail-address-taken-what = Ihre Adresse hat schon ein Konto; es wurde nichts geändert. Eine Adresse gehört immer nur zu einem Konto.
mail-address-taken-button = Anmelden
mail-account-deleted-subject = Ihr Konto ist gelöscht
mail-account-deleted-browser-system = Ihr Konto wurde mit { $browser } unter { $system } gelöscht: { $asked }.
mail-account-deleted-browser = Ihr Konto wurde mit { $browser } gelöscht: { $asked }.
mail-account-deleted-system = Ihr Konto wurde mit einem Browser unter { $system } gelöscht: { $asked }.
mail-account-deleted-unknown = Ihr Konto wurde gelöscht: { $asked }.
mail-account-deleted-what = Niemand kann sich mehr darin anmelden. Am { $until } wird alles darin endgültig entfernt.
mail-account-deleted-undo = Bis dahin können Sie es mit diesem Link zurückholen:
mail-account-deleted-button = Konto wiederherstellen
mail-new-device-subject = Neue Anmeldung in Ihrem Konto
mail-new-device-browser-system = Jemand hat sich mit { $browser } unter { $system } in Ihrem Konto angemeldet: { $asked }.
mail-new-device-browser = Jemand hat sich mit { $browser } in Ihrem Konto angemeldet: { $asked }.
mail-new-device-system = Jemand hat sich mit einem Browser unter { $system } in Ihrem Konto angemeldet: { $asked }.
mail-new-device-unknown = Jemand hat sich in Ihrem Konto angemeldet: { $asked }.
mail-new-device-not-you = Waren Sie es, ist alles gut. Wenn nicht, beenden Sie diese Sitzung und ändern Sie Ihr Passwort:
mail-new-device-button = Ihre Sitzungen

# /docs
api-docs-title = Die JSON-Schnittstelle
api-docs-lead = Was Programme und Skripte von diesem Dienst verlangen können.
api-docs-swagger = zum Ausprobieren
api-docs-redoc = zum Lesen
api-docs-document = für Programme, in OpenAPI

## Von einem anderen Anbieter kommen
login-arrived-proof = Zu Ihrer Adresse gibt es schon ein Konto. Melden Sie sich einmal auf einem seiner Wege an, dann können Sie { $provider } damit verbinden.
login-arrived-proof-of-blocked = { $provider } hat gemeldet, dass dort vielleicht jemand in Ihr Konto gelangt ist. Melden Sie sich auf einem anderen Weg an, damit sicher ist, dass Sie es sind.
login-arrived-address = Sie kommen von { $provider }. Melden Sie sich mit einem Konto an, das Sie hier haben, dann können Sie { $provider } damit verbinden.
arrived-address-title = Bitte eine Adresse
arrived-address-lead = { $provider } hat uns keine Adresse genannt, auf die wir uns verlassen können. Nennen Sie eine, an der Sie Post lesen; wir schicken Ihnen einen Code.
arrived-address-submit = Code schicken
link-title = Künftig mit { $provider } anmelden?
link-lead = Sie haben sich gerade angemeldet. Wenn Sie zustimmen, öffnet künftig auch { $provider } dieses Konto.
link-blocked-lead = Sie haben gezeigt, dass Sie es sind. Wenn Sie zustimmen, öffnet { $provider } dieses Konto wieder.
link-submit = Ja, verbinden
link-skip = Jetzt nicht
link-hint = Auf Ihrer Kontoseite können Sie das jederzeit ändern.
federation-declined-title = Sie haben nicht zugestimmt
federation-declined-sentence = { $provider } sagt uns nichts, solange Sie dort nicht zustimmen. Sie sind nicht angemeldet.
federation-unreachable-title = { $provider } antwortet nicht
federation-unreachable-sentence = { $provider } war gerade nicht zu erreichen. Versuchen Sie es gleich noch einmal oder anders.
federation-misunderstood-title = { $provider } hat nicht gut geantwortet
federation-misunderstood-sentence = Mit der Antwort von { $provider } konnten wir nichts anfangen. Versuchen Sie es noch einmal oder anders.
federation-unverified-title = Dieser Antwort ist nicht zu trauen
federation-unverified-sentence = Was von { $provider } zurückkam, ließ sich nicht prüfen; niemand wurde angemeldet. Beginnen Sie hier von vorn.
federation-withheld-title = { $provider } hat uns zu wenig gesagt
federation-withheld-sentence = Um zu wissen, wer Sie sind, brauchen wir das, wozu { $provider } Sie um Zustimmung bat. Erlauben Sie es beim nächsten Versuch, oder nehmen Sie einen anderen Weg.
federation-visit-over-title = Bitte beginnen Sie von vorn
federation-visit-over-sentence = Dieser Besuch bei { $provider } hat zu lange gedauert, ist schon beantwortet oder begann in einem anderen Browser.
federation-restricted-title = Nicht mit diesem Konto
federation-restricted-sentence = Von { $provider } kommen hier nur bestimmte Konten herein. Wählen Sie dort ein anderes, oder fragen Sie den Betreiber.
federation-sign-up-closed-title = Sie haben hier kein Konto
federation-sign-up-closed-sentence = Mit Ihrem Konto bei { $provider } ist hier niemand verbunden, und neue Konten werden nicht angelegt.
federation-account-closed-title = Dieses Konto ist geschlossen
federation-account-closed-sentence = Das Konto, zu dem Ihr Konto bei { $provider } gehört, ist gesperrt oder gelöscht.
federation-came-in-before-title = Sie haben schon ein Konto
federation-came-in-before-sentence = In einem anderen Fenster sind Sie von { $provider } gekommen und haben eine andere Adresse angegeben. Sie gehört nun zu Ihrem Konto; die Adresse von hier wurde nicht übernommen. Machen Sie mit { $provider } weiter.
federation-tied-elsewhere-title = Schon vergeben
federation-tied-elsewhere-sentence = Ihr Konto bei { $provider } gehört hier zu einem anderen Konto. Trennen Sie es zuerst dort.
federation-somebody-else-title = Jemand anderes ist angemeldet
federation-somebody-else-sentence = Wer zu { $provider } ging, ist in diesem Browser nicht mehr angemeldet; verbunden wurde nichts.
federation-too-many-title = Das ist eines zu viel
federation-too-many-sentence = Mehr Verbindungen kann dieses Konto nicht haben. Trennen Sie zuerst eine.
federation-again = { $provider } noch einmal versuchen
federation-to-login = Anders anmelden
federation-to-account = Zurück zum Konto
federation-request = Wenn Sie um Hilfe bitten, nennen Sie
account-nav-logins = Zugänge
account-logins-line = Google, GitHub und andere, die dieses Konto öffnen
logins-title = Zugänge
logins-lead = Konten anderswo, die dieses hier öffnen.
logins-linked = Es öffnet künftig dieses Konto.
logins-unlinked = Es öffnet dieses Konto nicht mehr.
logins-last-way-in = Das ist der letzte Weg in Ihr Konto. Setzen Sie zuerst ein Passwort.
logins-blocked = gesperrt
logins-since = verbunden
logins-last-used = zuletzt benutzt
logins-unlink = Trennen
logins-link = { $provider } verbinden
logins-none = Kein anderes Konto öffnet dieses.
mail-approval-asked-subject = Ihre Erlaubnis ist gefragt
mail-approval-asked-lead = { $app } bittet um Ihre Erlaubnis. Die Frage wartet { $minutes ->
    [one] eine Minute
   *[other] { $minutes } Minuten
}.
mail-approval-asked-compare = Die Anwendung zeigt Ihnen in diesem Augenblick diese Worte:
mail-approval-asked-link = Öffnen Sie diesen Link, um sie anzusehen und zu entscheiden:
mail-approval-asked-button = Ansehen und entscheiden
mail-approval-asked-ignore = Haben Sie das nicht selbst begonnen, beachten Sie diese Mail nicht, oder lehnen Sie dort ab. Ohne Sie wird nichts geteilt.

mail-identity-linked-subject = Ein weiterer Zugang zu Ihrem Konto
mail-identity-linked-lead = Ihr Konto auf { $host } lässt sich künftig mit { $provider } öffnen.
mail-identity-unlinked-subject = Ein Zugang zu Ihrem Konto ist entfernt
mail-identity-unlinked-lead = Ihr Konto auf { $host } lässt sich mit { $provider } nicht mehr öffnen.
mail-mailbox-reported-subject = An dieses Postfach ging kein Code
mail-mailbox-reported-lead = Jemand hat einen Code für Ihr Konto auf { $host } angefordert. Es wurde keiner verschickt: { $provider } hat gemeldet, dass jemand anders in Ihr Konto dort und damit in dieses Postfach gelangt sein kann.
mail-mailbox-reported-do = Sichern Sie zuerst Ihr Konto bei { $provider }. Melden Sie sich dann auf { $host } mit Ihrem Passwort an oder auf einem anderen Weg, der nicht über dieses Postfach führt; dort können Sie { $provider } wieder zulassen. Haben Sie keinen anderen Weg, wenden Sie sich an die Betreiber von { $host }.
mail-mailbox-reported-button = Anmelden
mail-identity-browser-system = Das geschah mit { $browser } unter { $system }: { $asked }.
mail-identity-browser = Das geschah mit { $browser }: { $asked }.
mail-identity-system = Das geschah mit einem Browser unter { $system }: { $asked }.
mail-identity-unknown = Das geschah: { $asked }.
mail-identity-not-you = Waren Sie es nicht, sehen Sie die Zugänge Ihres Kontos durch und setzen Sie ein neues Passwort:
mail-identity-button = Zugänge ansehen
## Nachahmungen anderer Anbieter im Entwicklungsmodus
imitation-choose-title = Wählen Sie, wer Sie beim nachgeahmten { $provider } sind
imitation-choose-lead = Das ist nicht { $provider }: Es gehört zum Entwicklungsmodus, und alle hier sind erfunden.
imitation-to-switches = Zu den Schaltern
imitation-client = Wer fragt
imitation-scopes = Wonach
imitation-hinted = vorgeschlagen
imitation-refuse = Ablehnen
imitation-switches-title = Schalter des nachgeahmten { $provider }
imitation-switches-lead = Jeder lässt es tun, was das echte { $provider } manchen Menschen oder zu schlechten Zeiten antut. Programme schicken sie mit PUT als JSON.
imitation-switch-bare_iss = iss ohne Schema
imitation-switch-without_hd = kein hd, wer es auch ist
imitation-switch-unverified_address = keine Adresse ist bestätigt
imitation-switch-wrong_nonce = eine Nonce, nach der niemand gefragt hat
imitation-switch-private_address = niemand zeigt eine Adresse
imitation-switch-no_verified_primary = die Hauptadresse ist nicht bestätigt
imitation-switch-noreply_address = die Hauptadresse ist eine noreply-Adresse
imitation-switch-renamed_login = dieselben Menschen unter anderen Namen
imitation-switch-many_addresses = so viele Adressen, dass die Hauptadresse auf der letzten Seite steht
imitation-switch-refused_scope = niemand lässt seine Adressen lesen
imitation-switch-org_sso = Organisationen verlangen erst Single Sign-on
imitation-switch-down = außer Betrieb: 503
imitation-slow = Pause vor jeder Antwort, in Millisekunden
imitation-save = Schalter setzen
imitation-people = Wer da ist
imitation-rotate-title = Schlüssel
imitation-rotate = Ab jetzt mit einem anderen Schlüssel signieren
imitation-events-title = Sicherheitsereignisse
imitation-events-about = Über
imitation-delivered = { $event } ging an { $to }. Die Antwort:

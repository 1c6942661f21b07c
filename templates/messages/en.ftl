### Everything a person reads, in English. Every message must exist here.

## Notation

# strftime patterns
date-time-pattern = %-d %B %Y, %H:%M UTC
clock-pattern = %H:%M UTC
span-seconds = { $count ->
    [one] 1 second
   *[other] { $count } seconds
}
span-minutes = { $count } minutes
span-hours = { $count } hours
span-days = { $count } days

## All pages

title-problem = Problem:
continue-to = Continue to { $app }
signed-in-as = Signed in as { $address }
not-you = Not you?
about-app = About { $app }
client-uri = Website
client-policy = Privacy policy
client-tos = Terms of service
foot-host = You are at { $host }
dev-ribbon = Development mode
dev-ribbon-inbox = Inbox
dev-ribbon-app = Demo app
address-label = E-mail address
password-label = Password
new-password-label = New password
current-password-label = Current password
password-show = Show
password-hide = Hide
password-rule = At least { $minimum } characters. A few words in a row are easy to remember.
onward = Continue
onward-app = Go to { $app }
back-to-login = Back to sign-in
copied = Copied
browser-on-system = { $browser } on { $system }
browser-unknown-on-system = A browser on { $system }
browser-unknown = An unknown browser

## What can be wrong with a form

problems-heading = { $count ->
    [one] There is a problem
   *[other] There are problems
}
problem-credentials-wrong = The e-mail address and the password do not belong together. If you signed up and have not confirmed the address yet, look into your mailbox: a link is on its way.
problem-username-missing = Enter your e-mail address.
problem-username-unchanged = This is the address you have already.
problem-username-malformed = Enter an e-mail address like name@example.org.
problem-account-name-taken = This username is taken. Choose another one.
problem-account-name-malformed = A username has 3 to 32 letters and digits, begins with a letter, and may have single dots, hyphens or underscores between them.
problem-password-missing = Enter a password.
problem-password-too-short = The password needs at least { $minimum } characters.
problem-password-too-long = The password may have at most { $maximum } characters.
problem-passwords-differ = The two passwords are not the same.
problem-password-common = This password is one of those that are guessed first. Choose another one.
problem-password-breached = This password has appeared in a data leak. Choose another one.
problem-password-guessable = The password follows a pattern that is guessed early. Choose one without sequences and repetitions.
problem-password-personal = The password must not contain your name, your address or the name of this site.
problem-password-strength = Its strength is { $score } of 4. A few words that have nothing to do with each other are hard to guess.
problem-password-strength-keyboard = Its strength is { $score } of 4: keys next to each other are guessed early. Take a few unrelated words.
problem-password-strength-repeats = Its strength is { $score } of 4: repeating something adds little. Take a few unrelated words.
problem-password-strength-sequence = Its strength is { $score } of 4: letters and digits in order are guessed early. Take a few unrelated words.
problem-password-strength-dates = Its strength is { $score } of 4: dates and years are guessed early. Take a few unrelated words.
problem-password-strength-names = Its strength is { $score } of 4: names are guessed early. Take a few unrelated words.
problem-password-strength-words = Its strength is { $score } of 4: a single well-known word is guessed early. Take a few unrelated words.
problem-password-unchanged = The new password is the same as the old one.
problem-current-password-wrong = This is not your current password.
problem-code-missing = Enter the code from the mail.
problem-code-malformed = The code is the row of digits at the top of the mail.
problem-code-wrong = This code is not right.
problem-code-expired = This code is too old. Ask for a new one.
problem-code-exhausted = Too many wrong codes: this one works no more. Start again to get another.
problem-code-replaced = A newer code was sent. Only the newest one works.
problem-resend-too-soon = You can ask for another code in { $wait }.
problem-resends-exhausted = No more codes can be sent now. Check the spam folder and the address.
problem-too-many-tries = Too many tries. Try again in { $wait }.
problem-form-expired = The page was open for too long, or was sent twice. Please try again.
problem-busy = Too much is going on right now. Try again in a moment.
problem-claim-malformed = This does not have the right form.
problem-claim-too-long = At most { $maximum } characters.
problem-upstream-failed = Signing in with { $provider } did not work. Try again, or take another way.

## Sign in

login-title = Sign in
login-submit = Sign in
login-cancel = Cancel and go back to { $app }
login-reset = Forgot your password?
login-remember = Stay signed in on this device
login-by-code = Sign in with a mailed code
login-new-here = New here?
login-sign-up = Create an account
login-suggest-reset = It may be quicker to
login-suggest-reset-link = set a new password
login-upstream = Continue with { $provider }
login-used-last = used last
login-or = or with your e-mail address
login-notice-again = Please sign in once more, to be sure that it is you.
login-notice-somebody-else = The application asks for another account than the one you are signed in with. Sign in with that one.
login-notice-password-reset = Your new password is set. Sign in with it.
login-notice-session-ended = You were signed out. Sign in again to go on.

## Sign up

signup-title = Create an account
signup-name = Name (optional)
signup-name-hint = How applications may greet you.
signup-submit = Create account
signup-known = You have an account?
signup-login = Sign in

## Codes

code-label = Code
code-hint = The digits at the top of the mail. They work for { $minutes } minutes.
code-start-again = Start again
code-tries-left = { $tries_left ->
    [one] One try is left.
   *[other] { $tries_left } tries are left.
}
code-notice-resent = A new code is on its way. Earlier codes no longer work.
code-notice-sent-again = The code was sent once more. It is the same one.
resend-wait = You can ask for another code in { $wait }.
resend-question = No mail? Look in the spam folder, or ask for another code.
resend-submit = Send another code
verify-title = Confirm your address
verify-lead = We sent a code to
verify-submit = Confirm
verify-change = Use another address
verify-by-link = You opened the link in the mail?
verify-continue = Continue
code-request-title = Sign in with a code
code-request-lead = We send a code to your address. It stands for your password this once.
code-request-submit = Send the code
code-with-password = Sign in with a password
code-enter-title = Enter the code
code-enter-lead = If there is an account for it, a code was sent to
code-enter-submit = Sign in
code-change = Use another address

## Behind a mailed link

link-confirm-verify-title = Confirm your address
link-confirm-verify-lead = Is this your address?
link-confirm-verify-submit = Yes, confirm it
link-confirm-reset-title = Set a new password
link-confirm-reset-lead = A new password was asked for, for
link-confirm-reset-submit = Go on
link-confirm-change-address-title = Confirm your new address
link-confirm-change-address-lead = Your account is to have this address:
link-confirm-change-address-submit = Yes, use it
link-confirm-undo-address-title = Keep your address
link-confirm-undo-address-lead = The account keeps, or gets back, this address, and is signed out everywhere:
link-confirm-undo-address-submit = Keep it and sign out everywhere
link-confirm-restore-title = Restore your account
link-confirm-restore-lead = This account is deleted and will be erased. You can have it back:
link-confirm-restore-submit = Restore it
link-confirm-all-well = All is as you want it? Then close this page; nothing changes.
link-confirm-not-me = You did not ask for this? Then close this page; nothing changes.
link-done-verify-title = Your address is confirmed
link-done-verify-lead = Go back to the window in which you began. It goes on there.
link-done-change-address-title = Your address is changed
link-done-change-address-lead = Sign in with the new address from now on. Where you are signed in, you stay so.
link-done-undo-address-title = Your address is safe
link-done-undo-address-lead = The account has your address, and every session has ended. Somebody may know your password, so it no longer works: set a new one now.
link-done-restore-title = Your account is back
link-done-restore-lead = Everything is as it was. Sign in to go on.
link-done-reset-title = This was you
link-done-reset-lead = Go back to the window in which you began, to set the new password.

## Forgotten password

reset-title = Set a new password
reset-lead = Tell us your address. We send a code that lets you set a new password.
reset-submit = Send the code
reset-code-title = Enter the code
reset-code-submit = Go on
reset-password-title = Choose a new password
reset-password-lead = For
reset-password-ends = Setting it signs you out everywhere else.
reset-password-submit = Set the password

## Choose

choose-title = Choose an account
choose-signed-out = Signed out
choose-another = Use another account

## A device or an app asks, and it is decided here

device-title = Connect a device
device-lead = Your device shows a code. Enter it here.
device-label = Code on the device
device-hint = Eight letters, such as WDJB-MJHT. Upper or lower case makes no difference.
device-submit = Continue
device-compare = Does your device show exactly this code?
device-same = Yes, my device shows it
problem-user-code-missing = Enter the code that your device shows.
problem-user-code-unknown = This code is not known or too old. Compare it with your device, or ask there for a new one.
approve-device-lead = Your device shows this code:
approve-device-warning = Go on only if you see this code on a device of your own, in front of you. Whoever sent you here by a message, or reads the code to you on the phone, wants to get into your account.
approve-app-lead = An application asks for your permission.
approve-app-compare = Go on only if you began this yourself and the application shows the same words.
approve-app-warning = Go on only if you began this yourself.
approve-asked = Asked for
approve-done-allowed-title = Allowed
approve-done-allowed-lead = Go back to your device. It goes on there in a few seconds.
approve-done-denied-title = Not allowed
approve-done-denied-lead = Nothing was shared. You can close this page.
approve-done-over-title = This request is over
approve-done-over-lead = It was answered already, or it took too long. If your device still waits, begin again there.

## Consent

consent-title = Allow access for { $app }?
consent-origin = The answer goes to
consent-host = The application calls itself so; what vouches for it is
consent-heading = The application will be able to
consent-nothing = know that you have signed in, and nothing else about you
consent-remembered = This is remembered. You can take it back in your account at any time.
consent-allow = Allow
consent-deny = Do not allow
scope-openid = Recognise you when you come back
scope-profile = See your profile
scope-email = See your e-mail address
scope-address = See your postal address
scope-phone = See your telephone number
scope-offline_access = Keep this access while you are away
scope-roles = See what you may do (your roles)
scope-groups = See which groups you belong to
scope-claims = Also see
scope-unknown = Use { $scope }

## Sign out

logout-title = Sign out?
logout-lead = An application asks to sign you out of { $host }.
logout-yes = Sign out
logout-no = Stay signed in
logged-out-title = You are signed out
logged-out-lead = Your session at { $host } has ended.

## Errors

error-code = Error
error-request = Request
error-time = Time
error-copy = Copy these details
error-reference-title = What this error means
error-reference-lead = An application was answered with this error. The page is for whoever set it up.
error-reference-reason = Reason
error-reference-status = Status
error-retry-after = Try again in { $wait }.
error-detail-description = In the protocol’s words
error-detail-received = Redirect URI received
error-detail-registered = Registered
error-detail-command = To allow it
error-access-denied-headline = This was not allowed
error-access-denied-sentence = The request was turned down.
error-client-disabled-headline = This application is switched off
error-client-disabled-sentence = Its operator, or ours, has switched it off. You cannot sign in to it now.
error-client-unknown-headline = We do not know this application
error-client-unknown-sentence = The link that led here names an application that is not registered.
error-cookies-off-headline = Cookies are switched off
error-cookies-off-sentence = Signing in needs a cookie from this site. Allow it, and try again.
error-cross-site-headline = This came from somewhere else
error-cross-site-sentence = The form was sent from another site, so nothing was done.
error-form-expired-headline = This page was open for too long
error-form-expired-sentence = Nothing was done. Go on from the beginning.
error-forbidden-headline = You may not see this
error-forbidden-sentence = Your account does not have the right to open this page.
error-interaction-done-headline = This is already done
error-interaction-done-sentence = The sign-in was completed, perhaps in another window. Go back to the application.
error-interaction-expired-headline = This took too long
error-interaction-expired-sentence = The sign-in was given up. Begin again from the application.
error-interaction-unknown-headline = This sign-in is not known here
error-interaction-unknown-sentence = It was begun in another browser, or long ago. Begin again from the application.
error-link-dead-headline = This link does not work any more
error-link-dead-sentence = It was used, is too old, or was replaced by a newer one. Ask for a new mail.
error-logout-invalid-headline = The sign-out could not be understood
error-logout-invalid-sentence = You are still signed in. You can sign out in your account.
error-method-headline = This page cannot be used that way
error-method-sentence = Go back and use the form or the link on the page before.
error-not-found-headline = There is nothing here
error-not-found-sentence = The address may be mistyped or old.
error-other-headline = Something went wrong
error-other-sentence = The request could not be completed.
error-redirect-uri-mismatch-headline = The return address does not match
error-redirect-uri-mismatch-sentence = The application asked for its answer at an address that is not registered for it. Nothing was sent there.
error-redirect-uri-missing-headline = There is no return address
error-redirect-uri-missing-sentence = The application did not say where it wants its answer.
error-registration-closed-headline = No new accounts
error-registration-closed-sentence = Accounts are made by the operator here.
error-request-malformed-headline = The request cannot be understood
error-request-malformed-sentence = The application sent something that does not follow the protocol.
error-request-repeated-headline = The request is ambiguous
error-request-repeated-sentence = The application sent the same parameter twice.
error-server-error-headline = Something broke here
error-server-error-sentence = It is our fault. It was noted; try again in a while.
error-too-large-headline = That was too much
error-too-large-sentence = The request was larger than allowed.
error-too-many-requests-headline = Too many requests
error-too-many-requests-sentence = Slow down for a moment.
error-unavailable-headline = Not now
error-unavailable-sentence = The service cannot answer at the moment. Try again in a while.
error-upstream-failed-headline = The other provider did not answer well
error-upstream-failed-sentence = You were not signed in. Try again, or take another way.

## Form post

form-post-title = Back to the application
form-post-lead = Your browser sends the answer on. If nothing happens, press the button.
form-post-submit = Continue

## Account

account-navigation = Account
account-nav-home = Overview
account-nav-profile = Profile
account-nav-sessions = Sessions
account-nav-apps = Applications
account-nav-password = Password
account-nav-email = Address
account-nav-data = Data
account-sign-out = Sign out
account-title = Your account
account-saved = Saved.
account-verified = confirmed
account-unverified = not confirmed
account-edit = Edit profile
account-session-count = { $count ->
    [one] 1 browser is signed in
   *[other] { $count } browsers are signed in
}
account-app-count = { $count ->
    [0] No application knows you
    [one] 1 application knows you
   *[other] { $count } applications know you
}
account-password-line = Change it when in doubt
account-email-line = Sign in with another one
account-data-line = Have a copy, or leave
profile-title = Your profile
profile-lead = Applications see only what you let them see. Everything may stay empty.
profile-names = Names
profile-about = About you
profile-reach = How to reach you
profile-submit = Save
profile-cancel = Cancel
profile-hint-preferred_username = A short name applications may show.
profile-hint-birthdate = Year, month, day: 1990-12-31. 0000 leaves the year out.
profile-hint-zoneinfo = For example Europe/Berlin.
profile-hint-locale = For example en-GB.
profile-hint-phone_number = With country code: +44 20 7946 0018.
claim-address = Postal address
claim-birthdate = Birthdate
claim-country = Country
claim-email = E-mail address
claim-email_verified = E-mail address confirmed
claim-family_name = Family name
claim-gender = Gender
claim-given_name = Given name
claim-groups = Groups
claim-locale = Language
claim-locality = City
claim-middle_name = Middle name
claim-name = Full name
claim-nickname = Nickname
claim-phone_number = Telephone number
claim-phone_number_verified = Telephone number confirmed
claim-picture = Picture (address)
claim-postal_code = Postal code
claim-preferred_username = User name
claim-profile = Profile page
claim-region = State or region
claim-roles = Roles
claim-street_address = Street and number
claim-updated_at = Last change
claim-website = Website
claim-zoneinfo = Time zone
sessions-title = Your sessions
sessions-lead = The browsers you are signed in with. End what you do not recognise, and change your password.
sessions-ended = Ended.
sessions-this-one = this one
sessions-last-seen = last seen
sessions-started = signed in
sessions-end = End
sessions-end-others = End all others
apps-title = Connected applications
apps-lead = Applications you have let in. Withdrawing takes their access away at once.
apps-waiting = Waiting for your decision
apps-decide = Look and decide
apps-withdrawn = Withdrawn. The application has no access any more.
apps-agreed = allowed
apps-last-used = last used
apps-never-used = not used yet
apps-withdraw = Withdraw
apps-withdraw-one = Withdraw this one
granted-browser = allowed in the browser
granted-device = allowed for a device
granted-request = allowed on request by mail
granted-assertion = allowed by the word of another server
apps-open = Open
apps-none = No application has your consent.
password-change-title = Change your password
password-set-title = Set a password
password-end-sessions = Sign out all other browsers
password-submit = Save the password
email-title = Change your address
email-lead = You sign in with
email-new-label = New e-mail address
email-what = We send a code to the new address. It takes the place of the old one once you have entered the code. The old address is told, and can take the change back for { $days } days.
email-submit = Send the code
email-code-title = Confirm your new address
email-code-lead = We sent a code to
email-code-change = Use another address
email-code-submit = Change the address
data-title = Your data
data-lead = A copy of all that is kept about you here: profile, addresses, sessions, applications, and what was recorded. One file in JSON.
data-submit = Download my data
data-leave = You want to leave?
data-delete = Delete my account
delete-title = Delete your account
delete-lead = You are signed out everywhere at once, and applications lose their access. After { $days } days everything is erased for good. Until then a link in the mail we send you brings the account back.
delete-submit = Delete my account
delete-cancel = Keep it
deleted-title = Your account is deleted
deleted-lead = On { $erased } everything in it is erased. Until then you can have it back by the link we sent you.

## Development mode

mails-title = Mails
mails-lead = Every mail in every look and language, as it would be sent with your templates.
mails-back = All mails
mails-template = Templates
inbox-to-mails = See every mail
inbox-title = Inbox
inbox-lead = Every mail ends here in development mode; none is sent.
inbox-to-app = Open the demo app
inbox-empty = No mail yet. Sign up or ask for a code, then reload this page.
inbox-back = All mails
inbox-from = From
inbox-to = To
inbox-sent = Sent
inbox-copy = Copy the code
inbox-links = Links in it
inbox-text = Text part
inbox-html = HTML part
demo-name = Demo app
demo-talks-to = Signs in with
demo-start-title = A demo application
demo-start-lead = This is a relying party with the client id “{ $client }”. It shows what it learns about you.
demo-sign-in = Sign in
demo-sign-up-hint = You can sign up with any address: the mail comes to the inbox.
demo-people = Test people
demo-result-title = You are signed in
demo-result-lead = The ID token was verified. This is what it says.
demo-id-token = Claims of the ID token
demo-claim = Claim
demo-value = Value
demo-checks = What was checked
demo-userinfo-claims = Claims from userinfo
demo-tokens = Tokens
demo-token = Token
demo-beginning = Begins with
demo-expires = Lives for
demo-untold = not told
demo-refreshes = { $count ->
    [0] Not refreshed yet.
    [one] Refreshed once.
   *[other] Refreshed { $count } times.
}
demo-userinfo = Ask userinfo
demo-refresh = Refresh
demo-sign-out = Sign out
demo-signed-out-title = You are signed out
demo-signed-out-lead = The demo app has forgotten you, and your session at the provider has ended.
demo-again = Back to the start
demo-error-title = That did not work
demo-error-code = Error

## Mails

mail-from = { $product } at { $host }
mail-ip = Its network address was { $ip }.
mail-ignore = If it was not you, ignore this mail.
mail-asked-browser-system = Asked for from { $browser } on { $system } at { $asked_clock }.
mail-asked-browser = Asked for from { $browser } at { $asked_clock }.
mail-asked-system = Asked for from a browser on { $system } at { $asked_clock }.
mail-asked-unknown = Asked for at { $asked_clock }.
mail-code-warning = Enter it only at { $host }. Nobody from us will ever ask you for it.
mail-verify-address-subject = Confirm your address
mail-verify-address-lead = is your code. It works for { $minutes } minutes and confirms your address.
mail-verify-address-app = is your code to go on to { $app }. It works for { $minutes } minutes and confirms your address.
mail-verify-address-link = Or open this link and press the button there:
mail-verify-address-button = Confirm address
mail-confirm-address-subject = Confirm your address to sign in
mail-confirm-address-lead = You tried to sign in at { $host } with the right password, but this address is not confirmed yet.
mail-confirm-address-what = Open this link, press the button there, and sign in again. It works for { $minutes } minutes:
mail-login-code-subject = Your sign-in code
mail-login-code-lead = is your code. It signs you in and works for { $minutes } minutes.
mail-login-code-app = is your code to sign in to { $app }. It works for { $minutes } minutes.
mail-reset-password-subject = Set a new password
mail-reset-password-lead = is your code. With it you set a new password within { $minutes } minutes.
mail-reset-password-link = Or open this link and press the button there:
mail-reset-password-button = Set a new password
mail-reset-password-ignore = If it was not you, ignore this mail; your password stays as it is.
mail-reset-started-subject = Set a new password
mail-reset-started-lead = An administrator wants you to set a new password. Open this link within { $minutes } minutes and press the button there:
mail-reset-started-ignore = Nobody else can set it, and nobody sees it. Until then your present password still works.
mail-already-registered-subject = You already have an account
mail-already-registered-lead = Somebody tried to create an account with your address at { $host }.
mail-already-registered-what = You have one already, so nothing was changed.
mail-already-registered-button = Sign in
mail-already-registered-reset = Set a new password
mail-password-changed-subject = Your password was changed
mail-password-changed-browser-system = Your password was changed from { $browser } on { $system } on { $asked }.
mail-password-changed-browser = Your password was changed from { $browser } on { $asked }.
mail-password-changed-system = Your password was changed from a browser on { $system } on { $asked }.
mail-password-changed-unknown = Your password was changed on { $asked }.
mail-password-changed-not-you = If it was not you, set a new password now:
mail-password-changed-button = Set a new password
mail-welcome-subject = Your account is ready
mail-welcome-named = Welcome, { $name }!
mail-welcome-unnamed = Welcome!
mail-welcome-lead = Your account at { $host } is ready. In it you see where you are signed in, and which applications know you.
mail-welcome-button = Your account
mail-address-change-verify-subject = Confirm your new address
mail-address-change-verify-lead = is your code. It works for { $minutes } minutes and makes this the address of your account at { $host }.
mail-address-change-verify-link = Or open this link and press the button there:
mail-address-change-verify-button = Confirm address
mail-address-change-notice-subject = A new address for your account
mail-address-change-notice-lead = The address of your account at { $host } is to become { $address }.
mail-address-change-notice-what = It changes as soon as the new address is confirmed. If this was you, there is nothing to do here.
mail-address-change-notice-not-you = If it was not you, keep your address and sign out everywhere by this link. It works until { $until }.
mail-address-change-notice-button = Keep my address
mail-address-changed-subject = The address of your account was changed
mail-address-changed-lead = Your account at { $host } now has the address { $address }.
mail-address-changed-browser-system = It was confirmed from { $browser } on { $system } on { $asked }.
mail-address-changed-browser = It was confirmed from { $browser } on { $asked }.
mail-address-changed-system = It was confirmed from a browser on { $system } on { $asked }.
mail-address-changed-unknown = It was confirmed on { $asked }.
mail-address-changed-not-you = If it was not you, take your address back and sign out everywhere by this link. It works until { $until }.
mail-address-changed-button = Take my address back
mail-address-kept-subject = Your account has your address
mail-address-kept-browser-system = The account was taken back from { $browser } on { $system } on { $asked }. It has this address, and nobody is signed in to it any more.
mail-address-kept-browser = The account was taken back from { $browser } on { $asked }. It has this address, and nobody is signed in to it any more.
mail-address-kept-system = The account was taken back from a browser on { $system } on { $asked }. It has this address, and nobody is signed in to it any more.
mail-address-kept-unknown = The account was taken back on { $asked }. It has this address, and nobody is signed in to it any more.
mail-address-kept-what = Somebody may have known its password, so the old one no longer works. Set a new one:
mail-address-kept-button = Set a new password
mail-address-taken-subject = Your address already has an account
mail-address-taken-lead = Somebody wanted to give your address to another account at { $host }.
mail-address-taken-what = Your address has an account already, so nothing was changed. An address belongs to one account at a time.
mail-address-taken-button = Sign in
mail-account-deleted-subject = Your account is deleted
mail-account-deleted-browser-system = Your account was deleted from { $browser } on { $system } on { $asked }.
mail-account-deleted-browser = Your account was deleted from { $browser } on { $asked }.
mail-account-deleted-system = Your account was deleted from a browser on { $system } on { $asked }.
mail-account-deleted-unknown = Your account was deleted on { $asked }.
mail-account-deleted-what = Nobody can sign in to it any more. On { $until } everything in it is erased for good.
mail-account-deleted-undo = Until then you can have it back by this link:
mail-account-deleted-button = Restore my account
mail-new-device-subject = New sign-in to your account
mail-new-device-browser-system = Somebody signed in to your account with { $browser } on { $system } on { $asked }.
mail-new-device-browser = Somebody signed in to your account with { $browser } on { $asked }.
mail-new-device-system = Somebody signed in to your account with a browser on { $system } on { $asked }.
mail-new-device-unknown = Somebody signed in to your account on { $asked }.
mail-new-device-not-you = If it was you, all is well. If not, end that session and change your password:
mail-new-device-button = Your sessions

# /docs
api-docs-title = The JSON interface
api-docs-lead = What programs and scripts can ask of this service.
api-docs-swagger = to try operations
api-docs-redoc = to read them
api-docs-document = for programs, in OpenAPI

## Coming from another provider
login-arrived-proof = There is an account with your address already. Sign in to it once, by a way it has, and you can tie { $provider } to it.
login-arrived-proof-of-blocked = { $provider } reported that somebody may have entered your account there. Sign in by another way, to be sure that it is you.
login-arrived-address = You come from { $provider }. Sign in to an account you have here, and you can tie { $provider } to it.
arrived-address-title = One address, please
arrived-address-lead = { $provider } told us no address that we can be sure of. Give us one where you read mail; we will send you a code.
arrived-address-submit = Send me a code
link-title = Sign in with { $provider } from now on?
link-lead = You have just signed in. If you agree, { $provider } opens this account from now on, too.
link-blocked-lead = You have proven that it is you. If you agree, { $provider } opens this account again.
link-submit = Yes, tie them
link-skip = Not now
link-hint = You can change this at any time on your account's page.
federation-declined-title = You did not agree
federation-declined-sentence = { $provider } tells us nothing unless you agree there. You are not signed in.
federation-unreachable-title = { $provider } does not answer
federation-unreachable-sentence = { $provider } could not be reached just now. Try again in a moment, or take another way.
federation-misunderstood-title = { $provider } did not answer well
federation-misunderstood-sentence = We could not make sense of what { $provider } answered. Try again, or take another way.
federation-unverified-title = This answer cannot be trusted
federation-unverified-sentence = What came back from { $provider } does not verify, so nobody was signed in. Begin again from here.
federation-withheld-title = { $provider } told us too little
federation-withheld-sentence = To know who you are we need what { $provider } asked you to share. Try again and allow it, or take another way.
federation-visit-over-title = Please begin again
federation-visit-over-sentence = This visit to { $provider } took too long, was answered already, or began in another browser.
federation-restricted-title = Not with this account
federation-restricted-sentence = Only certain accounts at { $provider } may come in here. Choose another one there, or ask whoever runs this service.
federation-sign-up-closed-title = You have no account here
federation-sign-up-closed-sentence = Nobody here is tied to your account at { $provider }, and new accounts are not made.
federation-account-closed-title = This account is closed
federation-account-closed-sentence = The account here that your account at { $provider } belongs to is locked or deleted.
federation-came-in-before-title = You have an account already
federation-came-in-before-sentence = In another window you came from { $provider } and gave another address. That one is your account’s; the address you gave here was not taken. Go on with { $provider }.
federation-tied-elsewhere-title = Already in use
federation-tied-elsewhere-sentence = Your account at { $provider } belongs to another account here. Untie it there first.
federation-somebody-else-title = Somebody else is signed in
federation-somebody-else-sentence = Whoever went to { $provider } is no longer signed in in this browser, so nothing was tied.
federation-too-many-title = That is one too many
federation-too-many-sentence = This account is tied to as many others as it can be. Untie one first.
federation-again = Try { $provider } again
federation-to-login = Sign in another way
federation-to-account = Back to your account
federation-request = If you ask for help, mention
account-nav-logins = Ways in
account-logins-line = Google, GitHub and others that open this account
logins-title = Ways in
logins-lead = Accounts elsewhere that open this one.
logins-linked = It opens this account from now on.
logins-unlinked = It no longer opens this account.
logins-last-way-in = This is the last way into your account. Set a password first.
logins-blocked = blocked
logins-since = tied
logins-last-used = last used
logins-unlink = Untie
logins-link = Tie { $provider }
logins-none = No other account opens this one.
mail-approval-asked-subject = Your permission is asked for
mail-approval-asked-lead = { $app } asks for your permission. The question waits for { $minutes ->
    [one] one minute
   *[other] { $minutes } minutes
}.
mail-approval-asked-compare = The application shows you these words at this moment:
mail-approval-asked-link = Open this link to look at it and decide:
mail-approval-asked-button = Look and decide
mail-approval-asked-ignore = If you did not begin this yourself, ignore this mail or refuse there. Nothing is shared without you.

mail-identity-linked-subject = Another way into your account
mail-identity-linked-lead = Your account at { $host } can be entered by { $provider } from now on.
mail-identity-unlinked-subject = A way into your account is gone
mail-identity-unlinked-lead = Your account at { $host } can no longer be entered by { $provider }.
mail-mailbox-reported-subject = No code was sent to this mailbox
mail-mailbox-reported-lead = Somebody asked for a code for your account at { $host }. None was sent, because { $provider } reported that somebody else may have entered your account there, and with it this mailbox.
mail-mailbox-reported-do = Secure your account at { $provider } first. Then sign in at { $host } with your password, or another way that does not lead through this mailbox; there you can let { $provider } open your account again. If you have no other way, turn to the people who run { $host }.
mail-mailbox-reported-button = Sign in
mail-identity-browser-system = It was done from { $browser } on { $system } on { $asked }.
mail-identity-browser = It was done from { $browser } on { $asked }.
mail-identity-system = It was done from a browser on { $system } on { $asked }.
mail-identity-unknown = It was done on { $asked }.
mail-identity-not-you = If it was not you, look at the ways into your account and set a new password:
mail-identity-button = Ways into my account
## Imitations of other providers in dev mode
imitation-choose-title = Choose who to be at the imitated { $provider }
imitation-choose-lead = This is not { $provider }: it is part of development mode, and everybody here is made up.
imitation-to-switches = Its switches
imitation-client = Asks
imitation-scopes = For
imitation-hinted = suggested
imitation-refuse = Refuse
imitation-switches-title = Switches of the imitated { $provider }
imitation-switches-lead = Each one makes it do what the real { $provider } does to some people, or at bad times. Programs send them with PUT as JSON.
imitation-switch-bare_iss = iss without its scheme
imitation-switch-without_hd = no hd, whoever it is
imitation-switch-unverified_address = no address is verified
imitation-switch-wrong_nonce = a nonce that nobody asked for
imitation-switch-private_address = nobody shows an address
imitation-switch-no_verified_primary = the primary address is not verified
imitation-switch-noreply_address = the primary address is a noreply one
imitation-switch-renamed_login = the same people under other names
imitation-switch-many_addresses = so many addresses that the primary one is on the last page
imitation-switch-refused_scope = people do not let their addresses be read
imitation-switch-org_sso = organisations want single sign-on first
imitation-switch-down = it is down: 503
imitation-slow = Pause before each answer, in milliseconds
imitation-save = Set switches
imitation-people = Who is there
imitation-rotate-title = Keys
imitation-rotate = Sign with another key from now on
imitation-events-title = Security events
imitation-events-about = About
imitation-delivered = { $event } was sent to { $to }. The answer:

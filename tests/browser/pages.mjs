// Owns: every id and address of the pages that the browser suite touches, and what a person does there.
// Knows nothing of checks; a renamed id is mended here and nowhere else.
import { codeFor } from '../clients/harness/inbox.mjs';

const id = (name) => `#${name}`;

export const SIGNS = {
  appStart: id('demo-form'),
  appSignedIn: id('demo-signed-in'),
  appSignedOut: id('demo-signed-out'),
  login: id('login-form'),
  signUp: id('signup-form'),
  verify: id('code-form'),
  codeRequest: id('code-request-form'),
  codeEnter: id('code-form'),
  reset: id('reset-form'),
  newPassword: id('reset-password-form'),
  consent: id('consent-form'),
  chooser: id('choose-form'),
  linkConfirm: id('confirm-form'),
  linkDone: id('link-done'),
  logoutConfirm: id('logout-confirm'),
  loggedOut: id('logged-out'),
  error: id('error-page'),
  errorReference: id('error-reference'),
  device: id('device-form'),
  approve: id('approve-form'),
  approved: id('approve-done'),
  chooserOfProvider: id('imitation-form'),
  arrived: id('arrived'),
  link: id('link-form'),
  address: id('address-form'),
  declined: id('federation-declined'),
  logins: 'nav a#account-logins[aria-current=page]',
  tied: '#linked[role=status]',
  untied: '#unlinked[role=status]',
  alert: '[role=alert]',
};

/** One tab of one person, and the steps they take in it. */
export class Tab {
  constructor(page, issuer) {
    this.page = page;
    this.issuer = issuer;
  }

  async open(path) {
    return this.page.goto(new URL(path, this.issuer).href);
  }

  async shows(sign) {
    await this.page.locator(sign).first().waitFor({ state: 'visible' });
  }

  async has(sign) {
    return (await this.page.locator(sign).count()) > 0;
  }

  async #press(selector) {
    await this.page.locator(selector).click();
  }

  async #fill(name, value) {
    await this.page.locator(id(name)).fill(value);
  }

  async text(name = 'main') {
    return this.page.locator(id(name)).innerText();
  }

  // Sign in and sign up.

  async signIn({ email, password }) {
    await this.#fill('username', email);
    await this.#fill('password', password);
    await this.#press(id('login-submit'));
  }

  /** Signs in without touching the mouse: Tab from field to field, Enter to send. */
  async signInByKeyboard({ email, password }) {
    await this.page.locator(id('username')).focus();
    await this.page.keyboard.type(email);
    await this.#tabTo('password');
    await this.page.keyboard.type(password);
    await this.page.keyboard.press('Enter');
  }

  async #tabTo(name) {
    for (let stop = 0; stop < 10; stop += 1) {
      await this.page.keyboard.press('Tab');
      if (await this.has(`${id(name)}:focus`)) return;
    }
    throw new Error(`${id(name)} is not reached by ten presses of Tab`);
  }

  async goToSignUp() {
    await this.#press(id('signup-link'));
  }

  async signUp({ email, password }) {
    await this.#fill('username', email);
    await this.#fill('password', password);
    await this.#press(id('signup-submit'));
  }

  /** Lets the browser send what its own checks would hold back, so that the server's answer shows. */
  async switchOffOwnChecks() {
    await this.page.locator('form').evaluateAll((forms) => forms.forEach((form) => (form.noValidate = true)));
  }

  /** Enters the newest code mailed to `address` beyond the first `seen` mails. */
  async enterCode(address, seen = 0) {
    await this.#fill('code', await codeFor(this.issuer, address, seen));
    await this.#press(id('code-submit'));
  }

  async confirmLink() {
    await this.#press(id('confirm-submit'));
  }

  async continueAfterLink() {
    await this.#press(id('verify-continue'));
  }

  async askForCode(email) {
    await this.#press(id('code-link'));
    await this.shows(SIGNS.codeRequest);
    await this.#fill('username', email);
  }

  async sendCodeRequest() {
    await this.#press(id('code-request-submit'));
  }

  async askForReset(email) {
    await this.#press(id('reset-link'));
    await this.shows(SIGNS.reset);
    await this.#fill('username', email);
  }

  async sendResetRequest() {
    await this.#press(id('reset-submit'));
  }

  async setNewPassword(password) {
    await this.#fill('password', password);
    await this.#press(id('reset-password-submit'));
  }

  async consent(decision = 'allow') {
    await this.#press(id(`consent-${decision}`));
  }

  async sendFormPost() {
    await this.#press(id('form-post-submit'));
  }

  async enterUserCode(code) {
    await this.#fill('user_code', code);
    await this.#press(id('device-submit'));
  }

  async approve(decision = 'allow') {
    await this.#press(id(`approve-${decision}`));
  }

  async confirmLogout() {
    await this.#press(id('logout-yes'));
  }

  // Other providers.

  /** The ids of the providers that have a button on the page. */
  async providers() {
    const buttons = await this.page.locator('a[id^=upstream-]').evaluateAll((links) => links.map((a) => a.id));
    return buttons.map((button) => button.replace('upstream-', ''));
  }

  async goToProvider(provider) {
    await this.#press(id(`upstream-${provider}`));
    await this.shows(SIGNS.chooserOfProvider);
  }

  /** Says at the imitated provider who one is, by the address or name shown there. */
  async be(shown) {
    await this.#press(`${SIGNS.chooserOfProvider} button.account:has-text("${shown}")`);
  }

  async refuseAtProvider() {
    await this.#press(id('imitation-refuse'));
  }

  async agreeToTie() {
    await this.#press(id('link-yes'));
  }

  async goToLogin() {
    await this.#press(id('login-link'));
  }

  async giveAddress(email) {
    await this.#fill('username', email);
    await this.#press(id('address-submit'));
  }

  async changeAddress() {
    await this.#press(id('change-address'));
  }

  async openLogins() {
    await this.open('/account/logins');
    await this.shows(SIGNS.logins);
  }

  async askToTie(provider) {
    await this.#press(id(`link-${provider}`));
  }

  async beginToTie(provider) {
    await this.askToTie(provider);
    await this.shows(SIGNS.chooserOfProvider);
  }

  async untie(provider) {
    await this.#press(`form[id^=unlink-form]:has(input[name=provider][value="${provider}"]) button`);
  }

  // The inbox of development mode.

  /** Shows the newest mail, with the frame of its HTML: whoever leaves before that is there breaks off its request. */
  async openNewestMail() {
    await this.#press('main a[id^=mail-] >> nth=0');
    await this.page.waitForURL(/\/dev\/inbox\/[^/]+$/, { waitUntil: 'load' });
  }

  // The demo application.

  async openApp() {
    await this.open('/dev/app');
    await this.shows(SIGNS.appStart);
  }

  async appSignIn() {
    await this.#press(id('demo-sign-in'));
  }

  async appRefresh() {
    await this.#press(id('demo-refresh'));
  }

  async appUserinfo() {
    await this.#press(id('demo-userinfo'));
  }

  /** The value of a claim in the ID token that the application verified. */
  async appClaim(name) {
    const row = this.page.locator('#demo-id-token tbody tr').filter({ has: this.page.getByText(name, { exact: true }) });
    return row.locator('td').innerText();
  }

  async appSignOut() {
    await this.#press(id('demo-sign-out'));
  }
}

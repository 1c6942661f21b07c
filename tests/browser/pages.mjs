// Owns: every id and address of the pages that the browser suite touches, and what a person does there.
// Knows nothing of checks; a renamed id is mended here and nowhere else.
import { codeFor } from '../clients/harness/inbox.mjs';

const id = (name) => `#${name}`;

export const SIGNS = {
  app: id('demo-app'),
  appClaims: id('claims'),
  login: id('login-submit'),
  signUp: id('signup-submit'),
  verify: id('code'),
  consent: id('consent-allow'),
  chooser: id('account-chooser'),
  reset: id('reset-submit'),
  logoutConfirm: id('logout-confirm'),
  loggedOut: id('logged-out'),
  error: id('error-page'),
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

  async signIn({ email, password }) {
    await this.#fill('username', email);
    await this.#fill('password', password);
    await this.#press(SIGNS.login);
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
      if (await this.page.locator(`${id(name)}:focus`).count()) return;
    }
    throw new Error(`${id(name)} is not reached by ten presses of Tab`);
  }

  async goToSignUp() {
    await this.#press('a[href^="/signup"]');
  }

  async signUp({ email, password }) {
    await this.#fill('username', email);
    await this.#fill('password', password);
    await this.#press(SIGNS.signUp);
  }

  /** Enters the newest mailed code. */
  async enterCode(address, seen = 0) {
    await this.#fill('code', await codeFor(this.issuer, address, seen));
    await this.page.locator('form:has(#code) button').first().click();
  }

  async goToMailedCode() {
    await this.#press('a[href^="/code"]');
  }

  async goToReset() {
    await this.#press('a[href^="/reset"]');
  }

  async askByAddress(email) {
    await this.#fill('username', email);
    await this.page.locator('form:has(#username) button').first().click();
  }

  async consent(decision = 'allow') {
    await this.#press(id(`consent-${decision}`));
  }

  async confirmLogout() {
    await this.#press(id('logout-yes'));
  }

  // The demo application.

  async openApp() {
    await this.open('/dev/app');
    await this.shows(SIGNS.app);
  }

  async appSignIn() {
    await this.#press(id('sign-in'));
  }

  async appRefresh() {
    await this.#press(id('refresh'));
  }

  async appLogOut() {
    await this.#press(id('log-out'));
  }

  async appText() {
    return this.page.locator('main').innerText();
  }
}

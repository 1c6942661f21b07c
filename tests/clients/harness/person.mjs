// Owns: a person at a browser without script: cookies, redirects, forms found by their ids.
// Knows the stable ids of the pages and nothing of OAuth; where the browser leaves the server it stops and tells where to.
import { parse } from 'node-html-parser';
import { CookieJar } from 'tough-cookie';

import { codeFor } from './inbox.mjs';

const REDIRECTS_AT_MOST = 10;
const STEPS_AT_MOST = 12;

/** A page of the server, or (`departed`) the address at another origin where the browser was sent. */
export class Page {
  constructor(fields) {
    Object.assign(this, { status: 0, document: parse(''), departed: undefined, posted: undefined }, fields);
  }

  has(id) {
    return this.document.getElementById(id) !== null;
  }

  text(id) {
    return this.document.getElementById(id)?.textContent.replace(/\s+/g, ' ').trim();
  }

  get title() {
    return this.document.querySelector('title')?.textContent.trim();
  }

  /** The address of a link to one of our own pages. */
  linkTo(path) {
    const link = this.document.querySelectorAll('a').find((a) => a.getAttribute('href')?.match(`^${path}($|[?#/])`));
    return link && new URL(link.getAttribute('href'), this.address).href;
  }

  describe() {
    if (this.departed) return `sent away to ${this.departed}`;
    return `${this.status} “${this.title}” at ${this.address}: ${this.document.querySelector('main')?.structuredText ?? ''}`;
  }
}

export class Person {
  #cookies = new CookieJar();

  #fetch;

  constructor(issuer, headers = { 'accept-language': 'en' }, own = fetch) {
    this.issuer = issuer;
    this.headers = headers;
    this.#fetch = own;
  }

  async open(address) {
    return this.#browse('GET', new URL(address, this.issuer));
  }

  /** Sends a form from elsewhere, as a relying party's page may do. */
  async post(address, fields) {
    return this.#browse('POST', new URL(address, this.issuer), new URLSearchParams(fields), 'https://elsewhere.example');
  }

  /** Fills fields by their ids and presses the button with the id `button`. */
  async press(page, button, values = {}) {
    const pressed = page.document.getElementById(button);
    if (!pressed) throw new Error(`no #${button} on ${page.describe()}`);
    return this.#submit(page, pressed.closest('form'), pressed, values);
  }

  /** Presses the only button of the form that holds the element `id`, or of the only form of the page. */
  async submit(page, id, values = {}) {
    const form = id ? page.document.getElementById(id).closest('form') : page.document.querySelector('form');
    const button = form.querySelectorAll('button').find((one) => (one.getAttribute('type') ?? 'submit') === 'submit');
    if (!button) throw new Error(`no button to press on ${page.describe()}`);
    return this.#submit(page, form, button, values);
  }

  async #submit(page, form, pressed, values) {
    for (const [id, value] of Object.entries(values)) {
      const input = form.querySelector(`#${id}`);
      if (!input) throw new Error(`no #${id} in the form to send on ${page.describe()}`);
      input.setAttribute('value', value);
    }
    const fields = successfulFields(form);
    if (pressed.getAttribute('name')) fields.append(pressed.getAttribute('name'), pressed.getAttribute('value') ?? '');
    const target = new URL(pressed.getAttribute('formaction') ?? form.getAttribute('action') ?? '', page.address);
    const method = (form.getAttribute('method') ?? 'get').toUpperCase();
    if (target.origin !== this.issuer) return new Page({ departed: target, posted: fields });
    if (method === 'GET') target.search = fields;
    return this.#browse(method, target, method === 'POST' ? fields : undefined, this.issuer);
  }

  /** Opens `start` and does what each page asks, until the browser leaves or a page asks for something not in `answers`. */
  async walk(start, answers) {
    return this.walkOn(await this.open(start), answers);
  }

  /** Like `walk`, from a page already open. Stops when a page comes again, as after a wrong password. */
  async walkOn(page, answers) {
    const done = new Set();
    for (let step = 0; step < STEPS_AT_MOST && !page.departed; step += 1) {
      const sign = Object.keys(STEPS).find((id) => page.has(id));
      if (!sign || done.has(sign)) break;
      done.add(sign);
      const next = await STEPS[sign](this, page, answers);
      if (!next) break;
      page = next;
    }
    return page;
  }

  async #browse(method, address, body, origin) {
    for (let hop = 0; hop <= REDIRECTS_AT_MOST; hop += 1) {
      const answer = await this.#send(method, address, body, origin);
      const location = answer.headers.get('location');
      if (!location || answer.status < 300 || answer.status > 399) {
        return new Page({ address, status: answer.status, headers: answer.headers, document: parse(await answer.text()) });
      }
      await answer.body?.cancel();
      // RFC 9110 §15.4: 307 and 308 would send the form on; no answer of ours may do that to a form with a password.
      if (answer.status > 303) throw new Error(`${method} ${address} answered ${answer.status}`);
      address = new URL(location, address);
      if (address.origin !== this.issuer) return new Page({ departed: address });
      [method, body, origin] = ['GET', undefined, undefined];
    }
    throw new Error(`more than ${REDIRECTS_AT_MOST} redirects, the last to ${address}`);
  }

  async #send(method, address, body, origin) {
    const headers = { accept: 'text/html', ...this.headers };
    const cookie = await this.#cookies.getCookieString(address.href);
    if (cookie) headers.cookie = cookie;
    if (origin) headers.origin = origin;
    const answer = await this.#fetch(address, { method, headers, body, redirect: 'manual' });
    for (const line of answer.headers.getSetCookie()) await this.#cookies.setCookie(line, address.href);
    return answer;
  }
}

// What each page asks, by an id that only it has; pages that hold several come first.
const STEPS = {
  'signup-submit': async (person, page, { signUp }) => {
    if (!signUp) return undefined;
    return person.press(page, 'signup-submit', { username: signUp.email, password: signUp.password });
  },
  'login-submit': async (person, page, { username, password, signUp }) => {
    if (signUp) return person.open(page.linkTo('/signup'));
    return username && person.press(page, 'login-submit', { username, password });
  },
  code: async (person, page, { signUp }) => {
    if (!signUp) return undefined;
    return person.submit(page, 'code', { code: await codeFor(person.issuer, signUp.email) });
  },
  'device-submit': async (person, page) => person.press(page, 'device-submit'),
  'approve-allow': async (person, page, { decision }) => decision && person.press(page, `approve-${decision}`),
  'consent-allow': async (person, page, { decision }) => decision && person.press(page, `consent-${decision}`),
  'logout-yes': async (person, page, { logOut }) => logOut && person.press(page, 'logout-yes'),
};

// HTML §4.10.21.4: the controls of a form that go into what it sends.
function successfulFields(form) {
  const fields = new URLSearchParams();
  for (const input of form.querySelectorAll('input')) {
    const type = input.getAttribute('type') ?? 'text';
    const name = input.getAttribute('name');
    if (!name || input.hasAttribute('disabled') || ['submit', 'button', 'image', 'reset'].includes(type)) continue;
    if (['checkbox', 'radio'].includes(type) && !input.hasAttribute('checked')) continue;
    fields.append(name, input.getAttribute('value') ?? (type === 'checkbox' ? 'on' : ''));
  }
  for (const select of form.querySelectorAll('select')) {
    const chosen = select.querySelector('option[selected]') ?? select.querySelector('option');
    if (select.getAttribute('name') && chosen) fields.append(select.getAttribute('name'), chosen.getAttribute('value') ?? chosen.textContent);
  }
  return fields;
}


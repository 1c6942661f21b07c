// Owns: one line per check in the Test Anything Protocol's words, and the sum.
// A check that throws has failed; those after it still run, so one cause may show more than once.
import { writeFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';

export class Tally {
  passed = 0;
  failed = 0;

  constructor(subject) {
    this.subject = subject;
  }

  /** Runs one check and says how it ended. The sentence tells what holds when it passes. */
  async check(sentence, body) {
    try {
      const value = await body();
      this.record(true, `${this.subject}: ${sentence}`);
      return value;
    } catch (error) {
      this.record(false, `${this.subject}: ${sentence}`, describe(error));
      return undefined;
    }
  }

  record(passed, sentence, explanation) {
    if (passed) this.passed += 1;
    else this.failed += 1;
    console.log(`${passed ? 'ok' : 'not ok'} ${this.passed + this.failed} - ${sentence}`);
    if (explanation) console.log(explanation.replace(/^/gm, '  # '));
  }

  /** Counts the lines another program printed in the same form. */
  take(line) {
    if (/^ok \d+ - /.test(line)) this.passed += 1;
    if (/^not ok \d+ - /.test(line)) this.failed += 1;
  }

  /**
   * Prints the closing line, or leaves it in the file named by DOORWARD_TALLY for somebody who adds up several
   * suites; sets the exit code.
   */
  close() {
    const line = `${this.passed} passed, ${this.failed} failed`;
    if (process.env.DOORWARD_TALLY) {
      writeFileSync(process.env.DOORWARD_TALLY, `${this.passed} ${this.failed}\n`);
      console.log(`# ${this.subject}: ${line}`);
    } else {
      console.log(line);
    }
    process.exitCode = this.failed === 0 && this.passed > 0 ? 0 : 1;
  }
}

function describe(error) {
  if (typeof error === 'string') return error;
  const lines = [];
  for (let at = error; at; at = at.cause) {
    if (!(at instanceof Error)) {
      lines.push(`cause: ${JSON.stringify(at)}`);
      break;
    }
    lines.push(lines.length === 0 ? (at.stack ?? String(at)) : `cause: ${at.message}`);
    if (at.error_description) lines.push(`error_description: ${at.error_description}`);
  }
  return stripVTControlCharacters(lines.join('\n'));
}

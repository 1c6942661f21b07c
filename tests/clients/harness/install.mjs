// Owns: bringing the pinned npm and PyPI packages beside the programs that use them, once per lock file.
// Does not install node, Python, PostgreSQL or a browser: that is `.ci/run`.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Runs `npm ci` in `folder` unless its lock file is what was installed last. */
export function installNodePackages(folder) {
  once(join(folder, 'package-lock.json'), join(folder, 'node_modules', '.installed'), () => {
    run('npm', ['ci', '--ignore-scripts', '--prefer-offline'], { cwd: folder });
  });
}

/** Makes a virtual environment with the pinned packages; gives the path of its interpreter. */
export function installPythonPackages(requirements, environment) {
  const python = join(environment, 'bin', 'python');
  once(requirements, join(environment, '.installed'), () => {
    rmSync(environment, { recursive: true, force: true });
    run('python3', ['-m', 'venv', environment]);
    run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '-r', requirements]);
  });
  return python;
}

function once(lock, stamp, install) {
  const wanted = createHash('sha256').update(readFileSync(lock)).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  install();
  writeFileSync(stamp, wanted);
}

function run(program, args, options = {}) {
  const done = spawnSync(program, args, { stdio: ['ignore', 'ignore', 'inherit'], ...options });
  if (done.error) throw done.error;
  if (done.status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${done.status ?? done.signal}`);
}

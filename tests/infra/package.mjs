// Packages every variant with archives that hold nothing of ours: templates are what is tested.
// Usage: node package.mjs SERVERLESS DIRECTORY   (makes DIRECTORY/VARIANT/.serverless)

import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { variants } from './variants.mjs';

const [serverless, directory] = process.argv.slice(2);

// An archive without entries.
const EMPTY_ZIP = Buffer.from('504b0506000000000000000000000000000000000000', 'hex');

// More at a time only share the processors.
const AT_A_TIME = 3;

function archives() {
  const artifacts = join(directory, 'artifacts');
  mkdirSync(artifacts, { recursive: true });
  for (const name of ['connect', 'disconnect', 'message', 'subscribe', 'event-fanout']) {
    writeFileSync(join(artifacts, `${name}.zip`), EMPTY_ZIP);
  }
  return artifacts;
}

function run(cwd, args) {
  return new Promise((done) => {
    const child = spawn(process.execPath, [serverless, ...args], {
      cwd,
      env: { ...process.env, SLS_TELEMETRY_DISABLED: '1', SLS_NOTIFICATIONS_MODE: 'off' },
    });
    let output = '';
    child.stdout.on('data', (text) => (output += text));
    child.stderr.on('data', (text) => (output += text));
    child.on('close', (status) => done({ status, output }));
  });
}

async function packageOne(name, artifacts) {
  const { stage, params } = variants[name];
  // The framework works in .serverless beside serverless.yml: each has one of its own.
  const service = join(directory, name);
  mkdirSync(service);
  for (const entry of ['serverless.yml', 'infra']) {
    cpSync(fileURLToPath(new URL(`../../${entry}`, import.meta.url)), join(service, entry), { recursive: true });
  }
  const all = Object.entries({ ...params, artifacts }).map(([key, value]) => `--param=${key}=${value}`);
  const { status, output } = await run(service, ['package', '--stage', stage, ...all]);
  if (status !== 0) throw new Error(`${name}: ${output}`);
}

const artifacts = archives();
const waiting = Object.keys(variants);
await Promise.all(
  Array.from({ length: AT_A_TIME }, async () => {
    for (let name = waiting.shift(); name; name = waiting.shift()) await packageOne(name, artifacts);
  }),
);

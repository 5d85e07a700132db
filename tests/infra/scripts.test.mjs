// scripts/deploy and scripts/destroy, up to where they would call AWS.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

import { NAMES, X86_64, binary } from './elf.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Runs a script where no credentials are. */
function run(script, args, { input = '', ...environment } = {}) {
  const env = { ...process.env, ...environment };
  for (const name of Object.keys(env)) if (name.startsWith('AWS_')) delete env[name];
  return spawnSync(join(ROOT, 'scripts', script), args, { cwd: ROOT, env, input, encoding: 'utf8' });
}

/** A folder in which these binaries were built. */
function built(context, machine) {
  const target = mkdtempSync(join(tmpdir(), 'deploy-'));
  context.after(() => rmSync(target, { recursive: true }));
  for (const name of NAMES) {
    mkdirSync(join(target, 'lambda', name), { recursive: true });
    writeFileSync(join(target, 'lambda', name, 'bootstrap'), binary({ machine, text: name }));
  }
  return target;
}

test('a package is built, checked, and names the archives that it was made of', (context) => {
  const CARGO_TARGET_DIR = built(context, X86_64);
  const args = ['--stage', 'staging', '--region=eu-west-1', '--param', 'architecture=x86_64'];
  const { status, stdout, stderr } = run('deploy', [...args, '--no-build', '--package-only'], { CARGO_TARGET_DIR });

  assert.equal(status, 0, stdout + stderr);
  const state = JSON.parse(readFileSync(join(ROOT, '.serverless', 'serverless-state.json'), 'utf8'));
  const { Properties } = state.service.provider.compiledCloudFormationTemplate.Resources.MessageLambdaFunction;
  assert.equal(state.service.provider.region, 'eu-west-1');
  assert.deepEqual([Properties.FunctionName, Properties.Architectures], ['llama-ws-staging-message', ['x86_64']]);
  assert.equal(state.service.functions.message.package.artifact, join(CARGO_TARGET_DIR, 'lambda', 'message.zip'));
});

test('binaries of another architecture are not deployed', (context) => {
  const CARGO_TARGET_DIR = built(context, X86_64);
  const { status, stderr } = run('deploy', ['--stage', 'dev', '--no-build', '--package-only'], { CARGO_TARGET_DIR });

  assert.equal(status, 1);
  assert.match(stderr, /is not for arm64/);
});

test('nothing is deployed or taken down without a stage', () => {
  for (const script of ['deploy', 'destroy']) {
    for (const args of [[], ['--stage'], ['--stage='], ['--stage', 'dev', '--bogus']]) {
      const { status, stderr } = run(script, args);
      assert.deepEqual([status, /^Usage: /.test(stderr)], [2, true], `${script} ${args}`);
    }
  }
});

test('a stage is taken down only by who types its name', () => {
  const { status, stderr } = run('destroy', ['--stage', 'prod'], { input: 'dev\n' });

  assert.equal(status, 1);
  assert.match(stderr, /nothing was done/);
});

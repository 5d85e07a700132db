// The checks of parameters, at their limits; and cfn-lint on every template.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import test from 'node:test';

import { templates } from './templates.mjs';

const require = createRequire(import.meta.url);
const settings = require('../../infra/settings.cjs');

/** The checks on one stage's parameters, some of them replaced. */
async function checked(stage, params) {
  const yaml = require(`${process.env.INFRA_TOOLS}/node_modules/js-yaml`);
  const { readFileSync } = await import('node:fs');
  const stages = yaml.load(readFileSync(new URL('../../infra/stages.yml', import.meta.url), 'utf8'));
  const values = { ...stages.default, ...stages[stage], ...params };
  const resolveVariable = async (name) => (name === 'sls:stage' ? stage : values[name.replace(/^param:/, '')]);
  return settings({ resolveVariable });
}

const fault = async (params, stage = 'dev') => {
  const error = await checked(stage, params).then(() => undefined, (one) => one);
  return error?.message;
};

const VPC = { 'vpc-id': 'vpc-0a', 'subnet-ids': 'subnet-0a,subnet-0b' };

test('what is listed is what is checked', async () => {
  const found = await checked('prod', {});

  assert.equal(found.redisNodes, 3);
  assert.equal(found.limits.LIMIT_CONNECTS_PER_MINUTE, '');
});

for (const [name, good, bad] of [
  ['memory-size', [128, 10_240], [127, 10_241, 'much', '', '1.5', '-1']],
  ['workers', [1, 16], [0, 17]],
  ['redis-nodes', [1, 6], [0, 7]],
  ['nat-gateways', [1, 2], [0, 3]],
  ['redis-port', [1, 65_535], [0, 65_536]],
  ['throttle-connect', [1, 10_000], [0, 10_001]],
  ['fanout-reserved-concurrency', [0, 1_000], [1_001]],
  ['limit-messages-per-minute', ['', 1, 4_294_967_295], [0, 4_294_967_296]],
  ['log-retention-days', [1, 14, 3653], [2, 0, 3654]],
  ['architecture', ['arm64', 'x86_64'], ['arm', '']],
  ['way-out', ['nat', 'ipv6'], ['vpn']],
  ['auth-mode', ['deferred', 'required'], ['none']],
  ['api-key-source', ['own'], ['redis', '']],
  ['vpc-cidr', ['10.0.0.0/16'], ['10.0.0.0/24', '10.0.0.1/16']],
]) {
  test(`${name} has its limits`, async () => {
    for (const value of good) assert.equal(await fault({ [name]: value }), undefined, `${value}`);
    for (const value of bad) assert.match(await fault({ [name]: value }), new RegExp(name), `${value}`);
  });
}

test('a JWT algorithm has one key, of its own kind', async () => {
  const arn = 'arn:aws:secretsmanager:eu-central-1:1:secret:jwt';
  const url = 'https://login.example.com/jwks.json';
  const pem = '-----BEGIN PUBLIC KEY-----\nAA==\n-----END PUBLIC KEY-----';
  const secret = { 'jwt-secret-arn': arn };
  for (const good of [
    { 'jwt-algorithm': 'HS256', ...secret, 'jwt-leeway-seconds': 300 },
    { 'jwt-algorithm': 'RS256', 'jwt-jwks-url': url },
    { 'jwt-algorithm': 'EdDSA', 'jwt-public-key': pem },
  ]) assert.equal(await fault(good), undefined);
  for (const bad of [
    { 'jwt-algorithm': 'none' },
    { 'jwt-algorithm': 'HS256' },
    { 'jwt-algorithm': 'HS256', 'jwt-jwks-url': url },
    { 'jwt-algorithm': 'ES256', ...secret },
    { 'jwt-algorithm': 'ES256', 'jwt-jwks-url': url, 'jwt-public-key': pem },
    { 'jwt-algorithm': 'ES256', 'jwt-jwks-url': 'http://login.example.com/' },
    { 'jwt-algorithm': 'HS256', ...secret, 'jwt-leeway-seconds': 301 },
    secret,
    { 'jwt-issuer': 'x' },
  ]) assert.match(await fault(bad), /jwt-/, JSON.stringify(bad));
});

test('what belongs together is asked for together', async () => {
  assert.match(await fault({ 'redis-host': 'redis' }), /redis-host needs the vpc-id/);
  assert.match(await fault({ 'vpc-id': 'vpc-0a' }), /subnet-ids must be two/);
  assert.match(await fault({ ...VPC, 'subnet-ids': 'subnet-0a' }), /subnet-ids must be two/);
  assert.match(await fault({ 'subnet-ids': 'subnet-0a,subnet-0b' }), /subnet-ids belong/);
  assert.match(await fault({ domain: 'ws.example.com' }), /certificate-arn/);
  assert.match(
    await fault({ domain: 'a.example.com', 'http-domain': 'a.example.com', 'certificate-arn': 'arn:aws:acm:x' }),
    /cannot be the same/,
  );
  assert.match(await fault({ 'redis-tls': 'false' }), /TLS only/);
  assert.match(await fault({ 'api-keys-table': 'auth' }), /api-keys-table belongs/);
  assert.match(await fault({ 'api-key-permissions': 'stats' }), /api-key-permissions belong/);
  assert.match(await fault({ 'api-key-source': 'llama-auth' }), /needs api-keys-table/);
  assert.equal(await fault({ ...VPC, 'redis-host': 'redis', 'redis-tls': 'false' }), undefined);
});

test('a table of keys that there is has a name, and its keys permissions', async () => {
  const brought = (table, permissions = '') =>
    fault({ 'api-key-source': 'llama-auth', 'api-keys-table': table, 'api-key-permissions': permissions });

  for (const name of ['abc', 'a'.repeat(255), 'prod-auth.keys_2']) assert.equal(await brought(name), undefined, name);
  for (const name of ['ab', 'a'.repeat(256), 'a/b*', '*', 'a b c']) assert.match(await brought(name), /api-keys-table must/, name);
  for (const granted of ['*', 'websocket:connect  stats']) assert.equal(await brought('abc', granted), undefined, granted);
  for (const granted of ['a,b', 'websocket:connect\tstats']) assert.match(await brought('abc', granted), /api-key-permissions must/);
});

test('every fault is named in one error', async () => {
  const message = await fault({ workers: 17, 'way-out': 'vpn', 'redis-nodes': 0 });

  assert.match(message, /way-out.*; .*redis-nodes.*; .*workers/);
});

test('a stage has a name that others can have in theirs', async () => {
  for (const stage of ['dev', 'ada-2', `a${'b'.repeat(19)}`]) assert.equal(await fault({}, stage), undefined);
  for (const stage of ['', 'Dev', '2nd', 'a_b', `a${'b'.repeat(20)}`]) assert.match(await fault({}, stage), /the stage/);
});

test('cfn-lint finds nothing', () => {
  // W3005: the framework names dependencies that are implied.
  const args = ['--ignore-checks', 'W3005', '--', ...templates.map(({ path }) => path)];
  try {
    execFileSync(`${process.env.INFRA_TOOLS}/python/bin/cfn-lint`, args, { encoding: 'utf8' });
  } catch (error) {
    assert.fail(error.stdout || error.message);
  }
});

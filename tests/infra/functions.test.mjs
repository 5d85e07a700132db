// The six functions: archives, sizes, triggers, retries, and what they are told.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import test from 'node:test';

import { FUNCTIONS, template, templates, text } from './templates.mjs';

const READER = new URL('../../crates/functions/src/lambda/', import.meta.url);

/** The source of the reader of the environment, without its tests. */
function readerSource() {
  const files = readdirSync(new URL('config/', READER)).filter((file) => file !== 'tests.rs');
  return ['config.rs', ...files.map((file) => `config/${file}`)]
    .map((file) => readFileSync(new URL(file, READER), 'utf8'))
    .concat(readFileSync(new URL('../../../tokens/src/settings.rs', READER), 'utf8'))
    .join('\n');
}

const source = readerSource();
const known = new Set([...source.matchAll(/"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)"/g)].map(([, name]) => name));
const required = [...source.matchAll(/required\(\s*"([A-Z0-9_]+)"/g)].map(([, name]) => name);

// Read by the AWS SDK, not by us.
const OF_THE_SDK = ['AWS_ENDPOINT_URL_LAMBDA'];

const STARTERS = ['connect', 'event-fanout', 'event-ingest', 'subscribe'];

test('the reader of the environment was found', () => {
  assert.ok(known.has('REDIS_HOST') && known.has('FANOUT_FUNCTION_NAME') && known.has('LOG_LEVEL'));
  assert.ok(required.includes('CONNECTIONS_TABLE'));
});

for (const template of templates) {
  test(`${template.name}: functions are told what the reader requires and nothing that it does not know`, () => {
    for (const name of Object.keys(FUNCTIONS)) {
      const told = Object.keys(template.environment(name));

      assert.deepEqual(told.filter((one) => !known.has(one) && !OF_THE_SDK.includes(one)), [], name);
      assert.deepEqual([...required, 'REDIS_HOST'].filter((one) => !told.includes(one)), [], name);
    }
  });

  test(`${template.name}: values are what they should be`, () => {
    for (const name of Object.keys(FUNCTIONS)) {
      const told = template.environment(name);
      const { params, stage } = template;

      assert.equal(text(told.CONNECTIONS_TABLE), '${ConnectionsTable}');
      assert.equal(text(told.API_KEYS_TABLE), params['api-keys-table'] ?? '${ApiKeysTable}');
      assert.equal(told.API_KEY_SOURCE, params['api-key-source']);
      assert.equal(told.API_KEY_PERMISSIONS, params['api-key-permissions']);
      assert.equal(
        text(told.WEBSOCKET_API_ENDPOINT),
        `https://\${WebsocketsApi}.execute-api.\${AWS::Region}.\${AWS::URLSuffix}/${stage}`,
      );
      assert.equal(
        text(told.REDIS_HOST),
        params['redis-host'] ?? '${RedisReplicationGroup.PrimaryEndPoint.Address}',
      );
      const secret = params['redis-host'] ? params['redis-password-secret'] : '${RedisPassword}';
      assert.equal(told.REDIS_PASSWORD_SECRET && text(told.REDIS_PASSWORD_SECRET), secret);
      assert.deepEqual(
        [told.REDIS_PORT, told.REDIS_TLS, told.AUTH_MODE, told.LOG_LEVEL],
        [
          params['redis-port'] ?? '6379',
          params['redis-tls'] ?? 'true',
          params['auth-mode'] ?? 'deferred',
          params['log-level'] ?? 'info',
        ],
      );
      for (const one of ['algorithm', 'secret-arn', 'public-key', 'jwks-url', 'issuer', 'audience', 'leeway-seconds']) {
        const variable = `JWT_${one.toUpperCase().replaceAll('-', '_')}`;
        assert.equal(told[variable], params[`jwt-${one}`], variable);
      }
      assert.equal(told.LIMIT_CONNECTS_PER_MINUTE, params['limit-connects-per-minute']);
      assert.equal('AWS_ENDPOINT_URL_LAMBDA' in told, params['way-out'] === 'ipv6');
    }
  });

  test(`${template.name}: who ingests or connects may start the worker, where one serves all`, () => {
    const told = Object.keys(FUNCTIONS).filter((name) => 'FANOUT_FUNCTION_NAME' in template.environment(name));

    assert.deepEqual(told.sort(), template.params.workers ? [] : STARTERS);
    for (const name of told) {
      assert.equal(template.environment(name).FANOUT_FUNCTION_NAME, template.lambda('event-fanout').FunctionName);
    }
  });

  test(`${template.name}: six functions run five archives`, () => {
    const key = (name) => template.lambda(name).Code.S3Key.split('/').at(-1);
    const archives = Object.keys(FUNCTIONS).map(key);

    assert.equal(template.ofType('AWS::Lambda::Function').length, 6);
    assert.equal(new Set(archives).size, 5);
    assert.equal(key('event-fanout'), key('event-ingest'));
  });

  test(`${template.name}: functions run on the architecture that was built`, () => {
    for (const name of Object.keys(FUNCTIONS)) {
      const { Architectures, Runtime, Timeout, FunctionName } = template.lambda(name);

      assert.deepEqual(Architectures, [template.param('architecture', 'arm64')]);
      assert.equal(Runtime, 'provided.al2023');
      assert.equal(FunctionName, `llama-ws-${template.stage}-${name}`);
      const timeouts = { 'event-fanout': 900, 'event-ingest': 30, disconnect: 55 };
      assert.equal(Timeout, timeouts[name] ?? 10);
    }
  });

  test(`${template.name}: logs end some day`, () => {
    for (const [id, group] of template.ofType('AWS::Logs::LogGroup')) assert.ok(group.RetentionInDays > 0, id);
    const names = template.ofType('AWS::Logs::LogGroup').map(([, group]) => group.LogGroupName);
    for (const name of Object.keys(FUNCTIONS)) {
      assert.ok(names.includes(`/aws/lambda/llama-ws-${template.stage}-${name}`));
    }
  });

  test(`${template.name}: schedules start each worker and the reaper`, () => {
    const rules = template.ofType('AWS::Events::Rule').map(([, rule]) => rule);
    const inputs = (id) =>
      rules
        .flatMap(({ Targets }) => Targets)
        .filter(({ Arn }) => text(Arn) === `\${${FUNCTIONS[id]}.Arn}`)
        .map(({ Input }) => JSON.parse(Input));
    const count = Number(template.param('workers', 1));

    for (const rule of rules) assert.deepEqual([rule.ScheduleExpression, rule.State], ['rate(1 minute)', 'ENABLED']);
    assert.deepEqual(inputs('disconnect'), [{ reap: {} }]);
    assert.deepEqual(
      inputs('event-fanout'),
      Array.from({ length: count }, (_, index) => ({ work: { index, count } })),
    );
    assert.equal(rules.length, count + 1);
  });

  test(`${template.name}: what starts again by itself is not retried`, () => {
    for (const id of ['EventDashfanoutLambdaEvConf', 'DisconnectLambdaEvConf']) {
      const { MaximumRetryAttempts, MaximumEventAgeInSeconds } = template.properties(id);
      assert.deepEqual([MaximumRetryAttempts, MaximumEventAgeInSeconds], [0, 60], id);
    }
  });
}

test('stages are as large as they say', () => {
  assert.equal(template('prod').lambda('event-fanout').MemorySize, 1769);
  assert.equal(template('prod').lambda('event-fanout').ReservedConcurrentExecutions, 10);
  assert.equal(template('dev').lambda('event-fanout').MemorySize, 1024);
  assert.equal(template('dev').lambda('event-fanout').ReservedConcurrentExecutions, undefined);
});

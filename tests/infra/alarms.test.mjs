// Alarms look at what is deployed, tell somebody where an address is given, and are explained.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';

import { FUNCTIONS, templates, text } from './templates.mjs';

const RUNBOOK = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');

for (const template of templates) {
  const alarms = template.ofType('AWS::CloudWatch::Alarm');

  test(`${template.name}: alarms tell somebody where an address is given`, () => {
    const email = template.params['alarm-email'];
    const topics = template.ofType('AWS::SNS::Topic').map(([, topic]) => topic.Subscription[0].Endpoint);

    assert.deepEqual(topics, email ? [email] : []);
    for (const [id, alarm] of alarms) {
      assert.deepEqual(alarm.AlarmActions, email ? [{ Ref: 'AlarmTopic' }] : [], id);
    }
  });

  test(`${template.name}: every function has its alarms, and everything watched is deployed`, () => {
    const watched = alarms.flatMap(([, { MetricName, Dimensions }]) =>
      Dimensions.map(({ Value }) => `${MetricName} ${text(Value)}`),
    );

    for (const id of Object.values(FUNCTIONS)) {
      for (const metric of ['Errors', 'Throttles']) assert.ok(watched.includes(`${metric} \${${id}}`), `${metric} of ${id}`);
    }
    const redis = watched.filter((one) => one.includes('RedisReplicationGroup')).length;
    assert.equal(redis, template.params['redis-host'] ? 0 : 2);
    assert.ok(watched.includes('ApproximateNumberOfMessagesVisible ${EventsDeadLetterQueue.QueueName}'));
  });

  test(`${template.name}: every alarm names its paragraph in docs/operations.md`, () => {
    for (const [id, { AlarmDescription }] of alarms) {
      const name = AlarmDescription.match(/\(([a-z-]+)\)$/)?.[1];
      assert.ok(name && RUNBOOK.includes(`### ${name}\n`), `${id}: ${AlarmDescription}`);
    }
  });
}

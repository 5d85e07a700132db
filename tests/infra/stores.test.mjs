// The queue, the tables, Redis and the network.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';

import { FUNCTIONS, keysTable, template, templates, text } from './templates.mjs';

const TABLES = JSON.parse(readFileSync(new URL('../../infra/dynamodb.json', import.meta.url), 'utf8'));

/** How long an event's id is remembered (`ws:{ws}:id:<eventId>`), in seconds. */
const REMEMBERED = 15 * 60;

for (const template of templates) {
  test(`${template.name}: nothing comes to event-ingest again after its id was forgotten`, () => {
    const queue = template.properties('EventsQueue');
    const { Timeout } = template.lambda('event-ingest');
    const last = (queue.RedrivePolicy.maxReceiveCount - 1) * queue.VisibilityTimeout + Timeout;

    assert.ok(queue.VisibilityTimeout >= 6 * Timeout, 'as Lambda asks');
    assert.ok(last <= REMEMBERED, `${last} s after the first attempt`);
    const { MaximumEventAgeInSeconds } = template.properties('EventDashingestLambdaEvConf');
    assert.ok(MaximumEventAgeInSeconds + Timeout <= REMEMBERED);
  });

  test(`${template.name}: the queue leads into event-ingest, message by message`, () => {
    const mappings = template.ofType('AWS::Lambda::EventSourceMapping').map(([, mapping]) => mapping);
    const [{ EventSourceArn, FunctionName, FunctionResponseTypes, BatchSize, MaximumBatchingWindowInSeconds }] = mappings;

    assert.equal(mappings.length, 1);
    assert.equal(text(EventSourceArn), '${EventsQueue.Arn}');
    assert.match(text(FunctionName), /EventDashingestLambdaFunction/);
    assert.deepEqual(FunctionResponseTypes, ['ReportBatchItemFailures']);
    assert.ok(BatchSize <= 10 && !MaximumBatchingWindowInSeconds, 'a batch waits for nothing');
  });

  test(`${template.name}: what could not be ingested is kept`, () => {
    assert.equal(text(template.properties('EventsQueue').RedrivePolicy.deadLetterTargetArn), '${EventsDeadLetterQueue.Arn}');
    const { OnFailure } = template.properties('EventDashingestLambdaEvConf').DestinationConfig;
    assert.equal(text(OnFailure.Destination), '${EventsDeadLetterQueue.Arn}');
    for (const [id, queue] of template.ofType('AWS::SQS::Queue')) assert.equal(queue.SqsManagedSseEnabled, true, id);
  });

  test(`${template.name}: tables are those of the one definition`, () => {
    const tables = Object.fromEntries(template.ofType('AWS::DynamoDB::Table'));
    const defined = Object.entries(TABLES.Resources).map(([id, { Properties }]) => [id, Properties]);

    assert.deepEqual(tables, Object.fromEntries(defined));
    for (const [id, table] of Object.entries(tables)) {
      assert.deepEqual([table.BillingMode, table.SSESpecification.SSEEnabled], ['PAY_PER_REQUEST', true], id);
    }
    assert.equal(tables.ConnectionsTable.TimeToLiveSpecification.AttributeName, 'expiresAt');
    assert.equal(tables.ApiKeysTable.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled, true);
    assert.equal(template.resources.ApiKeysTable.DeletionPolicy, 'Retain');
  });

  test(`${template.name}: no secret is in the template`, () => {
    const told = Object.keys(FUNCTIONS).flatMap((name) => Object.keys(template.environment(name)));

    const harmless = /_SECRET(_ARN)?$|^JWT_PUBLIC_KEY$/;
    const secret = (name) => /PASSWORD|TOKEN|_KEY$|SECRET/.test(name) && !harmless.test(name);
    assert.deepEqual(told.filter(secret), []);
    const group = template.resources.RedisReplicationGroup?.Properties;
    if (group) assert.equal(text(group.AuthToken), '{{resolve:secretsmanager:${RedisPassword}}}');
    assert.doesNotMatch(template.text, /SecretString":\s*"(?!\{\{)/);
  });

  test(`${template.name}: only the functions and named publishers reach Redis`, () => {
    const into = template.ofType('AWS::EC2::SecurityGroupIngress').map(([, rule]) => rule);
    const own = !template.params['redis-host'];
    const sources = into.map(({ SourceSecurityGroupId }) => text(SourceSecurityGroupId)).sort();
    const functions = '${FunctionsSecurityGroup.GroupId}';

    if (own) {
      const publisher = template.params['publisher-security-group'];
      assert.deepEqual(sources, publisher ? [functions, publisher] : [functions]);
    } else {
      assert.deepEqual(sources, template.params['redis-security-group'] ? [functions] : []);
    }
    for (const rule of into) assert.equal(rule.CidrIp ?? rule.CidrIpv6, undefined, 'an address instead of a group');
    for (const [id, group] of template.ofType('AWS::EC2::SecurityGroup')) {
      assert.equal(group.SecurityGroupIngress, undefined, id);
    }
  });

  test(`${template.name}: Redis is encrypted, evicts nothing, and survives a zone where it should`, () => {
    const group = template.resources.RedisReplicationGroup?.Properties;
    assert.equal(Boolean(group), !template.params['redis-host']);
    if (!group) return;

    assert.deepEqual([group.Engine, group.TransitEncryptionEnabled, group.AtRestEncryptionEnabled], ['valkey', true, true]);
    const { Properties } = template.properties('RedisParameterGroup');
    assert.equal(Properties['maxmemory-policy'], 'noeviction');
    const nodes = { prod: 3, staging: 2 }[template.stage] ?? 1;
    assert.deepEqual(
      [group.NumCacheClusters, group.MultiAZEnabled, group.AutomaticFailoverEnabled],
      [nodes, nodes > 1, nodes > 1],
    );
    assert.equal(group.LogDeliveryConfigurations[0].LogType, 'slow-log');
  });

  test(`${template.name}: every private subnet has a way out and a way to DynamoDB`, () => {
    const own = !template.params['vpc-id'];
    assert.equal('Vpc' in template.resources, own);
    for (const name of Object.keys(FUNCTIONS)) {
      const subnets = template.lambda(name).VpcConfig.SubnetIds;
      assert.equal(subnets.length, 2);
      assert.equal(typeof subnets[0] === 'string', !own);
    }
    if (!own) {
      assert.deepEqual(template.ofType('AWS::EC2::Route'), []);
      return;
    }
    const tables = ['PrivateRouteTableA', 'PrivateRouteTableB'];
    for (const table of tables) {
      const [route] = template
        .ofType('AWS::EC2::Route')
        .map(([, one]) => one)
        .filter((one) => one.RouteTableId.Ref === table);
      const target = route.NatGatewayId ?? route.EgressOnlyInternetGatewayId;
      assert.ok(target.Ref in template.resources, `${table} leads nowhere`);
    }
    const endpoint = template.properties('DynamoDbEndpoint');
    assert.deepEqual(endpoint.RouteTableIds.map(({ Ref }) => Ref), tables);
    const [{ Resource }, ...others] = endpoint.PolicyDocument.Statement;
    const connections = '${ConnectionsTable.Arn}';
    assert.deepEqual(Resource.map(text), [connections, `${connections}/index/*`, keysTable(template.params)]);
    assert.deepEqual(others, []);
  });

  test(`${template.name}: NAT gateways only where they are the way out`, () => {
    const wanted = template.params['vpc-id'] || template.params['way-out'] === 'ipv6' ? 0 : template.stage === 'prod' ? 2 : 1;

    assert.equal(template.ofType('AWS::EC2::NatGateway').length, wanted);
  });
}

test('a gateway a zone serves its own zone', () => {
  const [a, b] = ['PrivateRouteA', 'PrivateRouteB'].map((id) => template('prod').properties(id).NatGatewayId.Ref);

  assert.deepEqual([a, b], ['NatGatewayA', 'NatGatewayB']);
});

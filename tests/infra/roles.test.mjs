// What each function may do, exactly: anything more, anything less and anything wider fails.

import assert from 'node:assert/strict';
import test from 'node:test';

import { FUNCTIONS, keysTable, templates, text } from './templates.mjs';

const API = 'arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${WebsocketsApi}';
const LAMBDA = 'arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function';
const LOGS = 'arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/lambda';

const CONNECTIONS = '${ConnectionsTable.Arn}';
const INDEX = '${ConnectionsTable.Arn}/index/byUser';
const INTERFACES = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];

/** What a function may do of its own, as `action resource`. */
function own(name, { stage, params }) {
  const connection = (method) => `execute-api:ManageConnections ${API}/${stage}/${method}/@connections/*`;
  const start = params.workers ? [] : [`lambda:InvokeFunction ${LAMBDA}:llama-ws-${stage}-event-fanout`];
  const keys = keysTable(params);
  const table = {
    connect: [
      `dynamodb:GetItem ${keys}`,
      `dynamodb:PutItem ${CONNECTIONS}`,
      `dynamodb:DeleteItem ${CONNECTIONS}`,
      ...start,
    ],
    disconnect: [
      `dynamodb:BatchGetItem ${keys}`,
      `dynamodb:GetItem ${CONNECTIONS}`,
      `dynamodb:PutItem ${CONNECTIONS}`,
      `dynamodb:DeleteItem ${CONNECTIONS}`,
      `dynamodb:Scan ${CONNECTIONS}`,
      connection('GET'),
      connection('DELETE'),
    ],
    message: [
      `dynamodb:GetItem ${keys}`,
      `dynamodb:GetItem ${CONNECTIONS}`,
      `dynamodb:PutItem ${CONNECTIONS}`,
      connection('POST'),
      connection('DELETE'),
    ],
    subscribe: [
      `dynamodb:GetItem ${keys}`,
      `dynamodb:GetItem ${CONNECTIONS}`,
      `dynamodb:BatchGetItem ${CONNECTIONS}`,
      `dynamodb:PutItem ${CONNECTIONS}`,
      `dynamodb:Query ${INDEX}`,
      ...start,
    ],
    'event-fanout': [
      `dynamodb:DeleteItem ${CONNECTIONS}`,
      `dynamodb:Scan ${CONNECTIONS}`,
      connection('POST'),
      connection('DELETE'),
      ...start,
    ],
    'event-ingest': [
      'sqs:ReceiveMessage ${EventsQueue.Arn}',
      'sqs:DeleteMessage ${EventsQueue.Arn}',
      'sqs:GetQueueAttributes ${EventsQueue.Arn}',
      'sqs:SendMessage ${EventsDeadLetterQueue.Arn}',
      ...start,
    ],
  };
  const secret = ['connect', 'message', 'subscribe'].includes(name) && params['jwt-secret-arn'];
  return secret ? [...table[name], `secretsmanager:GetSecretValue ${secret}`] : table[name];
}

/** The secrets that a deployment's functions read. */
function secrets({ params }) {
  if (!params['redis-host']) return ['${RedisPassword}'];
  const brought = params['redis-password-secret'];
  return brought ? [brought.split('#')[0]] : [];
}

function expected(name, template) {
  const log = `${LOGS}/llama-ws-${template.stage}-${name}:*`;
  return [
    `logs:CreateLogStream ${log}`,
    `logs:PutLogEvents ${log}`,
    ...secrets(template).map((secret) => `secretsmanager:GetSecretValue ${secret}`),
    ...INTERFACES.map((action) => `${action} *`),
    ...own(name, template),
  ];
}

function granted(statements) {
  return statements
    .filter(({ Effect }) => Effect === 'Allow')
    .flatMap(({ Action, Resource, ...rest }) => {
      assert.deepEqual(Object.keys(rest), ['Effect'], 'an allowing statement of another shape');
      return [Action].flat().flatMap((action) => [Resource].flat().map((resource) => `${action} ${text(resource)}`));
    });
}

for (const template of templates) {
  test(`${template.name}: a role a function, and no other`, () => {
    const roles = Object.values(FUNCTIONS).map((id) => template.properties(id).Role['Fn::GetAtt'][0]);

    assert.equal(new Set(roles).size, 6);
    assert.deepEqual(template.ofType('AWS::IAM::Role').map(([id]) => id).sort(), roles.sort());
    for (const type of ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy', 'AWS::IAM::User', 'AWS::IAM::RolePolicy']) {
      assert.deepEqual(template.ofType(type), []);
    }
  });

  for (const name of Object.keys(FUNCTIONS)) {
    test(`${template.name}: ${name} may do what it does, and nothing more`, () => {
      const role = template.properties(template.lambda(name).Role['Fn::GetAtt'][0]);
      const statements = role.Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);

      assert.deepEqual(Object.keys(role).sort(), ['AssumeRolePolicyDocument', 'Description', 'Policies']);
      assert.deepEqual(granted(statements).sort(), expected(name, template).sort());
    });

    test(`${template.name}: ${name}'s code may not use what Lambda may`, () => {
      const role = template.properties(template.lambda(name).Role['Fn::GetAtt'][0]);
      const denied = role.Policies[0].PolicyDocument.Statement.filter(({ Effect }) => Effect === 'Deny');

      assert.equal(denied.length, 1);
      assert.deepEqual([denied[0].Action.toSorted(), denied[0].Resource], [INTERFACES, '*']);
      assert.equal(
        text(denied[0].Condition.ArnEquals['lambda:SourceFunctionArn']),
        `${LAMBDA}:llama-ws-${template.stage}-${name}`,
      );
    });

    test(`${template.name}: only Lambda is ${name}`, () => {
      const role = template.properties(template.lambda(name).Role['Fn::GetAtt'][0]);

      assert.deepEqual(role.AssumeRolePolicyDocument.Statement, [
        { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
      ]);
    });
  }

  test(`${template.name}: whoever may invoke is named`, () => {
    for (const [id, permission] of template.ofType('AWS::Lambda::Permission')) {
      assert.equal(permission.Action, 'lambda:InvokeFunction', id);
      assert.ok(permission.SourceArn, `${id} has no source`);
    }
  });
}

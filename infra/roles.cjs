// One role a function: each action it calls, on the resource it calls it on. A test holds the
// packaged template to a list of its own (tests/infra/roles.test.mjs).

const readSettings = require('./settings.cjs');

const connections = { 'Fn::GetAtt': ['ConnectionsTable', 'Arn'] };
const connectionsByUser = { 'Fn::Sub': '${ConnectionsTable.Arn}/index/byUser' };
const queue = { 'Fn::GetAtt': ['EventsQueue', 'Arn'] };
const deadLetters = { 'Fn::GetAtt': ['EventsDeadLetterQueue', 'Arn'] };

const allow = (resource, ...actions) => ({ Effect: 'Allow', Action: actions, Resource: resource });

// For Lambda itself, to attach a function to its subnets: EC2 has no narrower resource for these
// ("Giving Lambda functions access to resources in an Amazon VPC"). The function's own code is
// denied them, as that page advises.
const INTERFACES = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];

module.exports = async (context) => {
  const settings = await readSettings(context);
  const apiKeys = settings.keysTableArn;
  const lambda = (name) => ({
    'Fn::Sub': `arn:\${AWS::Partition}:lambda:\${AWS::Region}:\${AWS::AccountId}:function:${name}`,
  });

  /** Calls to connections of this API and stage, by HTTP method. */
  const manage = (...methods) =>
    allow(
      methods.map((method) => ({
        'Fn::Sub': `arn:\${AWS::Partition}:execute-api:\${AWS::Region}:\${AWS::AccountId}:\${WebsocketsApi}/${settings.stage}/${method}/@connections/*`,
      })),
      'execute-api:ManageConnections',
    );
  const start = settings.workers === 1
    ? [allow(lambda(settings.fanoutFunction), 'lambda:InvokeFunction')]
    : [];

  // Who is shown tokens.
  const checksTokens = settings.jwtSecretArn === ''
    ? []
    : [allow(settings.jwtSecretArn, 'secretsmanager:GetSecretValue')];

  const own = {
    connect: [
      ...checksTokens,
      allow(apiKeys, 'dynamodb:GetItem'),
      allow(connections, 'dynamodb:PutItem', 'dynamodb:DeleteItem'),
      ...start,
    ],
    disconnect: [
      allow(apiKeys, 'dynamodb:BatchGetItem'),
      allow(connections, 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:DeleteItem', 'dynamodb:Scan'),
      manage('GET', 'DELETE'),
    ],
    message: [
      ...checksTokens,
      allow(apiKeys, 'dynamodb:GetItem'),
      allow(connections, 'dynamodb:GetItem', 'dynamodb:PutItem'),
      manage('POST', 'DELETE'),
    ],
    subscribe: [
      ...checksTokens,
      allow(apiKeys, 'dynamodb:GetItem'),
      allow(connections, 'dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:PutItem'),
      allow(connectionsByUser, 'dynamodb:Query'),
      ...start,
    ],
    'event-fanout': [
      allow(connections, 'dynamodb:DeleteItem', 'dynamodb:Scan'),
      manage('POST', 'DELETE'),
      ...start,
    ],
    'event-ingest': [
      allow(queue, 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'),
      allow(deadLetters, 'sqs:SendMessage'),
      ...start,
    ],
  };

  /** What each function needs, whatever it does. */
  const every = (name) => {
    const fullName = `llama-ws-${settings.stage}-${name}`;
    return [
      allow(
        {
          'Fn::Sub': `arn:\${AWS::Partition}:logs:\${AWS::Region}:\${AWS::AccountId}:log-group:/aws/lambda/${fullName}:*`,
        },
        'logs:CreateLogStream',
        'logs:PutLogEvents',
      ),
      ...(settings.redisSecretArn === '' ? [] : [allow(settings.redisSecretArn, 'secretsmanager:GetSecretValue')]),
      allow('*', ...INTERFACES),
      {
        Effect: 'Deny',
        Action: INTERFACES,
        Resource: '*',
        Condition: { ArnEquals: { 'lambda:SourceFunctionArn': lambda(fullName) } },
      },
    ];
  };

  const Resources = {};
  for (const [name, statements] of Object.entries(own)) {
    Resources[`${logical(name)}Role`] = role(name, [...every(name), ...statements]);
  }
  return { Resources };
};

/** `event-fanout` is `EventFanout`. */
function logical(name) {
  return name.replace(/(^|-)[a-z]/g, (start) => start.at(-1).toUpperCase());
}

function role(name, statements) {
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      Description: `What ${name} may do`,
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
        ],
      },
      Policies: [
        { PolicyName: name, PolicyDocument: { Version: '2012-10-17', Statement: statements } },
      ],
    },
  };
}

// The deployment's parameters (infra/stages.yml), checked, and what follows from them.
// Every fault is named in one error, before anything is packaged.

/** The service's name in serverless.yml. */
const SERVICE = 'llama-ws';

const NAMES = [
  'architecture', 'artifacts', 'memory-size', 'fanout-memory-size', 'fanout-reserved-concurrency',
  'workers', 'log-level', 'log-retention-days', 'way-out', 'nat-gateways', 'vpc-cidr', 'vpc-id',
  'subnet-ids', 'publisher-security-group', 'redis-node-type', 'redis-nodes', 'redis-host',
  'redis-port', 'redis-tls', 'redis-password-secret', 'redis-security-group', 'auth-mode',
  'api-key-source', 'api-keys-table', 'api-key-permissions', 'jwt-algorithm', 'jwt-secret-arn',
  'jwt-public-key', 'jwt-jwks-url', 'jwt-issuer', 'jwt-audience', 'jwt-leeway-seconds',
  'limit-connects-per-minute', 'limit-messages-per-minute',
  'limit-subscription-changes-per-minute', 'limit-connections-per-user', 'throttle-connect',
  'throttle-message', 'throttle-subscribe', 'throttle-http', 'domain', 'http-domain',
  'certificate-arn', 'hosted-zone-id', 'access-logs', 'alarm-email',
  'frame-budget-per-second', 'frame-budget-burst',
];

// What CloudWatch Logs takes (AWS::Logs::LogGroup RetentionInDays).
const RETENTION = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
  3288, 3653,
];

/** Reads parameters and collects what is wrong with them. */
class Checks {
  constructor(values) {
    this.values = values;
    this.faults = [];
  }

  text(name, pattern, wanted) {
    const value = this.values[name];
    if (!pattern.test(value)) this.faults.push(`${name} must be ${wanted}, not "${value}"`);
    return value;
  }

  /** Text that may be left empty. */
  optional(name, pattern, wanted) {
    return this.values[name] === '' ? '' : this.text(name, pattern, wanted);
  }

  oneOf(name, ...choices) {
    const value = this.values[name];
    if (!choices.includes(value)) this.faults.push(`${name} must be ${choices.join(' or ')}, not "${value}"`);
    return value;
  }

  number(name, least, most) {
    const text = this.values[name];
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) {
      this.faults.push(`${name} must be a whole number from ${least} to ${most}, not "${text}"`);
    }
    return value;
  }

  limit(name) {
    return this.values[name] === '' ? '' : String(this.number(name, 1, 4_294_967_295));
  }

  that(holds, fault) {
    if (!holds) this.faults.push(fault);
  }
}

function settings(stage, values) {
  const check = new Checks(values);
  check.that(/^[a-z][a-z0-9-]{0,19}$/.test(stage), `the stage must be 1 to 20 of a-z, 0-9 and -, not "${stage}"`);

  const network = values['vpc-id'] === '' ? 'own' : 'brought';
  const redis = values['redis-host'] === '' ? 'own' : 'brought';
  const wayOut = check.oneOf('way-out', 'nat', 'ipv6');
  const natGateways = check.number('nat-gateways', 1, 2);
  const redisNodes = check.number('redis-nodes', 1, 6);
  const retention = check.number('log-retention-days', 1, 3653);
  check.that(RETENTION.includes(retention), `log-retention-days must be one of ${RETENTION.join(' ')}`);

  const subnets = values['subnet-ids'].split(',').map((id) => id.trim()).filter(Boolean);
  if (network === 'brought') {
    check.text('vpc-id', /^vpc-[0-9a-f]+$/, 'a VPC’s id');
    check.that(
      subnets.length >= 2 && subnets.every((id) => /^subnet-[0-9a-f]+$/.test(id)),
      'subnet-ids must be two or more private subnets of vpc-id',
    );
  } else {
    check.that(subnets.length === 0, 'subnet-ids belong to a vpc-id');
  }
  if (redis === 'brought') {
    check.that(network === 'brought', 'redis-host needs the vpc-id in which it is');
    check.text('redis-host', /^[A-Za-z0-9.-]+$/, 'a host name');
  } else {
    check.that(values['redis-password-secret'] === '', 'redis-password-secret belongs to a redis-host');
    check.that(values['redis-security-group'] === '', 'redis-security-group belongs to a redis-host');
  }
  check.that(redis === 'own' || values['publisher-security-group'] === '',
    'publisher-security-group is for the stack’s own Redis');

  const domain = check.optional('domain', /^[a-z0-9.-]+$/, 'a host name');
  const httpDomain = check.optional('http-domain', /^[a-z0-9.-]+$/, 'a host name');
  const certificate = check.optional('certificate-arn', /^arn:[a-z-]+:acm:/, 'an ACM certificate’s ARN');
  const named = domain !== '' || httpDomain !== '';
  check.that(!named || certificate !== '', 'domain and http-domain need certificate-arn');
  check.that(domain === '' || domain !== httpDomain, 'domain and http-domain cannot be the same');
  const zone = check.optional('hosted-zone-id', /^Z[A-Z0-9]+$/, 'a Route 53 zone’s id');
  check.that(zone === '' || named, 'hosted-zone-id belongs to a domain or http-domain');

  const keySource = check.oneOf('api-key-source', 'own', 'llama-auth');
  const keysTable = check.optional('api-keys-table', /^[A-Za-z0-9_.-]{3,255}$/, 'a DynamoDB table’s name');
  const keyPermissions = check.optional('api-key-permissions', /^[\w:*.-]+( +[\w:*.-]+)*$/, 'permissions with spaces between');
  if (keySource === 'own') {
    check.that(keysTable === '', 'api-keys-table belongs to api-key-source=llama-auth');
    check.that(keyPermissions === '', 'api-key-permissions belong to api-key-source=llama-auth');
  } else {
    check.that(keysTable !== '', 'api-key-source=llama-auth needs api-keys-table');
  }

  const jwt = tokens(check);
  const secret = check.optional('redis-password-secret', /^arn:[a-z-]+:secretsmanager:[^#]+(#.+)?$/, 'a secret’s ARN, perhaps with #key');
  const securityGroup = /^sg-[0-9a-f]+$/;
  const found = {
    stage,
    architecture: check.oneOf('architecture', 'arm64', 'x86_64'),
    artifacts: values.artifacts,
    memorySize: check.number('memory-size', 128, 10_240),
    fanoutMemorySize: check.number('fanout-memory-size', 128, 10_240),
    // 0 would mean to Lambda that the function may not run.
    fanoutReserved: check.number('fanout-reserved-concurrency', 0, 1_000) || undefined,
    workers: check.number('workers', 1, 16),
    fanoutFunction: `${SERVICE}-${stage}-event-fanout`,
    logLevel: check.text('log-level', /^\S+$/, 'a level or filter directives'),
    logRetention: retention,

    wayOut,
    natGateways,
    // Zone B's way leads through zone A's gateway where there is only one.
    natOfZoneB: natGateways === 2 ? 'NatGatewayB' : 'NatGatewayA',
    ipv6: wayOut === 'ipv6',
    ipAddressType: wayOut === 'ipv6' ? 'dualstack' : 'ipv4',

    network,
    vpcCidr: check.text('vpc-cidr', /^(\d{1,3}\.){3}0\/16$/, 'a block of size /16'),
    vpcId: network === 'own' ? { Ref: 'Vpc' } : values['vpc-id'],
    subnetIds: network === 'own' ? [{ Ref: 'PrivateSubnetA' }, { Ref: 'PrivateSubnetB' }] : subnets,
    publisherSecurityGroup: check.optional('publisher-security-group', securityGroup, 'a security group’s id'),

    redis,
    redisNodeType: check.text('redis-node-type', /^cache\.[a-z0-9]+\.[a-z0-9]+$/, 'an ElastiCache node type'),
    redisNodes,
    redisFailover: redisNodes > 1,
    redisHost: redis === 'own' ? { 'Fn::GetAtt': ['RedisReplicationGroup', 'PrimaryEndPoint.Address'] } : values['redis-host'],
    redisPort: String(check.number('redis-port', 1, 65_535)),
    redisTls: check.oneOf('redis-tls', 'true', 'false'),
    // What the functions are given, and the secret that it names.
    redisSecret: redis === 'own' ? { Ref: 'RedisPassword' } : secret,
    redisSecretArn: redis === 'own' ? { Ref: 'RedisPassword' } : secret.split('#')[0],
    redisSecurityGroup: check.optional('redis-security-group', securityGroup, 'a security group’s id'),

    authMode: check.oneOf('auth-mode', 'deferred', 'required'),
    keySource,
    keyPermissions,
    keysTable: keySource === 'own' ? { Ref: 'ApiKeysTable' } : keysTable,
    keysTableArn: keySource === 'own'
      ? { 'Fn::GetAtt': ['ApiKeysTable', 'Arn'] }
      : { 'Fn::Sub': `arn:\${AWS::Partition}:dynamodb:\${AWS::Region}:\${AWS::AccountId}:table/${keysTable}` },
    jwt,
    jwtSecretArn: jwt.JWT_SECRET_ARN ?? '',
    limits: {
      LIMIT_CONNECTS_PER_MINUTE: check.limit('limit-connects-per-minute'),
      LIMIT_MESSAGES_PER_MINUTE: check.limit('limit-messages-per-minute'),
      LIMIT_SUBSCRIPTION_CHANGES_PER_MINUTE: check.limit('limit-subscription-changes-per-minute'),
      LIMIT_CONNECTIONS_PER_USER: check.limit('limit-connections-per-user'),
      FRAME_BUDGET_PER_SECOND: check.limit('frame-budget-per-second'),
      FRAME_BUDGET_BURST: check.limit('frame-budget-burst'),
    },

    throttle: {
      connect: throttle(check.number('throttle-connect', 1, 10_000)),
      message: throttle(check.number('throttle-message', 1, 10_000)),
      subscribe: throttle(check.number('throttle-subscribe', 1, 10_000)),
      http: throttle(check.number('throttle-http', 1, 10_000)),
    },

    domain,
    httpDomain,
    certificate,
    zone,
    accessLogs: check.oneOf('access-logs', 'true', 'false') === 'true',
    alarmActions: values['alarm-email'] === '' ? [] : [{ Ref: 'AlarmTopic' }],
    alarmEmail: check.optional('alarm-email', /^[^@\s]+@[^@\s]+$/, 'an address'),
  };
  if (redis === 'own') check.that(found.redisTls === 'true', 'the stack’s own Redis speaks TLS only');
  if (check.faults.length > 0) throw new Error(`parameters: ${check.faults.join('; ')}`);
  return found;
}

/** What the functions are told about JWTs; nothing where no token is good. */
function tokens(check) {
  const { values } = check;
  const algorithm = values['jwt-algorithm'];
  const others = ['jwt-secret-arn', 'jwt-public-key', 'jwt-jwks-url', 'jwt-issuer', 'jwt-audience', 'jwt-leeway-seconds'];
  if (algorithm === '') {
    for (const name of others) check.that(values[name] === '', `${name} needs jwt-algorithm`);
    return {};
  }
  check.oneOf('jwt-algorithm', 'HS256', 'RS256', 'ES256', 'EdDSA');
  const keys = ['jwt-secret-arn', 'jwt-public-key', 'jwt-jwks-url'].filter((name) => values[name] !== '');
  const fits = (name) => (name === 'jwt-secret-arn') === (algorithm === 'HS256');
  check.that(
    keys.length === 1 && keys.every(fits),
    'jwt-algorithm HS256 needs jwt-secret-arn, the others jwt-public-key or jwt-jwks-url, and no other key',
  );
  check.optional('jwt-secret-arn', /^arn:[a-z-]+:secretsmanager:[^#]+$/, 'a secret’s ARN');
  check.optional('jwt-public-key', /^-----BEGIN PUBLIC KEY-----/, 'a public key in PEM');
  check.optional('jwt-jwks-url', /^https:\/\/\S+$/, 'an https address');
  if (values['jwt-leeway-seconds'] !== '') check.number('jwt-leeway-seconds', 0, 300);
  const told = ['jwt-algorithm', ...others].filter((name) => values[name] !== '');
  return Object.fromEntries(told.map((name) => [name.toUpperCase().replaceAll('-', '_'), values[name]]));
}

/** A rate and the burst that goes with it: one second's worth. */
function throttle(rate) {
  return { ThrottlingRateLimit: rate, ThrottlingBurstLimit: rate };
}

module.exports = async ({ resolveVariable }) => {
  const values = {};
  for (const name of NAMES) values[name] = String(await resolveVariable(`param:${name}`)).trim();
  return settings(await resolveVariable('sls:stage'), values);
};
module.exports.settings = settings;
module.exports.SERVICE = SERVICE;

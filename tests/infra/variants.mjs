// The deployments that are packaged and looked at: every stage, architecture, way out, and a network
// and a Redis of the stack's own or brought along.

const BROUGHT_VPC = { 'vpc-id': 'vpc-0a1b2c3d4e5f60718', 'subnet-ids': 'subnet-0a1b2c3d, subnet-1a2b3c4d' };
const SHARED = {
  'jwt-algorithm': 'HS256',
  'jwt-secret-arn': 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:jwt-AbCdEf',
  'jwt-issuer': 'https://login.example.com',
};
const PUBLISHED = {
  'jwt-algorithm': 'ES256',
  'jwt-jwks-url': 'https://login.example.com/jwks.json',
  'jwt-audience': 'llama-ws',
  'jwt-leeway-seconds': '5',
};
const SECRET = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:redis-AbCdEf';

export const variants = {
  dev: { stage: 'dev', params: {} },
  'dev-ipv6': { stage: 'dev', params: { 'way-out': 'ipv6', architecture: 'x86_64' } },
  personal: { stage: 'ada-2', params: { 'auth-mode': 'required', 'log-level': 'info,llama_ws=debug', ...SHARED } },
  staging: { stage: 'staging', params: { architecture: 'x86_64', 'alarm-email': 'oncall@example.com' } },
  'staging-in-a-vpc': {
    stage: 'staging',
    params: { ...BROUGHT_VPC, 'publisher-security-group': 'sg-0a1b2c3d', 'access-logs': 'true' },
  },
  prod: {
    stage: 'prod',
    params: {
      domain: 'ws.example.com',
      'http-domain': 'ws-api.example.com',
      'certificate-arn': 'arn:aws:acm:eu-central-1:111122223333:certificate/0',
      'hosted-zone-id': 'Z0123456789',
      'alarm-email': 'oncall@example.com',
    },
  },
  'prod-ipv6': {
    stage: 'prod',
    params: {
      'way-out': 'ipv6',
      domain: 'ws.example.com',
      'certificate-arn': 'arn:aws:acm:eu-central-1:111122223333:certificate/0',
      'api-key-source': 'llama-auth',
      'api-keys-table': 'prod-auth.keys',
      'api-key-permissions': 'websocket:connect websocket:subscribe:prices*',
    },
  },
  'prod-brought': {
    stage: 'prod',
    params: {
      ...BROUGHT_VPC,
      'redis-host': 'redis.internal',
      'redis-port': '6380',
      'redis-password-secret': `${SECRET}#password`,
      'redis-security-group': 'sg-0a1b2c3d',
      ...PUBLISHED,
      workers: '4',
      'limit-connects-per-minute': '1000',
      'limit-messages-per-minute': '2000',
      'limit-subscription-changes-per-minute': '30',
      'limit-connections-per-user': '500',
    },
  },
  'dev-brought-ipv6': {
    stage: 'dev',
    params: {
      ...BROUGHT_VPC,
      'redis-host': '10.0.0.7',
      'redis-tls': 'false',
      'way-out': 'ipv6',
      'api-key-source': 'llama-auth',
      'api-keys-table': 'auth',
    },
  },
};

// What the functions are told. crates/functions/src/lambda/config reads it; a test compares both.

const readSettings = require('./settings.cjs');

/** Every function. */
exports.everyone = async (context) => {
  const settings = await readSettings(context);
  const environment = {
    CONNECTIONS_TABLE: { Ref: 'ConnectionsTable' },
    API_KEYS_TABLE: settings.keysTable,
    WEBSOCKET_API_ENDPOINT: {
      'Fn::Sub': `https://\${WebsocketsApi}.execute-api.\${AWS::Region}.\${AWS::URLSuffix}/${settings.stage}`,
    },
    REDIS_HOST: settings.redisHost,
    REDIS_PORT: settings.redisPort,
    REDIS_TLS: settings.redisTls,
    AUTH_MODE: settings.authMode,
    LOG_LEVEL: settings.logLevel,
  };
  if (settings.redisSecret !== '') environment.REDIS_PASSWORD_SECRET = settings.redisSecret;
  if (settings.keySource !== 'own') environment.API_KEY_SOURCE = settings.keySource;
  if (settings.keyPermissions !== '') environment.API_KEY_PERMISSIONS = settings.keyPermissions;
  Object.assign(environment, settings.jwt);
  for (const [name, value] of Object.entries(settings.limits)) {
    if (value !== '') environment[name] = value;
  }
  // The other endpoints that are called from the subnets (execute-api, Secrets Manager) have IPv6
  // addresses under their usual names, DynamoDB is reached through the gateway endpoint; Lambda has
  // another name for both families.
  if (settings.ipv6) {
    environment.AWS_ENDPOINT_URL_LAMBDA = { 'Fn::Sub': 'https://lambda.${AWS::Region}.api.aws' };
  }
  return environment;
};

/** Functions that start a worker when none is live. They start one that serves every connection, so
 * where several workers share them only the schedules start any. */
exports.starter = async (context) => {
  const { workers, fanoutFunction } = await readSettings(context);
  return workers === 1 ? { FANOUT_FUNCTION_NAME: fanoutFunction } : {};
};

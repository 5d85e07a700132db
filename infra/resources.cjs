// Of which files this deployment consists.

const readSettings = require('./settings.cjs');

module.exports = async (context) => {
  const settings = await readSettings(context);
  const own = settings.network === 'own';
  const files = [
    'dynamodb.json',
    'queue.yml',
    'api.yml',
    'roles.cjs',
    'network/functions.yml',
    own && 'network/own.yml',
    own && `way-out/${settings.wayOut}.yml`,
    own && settings.wayOut === 'nat' && settings.natGateways === 2 && 'way-out/second-nat.yml',
    `redis/${settings.redis}.yml`,
    settings.redis === 'own' && settings.publisherSecurityGroup !== '' && 'redis/publisher.yml',
    settings.redis === 'brought' && settings.redisSecurityGroup !== '' && 'redis/ingress.yml',
    settings.domain !== '' && 'domain/websocket.yml',
    settings.domain !== '' && settings.zone !== '' && 'domain/websocket-dns.yml',
    settings.httpDomain !== '' && 'domain/http.yml',
    settings.httpDomain !== '' && settings.zone !== '' && 'domain/http-dns.yml',
    settings.accessLogs && 'access-logs.yml',
    'alarms.yml',
    'alarms.cjs',
    settings.redis === 'own' && 'redis/alarms.yml',
    settings.alarmEmail !== '' && 'alarm-topic.yml',
  ];
  return files.filter(Boolean).map((file) => `\${file(infra/${file})}`);
};

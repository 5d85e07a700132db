// Both APIs: routes, which function each leads to, replies, throttles, names.

import assert from 'node:assert/strict';
import test from 'node:test';

import { FUNCTIONS, template, templates, text } from './templates.mjs';

const TWO_WAY = ['subscribe', 'unsubscribe', 'subscriptions', 'filters', 'resume', 'stats'];
const ROUTES = {
  $connect: 'connect',
  $disconnect: 'disconnect',
  $default: 'message',
  ...Object.fromEntries(TWO_WAY.map((route) => [route, 'subscribe'])),
};
const HTTP_ROUTES = [
  'GET /health',
  'GET /stats',
  'GET /subscription-stats',
  'GET /subscriptions',
  'POST /broadcast',
  'POST /filters',
  'POST /subscribe',
  'POST /unsubscribe',
];

/** Route keys of an API, with the function that each leads to. */
function routesOf(template, api) {
  const routes = template.ofType('AWS::ApiGatewayV2::Route').filter(([, route]) => route.ApiId.Ref === api);
  return routes.map(([id, route]) => {
    const integration = template.properties(text(route.Target).match(/^integrations\/\$\{(\w+)\}$/)[1]);
    const id_of_function = text(integration.IntegrationUri).match(/\$\{(\w+LambdaFunction)\.Arn\}/)[1];
    const name = Object.keys(FUNCTIONS).find((one) => FUNCTIONS[one] === id_of_function);
    return { id, key: route.RouteKey, name, route, integration };
  });
}

for (const template of templates) {
  test(`${template.name}: WebSocket routes lead to their functions`, () => {
    const found = routesOf(template, 'WebsocketsApi');

    assert.deepEqual(Object.fromEntries(found.map(({ key, name }) => [key, name])), ROUTES);
    assert.equal(found.length, Object.keys(ROUTES).length);
    for (const { integration } of found) assert.equal(integration.IntegrationType, 'AWS_PROXY');
    assert.equal(template.properties('WebsocketsApi').RouteSelectionExpression, '$request.body.action');
  });

  test(`${template.name}: messages are answered on the same socket`, () => {
    for (const { id, key, route } of routesOf(template, 'WebsocketsApi')) {
      const responses = template
        .ofType('AWS::ApiGatewayV2::RouteResponse')
        .filter(([, response]) => response.RouteId.Ref === id);
      const two_way = key === '$default' || TWO_WAY.includes(key);

      assert.equal(route.RouteResponseSelectionExpression, two_way ? '$default' : undefined, key);
      assert.deepEqual(responses.map(([, response]) => response.RouteResponseKey), two_way ? ['$default'] : [], key);
    }
  });

  test(`${template.name}: HTTP routes lead to subscribe, in the format that it reads`, () => {
    const found = routesOf(template, 'HttpApi');

    assert.deepEqual(found.map(({ key }) => key).sort(), HTTP_ROUTES);
    for (const { name, integration } of found) {
      assert.deepEqual([name, integration.PayloadFormatVersion], ['subscribe', '2.0']);
    }
  });

  test(`${template.name}: every route has a throttle, and all leave most of the account to posts`, () => {
    const stage = template.properties('WebsocketsDeploymentStage');
    const rates = Object.keys(ROUTES).map(
      (key) => (stage.RouteSettings[key] ?? stage.DefaultRouteSettings).ThrottlingRateLimit,
    );

    for (const rate of rates) assert.ok(rate >= 1);
    assert.deepEqual(Object.keys(stage.RouteSettings).filter((key) => !(key in ROUTES)), []);
    assert.ok(template.properties('HttpApiStage').DefaultRouteSettings.ThrottlingRateLimit >= 1);
    // $disconnect has the default's rate and comes at most as often as $connect.
    const messages = stage.DefaultRouteSettings.ThrottlingRateLimit + stage.RouteSettings.$connect.ThrottlingRateLimit;
    assert.ok(messages <= 2_000, `${messages} a second`);
  });

  test(`${template.name}: the gateway is reached over the family of the way out`, () => {
    const ipv6 = template.param('way-out') === 'ipv6';

    assert.equal(template.properties('WebsocketsApi').IpAddressType, ipv6 ? 'dualstack' : 'ipv4');
    for (const name of Object.keys(FUNCTIONS)) {
      assert.equal(template.lambda(name).VpcConfig.Ipv6AllowedForDualStack, ipv6);
    }
  });

  test(`${template.name}: names of one's own are optional`, () => {
    const names = template.ofType('AWS::ApiGatewayV2::DomainName').map(([, domain]) => domain.DomainName);
    const mapped = template.ofType('AWS::ApiGatewayV2::ApiMapping').map(([, mapping]) => mapping.ApiId.Ref);
    const records = template.ofType('AWS::Route53::RecordSet').map(([, record]) => record.Name);
    const wanted = ['domain', 'http-domain'].filter((name) => template.params[name]);

    assert.deepEqual(names, wanted.map((name) => template.params[name]));
    assert.deepEqual(mapped, wanted.map((name) => (name === 'domain' ? 'WebsocketsApi' : 'HttpApi')));
    assert.deepEqual(records, template.params['hosted-zone-id'] ? names : []);
  });

  test(`${template.name}: nothing logs a query string`, () => {
    const format = template.properties('WebsocketsDeploymentStage').AccessLogSettings?.Format;

    assert.equal(Boolean(format), template.params['access-logs'] === 'true');
    assert.doesNotMatch(template.text, /\$context\.(authorizer|path|.*query)|DataTraceEnabled":\s*true/i);
  });
}

test('prod takes more than dev', () => {
  const rate = (name) => template(name).properties('WebsocketsDeploymentStage').DefaultRouteSettings.ThrottlingRateLimit;

  assert.ok(rate('prod') > rate('dev'));
});

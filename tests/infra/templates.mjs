// The packaged templates, and ways to look at them.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { variants } from './variants.mjs';

/** Where scripts/test-infra packaged the variants. */
export const DIRECTORY = process.env.INFRA_PACKAGES;

/** Each function's logical id and its name in serverless.yml. */
export const FUNCTIONS = {
  connect: 'ConnectLambdaFunction',
  disconnect: 'DisconnectLambdaFunction',
  message: 'MessageLambdaFunction',
  subscribe: 'SubscribeLambdaFunction',
  'event-fanout': 'EventDashfanoutLambdaFunction',
  'event-ingest': 'EventDashingestLambdaFunction',
};

/** One packaged template. */
export class Template {
  constructor(name) {
    this.name = name;
    this.path = join(DIRECTORY, name, '.serverless', 'cloudformation-template-update-stack.json');
    this.text = readFileSync(this.path, 'utf8');
    this.json = JSON.parse(this.text);
    Object.assign(this, variants[name]);
  }

  get resources() {
    return this.json.Resources;
  }

  /** The properties of a resource that must be there. */
  properties(id) {
    const resource = this.resources[id];
    if (!resource) throw new Error(`${this.name}: no ${id}`);
    return resource.Properties;
  }

  /** Logical ids and properties of a type. */
  ofType(type) {
    return Object.entries(this.resources)
      .filter(([, resource]) => resource.Type === type)
      .map(([id, resource]) => [id, resource.Properties ?? {}]);
  }

  lambda(name) {
    return this.properties(FUNCTIONS[name]);
  }

  environment(name) {
    return this.lambda(name).Environment.Variables;
  }

  /** The value of a parameter that is not in infra/stages.yml's defaults for this variant. */
  param(name, otherwise) {
    return this.params[name] ?? otherwise;
  }
}

export const templates = Object.keys(variants).map((name) => new Template(name));
export const template = (name) => templates.find((one) => one.name === name);

/** The table of API keys that a deployment reads: the stack's own, or the one that is named. */
export function keysTable(params) {
  const brought = params['api-keys-table'];
  if (!brought) return '${ApiKeysTable.Arn}';
  return `arn:\${AWS::Partition}:dynamodb:\${AWS::Region}:\${AWS::AccountId}:table/${brought}`;
}

/** CloudFormation's `Fn::Join`, `Fn::Sub`, `Ref` and `Fn::GetAtt` as one text. */
export function text(value) {
  if (typeof value === 'string') return value;
  if (value.Ref) return `\${${value.Ref}}`;
  if (value['Fn::GetAtt']) return `\${${[value['Fn::GetAtt']].flat().join('.')}}`;
  if (typeof value['Fn::Sub'] === 'string') return value['Fn::Sub'];
  if (value['Fn::Join']) return value['Fn::Join'][1].map(text).join(value['Fn::Join'][0]);
  throw new Error(`not a text: ${JSON.stringify(value)}`);
}

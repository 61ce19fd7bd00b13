import { Environment } from '@marcbachmann/cel-js';
import type { FieldType, PolicyContract, ValueType } from './contract.ts';

const CEL_TYPE: Readonly<Record<ValueType, string>> = {
  double: 'double',
  string: 'string',
  bool: 'bool',
  strings: 'list<string>',
};

/** A policy author's expression is short; these bounds keep a hostile one cheap. */
const LIMITS = { maxAstNodes: 400, maxDepth: 40, maxListElements: 200, maxMapEntries: 20, maxCallArguments: 8 };

const RESERVED = new Set(
  (
    'as break const continue else event false for function if import in let loop namespace null package return true ' +
    'var void while crossed crossed_below segment template size has type int uint double string bool bytes list map dyn'
  ).split(' '),
);

/** A name that expressions may use: lower case, digits, underscores, and no word of CEL. */
export function isUsableName(name: string): boolean {
  return /^[a-z][a-z0-9_]*$/.test(name) && !RESERVED.has(name);
}

/** Type-checking environments by what an expression may see. */
export interface Vocabulary {
  readonly contract: PolicyContract;
  readonly featureNames: ReadonlySet<string>;
  /** Features, attributes, and `event` with the fields of that type. */
  environment(eventType: string | undefined): Environment;
  /** The event's fields as plain names, for `where`. */
  filterEnvironment(eventType: string): Environment;
}

export function createVocabulary(contract: PolicyContract, featureNames: ReadonlySet<string>): Vocabulary {
  const base = emptyEnvironment();
  for (const name of featureNames) base.registerVariable(name, 'double');
  for (const [name, type] of Object.entries(contract.attributes)) base.registerVariable(name, CEL_TYPE[type]);
  const cache = new Map<string, Environment>();
  const cached = (key: string, make: () => Environment): Environment => {
    const environment = cache.get(key) ?? make();
    cache.set(key, environment);
    return environment;
  };
  return {
    contract,
    featureNames,
    environment: (eventType) =>
      cached(`event:${eventType ?? ''}`, () => {
        const environment = base.clone();
        const fields = eventType === undefined ? undefined : contract.events[eventType];
        return fields === undefined ? environment : environment.registerVariable('event', { schema: schemaOf(fields) });
      }),
    filterEnvironment: (eventType) =>
      cached(`filter:${eventType}`, () => {
        const environment = emptyEnvironment();
        const fields = Object.entries(contract.events[eventType] ?? {});
        for (const [name, { type }] of fields) environment.registerVariable(name, CEL_TYPE[type]);
        return environment;
      }),
  };
}

function emptyEnvironment(): Environment {
  const environment = new Environment({ limits: LIMITS });
  environment.registerOperator('int == double', (left: bigint, right: number) => Number(left) === right);
  // Declared for the type check; they are compiled to closures and never called through CEL.
  const never = (): boolean => false;
  for (const name of ['crossed', 'crossed_below']) {
    environment.registerFunction(`${name}(double, double): bool`, never);
    environment.registerFunction(`${name}(double, double, double): bool`, never);
  }
  return environment.registerFunction('segment(string): bool', never).registerFunction('template(string): bool', never);
}

function schemaOf(fields: Readonly<Record<string, FieldType>>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).map(([name, { type }]) => [name, CEL_TYPE[type]]));
}

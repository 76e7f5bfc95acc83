/** Keys of a service that concern its life: depends_on, restart, healthcheck, pull_policy. */
import type { Field } from './field.ts';
import {
  choiceOf,
  entriesOf,
  flagOf,
  integerOf,
  recordOf,
  refuse,
  refuseUnsupported,
  refuseValue,
  textOf,
  textsOf,
  displayText,
} from './field.ts';
import type { Dependency, Healthcheck, PullPolicy, ComposeRestartPolicy } from './project.ts';
import { durationOf } from './quantity.ts';

const conditions = ['service_started', 'service_healthy', 'service_completed_successfully'] as const;
const plainDependency: Dependency = { condition: 'service_started', required: true, restart: false };

/** A list of services, or a map of them to their condition. */
export function dependenciesOf(field: Field): ReadonlyMap<string, Dependency> {
  if (field.node.kind === 'list') return new Map(textsOf(field).map((service) => [service, plainDependency]));
  return new Map(entriesOf(field).map((entry) => [entry.key, dependencyOf(entry)]));
}

function dependencyOf(field: Field): Dependency {
  const record = recordOf(field, ['condition', 'required', 'restart'] as const);
  if (!record.condition) {
    const message = `the dependency on \`${field.key}\` has no \`condition\``;
    refuse(field, 'missing-key', message, `Add \`condition:\` with one of: ${conditions.join(', ')}`);
  }
  return {
    condition: (record.condition && choiceOf(record.condition, conditions)) ?? plainDependency.condition,
    required: (record.required && flagOf(record.required)) ?? true,
    restart: (record.restart && flagOf(record.restart)) ?? false,
  };
}

/** `no`, `always`, `unless-stopped`, `on-failure[:RETRIES]`. */
export function restartPolicyOf(field: Field): ComposeRestartPolicy | undefined {
  const text = textOf(field);
  switch (text) {
    case undefined:
      return undefined;
    case 'no':
    case 'always':
    case 'unless-stopped':
    case 'on-failure':
      return { policy: text };
  }
  const [, retries] = /^on-failure:(\d{1,9})$/.exec(text) ?? [];
  if (retries !== undefined) return { policy: 'on-failure', retries: Number(retries) };
  const remedy = 'Write "no", always, unless-stopped, on-failure or on-failure:RETRIES';
  return refuseValue(field, `${displayText(text)} is not a restart policy`, remedy);
}

/**
 * `if_not_present` is an older name of `missing`; intervals are unsupported, since no unit remembers its last check.
 */
export function pullPolicyOf(field: Field): PullPolicy | undefined {
  const text = textOf(field);
  switch (text) {
    case undefined:
      return undefined;
    case 'always':
    case 'build':
    case 'missing':
    case 'never':
      return text;
    case 'if_not_present':
      return 'missing';
  }
  if (/^(?:daily|weekly|every_.+)$/.test(text))
    return refuseUnsupported(
      field,
      `the pull policy \`${text}\``,
      'Write `always`, by which every start looks for a newer image',
    );
  return refuseValue(
    field,
    `${displayText(text)} is not a pull policy`,
    'Write one of: always, missing, never',
  );
}

const healthKeys = [
  'disable',
  'interval',
  'retries',
  'start_interval',
  'start_period',
  'test',
  'timeout',
] as const;

/** The test and its timing; `disable: true` and `test: ["NONE"]` disable the image's own. */
export function healthcheckOf(field: Field): Healthcheck {
  const record = recordOf(field, healthKeys);
  const test = record.test && testOf(record.test);
  if (test === 'none' || (record.disable && flagOf(record.disable))) return { disable: true };
  const interval = record.interval && durationOf(record.interval);
  const timeout = record.timeout && durationOf(record.timeout);
  const startPeriod = record.start_period && durationOf(record.start_period);
  const startInterval = record.start_interval && durationOf(record.start_interval);
  const retries = record.retries && integerOf(record.retries);
  return {
    disable: false,
    ...(test !== undefined && { test }),
    ...(interval !== undefined && { interval }),
    ...(timeout !== undefined && { timeout }),
    ...(startPeriod !== undefined && { startPeriod }),
    ...(startInterval !== undefined && { startInterval }),
    ...(retries !== undefined && { retries }),
  };
}

type HealthTest = NonNullable<Extract<Healthcheck, { disable: false }>['test']>;

function testOf(field: Field): HealthTest | 'none' | undefined {
  if (field.node.kind !== 'list') {
    const command = textOf(field);
    return command === undefined ? undefined : { form: 'shell', command };
  }
  const [form, ...argv] = textsOf(field);
  switch (form) {
    case undefined:
      return undefined;
    case 'NONE':
      return 'none';
    case 'CMD':
      if (argv.length > 0) return { form: 'exec', argv };
      return refuseValue(field, '`CMD` has no command', 'Write ["CMD", "program", "argument"]');
    case 'CMD-SHELL': {
      const [command, ...more] = argv;
      const remedy = 'Write ["CMD-SHELL", "the whole command line"]';
      if (command === undefined) return refuseValue(field, '`CMD-SHELL` has no command', remedy);
      if (more.length > 0) {
        const message = `\`CMD-SHELL\` runs \`${command}\` alone: the other words are arguments of the shell`;
        field.findings.add('warning', field.mark, field.path, 'health-test-cut', message, remedy);
      }
      return { form: 'shell', command };
    }
    default: {
      const message = `\`${form}\` is not a form of a health test`;
      return refuseValue(field, message, 'Begin the list with CMD, CMD-SHELL or NONE');
    }
  }
}

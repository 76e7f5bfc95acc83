/** Options of `docker run` whose values have another form in Compose than in docker. */
import { cutAt, holdsVariable, literal, readCsv, splitAt } from './compose-text.ts';
import { append, type ImportDraft, numberOr, putEntry, putPair, refuseValue, type Yaml } from './draft.ts';
import { absolutePath } from './mounts.ts';

/** `NAME=VALUE`; for a name alone docker takes the value from its own environment. */
export function takeEnvironment(draft: ImportDraft, value: string): void {
  const [name, ownValue] = cutAt(value, '=');
  const assignment = ownValue ?? draft.surroundings.assignments.get(name);
  putPair(draft, 'environment', 'env', assignment === undefined ? name : `${name}=${assignment}`, null);
  if (assignment === undefined) {
    draft.report(
      'note',
      'environment-of-host',
      `the value of ${name} is that which the environment has when the units are made`,
      `Set it then, or in .env, or write the value down: ${name}: …`,
    );
  }
}

/** docker reads the file literally: no quotes, no variables. */
export function takeEnvironmentFile(draft: ImportDraft, value: string): void {
  append(draft, 'env_file', { path: absolutePath(draft, value), format: 'raw' });
}

/**
 * The lines of the file as labels: Compose’s label_file would interpret quotes and variables, and docker
 * does not.
 */
export function takeLabelFile(draft: ImportDraft, value: string): void {
  const path = absolutePath(draft, value);
  const content = holdsVariable(path) ? undefined : draft.surroundings.readFile(path.replaceAll('$$', '$'));
  if (content === undefined) {
    draft.report(
      'error',
      'file-unreadable',
      `the file of labels ${path} cannot be read`,
      'Run this where the file is, or give its labels by --label',
    );
    return;
  }
  const lines = content.split(/\r?\n/).map((line) => line.replace(/^\s+/, ''));
  for (const line of lines) {
    if (line === '' || line.startsWith('#')) continue;
    putPair(draft, 'labels', 'label-file', literal(line));
  }
}

/** `[[IP:]HOST:]PORT[/PROTOCOL]`, or `published=80,target=80`. */
export function takePublished(draft: ImportDraft, value: string): void {
  if (!/^[\w-]+=/.test(value)) {
    append(draft, 'ports', value);
    return;
  }
  const names: Readonly<Record<string, string>> = {
    ...{ published: 'published', target: 'target', protocol: 'protocol', mode: 'mode' },
  };
  const port: Record<string, Yaml> = {};
  for (const field of readCsv(value) ?? []) {
    const [name, setting = ''] = cutAt(field, '=');
    const key = names[name];
    if (key === undefined) refuseValue(draft, 'publish', value, 'Write it as HOST:PORT');
    else port[key] = key === 'target' ? numberOr(setting) : setting;
  }
  append(draft, 'ports', port);
}

/** Compose holds the number in 32 bits: a value that it cannot hold exactly is reported. */
export function takeCpus(draft: ImportDraft, value: string): void {
  const cpus = Number(value);
  const plain = /^(?:\d+(?:\.\d*)?|\.\d+)$/.test(value);
  // 0 means none to docker.
  if (plain && cpus === 0) return;
  draft.keys.cpus = plain ? cpus : value;
  const nanoCpus = Math.round(cpus * 1e9);
  const composeNanoCpus = Math.trunc(Math.fround(Math.fround(cpus) * 1e9));
  if (plain && nanoCpus !== composeNanoCpus) {
    draft.report(
      'warning',
      'value-rounded',
      `--cpus ${value} becomes ${String(composeNanoCpus / 1e9)}: Compose holds it in 32 bits`,
      'Write fewer digits',
    );
  }
}

/** `PATH:VALUE` → an entry of a list under blkio_config. */
export function takeDeviceValue(
  draft: ImportDraft,
  list: string,
  name: 'rate' | 'weight',
  value: string,
): void {
  const [path, setting] = cutAt(value, ':');
  if (setting === undefined) {
    refuseValue(draft, list.replaceAll('_', '-'), value, 'Write it as /dev/NAME:VALUE');
    return;
  }
  const config = draft.keys.blkio_config as Readonly<Record<string, Yaml>> | undefined;
  const entries = (config?.[list] ?? []) as readonly Yaml[];
  putEntry(draft, 'blkio_config', list, [...entries, { path, [name]: numberOr(setting) }]);
}

/** An empty value means docker's default, like the absence of the option; so does 0, except as the command. */
export function takeHealth(draft: ImportDraft, name: string, value: string): void {
  const isZero = name !== 'test' && /^0(?:\.0*)?(?:ns|us|µs|ms|s|m|h)?$/.test(value);
  if (value === '' || isZero) return;
  putEntry(draft, 'healthcheck', name, name === 'retries' ? numberOr(value) : value);
}

export function takeLogging(draft: ImportDraft, value: string): void {
  const [name, setting = ''] = cutAt(value, '=');
  const logging = draft.keys.logging as Readonly<Record<string, Yaml>> | undefined;
  const options = (logging?.['options'] ?? {}) as Readonly<Record<string, Yaml>>;
  putEntry(draft, 'logging', 'options', { ...options, [name]: setting });
}

/** A seccomp profile is a file, which docker finds from the working directory of its caller. */
export function takeSecurityOption(draft: ImportDraft, value: string): void {
  const [, profile] = /^seccomp[=:](.*)$/s.exec(value) ?? [];
  const isBuiltIn = profile === undefined || profile === 'unconfined' || profile === 'builtin';
  append(draft, 'security_opt', isBuiltIn ? value : `seccomp=${absolutePath(draft, profile)}`);
}

export function takeStopTimeout(draft: ImportDraft, value: string): void {
  if (value !== '-1') {
    draft.keys.stop_grace_period = `${value}s`;
    return;
  }
  draft.report(
    'warning',
    'option-lost',
    '--stop-timeout -1 waits for ever, which Compose cannot say',
    'Write a long time in its place: stop_grace_period: 24h',
  );
}

/** `NAME=SOFT[:HARD]`. */
export function takeUlimit(draft: ImportDraft, value: string): void {
  const [name, limits] = cutAt(value, '=');
  const [soft = '', hard] = splitAt(limits ?? '', ':');
  if (limits === undefined || name === '')
    refuseValue(draft, 'ulimit', value, 'Write NAME=SOFT or NAME=SOFT:HARD');
  else
    putEntry(
      draft,
      'ulimits',
      name,
      hard === undefined ? numberOr(soft) : { soft: numberOr(soft), hard: numberOr(hard) },
    );
}

/** `all`, a number, or `driver=…,count=…,"device=0,1","capabilities=…"`; docker/cli, opts/gpus.go. */
export function takeGpus(draft: ImportDraft, value: string): void {
  if (value === 'all' && draft.keys.gpus === undefined) {
    draft.keys.gpus = 'all';
    return;
  }
  const request: Record<string, Yaml> = {};
  for (const field of readCsv(value) ?? []) {
    const [name, setting] = cutAt(field, '=');
    if (setting === undefined || name === 'count') request['count'] = numberOr(setting ?? name);
    else if (name === 'driver') request['driver'] = setting;
    else if (name === 'device') request['device_ids'] = splitAt(setting, ',');
    else if (name === 'capabilities')
      request['capabilities'] = ['gpu', ...splitAt(setting, ',').filter((one) => one !== 'gpu')];
    else if (name === 'options')
      request['options'] = Object.fromEntries(
        (readCsv(setting) ?? []).map((pair) => {
          const [option, setting = ''] = cutAt(pair, '=');
          return [option, setting];
        }),
      );
    else refuseValue(draft, 'gpus', value, `See docker run’s --gpus: it has no field ${name}`);
  }
  if (request['device_ids'] === undefined) request['count'] ??= 1;
  request['capabilities'] ??= ['gpu'];
  const before = draft.keys.gpus === 'all' ? [{ count: 'all', capabilities: ['gpu'] }] : draft.keys.gpus;
  draft.keys.gpus = [...(Array.isArray(before) ? (before as readonly Yaml[]) : []), request];
}

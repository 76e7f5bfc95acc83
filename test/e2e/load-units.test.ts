/**
 * The loader against systemd itself: the same unit files, drop-ins and links, and every value that both
 * make of them.
 */
import { basename } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Diagnostic } from '../../src/model/diagnostic.ts';
import { parseEnvironmentFile } from '../../src/supervisor/load/environment.ts';
import { expandArguments } from '../../src/supervisor/load/expand-arguments.ts';
import { directiveRule } from '../../src/supervisor/load/settings.ts';
import { isReserved } from '../../src/units/reserved-names.ts';
import { userDirectiveRule } from '../../src/units/user-directives.ts';
import {
  dropInText,
  environmentFileText,
  serviceText,
  timeSpan,
  variableArguments,
} from '../supervisor/load/unit-arbitrary.ts';
import { bundle } from './bundle.ts';
import { describeEachRoot } from './host-tier.ts';
import { differences, type LoadedUnitJson } from './loaded-unit-differences.ts';
import { unitProperties } from './systemd-unit-properties.ts';
import { bootHost, type Host } from './throwaway-host.ts';
import { systemdVersions } from './units-on-host.ts';

const directory = '/etc/systemd/system';
/** Set it to the seed that a failure names to run that one again. */
const seed = Number(process.env['DOCKUNIT_SEED'] ?? 20260);

interface Loaded {
  readonly units: readonly LoadedUnitJson[];
  readonly diagnostics: readonly Diagnostic[];
}

describeEachRoot('units as systemd loads them', (root) => {
  let host: Host;
  let program: Uint8Array;

  beforeAll(async () => {
    [host, program] = await Promise.all([
      bootHost({ root, init: 'systemd' }),
      bundle('load-units-program.ts'),
    ]);
    await host.writeFile('/tmp/load-units.mjs', program);
  });
  afterAll(() => host.down());

  /** Names with a leading `->` as text are links. */
  async function install(files: Readonly<Record<string, string>>): Promise<void> {
    const archive = pack();
    for (const [name, content] of Object.entries(files)) {
      const linkname = /^-> (.*)$/.exec(content)?.[1];
      if (linkname === undefined) archive.entry({ name }, content);
      else archive.entry({ name, type: 'symlink', linkname });
    }
    archive.finalize();
    const chunks: Uint8Array[] = [];
    for await (const chunk of archive) chunks.push(chunk as Uint8Array);
    await host.sh(`tar -x -C ${directory}; systemctl daemon-reload`, { input: Buffer.concat(chunks) });
  }

  async function load(names: readonly string[]): Promise<Loaded> {
    const run = 'cd / && exec node /tmp/load-units.mjs';
    return JSON.parse(await host.sh(run, { input: names.join('\n') })) as Loaded;
  }

  /** systemd forgets units that no one names, and with them what they say of others. */
  async function keepLoaded(names: readonly string[]): Promise<void> {
    await install({
      'keep.target': `[Unit]\nDefaultDependencies=no\nPropagatesReloadTo=${names.join(' ')}\n`,
    });
    await host.sh('systemctl start keep.target');
  }

  /** What the two disagree about, unit by unit. */
  async function compare(names: readonly string[]): Promise<readonly string[]> {
    const { units } = await load(names);
    await keepLoaded(names);
    const real = await unitProperties(host, names);
    const byName = new Map(units.map((unit) => [unit.config.name, unit]));
    const loaded = names.filter((name) => byName.get(name)?.config.loadState === 'loaded');
    expect(loaded.length, 'units that are compared in full').toBeGreaterThan(names.length / 2);
    return names.flatMap((name) => {
      const ours = byName.get(name);
      const theirs = real.get(name);
      if (ours === undefined || theirs === undefined) return [`${name}: not loaded`];
      return differences(ours, theirs, units).map((difference) => `${name}: ${difference}`);
    });
  }

  /** What that systemd does not know yet, or refuses where its successors do not. */
  function suited(text: string): string {
    if (systemdVersions[root] >= 254) return text;
    const known = text.replace(/^(RestartSteps|RestartMaxDelaySec|RestartMode)=.*$/gm, '');
    return known.includes('Type=oneshot') ? known.replace(/^RestartForceExitStatus=.*$/gm, '') : known;
  }

  it('gives every directive that systemd knows a fate', async () => {
    const library = `/usr/lib/x86_64-linux-gnu/systemd/libsystemd-core-${String(systemdVersions[root])}.so`;
    const text = await host.sh(`grep -aoE '(Unit|Service)\\.[A-Za-z0-9]+' ${library} | sort -u`);
    const names = text.split('\n').filter((name) => !/\.(service|target)$|^Unit\.(service|c|h)$/.test(name));
    expect(names.length).toBeGreaterThan(350);
    expect(
      names.filter((name) => directiveRule(...(name.split('.') as [string, string])) === undefined),
    ).toEqual([]);
    const items = await host.sh('/lib/systemd/systemd --dump-configuration-items');
    const section = items.split(/^\[/m).find((text) => text.startsWith('Service]')) ?? '';
    const ofServices = section.match(/^\w+(?==)/gm) ?? [];
    expect(ofServices.length).toBeGreaterThan(200);
    expect(ofServices.filter((name) => userDirectiveRule(name, '') === undefined)).toEqual([]);
  });

  it('has no unit of its base system that one of a project could replace', async () => {
    const packages = `dpkg-query --show --showformat '\${Priority} \${Package}\\n' | awk '$1 ~ /required|important|standard/ { print $2 }'`;
    const files = await host.sh(
      `dpkg --listfiles $(${packages}) systemd docker.io | grep -oE '/lib/systemd/system/[^/]+[.](service|target)$'`,
    );
    const names = files.split('\n').map((path) => basename(path));
    expect(names.length).toBeGreaterThan(100);
    expect(names.filter((name) => !isReserved(name))).toEqual([]);
  });

  it('agrees about random units', async () => {
    const texts = fc.sample(serviceText, { seed, numRuns: 300 });
    const files = Object.fromEntries(
      texts.map((text, index) => [`rnd-${String(index)}.service`, suited(text)]),
    );
    await install(files);
    const found = await compare(Object.keys(files));
    expect(found.slice(0, 40), `seed ${String(seed)}`).toEqual([]);
  });

  it('agrees about random drop-ins', async () => {
    const texts = fc.sample(fc.tuple(dropInText, dropInText, dropInText), { seed, numRuns: 100 });
    const units = texts.map((_, index) => `drop-in-${String(index)}@x.service`);
    const files = texts.flatMap(([first, second, third], index) => {
      const stem = `drop-in-${String(index)}`;
      return [
        [`${stem}@.service`, '[Service]\nType=exec\nExecStart=/bin/true %i\n'],
        [`${stem}@.service.d/20-second.conf`, suited(second)],
        [`${stem}@x.service.d/10-first.conf`, suited(first)],
        [`${stem}@x.service.d/30-third.conf`, suited(third)],
        [`${stem}@.service.d/30-third.conf`, '[Service]\nType=hidden by the instance\n'],
      ];
    });
    await install(Object.fromEntries(files) as Record<string, string>);
    expect((await compare(units)).slice(0, 40), `seed ${String(seed)}`).toEqual([]);
  });

  it('agrees about random time spans', async () => {
    const spans = fc.sample(fc.tuple(timeSpan, timeSpan, timeSpan), { seed, numRuns: 300 });
    const files = Object.fromEntries(
      spans.map(([limit, most, restart], index) => [
        `span-${String(index)}.service`,
        `[Unit]\nStartLimitIntervalSec=${limit}\n[Service]\nExecStart=/bin/true\nRuntimeMaxSec=${most}\nRestartSec=${restart}\n`,
      ]),
    );
    await install(files);
    expect((await compare(Object.keys(files))).slice(0, 40), `seed ${String(seed)}`).toEqual([]);
  });

  it('runs commands with the arguments and variables that systemd runs them with', async () => {
    // Before 254 a comment went on in the next line where it ended in a backslash.
    const comments = systemdVersions[root] >= 254 ? /(?!)/g : /[#;]/g;
    const texts = environmentFileText.map((text) => text.replaceAll(comments, 'x'));
    const cases = fc.sample(fc.tuple(texts, variableArguments), { seed, numRuns: 150 });
    const show = `#!/bin/sh\nout=$1; shift\n[ $# = 0 ] || printf '%s\\0' "$@" >"$out.argv"\nenv -0 >"$out.env"\n`;
    await host.writeFile('/usr/local/bin/show', show, 0o755);
    const files = cases.flatMap(([text, words], index) => {
      const stem = `run-${String(index)}`;
      const command = `/usr/local/bin/show /tmp/${stem} ${words}`;
      return [
        [`${stem}.env`, text],
        [`${stem}.service`, `[Service]\nType=oneshot\nEnvironmentFile=%Y/%N.env\nExecStart=${command}\n`],
      ];
    });
    await install(Object.fromEntries(files) as Record<string, string>);
    const names = cases.map((_, index) => `run-${String(index)}.service`);
    await host.exec(['systemctl', 'start', ...names]);
    const { units } = await load(names);
    const byName = new Map(units.map((unit) => [unit.config.name, unit]));
    const seen = await Promise.all(
      ['argv', 'env'].map((kind) =>
        host.sh(
          `cd /tmp; for i in $(seq 0 149); do [ ! -e run-$i.${kind} ] || base64 -w0 run-$i.${kind}; echo; done`,
        ),
      ),
    );
    const [argvs = [], environments = []] = seen.map((text) => text.split('\n').map(splitAtNul));
    expect(argvs.filter((words) => words.length > 0).length).toBeGreaterThan(cases.length / 2);
    const found = cases.flatMap(([text, words], index) => {
      const unit = byName.get(`run-${String(index)}.service`);
      const [command] = unit?.config.service?.commands['start'] ?? [];
      if (unit?.config.loadState !== 'loaded' || command === undefined) return [];
      const { variables } = parseEnvironmentFile(text);
      const expected = [
        expandArguments(command, variables).argv.slice(2),
        [...variables].map((pair) => pair.join('=')).sort(),
      ];
      const actual = [argvs[index], environments[index]?.filter((entry) => entry.startsWith('V')).sort()];
      return isDeepStrictEqual(actual, expected) ? [] : [{ text, words, expected, actual }];
    });
    expect(found.slice(0, 5), `${String(found.length)} of seed ${String(seed)}`).toEqual([]);
  });

  it('finds files, drop-ins, links, aliases and masks where systemd finds them', async () => {
    const plain = '[Service]\nExecStart=/bin/true\n';
    const conf = (text: string): string => `[Unit]\nDescription=${text}\n`;
    await install({
      'hand-a-b.service': plain,
      'hand-a-b.service.d/50-x.conf': conf('own'),
      'hand-a-.service.d/60-x.conf': '[Service]\nEnvironment=FROM=a-\n',
      'hand-.service.d/50-x.conf': conf('hidden'),
      'hand-.service.d/70-x.conf': '[Service]\nEnvironment=MORE=hand-\n',
      'service.d/10-all.conf': '[Service]\nEnvironment=ALL=1 FROM=service\n',
      'hand-a-b.service.wants/hand-w.service': '-> ../hand-w.service',
      'hand-a-b.service.requires/hand-t@1.service': '-> ../hand-t@.service',
      'hand-w.service': plain,
      'hand-t@.service': `${plain}[Unit]\nAfter=hand-u@.service\nDescription=%n %N %p %P %i %I %j %J %f %u %U %h %H %l %t %S %C %L %E %T %V %m %b %s %g %G %o %w %W %A %B %M %a %v %q %Y %y %d\n`,
      'hand-u@.service': plain,
      'hand-alias.service': '-> hand-w.service',
      'hand-alias.service.d/50-y.conf': '[Service]\nEnvironment=ALIAS=1\n',
      'hand-t@two.service': '-> hand-u@.service',
      'hand-masked.service': '-> /dev/null',
      'hand-empty.service': '',
      'hand-unmasked.service': plain,
      'hand-unmasked.service.d/50-x.conf': '-> /dev/null',
      'hand.target': '[Unit]\nWants=hand-w.service hand-late.service hand-alone.service hand-a-b.service\n',
      'hand-late.service': `[Unit]\nAfter=hand.target\n${plain}`,
      'hand-alone.service': `[Unit]\nDefaultDependencies=no\n${plain}`,
      'hand-dependent.service': `[Unit]\nRequires=hand-alias.service\nAfter=hand-alias.service hand-t@two.service\nStopPropagatedFrom=hand-w.service\n${plain}`,
      'hand-oneshot.service':
        '[Service]\nType=oneshot\nExecStart=/bin/true\nExecStart=/bin/false ; /bin/true\n',
      'hand-always.service': '[Service]\nType=oneshot\nRestart=always\nExecStart=/bin/true\n',
      'hand-two.service': '[Service]\nExecStart=/bin/true\nExecStart=/bin/true\n',
      'hand-stop.service': '[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStop=/bin/true\n',
      'hand-none.service': '[Service]\nType=oneshot\nRemainAfterExit=yes\n',
      'hand-bare.service': '[Unit]\nDescription=bare\n',
    });
    const names = [
      ...['a-b', 'w', 't@1', 't@a-b', 'u@two', 'masked', 'empty', 'unmasked', 'late', 'alone', 'dependent'],
      ...['oneshot', 'always', 'two', 'stop', 'none', 'bare', 'nowhere'],
    ].map((stem) => `hand-${stem}.service`);
    expect(await compare([...names, 'hand.target'])).toEqual([]);
  });
});

/** What was written with a NUL after each piece. */
function splitAtNul(base64: string): readonly string[] {
  return Buffer.from(base64, 'base64').toString().split('\0').slice(0, -1);
}

/** What there is on a host of the projects, by one script of the shell, and whether that may be. */
import type { Host } from '../e2e/throwaway-host.ts';
import type { Container } from './verbs.ts';

interface FoundContainer {
  readonly name: string;
  /** Which container, and which run of it. */
  readonly run: string;
  readonly status: string;
  readonly unit: string;
  /** Whether that unit has a file. */
  readonly unitIsThere: boolean;
  /** What it runs: image, arguments, environment. */
  readonly what: string;
}

export interface Facts {
  /** Units, what lies beside them and links of `enable`: path, mode, and digest or target; a line each. */
  readonly files: string;
  /** What no verb may leave behind. */
  readonly leftovers: readonly string[];
  readonly containers: readonly FoundContainer[];
  readonly networks: string;
  /** When the volume was made, and the marker in it. */
  readonly volume: string;
  /** Digests of the files of the last two states in the history, oldest first; then of the installed files. */
  readonly history: readonly string[];
  /** Tags of images that dockunit keeps for the project, which has no history. */
  readonly keptTags: readonly string[];
}

const script = String.raw`
section() { printf '\n== %s\n' "$1"; }
there=
for place in /etc/systemd/system /etc/systemd/system-generators /var/lib/dockunit /run/dockunit /var/cache/dockunit /etc/dockunit /srv; do
  [ ! -d $place ] || there="$there $place"
done
section files
{ find $there -type f \( -path '/etc/systemd/*shop*' -o -path '/etc/systemd/system-generators/*' \) ! -name '.*' -printf '%m ' -exec md5sum {} \;
  find $there -type l -path '/etc/systemd/*shop*' -printf 'link %l %p\n'
  [ ! -d /var/lib/dockunit/applied/shop ] || echo 'kept states of shop'
  find /etc/rc.local -printf '%m ' -exec md5sum {} \; 2>/dev/null
} | sort -k 3
section leftovers
find $there -mindepth 1 \( -name '.*' -o -name pending -o -name trial -o -name 'claim.*' -o -name dockunit-finish-apply.service -o -name '*.tmp' -o -name '*.new' \)
section containers
ids=$(docker ps -aq --no-trunc --filter label=dockunit.unit)
[ -z "$ids" ] || docker inspect --format '{{index .Config.Labels "dockunit.unit"}}|{{.Name}}|{{.Id}} {{.State.StartedAt}}|{{.State.Status}}|{{.Image}} {{json .Args}} {{json .Config.Env}}' $ids 2>/dev/null | while IFS='|' read -r unit rest; do
  [ -e "/etc/systemd/system/$unit" ] && echo "$unit|yes|$rest" || echo "$unit|no|$rest"
done
section networks
docker network ls --filter label=dockunit.project --format '{{.Name}}' | sort
section history
for state in $(ls -d /var/lib/dockunit/applied/shop/[0-9]* 2>/dev/null | sort -V | tail -n 2 | sed 's:$:/files:') /etc/systemd/system; do
  cd $state; find . -maxdepth 1 -type f -name 'shop*' -exec md5sum {} + | sort | md5sum
done
section tags
[ -e /var/lib/dockunit/applied/shop ] || docker images --format '{{.Repository}}:{{.Tag}}' 'dockunit-keep:shop.*'
section volume
docker volume inspect --format '{{.CreatedAt}}' shop_data; cat /var/lib/docker/volumes/shop_data/_data/marker
`;

export async function lookAt(host: Host): Promise<Facts> {
  const output = await host.sh(script);
  const section = (name: string): string =>
    new RegExp(`\n== ${name}\n([^]*?)(?=\n== |$)`).exec(`\n${output}\n`)?.[1]?.trim() ?? '';
  const lines = (name: string): readonly string[] =>
    section(name)
      .split('\n')
      .filter((line) => line !== '');
  return {
    files: section('files'),
    leftovers: lines('leftovers'),
    containers: lines('containers').map(readContainer),
    networks: section('networks'),
    volume: section('volume'),
    history: lines('history'),
    keptTags: lines('tags'),
  };
}

function readContainer(line: string): FoundContainer {
  const [unit = '', isThere, name = '', run = '', status = '', ...what] = line.split('|');
  return {
    name: name.replace('/', ''),
    run,
    status,
    unit,
    unitIsThere: isThere === 'yes',
    what: what.join('|'),
  };
}

/** What runs, as it may be compared with what ran at another time. */
export function runningAs({ containers, networks }: Facts): string {
  return [...containers.map(({ name, status, what }) => `${name} ${status} ${what}`).sort(), networks].join(
    '\n',
  );
}

/** Units and what lies beside them, without the links of `enable`, which are made after them. */
export function unitFiles({ files }: Facts): string {
  return files
    .split('\n')
    .filter((line) => !/^(link|kept) /.test(line))
    .join('\n');
}

/** What holds at every moment, whatever befell: what is wrong, one line each. */
export function wrongAtAnyTime(before: Facts, now: Facts, keeps: readonly Container[]): readonly string[] {
  const running = now.containers.filter(({ status }) => status === 'running').map(({ unit }) => unit);
  const twice = running.filter((unit, index) => running.indexOf(unit) < index);
  const runOf = ({ containers }: Facts, wanted: string): string | undefined =>
    containers.find(({ name, status }) => name === wanted && status === 'running')?.run;
  return [
    ...twice.map((unit) => `runs twice: ${unit}`),
    ...(now.volume === before.volume ? [] : [`the volume was ${before.volume} and is ${now.volume}`]),
    ...keeps
      .filter((name) => runOf(before, name) !== undefined && runOf(before, name) !== runOf(now, name))
      .map((name) => `did not run on: ${name}`),
  ];
}

/** The history has each state that was, once, and ends with the installed one. */
export function wrongHistory({ history }: Facts): readonly string[] {
  const states = history.slice(0, -1);
  const installed = history.at(-1);
  if (states.length === 0) return installed === emptyDigest ? [] : ['the history lacks the installed state'];
  return [
    ...(states.at(-1) === installed ? [] : ['the history ends with a state that is not installed']),
    ...(states.length > 1 && states[0] === states[1] ? ['the history has a state twice'] : []),
  ];
}

/** Of md5sum for no input. */
const emptyDigest = 'd41d8cd98f00b204e9800998ecf8427e  -';

/** What must be gone once the host is repaired. */
export function leftBehind({ leftovers, containers, keptTags }: Facts): readonly string[] {
  return [
    ...leftovers.map((path) => `left behind: ${path}`),
    ...keptTags.map((tag) => `left behind: the image ${tag}`),
    ...containers
      .filter(({ unitIsThere }) => !unitIsThere)
      .map(({ name, unit }) => `${name} runs without ${unit}`),
  ];
}

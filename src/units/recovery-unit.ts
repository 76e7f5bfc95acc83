/**
 * The unit that finishes, at the next boot and before any of dockunit's units, what an apply had begun when the power
 * failed: plain sh, since Node may not be available that early. It exists only while files are being replaced.
 */
import { exec, mountsFor, names, text, word } from './directives.ts';
import type { Section } from './unit-set.ts';

export const finishUnit = 'dockunit-finish-apply.service';

/**
 * A file of the runtime directory that exists during a trial of units, and disappears at a boot: during the trial,
 * starting any unit also starts the wants of sysinit.target, and this unit is for the next boot.
 */
export const trialMarker = 'trial';

/** Units that start too early to depend on a manager's ordinary units; systemd.special(7). */
export const wantedBy = { system: 'sysinit.target', user: 'basic.target' } as const;

/**
 * $0 the state directory, $1 the unit's own name, then options of systemctl. The record is in a directory below the
 * state directory to which no other user can write (host/machine/own-directory.ts says why). A rename replaces each file, and
 * the marker goes last, so that another power cut only repeats the whole.
 */
const script =
  'state=$0 unit=$1; shift; [ -e "$state/pending" ] || exit 0; ' +
  'record=$(cat "$state/pending"); ' +
  'case $record in */../*) record= ;; "$state"/applied/*/*) ;; *) record= ;; esac; ' +
  // The state has not moved to its place in the history, so that no file has changed.
  'if [ -n "$record" ] && [ ! -e "$record" ]; then rm -f "$state/pending"; exit; fi; ' +
  '[ -n "$record" ] && [ -z "$(find "$state" "$state/pending" "$state/applied" "${record%/*}" "$record" -prune ' +
  '! -type l \\( ! -user "$(id -u)" -o -perm -020 -o -perm -002 \\) 2>&1)" ] || ' +
  '{ echo "cannot trust $state: others than user $(id -u) may write to it; look at: ls -lR $state" >&2; exit 1; }; ' +
  'to=$(cat "$record/directory") || exit; ' +
  'for file in "$record"/files/*; do [ -e "$file" ] || continue; ' +
  'cp -p "$file" "$to/.dockunit-finish.tmp" && mv -f "$to/.dockunit-finish.tmp" "$to/${file##*/}" || exit; done; ' +
  'while read -r name; do rm -f "$to/$name" || exit; done <"$record/remove"; ' +
  'sync; rm -f "$state/pending" "$to"/*.target.wants/"$unit" "$to/$unit"; ' +
  'case $record in */.back) said="a change of units was interrupted and is rolled back";; ' +
  '*) said="a change of units was interrupted while it replaced files; dockunit has finished it";; esac; ' +
  'echo "$said ($record)"; systemctl "$@" daemon-reload; ' +
  'while read -r target; do systemctl "$@" enable --quiet "$target"; systemctl "$@" --no-block start "$target"; ' +
  'done <"$record/start"; : >"$record/start"';

/** @param state the directory of the marker, @param directory that of the units; both absolute */
export function finishSections(
  scope: 'system' | 'user',
  state: string,
  directory: string,
): readonly Section[] {
  const before = wantedBy[scope];
  return [
    {
      name: 'Unit',
      directives: [
        text('Description', 'dockunit: finish replacing unit files that a power cut interrupted'),
        word('DefaultDependencies', 'no'),
        ...names('After', scope === 'system' ? ['local-fs.target'] : []),
        ...names('Before', [before]),
        ...mountsFor([state, directory]),
        word('ConditionPathExists', `!%t/dockunit/${trialMarker}`),
      ],
    },
    {
      name: 'Service',
      directives: [
        word('Type', 'oneshot'),
        exec('ExecStart', {
          ignoreFailure: false,
          argv: ['/bin/sh', '-c', script, state, finishUnit, ...(scope === 'user' ? ['--user'] : [])],
        }),
      ],
    },
  ];
}

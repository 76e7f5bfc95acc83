/**
 * The script that the units of a project run: one file beside them (run.sh), called by verb. Varying values are
 * arguments, so that no value from a specification is ever quoted for a shell.
 */
import text from './run.sh?raw';
import type { Project } from '../compose/project.ts';
import { besideUnit } from './environment.ts';
import { fingerprint } from './fingerprint.ts';
import { targetUnit } from './names.ts';
import type { Argument, AttachedFile, Command, Target } from './unit-set.ts';

/** The verbs of run.sh, each with the fingerprints of the inline scripts that units of older versions have for it. */
const verbs = {
  clean: ['60cefcb26fc95fc4'],
  create: ['4a12d8d70fc7eaaa'],
  'create-in-slice': ['ed8936fa835144a7', '7ee1aa9fa3e72083'],
  'await-running': ['37d38a2baf5e1c0f'],
  run: ['b844ad3d25226c7d'],
  'pre-stop': ['4652e1a3276896ef'],
  'copy-files': ['86a16ffc12ea66ce'],
  pull: ['66f82638a7cabf5c', 'abe554829e758967'],
  'pull-or-build': ['af9af6e76d9a418c', 'f998b8b8cdc43a63'],
  'pull-missing': ['5d5daba2ec3e1eaf'],
  'pull-missing-or-build': ['2798e19bd43717e2'],
  build: ['f2d749dee2927b70'],
  'build-missing': ['3a6825cf5e2f5c49'],
  network: ['38970750c8888118'],
  volume: ['eb90b81846fcf9b9'],
  'await-healthy': ['1e0db65a8a54cac7'],
  'await-completed': ['8f9122048afbc6e1'],
  'watch-health': ['ba59dd75ac63d05a'],
} as const satisfies Record<string, readonly string[]>;

export type RunVerb = keyof typeof verbs;

const inlineVerbs: ReadonlyMap<string, RunVerb> = new Map(
  (Object.keys(verbs) as RunVerb[]).flatMap((verb) =>
    verbs[verb].map((print): [string, RunVerb] => [print, verb]),
  ),
);

/** The script; it is the same for every project. */
export const runScriptText: string = text;

const suffix = '-run.sh';

/** The name of a project's script: `shop-run.sh` beside `shop.target`. */
export function runScriptName(target: string): string {
  return `${target.replace(/\.target$/, '')}${suffix}`;
}

/** The path of the project's script, as its units call it. */
export function runScript(project: Project, target: Target): Argument {
  return besideUnit(target, runScriptName(targetUnit(project)));
}

/** The script as a file of the unit set; the target of the project owns it. */
export function runScriptFile(project: Project): AttachedFile {
  const unit = targetUnit(project);
  return { name: runScriptName(unit), mode: 0o644, content: runScriptText, unit, outline: [] };
}

/** `/bin/sh SCRIPT VERB PARAMETERS…` as a command. @param script from runScript */
export function runCommand(
  script: Argument,
  verb: RunVerb,
  parameters: readonly Argument[],
  options: { readonly ignoreFailure?: boolean } = {},
): Command {
  return { ignoreFailure: options.ignoreFailure ?? false, argv: ['/bin/sh', script, verb, ...parameters] };
}

/**
 * Which verb a command runs, if any: the supervisor does it without a shell, and `status` distinguishes gates by it. The
 * parameters begin at argv[3], in the inline scripts of older units too.
 */
export function verbOf({ argv }: Command): RunVerb | undefined {
  const [shell, script, verb] = argv;
  if (shell !== '/bin/sh' || script === undefined || typeof verb !== 'string') return undefined;
  if (script === '-c') return inlineVerbs.get(fingerprint([verb]));
  const path = typeof script === 'string' ? script : script.at(-1);
  const isRunScript = typeof path === 'string' && path.endsWith(suffix);
  return isRunScript && Object.hasOwn(verbs, verb) ? (verb as RunVerb) : undefined;
}

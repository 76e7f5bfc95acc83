/** The type of a verb in the table of verbs, and the options that several verbs share. */
import type { Context, ExitCode } from './context.ts';

export interface OptionSpec {
  /** As commander reads them: `-o, --output <dir>`. */
  readonly flags: string;
  readonly what: string;
  readonly choices?: readonly string[];
  readonly parse?: 'list' | keyof typeof readings;
}

/**
 * Converts the text of an option into a number, on the command line and in dockunit.ini; undefined for an
 * invalid text.
 */
export const readings = {
  number: {
    wants: 'a whole number, such as 100',
    read: (text) => (/^\d{1,9}$/.test(text) ? Number(text) : undefined),
  },
  /** As programs and packages write their versions, `5:26.1.4-1~debian.12`; only the major version counts. */
  version: {
    wants: 'a version, such as 26, 26.1.5 or 257.9-1~deb13u1',
    read: (text) => {
      const major = /^(?:\d+:)?v?(\d{1,4})(?:[.~+-][\w.~+-]*\w)?$/.exec(text)?.[1];
      return major === undefined ? undefined : Number(major);
    },
  },
} as const satisfies Record<string, OptionReading>;

interface OptionReading {
  readonly wants: string;
  read(text: string): number | undefined;
}

export interface VerbSpec {
  readonly summary: string;
  /**
   * The arguments of the verb beside its options: services, any number; keys or services; a shell; a
   * path; a command with its own options; a project; the number of a kept state.
   */
  readonly takes: 'services' | 'topics' | 'shell' | 'path' | 'command' | 'project' | 'state' | 'nothing';
  readonly options: readonly OptionSpec[];
  /**
   * Whether it changes the host, and is audited: never, always, or with one of these options only, by the
   * names of their values. With --dry-run never.
   */
  readonly changes: 'never' | 'always' | { readonly with: readonly string[] };
  /** The effect of --host: the verb works on that machine; or the reason why it cannot, and the remedy. */
  readonly remote: 'there' | { readonly refusal: string; readonly remedy: string };
  /** Command line → its effect. */
  readonly examples: readonly (readonly [string, string])[];
  /** For other programs than a shell: without help, completion, manual and defaults of dockunit.ini. */
  readonly internal?: true;
}

/** `options` is the object that commander made from the verb's own and the global OptionSpecs. */
export interface Verb {
  run(context: Context, options: never, names: readonly string[]): Promise<ExitCode>;
}

/** The location of the specification; for the verbs that read one. */
export const specification: readonly OptionSpec[] = [
  { flags: '-f, --file <path>', what: 'Compose file; repeat to merge files, later ones win', parse: 'list' },
  { flags: '-p, --project-name <name>', what: 'name of the project instead of the file’s or directory’s' },
  { flags: '--project-directory <dir>', what: 'directory that relative paths start from' },
  { flags: '--env-file <path>', what: 'file of variables instead of .env; repeatable', parse: 'list' },
  {
    flags: '--profile <name>',
    what: 'profile whose services take part, as do those of services that are named; repeatable, * is all',
    parse: 'list',
  },
  {
    flags: '--untrusted',
    what: 'the files are a stranger’s: read none outside the project directory',
  },
];

export const target: readonly OptionSpec[] = [
  {
    flags: '--systemd-version <version>',
    what: 'write for this systemd instead of the one here',
    parse: 'version',
  },
  {
    flags: '--docker-version <version>',
    what: 'write for this Docker instead of the one here',
    parse: 'version',
  },
];

export const scope: readonly OptionSpec[] = [
  { flags: '--user', what: 'the calling user’s manager instead of the system’s' },
];
/** The input, target and scope of a compilation; for the verbs that make units from a specification. */
export const compilation: readonly OptionSpec[] = [...specification, ...target, ...scope];
export const managerOption: OptionSpec = {
  flags: '--manager <which>',
  what: 'what runs the units',
  choices: ['systemd', 'supervisor'],
};
export const manager: readonly OptionSpec[] = [
  ...scope,
  { flags: '-p, --project-name <name>', what: 'names are those of this project, where several have them' },
  managerOption,
];
export const json: readonly OptionSpec[] = [{ flags: '--json', what: 'print JSON' }];
export const lockedOption: OptionSpec = {
  flags: '--locked',
  what: 'run the images that dockunit.lock names, which dockunit update writes beside the Compose file',
};
export const unpin: OptionSpec = {
  flags: '--unpin',
  what: 'keep no image that dockunit update pinned: run those that the Compose file names',
};
export const now: OptionSpec = { flags: '--now', what: 'start or stop them at once as well' };
export const dryRun: OptionSpec = { flags: '--dry-run', what: 'show what would change, without changing it' };
export const noBlock: OptionSpec = { flags: '--no-block', what: 'queue the jobs and return' };
/** Accepted by every verb that can work on another machine; the others say why they cannot. */
export const host: OptionSpec = {
  flags: '--host <user@machine>',
  what: 'work on that machine, over ssh; repeat for several, in turn',
  parse: 'list',
};

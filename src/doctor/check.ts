/** The type of a check of `doctor`, and the names of all checks. Pure. */
import type { Severity } from '../model/diagnostic.ts';
import type { HostFacts, Unknown } from './facts.ts';

/** In the order of the report: first the checks that all others depend on, last those of little weight. */
export const checkNames = [
  'docker-client',
  'docker-engine',
  'docker-host',
  'docker-at-boot',
  'live-restore',
  'cgroups',
  'manager',
  'systemd-version',
  'two-managers',
  'lingering',
  'boot-hook',
  'generator',
  'supervisor-journal',
  'shadowed-units',
  'masked-units',
  'missing-units',
  'newer-directives',
  'edited-units',
  'drop-ins',
  'daemon-reload',
  'failed-units',
  'orphans',
  'networks-and-volumes',
  'containers-in-the-way',
  'restart-policies',
  'images',
  'ports',
  'disk-space',
  'clock',
] as const;
export type CheckName = (typeof checkNames)[number];

export interface CheckFinding {
  readonly severity: Severity;
  /** The unit, container, file or image it is about. */
  readonly about?: string;
  /** One sentence, no trailing full stop. */
  readonly message: string;
  /** One imperative sentence, no trailing full stop. */
  readonly remedy: string;
}

/** [] where all is well, or where the check is about another kind of host; Unknown where its facts are unknown. */
export type Check = (facts: HostFacts) => readonly CheckFinding[] | Unknown;

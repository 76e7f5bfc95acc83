/** Checks of the states of units that their manager reports. Pure. */
import { commandHint } from '../run/command-hint.ts';
import { shortName } from '../session/installed-units.ts';
import type { InstalledUnit } from '../session/installed-units.ts';
import type { FailureCause } from '../status/causes/cause.ts';
import { reasonOf } from '../status/failure-reason.ts';
import type { Check, CheckName, CheckFinding } from './check.ts';
import type { HostFacts } from './facts.ts';
import { isUnknown } from './facts.ts';
import { enabledServices, healthOf, requiredBy } from './services.ts';

/** Masked units of dockunit, or masked units that dockunit's units name; systemctl(1), mask. */
const checkMasked: Check = ({ manager: { states, dockerUnits }, scope, units: { installedUnits } }) => {
  if (isUnknown(states)) return states;
  const docker = isUnknown(dockerUnits) || installedUnits.length === 0 ? [] : [...dockerUnits.values()];
  const maskedNames = new Set(
    [...states.values(), ...docker].filter(({ loadState }) => loadState === 'masked').map(({ name }) => name),
  );
  return [...maskedNames].map((name) => {
    const by = requiredBy(name, installedUnits);
    const forAll = name === 'docker.service' || name === 'docker.socket';
    return {
      severity: by.length > 0 || forAll ? 'error' : 'warning',
      about: name,
      message: `It is masked, so that nothing can start it${by.length > 0 ? `, and ${by.join(', ')} ${by.length > 1 ? 'require' : 'requires'} it` : ''}`,
      remedy: `Take the mask away: systemctl ${scope === 'user' && !forAll ? '--user ' : ''}unmask ${name}`,
    };
  });
};

const checkMissing: Check = ({ manager: { states, kind }, units: { installedUnits } }) => {
  if (isUnknown(states)) return states;
  const missing = [...states.values()].filter(({ loadState }) => loadState === 'not-found');
  return missing.flatMap(({ name }): readonly CheckFinding[] => {
    const by = requiredBy(name, installedUnits);
    if (by.length === 0) return [];
    const isDocker = name === 'docker.service';
    if (isDocker && kind === 'supervisor') return [];
    return [
      {
        severity: 'error',
        about: name,
        message: `${by.join(', ')} ${by.length > 1 ? 'require' : 'requires'} it, and there is no such unit`,
        remedy: isDocker
          ? 'Install docker with its units: apt install docker.io'
          : 'Install the units again, where the Compose file is: dockunit apply',
      },
    ];
  });
};

const checkReload: Check = ({ manager: { states, kind }, scope, units: { installedUnits } }) => {
  if (isUnknown(states)) return states;
  const stale = installedUnits.filter(({ name }) => states.get(name)?.needsReload === true);
  if (stale.length === 0) return [];
  const options = `${commandHint(scope)}${kind === 'supervisor' ? ' --manager supervisor' : ''}`;
  return stale.map(({ name }) => ({
    severity: 'warning',
    about: name,
    message: 'Its file changed since the manager read it, so that the old one is still in force',
    remedy: `Have them read again: dockunit reload${options}; then restart the service`,
  }));
};

const checkFailed: Check = (facts) => {
  const { states } = facts.manager;
  const { pasts } = facts.units;
  if (isUnknown(states)) return states;
  const services = enabledServices(facts);
  const atBoot = new Set(isUnknown(services) ? [] : services.map(({ name }) => name));
  return facts.units.installedUnits.flatMap((unit): readonly CheckFinding[] => {
    const state = states.get(unit.name);
    const health = healthOf(state, facts);
    if (state === undefined || (health !== 'failed' && health !== 'failing')) return [];
    const cause = isUnknown(pasts) ? undefined : pasts.get(unit.name)?.cause;
    const reason = cause?.what ?? reasonOf(state) ?? 'for an unknown reason';
    return [
      {
        severity: atBoot.has(unit.name) ? 'error' : 'warning',
        about: unit.name,
        message: `${health === 'failed' ? 'It has failed' : 'It fails again and again'}: ${reason}`,
        remedy: remedyOf(unit, cause, facts),
      },
    ];
  });
};

function remedyOf(unit: InstalledUnit, cause: FailureCause | undefined, { scope }: HostFacts): string {
  const user = commandHint(scope);
  const name = unit.kind === 'container' ? shortName(unit) : unit.name;
  const first = cause?.remedy == null ? '' : `${cause.remedy}. `;
  return `${first}See why: dockunit why${user} ${name}; dockunit logs${user} -n 30 ${name}`;
}

export const stateChecks = {
  'masked-units': checkMasked,
  'missing-units': checkMissing,
  'daemon-reload': checkReload,
  'failed-units': checkFailed,
} as const satisfies Partial<Record<CheckName, Check>>;

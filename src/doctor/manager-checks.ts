/** Checks of the manager that runs the units, systemd or the supervisor, and that it starts at boot. Pure. */
import type { Check, CheckName } from './check.ts';
import { isUnknown } from './facts.ts';
import { enabledServices } from './services.ts';

const checkManager: Check = ({ manager: { failing, kind }, scope, units }) => {
  if (failing === undefined) return [];
  const isNeeded = units.installedUnits.length > 0 || (kind === 'systemd' && scope === 'system');
  return [{ severity: isNeeded ? 'error' : 'note', message: failing.message, remedy: failing.remedy }];
};

/** The oldest systemd that units are written for: it introduced `:` before a command, systemd.service(5). */
const systemdFloor = 244;

const checkSystemdVersion: Check = ({ manager: { kind, version } }) => {
  if (kind === 'supervisor') return [];
  if (isUnknown(version)) return version;
  if (version >= systemdFloor) return [];
  return [
    {
      severity: 'error',
      message: `systemd is version ${String(version)}, and units are written for ${String(systemdFloor)} and later`,
      remedy: 'Upgrade the system; until then run the services by: dockunit supervise',
    },
  ];
};

const checkTwoManagers: Check = ({ manager: { systemdRuns }, supervisor: { pid, hooks } }) => {
  if (!systemdRuns) return [];
  if (isUnknown(pid)) return pid;
  if (pid !== undefined) {
    return [
      {
        severity: 'error',
        message: `A supervisor (process ${String(pid)}) drives the units beside systemd, and each undoes what the other does`,
        remedy: `Stop the supervisor: kill -TERM ${String(pid)}; and take its boot hook away: dockunit supervise --uninstall`,
      },
    ];
  }
  return hooks.map((path) => ({
    severity: 'warning',
    about: path,
    message: 'It starts a supervisor at boot, and systemd runs the units already',
    remedy: 'Take it away: dockunit supervise --uninstall',
  }));
};

const checkLingering: Check = (facts) => {
  const { manager, scope, user } = facts;
  if (scope !== 'user' || manager.kind !== 'systemd' || manager.lingers) return [];
  const services = enabledServices(facts);
  if (!isUnknown(services) && services.length === 0) return [];
  return [
    {
      severity: 'warning',
      about: user,
      message: 'The manager of this user does not linger: services stop at logout, and none starts at boot',
      remedy: `Let it: sudo loginctl enable-linger ${user}`,
    },
  ];
};

const checkBootHook: Check = ({ manager: { systemdRuns }, scope, units, supervisor: { hooks, isInit } }) => {
  if (systemdRuns || scope === 'user' || units.installedUnits.length === 0 || isInit || hooks.length > 0)
    return [];
  return [
    {
      severity: 'warning',
      message: 'Nothing starts the supervisor at boot, so no service starts then',
      remedy: 'Have the init do so: dockunit supervise --install',
    },
  ];
};

const checkGenerator: Check = ({ manager: { systemdRuns }, generator }) => {
  const { sources, isInstalled, missingPrograms, report } = generator;
  if (!systemdRuns || sources.length === 0) return [];
  if (!isInstalled) {
    return [
      {
        severity: 'note',
        message: `There are Compose files in /etc/dockunit, and no generator makes units of them: ${sources.join(', ')}`,
        remedy: 'Put it in place: dockunit install-generator',
      },
    ];
  }
  if (missingPrograms.length > 0) {
    return [
      {
        severity: 'error',
        message: `The generator of /etc/dockunit runs ${missingPrograms.join(' and ')}, which is not there: no edit is taken in`,
        remedy: 'Have it run what is there: dockunit install-generator',
      },
    ];
  }
  if (isUnknown(report)) return report;
  return report.map(({ where, ...finding }) => ({ about: where, ...finding }));
};

const checkJournal: Check = ({ supervisor: { journals, setAside } }) => {
  if (isUnknown(journals)) return journals;
  return [
    ...journals
      .filter(({ bad }) => bad > 0)
      .map(
        ({ path, bad }) =>
          ({
            severity: 'warning',
            about: path,
            message: `${String(bad)} of its lines are damaged, and what they said of the units is lost`,
            remedy: 'Look at the disk; then see what is enabled (dockunit status) and enable it again',
          }) as const,
      ),
    ...setAside.map(
      (path) =>
        ({
          severity: 'note',
          about: path,
          message: 'A damaged journal of the supervisor was set aside here',
          remedy: `When all that should be enabled is (dockunit status), remove it: rm ${path}`,
        }) as const,
    ),
  ];
};

export const managerChecks = {
  manager: checkManager,
  'systemd-version': checkSystemdVersion,
  'two-managers': checkTwoManagers,
  lingering: checkLingering,
  'boot-hook': checkBootHook,
  generator: checkGenerator,
  'supervisor-journal': checkJournal,
} as const satisfies Partial<Record<CheckName, Check>>;

/**
 * The target that groups a project's services (systemd.target(5)).
 */
import type { Project } from '../compose/project.ts';
import { dockerDependency, dockunitSection, installedBy, names, text } from './directives.ts';
import { serviceUnits, targetUnit } from './names.ts';
import type { Target, Unit } from './unit-set.ts';

export function compileTarget(project: Project, target: Target): Unit {
  const services = [...project.services.values()].flatMap((service) => serviceUnits(project, service)).sort();
  // It stops with Docker; otherwise it would already be active when docker.service wants it, and start none of the
  // services.
  const onDocker = dockerDependency(target);
  return {
    name: targetUnit(project),
    kind: 'target',
    sections: [
      {
        name: 'Unit',
        directives: [
          text('Description', `${project.name}: all services`),
          ...names('Requires', onDocker.requires),
          ...names('Wants', [...onDocker.wants, ...services]),
          ...names('After', onDocker.after),
        ],
      },
      { name: 'Install', directives: names('WantedBy', installedBy(target)) },
      dockunitSection({ Project: project.name, Kind: 'target' }),
    ],
  };
}

/** Images of other services as contexts of a build: `additional_contexts: { base: service:NAME }`. */
import type { Build, Project, Service } from '../compose/project.ts';
import type { ServiceFinding } from './check-service.ts';
import { imageName } from './names.ts';

const ofService = /^service:(.+)$/;

/** Names of the services whose images are contexts of the build. */
export function contextServices(build: Build | undefined): readonly string[] {
  return [...(build?.contexts.values() ?? [])].flatMap((value) => ofService.exec(value)?.[1] ?? []);
}

/** Contexts by name, in the form of --build-context: for a service, the name of its image. */
export function contextAddresses(project: Project, build: Build): ReadonlyMap<string, string> {
  const address = (value: string): string => {
    const service = project.services.get(ofService.exec(value)?.[1] ?? '');
    const image = service && imageName(project, service);
    return image === undefined ? value : `docker-image://${image}`;
  };
  return new Map(Array.from(build.contexts, ([name, value]) => [name, address(value)]));
}

/** A service that is a context must name an image or be built. */
export function checkContexts(project: Project, { name: own, build }: Service): ServiceFinding[] {
  return contextServices(build).flatMap((name): ServiceFinding[] => {
    const service = project.services.get(name);
    if (name !== own && service !== undefined && imageName(project, service) !== undefined) return [];
    return [
      {
        path: '.additional_contexts',
        code: 'build-context-service',
        message:
          service === undefined
            ? `no service that takes part is called ${name}, whose image is to be a context`
            : name === own
              ? 'the image is a context of its own build'
              : `the service ${name} has no image to be a context`,
        remedy: 'Name a service with `image:` or `build:`, or an image: docker-image://NAME',
      },
    ];
  });
}

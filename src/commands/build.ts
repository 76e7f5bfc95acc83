/**
 * `build`: builds the images of services now, with the same commands that their units would run.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HostError } from '../model/ports.ts';
import type { Project, Service } from '../compose/project.ts';
import { contextServices } from '../units/build-contexts.ts';
import { planBuild } from '../units/build.ts';
import { imageName } from '../units/names.ts';
import { readPrivate } from '../units/private-words.ts';
import { runCommand, runScriptText } from '../units/scripts.ts';
import { checkServiceNames, compileInput, setOrPrint } from '../session/compile-project.ts';
import { type Context, type ExitCode, type GlobalOptions, UsageError } from '../run/context.ts';

/** Throws HostError where a build fails; dockunit does not begin the builds after it. */
export async function run(
  context: Context,
  options: GlobalOptions,
  names: readonly string[],
): Promise<ExitCode> {
  const compilation = await compileInput(context, options, { names });
  const { project } = compilation;
  if (setOrPrint(context, compilation) === undefined || project === undefined) return 2;
  checkServiceNames(project, names);
  const services = inBuildOrder(project, names.length === 0 ? [...project.services.keys()] : names);
  if (services.length === 0) {
    throw new UsageError('None of these services is built', 'give one of them a `build:`');
  }
  const directory = await mkdtemp(join(tmpdir(), 'dockunit-build-'));
  try {
    for (const service of services) {
      context.err.write(`${context.err.style.heading(`Building ${service.name}`)}\n`);
      await buildNow(project, service, directory, context);
    }
    return 0;
  } finally {
    await rm(directory, { recursive: true });
  }
}

/**
 * The services among these that are built, each after the services whose images its build uses, which are
 * built too.
 */
function inBuildOrder(project: Project, names: readonly string[]): readonly Service[] {
  const services: Service[] = [];
  const seenNames = new Set<string>();
  const add = (name: string): void => {
    const service = project.services.get(name);
    if (service?.build === undefined || seenNames.has(name)) return;
    seenNames.add(name);
    for (const dependency of contextServices(service.build)) add(dependency);
    services.push(service);
  };
  for (const name of names) add(name);
  return services;
}

async function buildNow(
  project: Project,
  service: Service,
  directory: string,
  { recordChange, out, err, signal }: Context,
): Promise<void> {
  const plan = planBuild(project, service, (file) => join(directory, file));
  const image = imageName(project, service);
  if (plan === undefined || image === undefined) return;
  for (const { name, mode, content } of plan.files) await writeFile(join(directory, name), content, { mode });
  const script = join(directory, 'run.sh');
  await writeFile(script, runScriptText, { mode: 0o600 });
  const { argv } = runCommand(script, 'build', [image, plan.needs.join(' '), ...plan.argv]);
  recordChange({ kind: 'built', image });
  const { execa } = await import('execa');
  const { words, environment: env } = readPrivate(argv);
  const [program = '', ...rest] = words;
  const building = execa(program, rest, {
    ...{ reject: false, buffer: false, stdin: 'inherit', env, cancelSignal: signal },
  });
  // What a build prints comes from its files: it reaches a terminal without control characters.
  building.stdout.setEncoding('utf8').on('data', (text: string) => {
    out.write(text);
  });
  building.stderr.setEncoding('utf8').on('data', (text: string) => {
    err.write(text);
  });
  const { failed } = await building;
  if (!failed) return;
  const others = project.services.size > 1 ? ` ${service.name}` : '';
  throw new HostError(
    `the image ${image} of ${service.name} could not be built; an older image of that name is unchanged`,
    `Mend what docker says above, then run dockunit build${others} again`,
  );
}

/** Runs on a throwaway host: prints the Compose file of the containers named. */
import { dockerInspector } from '../../src/host/docker/inspect.ts';
import { importContainers } from '../../src/import/import-containers.ts';
import { writeComposeFile } from '../../src/import/write-compose-file.ts';

const surroundings = { workingDirectory: '/', projectName: 'imported' };
const { file, diagnostics } = importContainers(
  await dockerInspector.readObjects(process.argv.slice(2)),
  surroundings,
);
process.stderr.write(`${JSON.stringify(diagnostics)}\n`);
if (file === undefined) process.exitCode = 2;
else process.stdout.write(writeComposeFile(file));

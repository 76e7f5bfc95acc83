/** What may import what: scripts/layers.mjs as rules. `npm run imports` draws it. */
import { floors, pureWithin } from './scripts/layers.mjs';

const rooms = floors.flat();
const within = (folders) => `^src/(?:${folders.join('|')})/`;

const upward = floors.flatMap((floor, index) =>
  floor.map(({ folder }) => {
    const below = floors.slice(0, index).flat();
    return {
      name: `imports-of-${folder.replace('/', '-')}`,
      comment: `${folder} imports from itself and the floors below: ${below.map((room) => room.folder).join(', ') || 'none'}.`,
      severity: 'error',
      from: { path: within([folder]) },
      to: { path: '^src/', pathNot: within([folder, ...below.map((room) => room.folder)]) },
    };
  }),
);

export default {
  forbidden: [
    {
      name: 'no-circular',
      comment: 'Files that import each other: move what both need into a file of its own.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    ...upward,
    {
      name: 'pure',
      comment: 'This folder does no I/O: take a port or a value instead.',
      severity: 'error',
      from: {
        path: within([...rooms.filter(({ pure }) => pure).map(({ folder }) => folder), ...pureWithin]),
      },
      to: { dependencyTypes: ['core'], pathNot: '^(?:node:)?(?:path|crypto|string_decoder)$' },
    },
    {
      name: 'pure-of-host',
      comment: 'This folder does no I/O: of src/host it imports nothing.',
      severity: 'error',
      from: { path: within(pureWithin) },
      to: { path: '^src/host/' },
    },
    {
      name: 'colour-in-ui',
      comment: 'Colour is decided in ui/ alone, so that NO_COLOR and pipes hold everywhere.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(?:ui/|cli\\.ts$)' },
      to: { path: 'node_modules/chalk' },
    },
    {
      name: 'no-folder-without-floor',
      comment: 'Each folder of src/ has its floor in scripts/layers.mjs.',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: within(rooms.map(({ folder }) => folder)) },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.d.ts', '.js', '.json'] },
    reporterOptions: {
      archi: { collapsePattern: '^src/(?:host/[^/]+|[^/]+)' },
    },
  },
};

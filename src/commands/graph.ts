/**
 * `graph`: the starting order, as a tree, for Graphviz, for Mermaid, or as JSON.
 */
import { buildGraph } from '../graph/build.ts';
import { type TreeRole, renderDot, renderMermaid, renderTree } from '../graph/render.ts';
import { type View, serviceView, unitView } from '../graph/view.ts';
import { serviceUnits } from '../units/names.ts';
import type { StyleName } from '../ui/style.ts';
import { checkServiceNames, compileInput, setOrPrint } from '../session/compile-project.ts';
import { type Context, type ExitCode, type GlobalOptions, UsageError } from '../run/context.ts';
import { reportText } from '../run/report.ts';

export interface GraphOptions extends GlobalOptions {
  readonly dot?: boolean;
  readonly mermaid?: boolean;
  readonly units?: boolean;
}

export async function run(
  context: Context,
  options: GraphOptions,
  names: readonly string[],
): Promise<ExitCode> {
  const form = chooseForm(options);
  const compilation = await compileInput(context, options, { names });
  const set = setOrPrint(context, compilation);
  const { project } = compilation;
  if (set === undefined || project === undefined) return 2;
  checkServiceNames(project, names);
  const graph = buildGraph(set);
  const view = options.units === true ? unitView(graph) : serviceView(graph);
  const roots = names.flatMap((name) => {
    const service = project.services.get(name);
    return service === undefined ? [] : serviceUnits(project, service);
  });
  context.out.write(forms[form](view, { project: project.name, roots, context }));
  return 0;
}

type GraphForm = 'tree' | 'dot' | 'mermaid' | 'json';

interface GraphInput {
  readonly project: string;
  /** Units the tree begins with; without any, all units that no other unit needs. */
  readonly roots: readonly string[];
  readonly context: Context;
}

function chooseForm(options: GraphOptions): GraphForm {
  const chosenForms = (['dot', 'mermaid', 'json'] as const).filter((form) => options[form] === true);
  if (chosenForms.length > 1) {
    throw new UsageError(
      `${chosenForms.map((form) => `--${form}`).join(' and ')} exclude each other`,
      'Give one of them',
    );
  }
  return chosenForms[0] ?? 'tree';
}

const roleStyles = {
  root: 'unit',
  unit: 'unit',
  foreign: 'dim',
  label: 'note',
  branch: 'dim',
  repeat: 'dim',
} satisfies Record<TreeRole, StyleName>;

const forms = {
  tree: (view, { roots, context }) => {
    const { style } = context.out;
    const paint = (text: string, role: TreeRole): string => style[roleStyles[role]](text);
    return `${renderTree(view, { ...(roots.length > 0 && { roots }), paint }).join('\n')}\n`;
  },
  dot: (view, { project }) => renderDot(view, project),
  mermaid: (view) => renderMermaid(view),
  json: (view) => reportText(view),
} satisfies Record<GraphForm, (view: View, surroundings: GraphInput) => string>;

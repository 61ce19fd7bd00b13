import { createReporter, type Reporter } from './diagnostic.ts';
import { type Located, listItems, mapEntries, parseYaml, placeOf, scalarText } from './yaml-source.ts';

/** A file's `includes`, by the path of the file. */
export type Includes = ReadonlyMap<string, readonly Located[]>;

/** Begins the paths of files from folders beside the policy folder: `@base/offers.yaml`. */
const BESIDE = '@';

/**
 * Where an include of a file leads: a path in the policy folder, or in a folder beside it (`../base` is `@base`, so that
 * no path of a policy points out of it). Undefined for a path that leads anywhere else.
 */
export function resolveInclude(file: string, name: string): string | undefined {
  if (name === '' || name.length > 200 || /^[/~@]|[\\:\0]/.test(name)) return undefined;
  // As if the policy folder were one of the folders beside each other.
  const parts = file.startsWith(BESIDE) ? file.slice(1).split('/') : ['', ...file.split('/')];
  parts.pop();
  for (const part of name.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  const [folder, ...rest] = parts;
  if (folder === undefined) return undefined;
  if (folder !== '') return [`${BESIDE}${folder}`, ...rest].join('/');
  return rest.length === 0 ? undefined : rest.join('/');
}

/** A folder or file beside the policy folder, as a path from it: `@base/a.yaml` is `../base/a.yaml`. */
export interface MissingInclude {
  readonly path: string;
  readonly from: string;
}

/** What the files include from beside their folder and is not among them yet. */
export function missingIncludes(files: Readonly<Record<string, string>>): readonly MissingInclude[] {
  const wanted = new Set<string>();
  const paths = Object.keys(files);
  for (const [path, text] of Object.entries(files)) {
    if (!text.includes('includes')) continue;
    for (const item of includesIn(parseYaml(path, text, createReporter()))) {
      const target = resolveInclude(path, scalarText(item) ?? '');
      if (target?.startsWith(BESIDE) && filesAt(target, paths).length === 0) wanted.add(target);
    }
  }
  return [...wanted].sort().map((path) => ({ path, from: `../${path.slice(1)}` }));
}

/** An include that leads nowhere, outside, or back to its own file is an error. */
export function checkIncludes(includes: Includes, paths: readonly string[], report: Reporter): void {
  const edges = new Map<string, readonly string[]>();
  for (const [path, items] of includes) {
    edges.set(
      path,
      items.flatMap((item) => targetsOf(path, item, paths, report)),
    );
  }
  for (const [path, items] of includes) {
    const circle = circleFrom(path, edges);
    const [first] = items;
    if (circle === undefined || first === undefined) continue;
    report.error(placeOf(first), `files include each other in a circle: ${circle.join(' → ')}`);
    return;
  }
}

function includesIn(root: Located | undefined): readonly Located[] {
  const entry = root && mapEntries(root)?.find(({ key }) => key === 'includes');
  return (entry && listItems(entry)) ?? [];
}

function targetsOf(path: string, item: Located, paths: readonly string[], report: Reporter): readonly string[] {
  const name = scalarText(item) ?? '';
  const target = resolveInclude(path, name);
  if (target === undefined) {
    report.error(placeOf(item), `"${name}" leads out: include a file of this folder, or a folder beside it as ../base`);
    return [];
  }
  const found = filesAt(target, paths);
  if (found.length === 0) report.unknown(placeOf(item), 'file or folder', name, paths);
  return found;
}

function filesAt(target: string, paths: readonly string[]): readonly string[] {
  return paths.filter((path) => path === target || path.startsWith(`${target}/`));
}

/** The way from a file back to itself; undefined when there is none. */
function circleFrom(start: string, edges: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined {
  const cameFrom = new Map<string, string>();
  const waiting = [start];
  for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
    for (const next of edges.get(path) ?? []) {
      if (next === start) return [...wayTo(path, start, cameFrom), start];
      if (cameFrom.has(next)) continue;
      cameFrom.set(next, path);
      waiting.push(next);
    }
  }
  return undefined;
}

function wayTo(path: string, start: string, cameFrom: ReadonlyMap<string, string>): readonly string[] {
  const way = [path];
  for (let at = path; at !== start; ) {
    at = cameFrom.get(at) ?? start;
    way.unshift(at);
  }
  return way;
}

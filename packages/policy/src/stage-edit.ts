import { isMap, isScalar, parseDocument } from 'yaml';
import { createReporter } from './diagnostic.ts';
import { type Entry, mapEntries, parseYaml } from './yaml-source.ts';

/** Where stages are written when no file has a section of them. */
const STAGES_FILE = 'stages.yaml';

/**
 * The files with a campaign's entry in the section `stages`: its word is replaced where it stands, everything else of the text
 * stays as it is. Without an entry one is added to the section, or to a file of its own.
 */
export function withStage(
  files: Readonly<Record<string, string>>,
  campaign: string,
  stage: string,
): Readonly<Record<string, string>> {
  const sections = Object.keys(files)
    .sort(ownFirst)
    .flatMap((path) => stagesSections(path, files[path] ?? ''));
  const entry = sections.flatMap((section) => mapEntries(section) ?? []).find(({ key }) => key === campaign);
  if (entry) return { ...files, [entry.file.path]: replaced(entry, stage) };
  const path = sections.find(({ file }) => !isIncluded(file.path))?.file.path ?? STAGES_FILE;
  const document = parseDocument(files[path] ?? '');
  if (isMap(document.get('stages'))) document.setIn(['stages', campaign], stage);
  else document.set('stages', { [campaign]: stage });
  return { ...files, [path]: document.toString({ lineWidth: 0 }) };
}

/** Whether a file belongs to another folder, which this one includes. */
export function isIncluded(path: string): boolean {
  return path.startsWith('@');
}

function ownFirst(a: string, b: string): number {
  return Number(isIncluded(a)) - Number(isIncluded(b)) || (a < b ? -1 : 1);
}

function stagesSections(path: string, text: string): readonly Entry[] {
  const root = parseYaml(path, text, createReporter());
  return ((root && mapEntries(root)) ?? []).filter(({ key }) => key === 'stages');
}

function replaced({ node, file: { text }, offset }: Entry, stage: string): string {
  const end = isScalar(node) ? (node.range?.[1] ?? offset) : offset;
  return `${text.slice(0, offset)}${stage}${text.slice(end)}`;
}

import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readTemplate, type Template } from './template.ts';

/** By name: the file's, without its ending. */
export type Templates = ReadonlyMap<string, Template>;

const SHIPPED = join(import.meta.dirname, '../../../templates');
const NAME = /^[a-z0-9][a-z0-9-]{0,63}\.yaml$/;

/** The templates that come with the gateway, and the operator's own; one of his replaces one of ours of the same name. Throws TemplateError. */
export function readTemplates(ownFolder?: string): Templates {
  return new Map([SHIPPED, ...(ownFolder === undefined ? [] : [ownFolder])].flatMap(templatesIn));
}

function templatesIn(folder: string): [string, Template][] {
  return readdirSync(folder)
    .filter((file) => NAME.test(file))
    .map((file) => {
      const name = basename(file, '.yaml');
      return [name, readTemplate(name, readFileSync(join(folder, file), 'utf8'))];
    });
}

/** One scenario of a Gherkin file, its examples filled in. */
export interface Scenario {
  readonly title: string;
  readonly steps: readonly Step[];
}

export interface Step {
  readonly text: string;
  /** The text between triple quotes below the step, without its indentation. */
  readonly docString?: string;
  /** The table below the step, without its heading row. */
  readonly table?: readonly (readonly string[])[];
}

type Draft = { -readonly [K in keyof Step]: Step[K] };

/** The scenarios of a feature file: steps with texts and tables, outlines once per example. Backgrounds are passed over. */
export function readFeature(text: string): readonly Scenario[] {
  return text
    .split(/^\s*(?=Scenario(?: Outline)?:)/m)
    .slice(1)
    .flatMap((block) => {
      const [body = '', examples] = block.split(/^\s*Examples:\s*$/m);
      return filled(body, tableOf(examples ?? '')).map(scenarioOf);
    });
}

/** The outline once per example, `<name>` replaced. */
function filled(body: string, [heading = [], ...rows]: readonly (readonly string[])[]): readonly string[] {
  if (heading.length === 0) return [body];
  return rows.map((row) =>
    heading.reduce((text, name, column) => text.replaceAll(`<${name}>`, row[column] ?? ''), body),
  );
}

function scenarioOf(body: string): Scenario {
  const lines = body.split('\n');
  const title = (lines[0] ?? '').replace(/^Scenario(?: Outline)?:\s*/, '').trim();
  const steps: Draft[] = [];
  let quoted: string[] | undefined;
  for (const line of lines.slice(1)) {
    const step = steps.at(-1);
    if (line.trim() === '"""') {
      if (quoted !== undefined && step) step.docString = dedented(quoted);
      quoted = quoted === undefined ? [] : undefined;
    } else if (quoted !== undefined) quoted.push(line);
    else if (/^\s*\|/.test(line)) {
      if (step) step.table = [...(step.table ?? []), cellsOf(line)];
    } else if (line.trim() !== '') steps.push({ text: line.trim().replace(/^(Given|When|Then|And)\s+/, '') });
  }
  return { title, steps: steps.map((step) => (step.table ? { ...step, table: step.table.slice(1) } : step)) };
}

function tableOf(text: string): readonly (readonly string[])[] {
  return text
    .split('\n')
    .filter((line) => /^\s*\|/.test(line))
    .map(cellsOf);
}

function cellsOf(line: string): readonly string[] {
  return line
    .trim()
    .replace(/^\||\|$/g, '')
    .split('|')
    .map((cell) => cell.trim());
}

function dedented(lines: readonly string[]): string {
  const indent = /^\s*/.exec(lines[0] ?? '')?.[0] ?? '';
  return lines.map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line)).join('\n');
}

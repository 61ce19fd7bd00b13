/** A text that somebody broke, with how. */
export interface Mutant {
  readonly kind: string;
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
}

type Files = Readonly<Record<string, string>>;
/** Numbers in [0, 1), the same for the same seed. */
type Random = () => number;
type Mutation = (files: Files, random: Random) => Files;

/** Mulberry32. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** So many broken policies, each kind of mistake in turn. */
export function mutantsOf(files: Files, count: number): readonly Mutant[] {
  const kinds = Object.entries(MUTATIONS);
  return Array.from({ length: count }, (_, index) => {
    const [kind, mutate] = kinds[index % kinds.length] as (typeof kinds)[number];
    return { kind, name: `${kind} ${index}`, files: mutate(files, seeded(index + 1)) };
  });
}

const pick = <T>(items: readonly T[], random: Random): T => items[Math.floor(random() * items.length)] as T;
const between = (from: number, to: number, random: Random): number => from + Math.floor(random() * (to - from + 1));

/** Replaces one match of the pattern in one of the files that have it. */
const replacing =
  (pattern: RegExp, change: (match: string, random: Random) => string): Mutation =>
  (files, random) => {
    const places = Object.entries(files).flatMap(([path, text]) =>
      [...text.matchAll(pattern)].map((match) => ({ path, at: match.index, match: match[0] })),
    );
    const { path, at, match } = pick(places, random);
    const text = files[path] ?? '';
    return { ...files, [path]: text.slice(0, at) + change(match, random) + text.slice(at + match.length) };
  };

const adding =
  (write: (random: Random) => string): Mutation =>
  (files, random) => ({ ...files, 'zz-added.yaml': write(random) });

function mistyped(word: string, random: Random): string {
  const at = between(0, word.length - 1, random);
  return pick(
    [
      () => word.slice(0, at) + word.slice(at + 1),
      () => `${word.slice(0, at)}x${word.slice(at)}`,
      () => word.slice(0, at) + word.charAt(at).toUpperCase() + word.slice(at + 1),
      () => `${word}s`,
    ],
    random,
  )();
}

const chain = (length: number, write: (own: string, next: string) => string): string =>
  Array.from({ length }, (_, index) => write(`c${index}`, `c${(index + 1) % length}`)).join('');

const MUTATIONS: Readonly<Record<string, Mutation>> = {
  'a mistyped name': replacing(/\b[a-z]+_[a-z_0-9]+\b/g, mistyped),
  'a mistyped key': replacing(/\b[a-zA-Z]+(?=: )/g, mistyped),
  'a mistyped event type': replacing(/\b(UsageRecorded|SuspensionRequested)\b/g, mistyped),
  'a mistyped section': replacing(/^[a-z-]+(?=:)/gm, mistyped),
  'a number for a text': replacing(/: [a-z_]+\b/g, () => ': 17'),
  'a text for a number': replacing(/: \d+(\.\d+)?\b/g, () => ': many'),
  'a list for a scalar': replacing(/(?<=: )[a-z_0-9.]+(?=[ ,\n])/g, (word) => `[${word}, ${word}]`),
  'a map for a scalar': replacing(/(?<=: )[a-z_0-9.]+(?=[ ,\n])/g, (word) => `{ ${word}: 1 }`),
  'a scalar for a list': replacing(/\[[^\]]*\]/g, () => 'nothing'),
  'an empty value': replacing(/: [^\n{[]+(?=\n)/g, () => ':'),
  'a wrong unit': replacing(
    /\b\d+[dhm]\b/g,
    (text, random) => text.slice(0, -1) + pick(['', 'days', 'D', 'y', 'mo', ' d', 'µs'], random),
  ),
  'a huge duration': replacing(/\b\d+[dhm]\b/g, (_, random) =>
    pick(['401d', '99999999999999w', '1e9d', '999999h'], random),
  ),
  'no duration at all': replacing(/\b\d+[dhm]\b/g, (_, random) => pick(['0d', '-3d', '.5d'], random)),
  'a huge number': replacing(/(?<=[:<>=] )\d+(\.\d+)?/g, (_, random) =>
    pick(['1e999', '9'.repeat(400), '-1e300', '0x7fff'], random),
  ),
  'a share of more than all': replacing(/(?<=(propensity|share|holdout): )[\d.]+/g, () => '140%'),
  'a window of too many tiles': replacing(/window: \d+d/g, () => 'hop: 1m, window: 400d'),
  'a text for a number in a condition': replacing(
    /(?<=(when|expr|where|eligible): [^\n]*)\b\d+\b/g,
    (text) => `'${text}'`,
  ),
  'an operator cut': replacing(/ (&&|\|\||[<>]=?|==) /g, (text) => text.slice(0, -2)),
  'an operand cut': replacing(/(?<= (&&|\|\||[<>]=?|==) )\w+/g, () => ''),
  'a pattern without bound': replacing(/(?<=(when|eligible): "?)[^"\n]+/g, () => "city.matches('(a+)+$')"),
  'an expression too deep': replacing(/(?<=(when|eligible): ")[^"\n]+/g, (text, random) => {
    const depth = between(60, 3_000, random);
    return `${'('.repeat(depth)}${text}${')'.repeat(depth)}`;
  }),
  'an expression too long': replacing(/(?<=(when|eligible): ")[^"\n]+/g, (text, random) =>
    Array.from({ length: between(500, 3_000, random) }, () => text).join(' || '),
  ),
  'negations without end': replacing(
    /(?<=(when|eligible): ")[^"\n]+/g,
    (_, random) => `${'!'.repeat(between(50, 5_000, random))}suspended`,
  ),
  'segments in a circle': adding(
    (random) => `segments:\n${chain(between(1, 60, random), (own, next) => `  ${own}: segment('${next}')\n`)}`,
  ),
  'templates in a circle': adding(
    (random) =>
      `templates:\n${chain(between(1, 60, random), (own, next) => `  ${own}: { when: template('${next}') }\n`)}`,
  ),
  'features in a circle': adding(
    (random) => `features:\n${chain(between(1, 60, random), (own, next) => `  ${own}: { expr: ${next} + 1 }\n`)}`,
  ),
  'segments that double': adding((random) => {
    const lines = Array.from(
      { length: between(14, 30, random) },
      (_, index) => `  d${index + 1}: segment('d${index}') || segment('d${index}')\n`,
    );
    return `segments:\n  d0: suspended\n${lines.join('')}`;
  }),
  'a chain too long': adding((random) => {
    const lines = Array.from(
      { length: between(40, 400, random) },
      (_, index) => `  l${index + 1}: segment('l${index}')\n`,
    );
    return `segments:\n  l0: suspended\n${lines.reverse().join('')}`;
  }),
  'flow nested too deep': adding(
    (random) => `segments: ${pick(['[', '{a: '], random).repeat(between(50, 5_000, random))}`,
  ),
  'blocks nested too deep': adding(
    (random) => `segments:\n  ${pick(['- ', '? '], random).repeat(between(50, 5_000, random))}x\n`,
  ),
  'an id twice': (files, random) => {
    const [path, text] = pick(
      Object.entries(files).filter(([name]) => /triggers|offers|campaigns|features/.test(name)),
      random,
    );
    return { ...files, [`zz-${path}`]: text };
  },
  'a key twice': replacing(/^ {4}[a-z]+: .*\n/gm, (line) => line + line),
  'an alias': replacing(/(?<=: )[a-z_]+(?=[ ,\n])/g, () => '*here'),
  'an anchor bomb': adding((random) => {
    const levels = between(5, 30, random);
    const lines = Array.from(
      { length: levels },
      (_, index) => `  b${index + 1}: &b${index + 1} [${Array(10).fill(`*b${index}`).join(', ')}]\n`,
    );
    return `segments:\n  b0: &b0 suspended\n${lines.join('')}`;
  }),
  'a tag': replacing(
    /(?<=: )[a-z_]+(?=[ ,\n])/g,
    (text, random) => `${pick(['!!js/function', '!own', '!!binary'], random)} ${text}`,
  ),
  'a second document': (files, random) => {
    const [path, text] = pick(Object.entries(files), random);
    return { ...files, [path]: `${text}---\nsegments: {}\n` };
  },
  'an include that leads out': adding(
    (random) => `includes: [${pick(['../../etc', '/etc/passwd', 'zz-added.yaml', '..', 'C:\\x'], random)}]\n`,
  ),
  'a format of tomorrow': adding((random) => `$version: ${between(2, 99, random)}\n`),
  'a name of a prototype': replacing(/(?<=(from|sum|kpi|on|of): )\w+/g, (_, random) =>
    pick(['constructor', '__proto__', 'toString', 'hasOwnProperty'], random),
  ),
  'a mistyped channel': replacing(/\b(sms|app-push|call-centre|email)\b/g, mistyped),
  'a day that is none': replacing(/2026-\d\d-\d\d/g, (day, random) =>
    pick(['2026-02-30', '2026-13-01', day.slice(2), `${day}..`, `${day}..2020-01-01`, `${day}..9999-01-01`], random),
  ),
  'an hour of no clock': replacing(/(?<=(from|to): )\d+/g, (_, random) =>
    pick(['25', '-1', '9pm', "'24:30'", '9.5', "'9'", '[9]'], random),
  ),
  'a word of no set': replacing(/(?<=(holidays|days|method|unless|category|kind): \[?)\w[\w-]*/g, mistyped),
  'a factor out of bounds': replacing(/(?<=(factor|max|pieces|priorStrength): )\d+(\.\d+)?/g, (_, random) =>
    pick(['-1', '1e11', '.inf', '0.0000001e-7', 'lots'], random),
  ),
  'a budget in another currency': replacing(/(?<=currency: )CNY(?= ?[,}])/g, () => 'EUR'),
  'arms of more or less than all': replacing(/(?<=share: )\d\d%/g, (text, random) =>
    pick(['0%', '99%', '101%', `${text}%`], random),
  ),
  'a step out of order': replacing(/(?<=channel: call-centre), after: \w+/g, () => ''),
  'a region in two': adding(
    (random) => `regions:\n${chain(between(2, 60, random), (own) => `  ${own}: { cities: [x], calendar: china }\n`)}`,
  ),
  'learning without end': adding(
    (random) =>
      `learning:\n  segments:\n${chain(between(17, 200, random), (own) => `    ${own}: suspended\n`)}exploration: { method: softmax }\n`,
  ),
  'letters lost': (files, random) => {
    const [path, text] = pick(Object.entries(files), random);
    const at = between(0, text.length - 1, random);
    return { ...files, [path]: text.slice(0, at) + text.slice(at + between(1, 30, random)) };
  },
  'letters thrown in': (files, random) => {
    const [path, text] = pick(Object.entries(files), random);
    const at = between(0, text.length - 1, random);
    const noise = [
      '{',
      ']',
      ':',
      '- ',
      '\n',
      '"',
      '&& ',
      '(',
      '\t',
      'null',
      '\u0000',
      '\ufeff',
      '\r',
      '%',
      '#',
      '|',
      '>',
      '---',
      '💥',
      '\ud800',
    ];
    return { ...files, [path]: text.slice(0, at) + pick(noise, random) + text.slice(at) };
  },
};

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type KpiArm,
  kpiCell,
  kpiCode,
  kpiDay,
  kpiFigures,
  kpiSeries,
  learningCell,
  parseKpiCell,
  parseLearningCell,
  summedFigures,
} from './kpi-cell.ts';

const name = fc.stringMatching(/^[a-z0-9_-]{0,12}$/);
const cells = fc.record({
  day: fc.integer({ min: 0, max: 4_000_000_000_000 }).map(kpiDay),
  offer: name,
  arm: fc.constantFrom<KpiArm>('treated', 'control', 'holdout', 'shadow', ''),
  variant: name,
  channel: name,
  what: fc.constantFrom('contact', 'suppressed:minimum-gap', 'retained_30d.n', 'rejected:price'),
});

describe('a KPI cell', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(cells, (cell) => {
        expect(parseKpiCell(kpiCell(cell))).toEqual(cell);
      }),
    );
  });

  it('stays one cell whatever the texts hold', () => {
    const texts = fc.record({ offer: fc.string(), variant: fc.string(), channel: fc.string() });
    fc.assert(
      fc.property(cells, texts, (cell, outside) => {
        const read = parseKpiCell(kpiCell({ ...cell, ...outside }));
        expect(read).toMatchObject({ day: cell.day, arm: cell.arm, what: cell.what });
      }),
    );
  });

  it.each(['gone_quiet|contact|', 'n', '', '2026-02-02|o|treated|contact', '2026-02-02|o|other|||contact'])(
    'is not %j',
    (text) => expect(parseKpiCell(text)).toBeUndefined(),
  );
});

describe('a cell of what is learnt from', () => {
  it('is read as it was written, and is no cell of a campaign', () => {
    const cell = { day: '2026-02-02', offer: 'save_plan', segment: 'young', what: 'accepted' } as const;
    expect(parseLearningCell(learningCell(cell))).toEqual(cell);
    expect(parseKpiCell(learningCell(cell))).toBeUndefined();
  });

  it.each(['2026-02-02|o|young|contact', '2026-02-02|o|treated', 'x|o|young|treated', 'gone_quiet|contact||treated'])(
    'is not %j',
    (text) => expect(parseLearningCell(text)).toBeUndefined(),
  );
});

describe('the figures of a hash', () => {
  it('have squares of money in minor units, and the rest as it is stored', () => {
    const cell = { day: '2026-02-02', offer: 'o', arm: 'treated', variant: '', channel: '' } as const;
    const stored = Object.fromEntries(
      ['revenue_30d.n', 'revenue_30d.sum', 'revenue_30d.sq', 'retained_30d.sq'].map((what) => [
        kpiCell({ ...cell, what }),
        3,
      ]),
    );
    const figures = kpiFigures({ ...stored, 'gone_quiet|contact|': 7 });
    expect(figures.map(({ what, value }) => [what, value])).toEqual([
      ['revenue_30d.n', 3],
      ['revenue_30d.sum', 3],
      ['revenue_30d.sq', 30_000],
      ['retained_30d.sq', 3],
    ]);
    expect(summedFigures([figures, figures])).toEqual(
      figures.map((figure) => ({ ...figure, value: 2 * figure.value })),
    );
  });
});

describe('the name in a metric', () => {
  it.each([
    ['gone_quiet|contact|', 'gone_quiet|contact|'],
    ['2026-02-02|save_plan|treated||call-centre|accepted', 'treated|accepted'],
    ['2026-02-02|save_plan|treated||call-centre|cost', undefined],
    ['2026-02-02|save_plan|treated|||revenue_30d.sq', undefined],
    ['2026-02-02|save_plan|young|treated', undefined],
  ])('of %s is %s', (cell, series) => expect(kpiSeries(cell)).toBe(series));
});

describe('a reason from outside', () => {
  it.each([
    ['Too expensive!', 'too_expensive'],
    ['price', 'price'],
    ['no-need', 'no-need'],
    ['太贵了', ''],
    ['a'.repeat(50), 'a'.repeat(32)],
    ['a|b', 'a_b'],
  ])('%j becomes the code %j', (text, code) => expect(kpiCode(text)).toBe(code));
});

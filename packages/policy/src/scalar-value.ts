import type { NumberShape, Shape } from './shape.ts';
import { parseStage } from './stage.ts';
import { currencyDigits, isTimeZone, parseDay, parseDays, parseDuration, parseTimeOfDay } from './units.ts';
import { type Located, scalarText, scalarValue } from './yaml-source.ts';

/** The value of a scalar as its shape has it: ms, a fraction, a word; undefined for what is none. */
export function scalarOf(value: Located, shape: Shape): string | number | boolean | undefined {
  const text = scalarText(value);
  switch (shape.kind) {
    case 'number':
      return numberWithin(value, shape);
    case 'share':
      return shareOf(value);
    case 'duration':
      return durationWithin(text ?? '', shape.minMs, shape.maxMs);
    case 'word':
      return shape.words.find((word) => word === text);
    case 'time':
      return parseTimeOfDay(text ?? '');
    case 'clock':
      return clockOf(value);
    case 'flag':
      return flagOf(value);
    case 'either':
      return firstOf(value, shape.of);
    case 'days':
      return parseDays(text ?? '') === undefined ? undefined : text;
    case 'date':
      return parseDay(text ?? '') === undefined ? undefined : text;
    case 'zone':
      return isTimeZone(text ?? '') ? text : undefined;
    case 'stage':
      return parseStage(text ?? '') === undefined ? undefined : text;
    case 'currency':
      return currencyDigits(text ?? '') === undefined ? undefined : text;
    case 'language':
      return /^[a-z]{2,3}(-[A-Za-z0-9]{1,8}){0,3}$/.test(text ?? '') ? text : undefined;
    default:
      return text === '' ? undefined : text;
  }
}

/** Minutes since midnight. */
function clockOf(value: Located): number | undefined {
  const hour = numberWithin(value, { kind: 'number', isWhole: true, min: 0, max: 24 });
  if (hour !== undefined) return hour * 60;
  const timeMs = parseTimeOfDay(scalarText(value) ?? '');
  return timeMs === undefined ? undefined : timeMs / 60_000;
}

function flagOf(value: Located): boolean | undefined {
  const plain = scalarValue(value);
  return typeof plain === 'boolean' ? plain : undefined;
}

function firstOf(value: Located, shapes: readonly Shape[]): string | number | boolean | undefined {
  for (const shape of shapes) {
    const found = scalarOf(value, shape);
    if (found !== undefined) return found;
  }
  return undefined;
}

export function numberOf(value: Located): number | undefined {
  const plain = scalarValue(value);
  return typeof plain === 'number' && Number.isFinite(plain) ? plain : undefined;
}

export function shareOf(value: Located): number | undefined {
  const percent = /^(\d{1,3}(?:\.\d{1,12})?)%$/.exec(scalarText(value) ?? '');
  const share = percent === null ? numberOf(value) : Number(percent[1]) / 100;
  return share !== undefined && share >= 0 && share <= 1 ? share : undefined;
}

function numberWithin(value: Located, { isWhole, min, max }: NumberShape): number | undefined {
  const plain = numberOf(value);
  if (plain === undefined || plain < min || plain > max) return undefined;
  return isWhole && !Number.isInteger(plain) ? undefined : plain;
}

function durationWithin(text: string, minMs: number, maxMs: number): number | undefined {
  const ms = parseDuration(text);
  return ms !== undefined && ms >= minMs && ms <= maxMs ? ms : undefined;
}

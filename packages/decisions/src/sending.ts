import type { ChannelPlan, CompiledPolicy, Offer } from '@holdfast/policy';
import { isRefused } from './allowance.ts';
import { fullUntil, slotOf } from './capacity.ts';
import { type ContactLimit, type ContactLimits, contactLimits } from './contact-policy.ts';
import type { ContactKind } from './ledger.ts';
import { type Locality, localityOf } from './locality.ts';
import type { DecisionBasis, DecisionRequest } from './model.ts';
import { type Placement, placeInTime } from './placement.ts';
import { channelOf } from './playbook.ts';
import { type QuietTimes, quietTimesOf } from './quiet-times.ts';

/** What came of trying to send an offer on a channel. Times in ms since the epoch. */
export type Trial = Placed | Stopped;

export interface Placed {
  readonly kind: 'placed';
  readonly sendAt: number;
  readonly sendBy: number;
  readonly slotAt: number | undefined;
}

/** By the first thing that stood in the way, at the time it was then planned for. */
export interface Stopped {
  readonly kind: 'stopped';
  readonly because: ChannelReason;
  readonly atMs: number;
}

/** What stands in the way on a channel. */
export type ChannelReason = ContactLimit | 'no-consent' | 'vulnerable' | 'quiet-hours' | 'capacity';

/** An offer on its way to a channel. */
export interface Wish {
  readonly offer: Offer;
  readonly contactKind: ContactKind;
  /** Whether a later slot of a full channel is tried. */
  readonly waitsForSlot: boolean;
}

/** The channels as one decision finds them. */
export interface Sending {
  /** The first time at which everything allows the contact, before the offer ends. */
  attempt(channel: string, wish: Wish): Trial;
}

/** Times tried for one offer on one channel: a desk that is full for longer than so many slots is full. */
const ATTEMPTS = 32;

export function sendingOf(request: DecisionRequest, basis: DecisionBasis, isVulnerable: boolean): Sending {
  const { policy } = basis;
  const limits = contactLimits(basis.ledger, policy.contactPolicy);
  const views = new Map<string, ChannelView>();
  let locality: Locality | undefined;

  function viewOf(channel: string): ChannelView {
    const known = views.get(channel);
    if (known !== undefined) return known;
    locality ??= localityOf(request.customer, policy, basis.scope);
    const view = channelView(channel, { request, policy, locality, isVulnerable });
    views.set(channel, view);
    return view;
  }

  return {
    attempt(channel, wish) {
      const view = viewOf(channel);
      const barred = view.barredBy(wish.contactKind);
      if (barred !== undefined) return { kind: 'stopped', because: barred, atMs: request.nowMs };
      const trying = { view, wish, limits, request, basis };
      return request.isReactive === true ? atOnce(trying) : firstChance(trying);
    },
  };
}

interface Trying {
  readonly view: ChannelView;
  readonly wish: Wish;
  readonly limits: ContactLimits;
  readonly request: DecisionRequest;
  readonly basis: DecisionBasis;
}

/** Who is there hears it now; what he answered before, and how often he heard of it, still counts. */
function atOnce({ view, wish, limits, request }: Trying): Trial {
  const { nowMs, trigger } = request;
  const limit = limits.brokenBesideGap(contactAt(nowMs, view, wish));
  if (limit !== undefined) return { kind: 'stopped', because: limit, atMs: nowMs };
  const sendBy = nowMs + Math.min(wish.offer.validForMs, trigger.freshnessMs);
  return { kind: 'placed', sendAt: nowMs, sendBy, slotAt: undefined };
}

/** Where only a gap or a full slot stands in the way, the next time at which it does not is tried. */
function firstChance({ view, wish, limits, request, basis }: Trying): Trial {
  const untilMs = request.nowMs + wish.offer.validForMs;
  let fromMs = request.nowMs;
  let stopped: Stopped | undefined;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const place = view.placeFrom(fromMs, untilMs);
    if (place === undefined) return stopped ?? { kind: 'stopped', because: 'quiet-hours', atMs: fromMs };
    const { sendAt } = place;
    const limit = limits.broken(contactAt(sendAt, view, wish));
    if (limit !== undefined) {
      stopped ??= { kind: 'stopped', because: limit, atMs: sendAt };
      if (limit !== 'minimum-gap') return stopped;
      fromMs = limits.gapOpenAt(wish.contactKind, sendAt);
      continue;
    }
    const freeFrom = fullUntil(view.plan, sendAt, basis.standing);
    if (freeFrom === undefined) return placed(place, view, request);
    stopped ??= { kind: 'stopped', because: 'capacity', atMs: sendAt };
    if (!wish.waitsForSlot) return stopped;
    fromMs = freeFrom;
  }
  return stopped ?? { kind: 'stopped', because: 'capacity', atMs: fromMs };
}

/** What is decided late, or waits for a dispatcher, is not said of a moment long past; the offer itself may stand on. */
function placed({ sendAt, sendBy }: Placement, { plan }: ChannelView, { trigger }: DecisionRequest): Placed {
  return {
    kind: 'placed',
    sendAt,
    sendBy: Math.min(sendBy, sendAt + trigger.freshnessMs),
    slotAt: slotOf(plan, sendAt),
  };
}

function contactAt(sendAt: number, { plan }: ChannelView, { offer, contactKind }: Wish) {
  return { offer: offer.id, category: offer.category, channel: plan.id, kind: contactKind, sendAt };
}

/** A channel as it is for this customer now. */
interface ChannelView {
  readonly plan: ChannelPlan;
  /** What shuts it for contacts of a kind, whatever the time. */
  barredBy(kind: ContactKind): ChannelReason | undefined;
  placeFrom(fromMs: number, untilMs: number): Placement | undefined;
}

interface Seeing {
  readonly request: DecisionRequest;
  readonly policy: CompiledPolicy;
  readonly locality: Locality;
  readonly isVulnerable: boolean;
}

function channelView(channel: string, seeing: Seeing): ChannelView {
  const { request, policy, locality } = seeing;
  const barred: { [K in ContactKind]?: ChannelReason | 'nothing' } = {};
  // Offers that are valid for equally long have the same place, and mostly come one after the other.
  let lastUntilMs = Number.NaN;
  let lastPlace: Placement | undefined;
  let quiet: QuietTimes | undefined;

  function placeFrom(fromMs: number, untilMs: number): Placement | undefined {
    quiet ??= quietTimesOf(policy, channel, locality);
    return placeInTime({ fromMs, untilMs }, quiet);
  }

  return {
    plan: channelOf(policy, channel),
    barredBy(kind) {
      barred[kind] ??= barredFor(channel, kind, seeing) ?? 'nothing';
      return barred[kind] === 'nothing' ? undefined : barred[kind];
    },
    placeFrom(fromMs, untilMs) {
      if (fromMs !== request.nowMs) return placeFrom(fromMs, untilMs);
      if (untilMs !== lastUntilMs) lastPlace = placeFrom(fromMs, untilMs);
      lastUntilMs = untilMs;
      return lastPlace;
    },
  };
}

function barredFor(channel: string, kind: ContactKind, seeing: Seeing): ChannelReason | undefined {
  if (isRefused(seeing.request.customer, channel, kind)) return 'no-consent';
  const { vulnerable } = seeing.policy.contactPolicy;
  return seeing.isVulnerable && vulnerable?.channels.includes(channel) === false ? 'vulnerable' : undefined;
}

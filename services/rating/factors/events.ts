import type { RiskEvent } from '@tidemark/schemas/records';
import { MS_PER_DAY } from '../calendar';
import { valid, type Env, type Value } from '../expression/node';

/** A feature over single risk events, kept and aged exactly in whole 24 h. */
export interface EventFeature {
  /** Text of the filter, the same across versions; empty: none. */
  readonly filter: string;
  readonly where: ((env: Env) => Value) | undefined;
  /** Counted while younger than this; Infinity: at any age. */
  readonly ageDays: number;
  /** Events with the same value are one, the earliest (two reports with one id are one). */
  readonly oncePer: string | undefined;
  /** Only the latest event for each combination of these fields. */
  readonly latestPer: readonly string[] | undefined;
  readonly holds: ((env: Env) => Value) | undefined;
}

interface Dated {
  readonly occurredAt: number;
  readonly id: string;
}

const order = (a: Dated, b: Dated): number =>
  a.occurredAt - b.occurredAt || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

/** Keeps a record in (occurredAt, id) order. */
export function keep<Record extends Dated>(events: Record[], event: Record): void {
  let at = events.length;
  while (at > 0) {
    const before = events[at - 1];
    if (before === undefined || order(before, event) <= 0) break;
    at -= 1;
  }
  events.splice(at, 0, event);
}

/** Does the feature count events like `env.record`? */
export const concerns = ({ where }: EventFeature, env: Env): boolean =>
  where === undefined || where(env) === true;

/** How many events the feature counts now. */
export function readEvents(env: Env, feature: EventFeature): number {
  const { ageDays, oncePer, latestPer, holds } = feature;
  const chosen = new Map<string, RiskEvent>();
  let plain = 0;
  for (const event of env.state.events) {
    env.record = event;
    if (!concerns(feature, env)) continue;
    if (oncePer === undefined && latestPer === undefined) {
      plain += counted(env, event, ageDays, holds);
      continue;
    }
    const fields = latestPer ?? [oncePer ?? ''];
    const key = JSON.stringify(fields.map((field) => env.record[field] ?? null));
    // Ascending order: the first is the earliest, the last the latest.
    if (latestPer !== undefined || !chosen.has(key)) chosen.set(key, event);
  }
  for (const event of chosen.values()) plain += counted(env, event, ageDays, holds);
  return plain;
}

function counted(
  env: Env,
  event: RiskEvent,
  ageDays: number,
  holds: EventFeature['holds'],
): number {
  const leaves = event.occurredAt + ageDays * MS_PER_DAY;
  if (env.asOf >= leaves) return 0;
  if (holds !== undefined) {
    env.record = event;
    if (holds(env) !== true) return 0;
  }
  valid(env, leaves);
  return 1;
}

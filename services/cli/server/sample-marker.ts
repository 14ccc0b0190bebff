import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DAY_MS } from '../sample/diary';
import type { SampleOptions } from '../sample/portfolio';

/** Which sample a data directory begins with; kept there, so that a load that was cut off goes on. */
export interface SampleMarker extends SampleOptions {
  readonly loaded: boolean;
}

const DAYS = 365;
/** Asia/Shanghai, the zone of the sample. */
const ZONE_MS = 8 * 3_600_000;

/** A year that ends with the last midnight. */
export function newSample(seed: number, customers: number, now: number): SampleMarker {
  const today = Math.floor((now + ZONE_MS) / DAY_MS) * DAY_MS - ZONE_MS;
  return { seed, customers, days: DAYS, start: today - DAYS * DAY_MS, loaded: false };
}

const fileOf = (directory: string): string => join(directory, 'sample.json');

/** Undefined: the directory has no sample. */
export function readMarker(directory: string): SampleMarker | undefined {
  const file = fileOf(directory);
  if (!existsSync(file)) return undefined;
  const marker: SampleMarker = JSON.parse(readFileSync(file, 'utf8'));
  return marker;
}

export function writeMarker(directory: string, marker: SampleMarker): void {
  writeFileSync(fileOf(directory), `${JSON.stringify(marker)}\n`, { flush: true });
}

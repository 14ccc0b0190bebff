import { readFileSync } from 'node:fs';
import { openMethodology } from '@tidemark/cli/methodology-file';
import { samplePortfolio } from '@tidemark/cli/sample/portfolio';
import { decide } from '@tidemark/rating/customer';
import type { Methodology } from '@tidemark/rating/methodology/methodology';
import type { CustomerState } from '@tidemark/rating/state';
import { parseLine } from '@tidemark/schemas/json-lines';
import type { InputRecord } from '@tidemark/schemas/records';

/** A file of JSON Lines, or so many customers of the sample portfolio. */
export type Source = { readonly file: string } | { readonly sampleCustomers: number };

export type States = Map<string, CustomerState>;

export const defaultMethodology = (): Methodology => openMethodology('cn-aml-bank');

export const linesOf = (file: string): string[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '');

export function recordsOf(source: Source): InputRecord[] {
  if ('file' in source) {
    return linesOf(source.file).map((line) => {
      const parsed = parseLine(line);
      if (!parsed.ok) throw new Error(`not a record: ${JSON.stringify(parsed.faults)}`);
      return parsed.record;
    });
  }
  const start = Date.parse('2025-03-01T00:00:00+08:00');
  return [...samplePortfolio({ seed: 1, customers: source.sampleCustomers, days: 365, start })];
}

/** Decides about every record, as one thread without an engine does it. */
export function play(
  methodology: Methodology,
  records: readonly InputRecord[],
  states: States = new Map(),
): States {
  for (const record of records) {
    const { customer } = record;
    const input = { kind: 'record', record } as const;
    const { state } = decide(states.get(customer), input, { methodology, asOf: record.occurredAt });
    if (state !== undefined) states.set(customer, state);
  }
  return states;
}

import { readMethodology } from '@tidemark/cli/methodology-file';
import { EVENTS, METHODOLOGIES } from '@tidemark/processor/topics';
import { customerMachine } from '@tidemark/rating/customer-machine';
import type { RatingGlobals } from '@tidemark/rating/in-force/globals';
import type { CustomerState } from '@tidemark/rating/state';
import { BATCH, METHODOLOGY } from './bench-engine';
import { batchesOf } from './live-events';

export interface PeerInput {
  readonly file: string;
  readonly events: number;
}

export interface PeerResult {
  readonly events: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
}

/** The same events checked and decided with all states in a map: nothing is durable. */
export function measureWithoutEngine({ file, events }: PeerInput): PeerResult {
  const globals = globalsNow();
  const version = customerMachine.versionAt(globals, Date.now());
  const states = new Map<string, CustomerState>();
  return timed(file, events, (batch) => {
    const context = { asOf: Date.now(), globals, version };
    for (const value of batch) {
      const decoded = customerMachine.decode(EVENTS, value, globals);
      if (!decoded.ok) throw new Error(`an event was refused: ${decoded.reason}`);
      const key = customerMachine.keyOf(decoded.value);
      const work = { kind: 'record', input: decoded.value } as const;
      const { state, outputs } = customerMachine.decide(states.get(key), work, context);
      if (state !== undefined) states.set(key, state);
      outputs.forEach(customerMachine.encodeOutput);
    }
  });
}

/** JSON.parse and a map of customers. */
export function measureParseOnly({ file, events }: PeerInput): PeerResult {
  const counts = new Map<string, number>();
  return timed(file, events, (batch) => {
    for (const value of batch) {
      const { customer } = JSON.parse(value.toString('utf8')) as { customer: string };
      counts.set(customer, (counts.get(customer) ?? 0) + 1);
    }
  });
}

function timed(file: string, wanted: number, take: (batch: readonly Buffer[]) => void): PeerResult {
  const cpu = process.cpuUsage();
  const start = performance.now();
  let events = 0;
  for (const batch of batchesOf(file, BATCH, wanted)) {
    take(batch);
    events += batch.length;
  }
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { events, seconds, cpuSeconds: (user + system) / 1e6 };
}

function globalsNow(): RatingGlobals {
  const { document, framework } = readMethodology(METHODOLOGY);
  const { id, version } = document;
  const record = {
    id,
    version,
    document: JSON.stringify(document),
    framework: framework === undefined ? null : JSON.stringify(framework),
    activateAt: 0,
  };
  const value = Buffer.from(JSON.stringify(record));
  const taken = customerMachine.takeGlobal(customerMachine.initialGlobals, METHODOLOGIES, value);
  if (!taken.ok) throw new Error(`the methodology is refused: ${taken.reason}`);
  return taken.value;
}

import { accept, memoryPartition } from '@tidemark/engine/partition';
import { encodeEvent, eventAt, keyOf, numberOf, streamOf, unframed } from './events';
import { fold, gradeFor, newState, readScoringTable } from './scoring';
import { changeType, scoringMachine, TABLE_FILE } from './scoring-machine';

const EVENTS = 20_000;
const NOW = Date.parse('2026-01-02T03:04:05Z');
const stream = streamOf(EVENTS, EVENTS / 10, NOW);
const numbers = Array.from({ length: EVENTS }, (_, n) => n);

function play() {
  const machine = scoringMachine();
  const partition = memoryPartition(machine, null);
  const outputs = numbers.flatMap((n) => {
    const decoded = machine.decode('transactions', encodeEvent(eventAt(stream, n), 1), null);
    if (!decoded.ok) throw new Error(decoded.reason);
    return accept(partition, decoded.value, () => undefined).outputs;
  });
  return { machine, partition, outputs };
}

describe('the simple scoring of the benchmark', () => {
  it('changes the grade of about every hundredth event, as the prototype did', () => {
    const { outputs, partition } = play();
    expect(partition.states.size).toBe(EVENTS / 10);
    expect(outputs.length / EVENTS).toBeGreaterThan(0.005);
    expect(outputs.length / EVENTS).toBeLessThan(0.01);
    expect(new Set(outputs.map(({ grade }) => grade)).size).toBeGreaterThan(2);
  });

  it('numbers the changes of a customer without a gap, each from the grade before', () => {
    const last = new Map<string, { sequence: number; grade: number }>();
    for (const { customer, sequence, previousGrade, grade } of play().outputs) {
      const before = last.get(customer) ?? { sequence: 0, grade: 1 };
      expect({ sequence, previousGrade }).toEqual({
        sequence: before.sequence + 1,
        previousGrade: before.grade,
      });
      last.set(customer, { sequence, grade });
    }
  });

  it('keeps 496 bytes of a customer, which come back as they were', () => {
    const { machine, partition } = play();
    const state = partition.states.get(keyOf(eventAt(stream, 0).customer));
    if (state === undefined) throw new Error('there is no state');
    const context = { asOf: 0, globals: null, version: '1' };
    const bytes = machine.encodeState(state, context);
    expect(bytes).toHaveLength(496);
    expect(machine.decodeState(bytes, context)).toEqual(state);
  });

  it('publishes what decodes to the change, and takes over what was published', () => {
    const { machine, outputs } = play();
    const [change] = outputs;
    if (change === undefined) throw new Error('nothing was published');
    expect(changeType().fromBuffer(unframed(machine.encodeOutput(change)))).toEqual(change);
    const adopted = machine.adopt(newState(readScoringTable(TABLE_FILE)), ['3,5'], []);
    expect([...adopted.subarray(0, 2)]).toEqual([5, 3]);
  });

  it('lets a sub-item go whose window has passed', () => {
    const table = readScoringTable(TABLE_FILE);
    const state = newState(table);
    const cash = { ...eventAt(stream, 0, NOW), kind: 'cash', amountCny: 100_000_000 } as const;
    const high = fold(table, state, cash);
    const small = {
      ...cash,
      kind: 'transfer',
      amountCny: 1,
      occurredAt: NOW + 86_460_000,
    } as const;
    expect(fold(table, state, small)).toBeLessThan(high);
    expect(gradeFor(table, high)).toBeGreaterThan(0);
  });
});

describe('the stream of the benchmark', () => {
  it('is the same at every run, and meets every customer', () => {
    const again = streamOf(EVENTS, EVENTS / 10, NOW);
    expect(numbers.map((n) => eventAt(again, n))).toEqual(numbers.map((n) => eventAt(stream, n)));
    expect(new Set(numbers.map((n) => eventAt(stream, n).customer)).size).toBe(EVENTS / 10);
  });

  it('has events of about 170 bytes, whose ids tell their number', () => {
    const bytes = numbers.reduce((sum, n) => sum + encodeEvent(eventAt(stream, n), 1).length, 0);
    expect(bytes / EVENTS).toBeGreaterThan(160);
    expect(bytes / EVENTS).toBeLessThan(180);
    expect(numberOf(eventAt(stream, 123).id)).toBe(123);
  });
});

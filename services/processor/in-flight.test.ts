import { inFlight } from './in-flight';

const events = (count: number, bytes: number): Uint8Array[] =>
  Array.from({ length: count }, () => new Uint8Array(bytes));
const idle = (): number => 0;

describe('what is being stored', () => {
  it('takes no more once there are too many events, durable and not decided ones included', () => {
    const room = inFlight(10);
    const giveBack = room.take(new Map([[0, events(4, 1)]]), () => 7);
    expect(room.take(new Map([[0, events(1, 1)]]), () => 7)).toBeUndefined();
    expect(room.take(new Map([[0, events(1, 1)]]), () => 6)).toBeDefined();
    giveBack?.();
    expect(room.take(new Map([[0, events(1, 1)]]), () => 9)).toBeDefined();
  });

  it('takes no more bytes than it may hold, but one part of any size', () => {
    const room = inFlight(1_000, 100);
    const giveBack = room.take(new Map([[0, events(3, 50)]]), idle);
    expect(giveBack).toBeDefined();
    expect(room.take(new Map([[0, events(1, 1)]]), idle)).toBeUndefined();
    giveBack?.();
    expect(room.take(new Map([[0, events(2, 25)]]), idle)).toBeDefined();
    expect(room.take(new Map([[0, events(2, 25)]]), idle)).toBeDefined();
    expect(room.take(new Map([[0, events(1, 1)]]), idle)).toBeUndefined();
  });

  it('takes nothing for one partition where another has no room', () => {
    const room = inFlight(1_000, 100);
    room.take(new Map([[1, events(1, 100)]]), idle);
    const both = new Map([
      [0, events(1, 100)],
      [1, events(1, 1)],
    ]);
    expect(room.take(both, idle)).toBeUndefined();
    expect(room.take(new Map([[0, events(1, 100)]]), idle)).toBeDefined();
  });
});

import fc from 'fast-check';
import { decode, encode, schemaOf } from './avro';
import { INPUT_KINDS, OUTPUT_KINDS, recordsOf } from './records.fixture';

describe('the Avro form', () => {
  it.each([...INPUT_KINDS, ...OUTPUT_KINDS])('gives back every %s', (kind) => {
    fc.assert(
      fc.property(recordsOf(kind), (record) => {
        expect(decode(kind, encode(kind, record))).toStrictEqual(record);
      }),
    );
  });

  it('keeps null where an output states it, and leaves out what an input lacks', () => {
    const task = {
      id: 't',
      institution: 'bank',
      customer: 'c',
      kind: 'review',
      item: null,
      action: 'open',
      occurredAt: 0,
      reason: 'Review is due.',
    } as const;
    expect(decode('review-task', encode('review-task', task))).toStrictEqual(task);
    const fact = {
      type: 'link-fact',
      id: 'l',
      institution: 'bank',
      customer: 'c',
      occurredAt: -1,
      pattern: 'B2.1',
      hit: true,
    } as const;
    expect(Object.keys(decode('link-fact', encode('link-fact', fact)))).not.toContain('count');
  });

  it.each([2 ** 52, -(2 ** 52) - 1, 2 ** 53 - 1, -(2 ** 53) + 1, 2 ** 31, -(2 ** 31) - 1, -1])(
    'keeps the integer %d exactly',
    (value) => {
      const record = {
        type: 'profile-change',
        id: 'p',
        institution: 'bank',
        customer: 'c',
        occurredAt: 0,
        set: { extra: { value } },
      } as const;
      expect(decode('profile-change', encode('profile-change', record))).toStrictEqual(record);
    },
  );

  it('refuses an integer that cannot be kept exactly', () => {
    const reason = 'Review is due.';
    const at = { occurredAt: 2 ** 53, action: 'open', item: null, kind: 'review', reason } as const;
    const task = { id: 't', institution: 'bank', customer: 'c', ...at };
    expect(() => encode('review-task', task)).toThrow();
  });

  it('refuses bytes of another form', () => {
    const line = Buffer.from('not a decision at all, but text', 'utf8');
    expect(() => decode('decision', line)).toThrow();
  });

  it('has a schema for every kind that says which it is', () => {
    for (const kind of [...INPUT_KINDS, ...OUTPUT_KINDS]) {
      const extra = schemaOf(kind).tidemark;
      expect(extra?.input ?? extra?.output).toBe(kind);
    }
  });
});

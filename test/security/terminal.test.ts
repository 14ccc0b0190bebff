import { gzipSync } from 'node:zlib';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { say } from '@tidemark/cli/exit';
import { csvReader, ROW_CHARACTERS_MAX } from '@tidemark/cli/import/csv';
import { rowBatches } from '@tidemark/cli/import/source-file';
import { listingText } from '@tidemark/cli/letters/print';
import { decide } from '@tidemark/rating/customer';
import { compiledMethodology, NOON, shippedDocument } from '@tidemark/rating/customer.fixture';
import { explanationText } from '@tidemark/rating/explanation';
import { printable } from '@tidemark/schemas/printable';
import { parseRecord } from '@tidemark/schemas/records';
import fc from 'fast-check';
import { runs } from './bounded';

/** Clears the screen, forges a line, turns the text around, and is a command in eight bits. */
const HOSTILE = 'c\u001b[2J\u001b]0;x\u0007\r\nforged\u202egnp.exe\u009b31m\u2028';
const OBEYED = /[^\P{Cc}\n]|[\u202a-\u202e\u2028\u2029\u2066-\u2069]/u;

const { framework: _none, ...BANK } = shippedDocument('cn-aml-bank');

describe('text for a terminal', () => {
  it('holds nothing that a terminal obeys, of any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(printable(text)).not.toMatch(/[\p{Cc}\u202a-\u202e\u2028\u2029\u2066-\u2069]/u);
        expect(printable(printable(text))).toBe(printable(text));
      }),
      { numRuns: runs(500) },
    );
    expect(printable('王小明, Ærø: 100 %')).toBe('王小明, Ærø: 100 %');
  });

  it('explains a customer whose names are commands', () => {
    const parsed = parseRecord({
      ...{ type: 'profile-change', id: HOSTILE, institution: 'bank', customer: HOSTILE },
      occurredAt: NOON,
      set: {
        customerKind: 'natural',
        usedBusiness: [HOSTILE],
        expectedBusiness: [HOSTILE],
        parties: [{ partyId: HOSTILE, role: 'agent' }],
      },
    });
    if (!parsed.ok) throw new Error('it is none');
    const { record } = parsed;
    const methodology = compiledMethodology(BANK);
    const known = decide(undefined, { kind: 'record', record }, { methodology, asOf: NOON });
    const { institution, customer } = record;
    const tick = { kind: 'tick', institution, customer } as const;
    const asOf = NOON + 2 * 86_400_000;
    const { outputs } = decide(known.state, tick, { methodology, asOf });
    const texts = outputs.flatMap((output) =>
      output.kind === 'rating' ? [explanationText(methodology.document, output.record)] : [],
    );
    expect(texts).toHaveLength(1);
    expect(texts[0]).toContain('bank:c?[2J');
    expect(texts[0]).not.toMatch(OBEYED);
    expect(texts[0]).not.toContain('\nforged');
  });

  it('lists letters from places that are commands, and says faults that are', () => {
    const count = { code: HOSTILE, topic: HOSTILE, open: 1, replayed: 0, discarded: 0 };
    const letter = {
      letter: HOSTILE,
      code: HOSTILE,
      source: HOSTILE,
      at: 0,
      state: 'open',
    } as const;
    const counts = [{ ...count, first: undefined, last: undefined }];
    const letters = [{ ...letter, order: undefined }];
    expect(listingText({ counts, letters, next: undefined })).not.toMatch(OBEYED);
    const written: string[] = [];
    const write = jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
      written.push(String(text));
      return true;
    });
    say(`first\nsecond ${HOSTILE}`);
    write.mockRestore();
    expect(written.join('')).not.toMatch(OBEYED);
    expect(written.join('')).toMatch(/^first\nsecond /);
  });
});

describe('a CSV file', () => {
  const csv = { separator: ',', quoting: true };

  it('is read to its end in bounded pieces, whatever it holds', () => {
    const pieces = fc.constantFrom('"', '""', ',', '\n', '\r\n', '\r', 'a', '\0', '\ufffd', '=1+1');
    fc.assert(
      fc.property(fc.array(fc.array(pieces)), (chunks) => {
        const reader = csvReader(csv);
        const rows = chunks.flatMap((chunk) => reader.push(chunk.join('')));
        rows.push(...reader.end());
        const whole = csvReader(csv);
        const text = chunks.map((chunk) => chunk.join('')).join('');
        expect(rows).toEqual([...whole.push(text), ...whole.end()]);
      }),
      { numRuns: runs(300) },
    );
  });

  it('is a broken row and then others when a quote is never closed, and when it is a bomb', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'tidemark-csv-'));
    try {
      const file = join(directory, 'bomb.csv.gz');
      const long = Buffer.alloc(64 << 20, 'a');
      writeFileSync(
        file,
        gzipSync(Buffer.concat([Buffer.from('"'), long, Buffer.from('\nx,y\n')])),
      );
      const source = { csv, encoding: 'utf-8' } as Parameters<typeof rowBatches>[1];
      const kinds: string[] = [];
      let longest = 0;
      for await (const { rows } of rowBatches(file, source)) {
        for (const row of rows) {
          kinds.push(row.kind);
          if (row.kind === 'row') longest = Math.max(longest, row.text.length);
        }
      }
      expect(kinds).toEqual(['broken', 'row']);
      expect(longest).toBeLessThan(ROW_CHARACTERS_MAX);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

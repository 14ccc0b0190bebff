import { connectRegistry } from '@tidemark/engine/adapters/registry/client';
import { framed, schemaIdOf } from '@tidemark/engine/adapters/registry/frame';
import { RegistryDown, type Registry } from '@tidemark/engine/adapters/registry/registry';
import { schemaBook } from '@tidemark/engine/adapters/registry/schema-book';
import { encodeJournal } from '@tidemark/engine/journal';
import { subjectOf } from '@tidemark/processor/topic-settings';
import { openWire, type Wire } from '@tidemark/processor/wire';
import { wireLog } from '@tidemark/processor/wire-log';
import { overWire } from '@tidemark/processor/wire-machine';
import { NO_GLOBALS } from '@tidemark/rating/in-force/globals';
import { schemaOf } from '@tidemark/schemas/avro';
import { readerOf } from '@tidemark/schemas/avro-reader';
import {
  logOf,
  otherSchema,
  payloadOf,
  produced,
  registerAll,
  TRANSACTION,
  journalRecord,
} from './registry.fixture';
import {
  describeWithServers,
  freePort,
  startRegistry,
  uniqueName,
  until,
  type RegistryServer,
} from './servers';

const LIMIT = { records: 100, bytes: 1 << 20 };

describeWithServers(
  'the schema registry',
  () => {
    let server: RegistryServer;
    let registry: Registry;
    let prefix: string;
    let wire: Wire;
    const opened: Wire[] = [];
    const subject = (topic: string): string => subjectOf(`${prefix}.${topic}.v1`);

    const open = async (missingMs = 300, log?: (line: string) => void): Promise<Wire> => {
      const made = await openWire({
        registry,
        prefix,
        missingMs,
        ...(log === undefined ? {} : { log }),
      });
      opened.push(made);
      return made;
    };

    beforeAll(async () => {
      server = await startRegistry({ own: true });
    });
    beforeEach(async () => {
      prefix = uniqueName('wire');
      registry = connectRegistry({ url: server.url });
      await registerAll(registry, prefix);
      wire = await open();
    });
    afterEach(() => {
      for (const { book } of opened.splice(0)) book.close();
      registry.close();
    });

    /** The verdict of the machine on what stands in a topic, read as a worker reads it. */
    const decoded = async (value: Uint8Array, topic = 'transactions', by = wire) => {
      const { records } = await wireLog(logOf(value), by.book).read(topic, 0, LIMIT);
      return overWire(by).decode(topic, records[0]?.value ?? value, NO_GLOBALS);
    };
    const fingerprint = async (value: Uint8Array, by = wire): Promise<string | undefined> =>
      (await wireLog(logOf(value), by.book).read('transactions', 0, LIMIT)).schemas?.[0]
        ?.fingerprint;

    const write = (schema = schemaOf('transaction'), payload?: object): Promise<Buffer> =>
      produced(server.url, subject('transactions'), schema, payload);

    it('lets records of our own schema through, from a client that is not ours', async () => {
      expect(await decoded(await write())).toStrictEqual({ ok: true, value: TRANSACTION });
      expect(await decoded(wire.encodeInput(TRANSACTION))).toMatchObject({ ok: true });
    });

    it('lets a newer producer add a field, and an older one lack one', async () => {
      const newer = otherSchema((fields) => [
        {
          name: 'loyalty',
          type: { type: 'array', items: 'string' },
          doc: '',
          default: [] as never,
        },
        ...fields,
      ]);
      const added = await write(newer, payloadOf(newer, { loyalty: ['a', 'b'] }));
      expect(await decoded(added)).toStrictEqual({ ok: true, value: TRANSACTION });

      const older = otherSchema((fields) => fields.filter(({ name }) => name !== 'deviceId'));
      const { deviceId: _deviceId, ...without } = TRANSACTION;
      expect(await decoded(await write(older))).toStrictEqual({ ok: true, value: without });
    });

    it('lets a field that we have renamed be known by its alias', async () => {
      const id = schemaIdOf(await write());
      await wire.book.settle([id ?? 0]);
      const entry = wire.book.get(id ?? 0);
      if (entry?.kind !== 'schema' || entry.writer === undefined) throw new Error('no schema');
      const renamed = otherSchema((fields) =>
        fields.map((field) =>
          field.name === 'txId' ? { ...field, name: 'postingId', aliases: ['txId'] } : field,
        ),
      );
      const read = readerOf('transaction', entry.writer, renamed);
      expect(read?.(await write(), 5)).toMatchObject({ postingId: 't-1', amount: 2 ** 49 });
    });

    it('does not let a producer leave out what is required, nor write another kind', async () => {
      const lacking = otherSchema((fields) => fields.filter(({ name }) => name !== 'amount'));
      const elsewhere = uniqueName('other');
      const value = await produced(server.url, elsewhere, lacking);
      expect(await decoded(value)).toMatchObject({ ok: false, code: 'undecodable' });
      expect(await decoded(await write(), 'profile-changes')).toMatchObject({
        ok: false,
        code: 'undecodable',
      });
    });

    it('is asked for an id that it does not have for a while, then the record is refused', async () => {
      const value = framed(987_654, Buffer.from('x'));
      const patient = await open(4_000);
      const begin = performance.now();
      expect(await decoded(value, 'transactions', patient)).toMatchObject({
        ok: false,
        code: 'unknown-schema',
      });
      expect(performance.now() - begin).toBeGreaterThanOrEqual(4_000);
      // known to be missing: the next records of it are not waited for again
      const again = performance.now();
      expect(await decoded(value, 'transactions', patient)).toMatchObject({ ok: false });
      expect(performance.now() - again).toBeLessThan(4_000);
      expect((await wireLog(logOf(value), wire.book).read('t', 0, LIMIT)).schemas).toEqual([]);
    });

    it('is asked for many unknown ids together: they do not wait one after the other', async () => {
      const waitMs = 3_000;
      const patient = await open(waitMs);
      const ids = Array.from({ length: 200 }, (_, i) => 800_000 + i);
      const log = wireLog(logOf(...ids.map((id) => framed(id, Buffer.from('x')))), patient.book);
      const begin = performance.now();
      for (let at = 0; at < ids.length;) {
        const { next } = await log.read('transactions', at, {
          ...LIMIT,
          records: 20,
          onlyReady: true,
        });
        if (next === at) await log.changed(new Map([['transactions', at]]), waitMs);
        at = next;
      }
      // ten reads of twenty records, of which only the first waits
      expect(performance.now() - begin).toBeLessThan(10 * waitMs);
      expect(patient.book.get(800_199)).toEqual({ kind: 'missing' });
    });

    it('may learn of an id while it is asked for', async () => {
      const last = schemaIdOf(await write()) ?? 0;
      const newest = Math.max(
        last,
        schemaIdOf(await produced(server.url, uniqueName('n'), odd())) ?? 0,
      );
      const next = framed(newest + 1, Buffer.from([0]));
      const patient = await open(60_000);
      const reading = wireLog(logOf(next), patient.book).read('transactions', 0, LIMIT);
      await registry.register(uniqueName('late'), JSON.stringify(odd('Late')));
      expect((await reading).schemas).toMatchObject([{ id: newest + 1 }]);
    });

    it('is not needed to refuse what is no record', async () => {
      const sound = await write();
      const bad: readonly (readonly [string, Uint8Array])[] = [
        ['nothing', Buffer.alloc(0)],
        ['text', Buffer.from('{"type":"transaction"}')],
        ['a part of a frame', sound.subarray(0, 4)],
        ['cut', sound.subarray(0, sound.length - 1)],
        ['longer', Buffer.concat([sound, Buffer.from([0])])],
      ];
      for (const [what, value] of bad) {
        const { ok, ...verdict } = await decoded(value);
        expect([what, ok, verdict]).toMatchObject([what, false, { code: 'undecodable' }]);
      }
      const garbled = Buffer.from(sound);
      garbled[garbled.indexOf('e-1')] = 0xff;
      expect(await decoded(garbled)).toMatchObject({ ok: false, code: 'not-utf8' });
    });

    it('is waited for at the start, then for its schemas; each is said once', async () => {
      const port = await freePort();
      const late = connectRegistry({ url: `http://127.0.0.1:${port}/apis/ccompat/v7` });
      const lines: string[] = [];
      const opening = openWire({ registry: late, prefix, log: (line) => lines.push(line) });
      await until('it is waited for', async () => lines.length === 1);
      const other = await startRegistry({ port, own: true });
      await until('its schemas are waited for', async () => lines.length === 3);
      await registerAll(late, prefix);
      (await opening).book.close();
      late.close();
      await other.stop();
      expect(lines).toMatchObject([
        expect.stringMatching(/^waiting for the schema registry: /),
        'the schema registry answers again',
        expect.stringMatching(
          /^waiting for schemas, not registered: .* to register: tidemark topics apply$/,
        ),
      ]);
    });

    it('that is down does not stop known ids; unknown ones wait until it is back', async () => {
      await server.restart();
      await registerAll(registry, prefix);
      const lines: string[] = [];
      wire = await open(60_000, (line) => lines.push(line));
      const known = await write();
      const unknown = await write(otherSchema((fields) => fields.slice().reverse()));
      expect(await decoded(known)).toMatchObject({ ok: true });
      await server.kill();
      expect(await decoded(known)).toMatchObject({ ok: true });
      let isRead = false;
      const reading = decoded(unknown).finally(() => {
        isRead = true;
      });
      await until('it is waited for', async () => lines.length === 1);
      expect(isRead).toBe(false);
      await server.restart();
      // in the same order, so that the same ids come back
      await registerAll(registry, prefix);
      await write();
      await write(otherSchema((fields) => fields.slice().reverse()));
      expect(await reading).toStrictEqual({
        ok: true,
        value: expect.objectContaining({ id: 'e-1' }),
      });
      expect(lines).toEqual([
        expect.stringMatching(/^waiting for the schema registry: /),
        'the schema registry answers again',
      ]);
    });

    it('that gives ids anew after a loss is noticed by the fingerprint', async () => {
      await server.restart();
      await registerAll(registry, prefix);
      const value = wire.encodeInput(TRANSACTION);
      const id = await registry.idOf(
        subject('transactions'),
        JSON.stringify(schemaOf('transaction')),
      );
      const mine = framed(id ?? 0, value.subarray(5));
      const before = await fingerprint(mine, await open());
      await server.restart();
      for (let i = 0; i < 10; i++) {
        await registry.register(`${prefix}-${i}-value`, JSON.stringify(odd(`Odd${i}`)));
      }
      await registerAll(registry, prefix);
      const after = await fingerprint(mine, await open());
      expect(before).toMatch(/^[0-9a-f]{64}$/);
      expect(after).toMatch(/^[0-9a-f]{64}$/);
      expect(after).not.toBe(before);
    });

    it('is not believed where another answers in its place', async () => {
      const wrong = connectRegistry({ url: server.url.replace('ccompat', 'nothing') });
      await expect(wrong.schemaById(1)).rejects.toThrow(RegistryDown);
      wrong.close();
      const book = schemaBook({ registry: wrong, missingMs: 0 });
      const settling = book.settle([1]);
      book.close();
      await expect(settling).rejects.toThrow('not asked any more');
    });

    it('gives the journal back that an older build wrote', async () => {
      const record = journalRecord();
      const bytes = encodeJournal(record);
      expect(Buffer.from(await wire.frame.open(wire.frame.wrap(bytes)))).toEqual(bytes);
      const { fields, ...rest } = schemaOf('journal');
      const reordered = { ...rest, fields: fields.slice(0, 5).reverse().concat(fields.slice(5)) };
      const older = await produced(server.url, uniqueName('journal'), reordered, {
        ...record,
        range: null,
        sweep: null,
      });
      expect(Buffer.from(await wire.frame.open(older))).toEqual(bytes);
      const foreign = await write();
      await expect(wire.frame.open(foreign)).rejects.toThrow('is none of a journal');
    });
  },
  { servers: ['registry'], own: true },
);

const odd = (name = 'Odd') => ({
  type: 'record' as const,
  name,
  namespace: 'other',
  doc: 'Another.',
  fields: [{ name: 'id', type: ['null', 'string'] as const, doc: 'Id.' }],
});

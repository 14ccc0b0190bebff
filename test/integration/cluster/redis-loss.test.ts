import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { allDue, blob, textOf } from '@tidemark/engine/contracts/subject.contract';
import { packBlobs } from '@tidemark/engine/adapters/redis/blob-codec';
import { bucketOf } from '@tidemark/engine/adapters/redis/place';
import { PUT } from '@tidemark/engine/adapters/redis/scripts';
import { Fenced, StateLost } from '@tidemark/engine/errors';
import type { Blob } from '@tidemark/engine/ports';
import { eachLab, lab } from './redis.fixture';
import { describeWithServers, proxyTo, startRedis, until, type RedisServer } from './servers';

describeWithServers(
  'a Redis that loses what it had',
  () => {
    let server: RedisServer;
    beforeAll(async () => {
      server = await startRedis({ own: true, config: { dbfilename: 'dump.rdb' } });
    });
    const current = eachLab(() => lab(server.url));

    /** Kills the server, lays the dump of `SAVE` as it was when this was made, and starts it. */
    async function dumped(): Promise<() => Promise<void>> {
      await current().raw.save();
      const [dump, kept] = [join(server.folder, 'dump.rdb'), join(server.folder, 'kept.rdb')];
      copyFileSync(dump, kept);
      return async () => {
        await server.kill();
        copyFileSync(kept, dump);
        await server.restart();
      };
    }

    const firstText = async (owner: number, watermark: number): Promise<string | undefined> =>
      textOf((await current().states.get({ owner, watermark }, ['a']))[0]?.bytes);

    it('tells a live owner that all is gone', async () => {
      const { states, put, raw } = current();
      await states.open(1);
      await put(1, undefined, 1, blob('a', 1, 'a1'));
      await raw.flushall();
      await expect(firstText(1, 1)).rejects.toThrow(StateLost);
      expect(await put(1, 1, 2, blob('a', 2, 'a2'))).toBe('gap');
      await expect(states.due()[Symbol.asyncIterator]().next()).rejects.toThrow(StateLost);
      expect(await states.watermark()).toBeUndefined();
      expect(await states.open(2)).toBeUndefined();
    });

    it('tells it that it fell back to an older dump, and goes on from there for a new owner', async () => {
      const { states, put } = current();
      await states.open(1);
      await put(1, undefined, 1, blob('a', 1, 'a1'));
      const fallBack = await dumped();
      await put(1, 1, 2, blob('a', 2, 'a2'));
      await fallBack();
      await expect(firstText(1, 2)).rejects.toThrow(StateLost);
      expect(await put(1, 2, 3, blob('a', 3, 'a3'))).toBe('gap');
      expect(await states.open(2)).toBe(1);
      expect(await firstText(2, 1)).toBe('a1');
      expect(await put(2, 1, 3, blob('a', 3, 'a3'))).toBe('applied');
    });

    it('does not complete a rebuild over a dump from half-way through it', async () => {
      const { states, put } = current();
      await states.open(1);
      await put(1, undefined, undefined, blob('a', 1, 'a1'));
      const fallBack = await dumped();
      await put(1, undefined, undefined, blob('b', 1, 'b1'));
      await fallBack();
      await expect(states.get({ owner: 1, watermark: undefined }, ['a'])).rejects.toThrow(
        StateLost,
      );
      expect(await put(1, undefined, 1)).toBe('gap');
    });

    it('does not complete a write in parts over a dump from between two of them', async () => {
      const { states, connection, names } = current();
      await states.open(1);
      const pack = (...blobs: Blob[]): Uint8Array => packBlobs(blobs, 0, 1 << 20).bytes;
      const part = async (parts: string, isLast: string, ...blobs: Blob[]): Promise<string> =>
        String(
          await connection.run(PUT, names.meta, ['1', '1', '2', parts, isLast, pack(...blobs)]),
        );
      await current().put(1, undefined, 1);
      expect(await part('', '0', blob('a', 2, 'a2'))).toBe('applied');
      const fallBack = await dumped();
      expect(await part('1', '0', blob('b', 2, 'b2'))).toBe('applied');
      await fallBack();
      expect(await part('2', '1', blob('c', 2, 'c2'))).toBe('gap');
      expect(await states.watermark()).toBe(1);
    });

    it('tells a new owner that an entry of the due index is gone, and a rebuild brings it back', async () => {
      const { states, put, raw, names } = current();
      await states.open(1);
      await put(1, undefined, 1, blob('a', 1, 'a1', 7), blob('b', 1, 'b1'));
      await put(1, 1, 2, blob('a', 2, 'a2', 8));
      await raw.hdel(names.entries(bucketOf('a')), 'a');
      expect(await states.open(2)).toBe(2);
      await expect(allDue(states.due())).rejects.toThrow(StateLost);
      await states.forget(2);
      // what it has not forgotten, as nothing names it, may be anything
      await raw.setrange(names.blob('a'), 22, 'X');
      await put(2, undefined, undefined, blob('a', 1, 'a1', 7), blob('b', 1, 'b1'));
      await put(2, undefined, 2, blob('a', 2, 'a2', 8));
      expect(await states.open(3)).toBe(2);
      expect(await allDue(states.due())).toEqual([
        { key: 'a', step: 2, dueAt: 8, removed: false },
        { key: 'b', step: 1, dueAt: Infinity, removed: false },
      ]);
      expect(await firstText(3, 2)).toBe('a2');
    });

    it('takes a due index of which a whole part is gone for what it is', async () => {
      const { states, put, raw, names } = current();
      await states.open(1);
      await put(1, undefined, 1, ...Array.from({ length: 50 }, (_, i) => blob(`key ${i}`, 1, 'x')));
      await raw.del(names.entries(bucketOf('key 7')));
      await states.open(2);
      await expect(allDue(states.due())).rejects.toThrow(StateLost);
    });

    it('goes on with what it has after it was killed and started again', async () => {
      const { states, put, raw } = current();
      await states.open(1);
      await put(1, undefined, 1, blob('a', 1, 'a1'));
      await raw.save();
      await server.restart();
      await until('redis takes the write', async () => {
        try {
          return (await put(1, 1, 2, blob('a', 2, 'a2'))) !== 'gap';
        } catch {
          return false;
        }
      });
      expect(await firstText(1, 2)).toBe('a2');
    });

    it('answers with a plain error in time while it is away', async () => {
      const { put, states } = current();
      await states.open(1);
      await server.kill();
      await expect(put(1, undefined, 1, blob('secret-key', 1, 'secret'))).rejects.toMatchObject({
        name: 'RedisError',
        message: expect.not.stringContaining('secret'),
      });
      await expect(put(1, undefined, 1, blob('secret-key', 1, 'secret'))).rejects.toMatchObject({
        code: 'UNREACHABLE',
      });
      await server.restart();
      await states.open(2);
    });

    it('says already to a write that is sent again because its answer was lost', async () => {
      const proxy = await proxyTo('127.0.0.1', server.port);
      const behind = lab(`redis://127.0.0.1:${proxy.port}`, { timeoutMs: 1_000 });
      await behind.states.open(1);
      await behind.put(1, undefined, 1, blob('a', 1, 'a1'));
      proxy.loseAnswers();
      await expect(behind.put(1, 1, 2, blob('a', 2, 'a2'))).rejects.toMatchObject({
        name: 'RedisError',
      });
      proxy.heal();
      await until('the connection is back', async () => {
        try {
          return (await behind.put(1, 1, 2, blob('a', 2, 'a2'))) === 'already';
        } catch {
          return false;
        }
      });
      expect(await behind.put(1, 2, 3, blob('a', 3, 'a3'))).toBe('applied');
      behind.close();
      await proxy.close();
    });

    it('keeps an owner of yesterday out, also after it was emptied by the new one', async () => {
      const { states, put, application } = current();
      const zombie = lab(server.url, {}, { application });
      await zombie.states.open(1);
      await zombie.put(1, undefined, 1, blob('a', 1, 'a1'));
      await states.open(2);
      await states.forget(2);
      expect(await zombie.put(1, 1, 2, blob('a', 2, 'late'))).toBe('fenced');
      expect(await zombie.put(1, undefined, undefined, blob('a', 2, 'late'))).toBe('fenced');
      expect(await zombie.states.forget(1)).toBe('fenced');
      await expect(zombie.states.get({ owner: 1, watermark: 1 }, ['a'])).rejects.toThrow(Fenced);
      await expect(zombie.states.due()[Symbol.asyncIterator]().next()).rejects.toThrow(Fenced);
      expect(await put(2, undefined, 1, blob('a', 1, 'a1'))).toBe('applied');
      zombie.close();
    });

    it('forgets its partition and nothing of its neighbours', async () => {
      const { states, put, raw, application } = current();
      await raw.flushall();
      await raw.set(`{${application}:1:1}:s:a`, 'a neighbour');
      await raw.set('someone-else', 'x');
      await states.open(1);
      const blobs = Array.from({ length: 12_000 }, (_, i) => blob(`key ${i}`, 1, 'state'));
      await put(1, undefined, 1, ...blobs);
      expect(await raw.dbsize()).toBeGreaterThan(12_000);
      await states.forget(1);
      expect((await raw.keys('*')).length).toBe(3);
    });
  },
  { servers: ['redis'], own: true },
);

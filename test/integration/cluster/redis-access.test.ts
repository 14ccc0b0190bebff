import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { connectRedis, type RedisConnection } from '@tidemark/engine/adapters/redis/connection';
import { redisReader } from '@tidemark/engine/adapters/redis/reader';
import type { RedisSettings } from '@tidemark/engine/adapters/redis/settings';
import { redisStates } from '@tidemark/engine/adapters/redis/states';
import { allDue, blob } from '@tidemark/engine/contracts/subject.contract';
import { StateLost } from '@tidemark/engine/errors';
import { certificatesIn } from './certificates';
import { eachLab, lab, WHOSE } from './redis.fixture';
import {
  describeWithServers,
  freePort,
  scratchFolder,
  startRedis,
  until,
  type RedisServer,
} from './servers';

/** The client refuses the server's certificate: it knows no authority that has signed it. */
const UNTRUSTED = /\((?:SELF_SIGNED|UNABLE_TO|DEPTH_ZERO)\w*\)/;
const README = join(__dirname, '../../../services/engine/adapters/redis/README.md');

describeWithServers(
  'who may use Redis, and which one may be used',
  () => {
    let server: RedisServer;
    beforeAll(async () => {
      server = await startRedis({ own: true });
    });
    const current = eachLab(() => lab(server.url));

    /** What `tidemark` does to Redis, from the first call to the last. */
    async function useAll(settings: RedisSettings): Promise<void> {
      const connection = connectRedis(settings);
      const states = redisStates({ connection, application: 'tidemark', ...WHOSE });
      const reader = redisReader({ connection, application: 'tidemark', generation: 1 });
      try {
        await states.open(1);
        await states.forget(1);
        await states.put({
          ...{ owner: 1, previous: undefined, step: 1 },
          blobs: [blob('a', 1, 'a1')],
        });
        expect(await states.get({ owner: 1, watermark: 1 }, ['a'])).toHaveLength(1);
        expect(await allDue(states.due())).toHaveLength(1);
        expect(await reader.watermark(0)).toBe(1);
        await states.forget(1);
      } finally {
        connection.close();
      }
    }

    const refusal = async (settings: RedisSettings): Promise<string> => {
      const connection: RedisConnection = connectRedis(settings);
      try {
        await connection.check();
        return 'none';
      } catch (error) {
        return error instanceof Error && 'code' in error
          ? `${String(error.code)}: ${error.message}`
          : String(error);
      } finally {
        connection.close();
      }
    };

    it('refuses one that evicts, says what to set, and takes it as soon as it is set', async () => {
      const { raw, connection } = current();
      await raw.config('SET', 'maxmemory-policy', 'allkeys-lru');
      const code = { code: 'EVICTS' };
      await expect(connection.check()).rejects.toMatchObject(code);
      await expect(connection.check()).rejects.toThrow(/allkeys-lru\. Set it to noeviction/);
      await expect(current().states.open(1)).rejects.toMatchObject(code);
      await raw.config('SET', 'maxmemory-policy', 'noeviction');
      await connection.check();
    });

    it('looks at the policy again after a reconnect', async () => {
      const { raw, connection, states } = current();
      await states.open(1);
      await raw.config('SET', 'maxmemory-policy', 'allkeys-lru');
      await raw.call('client', 'kill', 'type', 'normal', 'skipme', 'yes');
      await until('the policy is seen', async () => {
        try {
          await states.watermark();
          return false;
        } catch (error) {
          return error instanceof Error && 'code' in error && error.code === 'EVICTS';
        }
      });
      await raw.config('SET', 'maxmemory-policy', 'noeviction');
      await connection.check();
    });

    it('says that the memory is full, and changes nothing', async () => {
      const { raw, states, put } = current();
      await states.open(1);
      await put(1, undefined, 1, blob('a', 1, 'a1'));
      await raw.config('SET', 'maxmemory', '1');
      await expect(put(1, 1, 2, blob('a', 2, 'a2'))).rejects.toMatchObject({
        code: 'OOM',
        message: expect.stringContaining('raise maxmemory'),
      });
      await raw.config('SET', 'maxmemory', '0');
      expect(await put(1, 1, 2, blob('a', 2, 'a2'))).toBe('applied');
    });

    it('needs no more rights than the README names', async () => {
      const line = /^ACL SETUSER (.*)$/m.exec(readFileSync(README, 'utf8'))?.[1] ?? '';
      await current().raw.call('acl', 'setuser', ...line.split(' '));
      const { port } = server;
      await useAll({ urls: [`redis://tidemark:PASSWORD@127.0.0.1:${port}`] });
      await useAll({ urls: [server.url], username: 'tidemark', password: 'PASSWORD' });
      const connection = connectRedis({ urls: [`redis://tidemark:PASSWORD@127.0.0.1:${port}`] });
      const foreign = redisStates({ connection, application: 'another', ...WHOSE });
      await expect(foreign.open(1)).rejects.toMatchObject({ code: 'NOPERM' });
      connection.close();
    });

    it('says what is wrong with a password, and does not say the password', async () => {
      await current().raw.call('acl', 'setuser', 'someone', 'on', '>right', '~*', '+@all');
      const logged: string[] = [];
      const said = await refusal({
        urls: [`redis://someone:wrong-one@127.0.0.1:${server.port}`],
        timeoutMs: 500,
        log: (message) => logged.push(message),
      });
      expect(said).toMatch(/^WRONGPASS: Redis refuses the user name or password: check redis/);
      expect(said).not.toContain('wrong-one');
      // it was never connected: nothing is lost
      expect(logged).toEqual([]);
    });

    it('says that a password is wanted where none is given', async () => {
      const secured = await startRedis({ own: true, config: { requirepass: 'right' } });
      const said = await refusal({ urls: [secured.url], timeoutMs: 500 });
      expect(said).toMatch(/^NOAUTH: Redis refuses the user name or password: check redis/);
    });

    it('waits for a server that is yet to come, up to its time', async () => {
      await server.kill();
      const urls = [server.url];
      const begun = Date.now();
      expect(await refusal({ urls, timeoutMs: 400 })).toMatch(/^UNREACHABLE:.*ECONNREFUSED/);
      expect(Date.now() - begun).toBeGreaterThanOrEqual(390);
      const connection = connectRedis({ urls, timeoutMs: 20_000 });
      const ready = connection.check();
      await server.restart();
      await ready;
      connection.close();
    });

    it('talks TLS with certificates of both sides', async () => {
      const certificates = certificatesIn(scratchFolder('redis-tls'));
      const port = await freePort();
      const files = {
        'tls-ca-cert-file': certificates.caFile(),
        'tls-cert-file': certificates.ownFiles.cert,
        'tls-key-file': certificates.ownFiles.key,
      };
      const plain = await startRedis({ config: { 'tls-port': String(port), ...files } });
      const urls = [`rediss://127.0.0.1:${port}`];
      const old = { urls, ca: certificates.ca(), ...certificates.own() };
      await useAll({ ...old, timeoutMs: 5_000 });
      const { ca: _unknown, ...without } = old;
      expect(await refusal({ ...without, timeoutMs: 3_000 })).toMatch(UNTRUSTED);

      // another authority, as the runbook says: known beside the old one, then signing, then alone
      certificates.nextAuthority();
      const reload = async (): Promise<void> => {
        const client = new Redis(plain.url);
        try {
          await client.config('SET', ...Object.entries(files).flat());
        } finally {
          client.disconnect();
        }
      };
      await reload();
      const between = { ...old, ca: certificates.ca() };
      await useAll({ ...between, timeoutMs: 5_000 });
      certificates.sign();
      await reload();
      await useAll({ ...between, timeoutMs: 5_000 });
      await useAll({
        urls,
        ca: certificates.ca('newest'),
        ...certificates.own(),
        timeoutMs: 5_000,
      });
      expect(await refusal({ ...old, timeoutMs: 3_000 })).toMatch(UNTRUSTED);
    });

    it('lets a reader see states at one moment, and tells a lost one from one that never was', async () => {
      const { states, put, raw, names, connection, application } = current();
      const reader = redisReader({ connection, application, generation: 1 });
      expect(await reader.read(0, 'a')).toBeUndefined();
      await states.open(1);
      const a = blob('a', 4, 'a4', 9);
      await put(1, undefined, 4, a);
      expect(await reader.read(0, 'a')).toEqual({
        watermark: 4,
        blob: { ...a, bytes: new Uint8Array(a.bytes ?? []) },
      });
      expect(await reader.read(0, 'b')).toEqual({ watermark: 4, blob: undefined });
      await raw.del(names.blob('a'));
      await expect(reader.read(0, 'a')).rejects.toThrow(StateLost);
      expect(await reader.watermark(1)).toBeUndefined();
    });
  },
  { servers: ['redis'], own: true },
);

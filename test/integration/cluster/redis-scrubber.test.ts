import { bucketOf } from '@tidemark/engine/adapters/redis/place';
import { scrub, type Finding, type ScrubOptions } from '@tidemark/engine/adapters/redis/scrubber';
import { keepScrubbing } from '@tidemark/engine/adapters/redis/scrubbing';
import { blob, tombstone } from '@tidemark/engine/contracts/subject.contract';
import { StateLost } from '@tidemark/engine/errors';
import type { Blob } from '@tidemark/engine/ports';
import { eachLab, lab, WHOSE } from './redis.fixture';
import { describeWithServers, startRedis, type RedisServer } from './servers';

describeWithServers(
  'the scrubber of the states in Redis',
  () => {
    let server: RedisServer;
    beforeAll(async () => {
      server = await startRedis();
    });
    const current = eachLab(() => lab(server.url));
    let findings: Partial<Record<Finding, number>>;
    let pausedMs: number;

    beforeEach(async () => {
      findings = {};
      pausedMs = 0;
      await current().states.open(1);
      await current().put(
        ...[1, undefined, 4],
        ...Array.from({ length: 500 }, (_, i) => blob(`key ${i}`, 3, `state ${i}`, i)),
        ...[blob('a', 2, 'a2', 7), tombstone('gone', 4)],
      );
    });

    const optionsOf = (
      checkpoint?: readonly (readonly Blob[])[],
      more: Partial<ScrubOptions> = {},
    ): ScrubOptions => ({
      ...{ ...WHOSE, application: current().application },
      ...{ connection: current().connection, states: current().states },
      keysPerSecond: 1_000,
      ...(checkpoint === undefined
        ? {}
        : {
            checkpoint: async function* () {
              yield* checkpoint;
            },
          }),
      pause: async (ms) => {
        pausedMs += ms;
      },
      stopping: () => false,
      found: (finding, keys) => {
        findings[finding] = (findings[finding] ?? 0) + keys;
      },
      ...more,
    });

    const isCondemned = async (): Promise<boolean> => {
      try {
        await current().states.get({ owner: 1, watermark: 4 }, ['a']);
        return false;
      } catch (error) {
        return error instanceof StateLost;
      }
    };

    async function expectFound(finding: Finding, checkpoint?: Blob[]): Promise<void> {
      const { ended } = await scrub(optionsOf(checkpoint && [checkpoint]));
      expect([ended, findings]).toEqual(['found', { [finding]: 1 }]);
      expect(await isCondemned()).toBe(true);
    }

    it('looks at every key, at its rate, and finds nothing wrong with what is right', async () => {
      const checkpoint = [
        [blob('a', 1, 'a1'), blob('key 1', 3, 'state 1', 1)],
        [blob('a', 2, 'a2', 7), tombstone('gone', 4), blob('a', 5, 'of a step to come')],
      ];
      const done = await scrub(optionsOf(checkpoint));
      expect(done).toEqual({ keys: 502 + 5, ended: 'done' });
      expect(pausedMs).toBe(507);
      expect(findings).toEqual({});
      expect(await isCondemned()).toBe(false);
    });

    it('finds a damaged state', async () => {
      const { raw, names } = current();
      await raw.setrange(names.blob('a'), 22, 'X');
      await expectFound('damaged');
    });

    it('finds a state of another key', async () => {
      const { raw, names } = current();
      await raw.copy(names.blob('key 1'), names.blob('a'), 'REPLACE');
      await expectFound('damaged');
    });

    it('finds an entry without a state', async () => {
      const { raw, names } = current();
      await raw.del(names.blob('a'));
      await expectFound('missing-state');
    });

    it('finds an entry that is not of its state', async () => {
      const { raw, names } = current();
      const entries = names.entries(bucketOf('a'));
      const entry = await raw.hgetBuffer(entries, 'a');
      entry?.writeDoubleBE(8, 0);
      await raw.hset(entries, 'a', entry ?? '');
      await expectFound('other-entry');
    });

    it('finds a state without an entry by the checkpoint', async () => {
      const { raw, names } = current();
      await raw.hdel(names.entries(bucketOf('a')), 'a');
      expect((await scrub(optionsOf())).ended).toBe('done');
      await expectFound('missing-entry', [blob('a', 1, 'a1')]);
    });

    it('finds a key that only the checkpoint has, unless its removal follows there', async () => {
      const removed = [blob('b', 1, 'b1'), tombstone('b', 2)];
      expect((await scrub(optionsOf([removed]))).ended).toBe('done');
      await expectFound('missing', [blob('b', 1, 'b1')]);
    });

    it('finds a state that is older than in the checkpoint', async () => {
      await expectFound('behind', [blob('a', 3, 'a3')]);
    });

    it.each([
      ['content', blob('a', 2, 'other', 7)],
      ['due instant', blob('a', 2, 'a2', 8)],
      ['removal', { ...tombstone('a', 2), dueAt: 7 }],
    ])('finds another %s of the same step in the checkpoint', async (_, other) => {
      await expectFound('other-state', [other]);
    });

    it('leaves a partition that is being rebuilt or has another owner', async () => {
      const { application, states } = current();
      await states.forget(1);
      expect(await scrub(optionsOf())).toEqual({ keys: 0, ended: 'left' });
      const other = lab(server.url, {}, { application });
      await other.states.open(2);
      await other.put(2, undefined, 4);
      expect(await scrub(optionsOf())).toEqual({ keys: 0, ended: 'left' });
      other.close();
    });

    it('finds nothing while the owner writes, however often it looks', async () => {
      const { put } = current();
      let step = 4;
      let walks = 0;
      const writing = (async () => {
        for (; walks < 5; step += 1) {
          const keys = Array.from({ length: 20 }, (_, i) => `key ${(step * 7 + i) % 500}`);
          await put(1, step, step + 1, ...keys.map((key) => blob(key, step + 1, 'new', step)));
        }
      })();
      await keepScrubbing({
        ...optionsOf(),
        restMs: 1,
        stopping: () => walks >= 5,
        walked: () => {
          walks += 1;
        },
        failed: (error) => {
          throw error;
        },
      });
      await writing;
      expect(findings).toEqual({});
      expect(step).toBeGreaterThan(5);
    });
  },
  { servers: ['redis'] },
);

import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { serveCluster } from '@tidemark/api/cluster-server';
import { connectKafka } from '@tidemark/engine/adapters/kafka/kafkajs/kafka-client';
import { kafkaName } from '@tidemark/engine/adapters/kafka/topic-names';
import { TOPICS } from '@tidemark/processor/topic-settings';
import { INPUT_TOPICS } from '@tidemark/processor/topics';
import { AclOperationTypes, AclResourceTypes } from 'kafkajs';
import { readCommitted } from '../cluster/kcat';
import { describeWithServers, scratchFolder, until as untilWithin } from '../cluster/servers';
import { workerOf, type Worker } from '../faults/workers';
import { changeSeen, readableBy, rightsIn, type Rights } from './kafka-rights.fixture';
import {
  passwordOf,
  PRINCIPALS,
  secureWorld,
  TOKEN,
  userOf,
  type Principal,
  type SecureWorld,
} from './kafka-access.fixture';

jest.setTimeout(480_000);

const EXAMPLES = join(__dirname, '../../../services/cli/examples/first-rating.jsonl');
const FULL: object = JSON.parse(readFileSync(EXAMPLES, 'utf8').split('\n')[0] ?? '');
const known = (customer: string, more: object = {}): string =>
  JSON.stringify({ ...FULL, id: `p-${customer}`, institution: 'bank-1', customer, ...more });

/** Less than a test may take: what does not come fails that one alone. */
const until = (what: string, holds: () => Promise<boolean> | boolean): Promise<void> =>
  untilWithin(what, holds, { withinMs: 150_000 });

const GLOBALS = ['methodologies', 'reference-lists'];
const OUTPUTS = ['grade-changes', 'ratings', 'review-tasks', 'restricted', 'dead-letters'];
const OWN = ['journal', 'checkpoints'];
/** What may be read and written, by hand: the table is not asked about itself. */
const MAY: Readonly<Record<Principal, { readonly read: string[]; readonly write: string[] }>> = {
  processor: {
    read: [...INPUT_TOPICS, ...GLOBALS, 'orders', ...OWN],
    write: [...OUTPUTS, ...OWN],
  },
  api: {
    read: [...GLOBALS, 'grade-changes', 'restricted', 'journal'],
    write: [...INPUT_TOPICS, 'dead-letters'],
  },
  operator: {
    read: [...INPUT_TOPICS, ...GLOBALS, 'orders', ...OUTPUTS, ...OWN],
    write: [...INPUT_TOPICS, ...GLOBALS, 'orders'],
  },
  subscriber: { read: ['grade-changes', 'ratings'], write: [] },
  compliance: { read: ['grade-changes', 'ratings', 'review-tasks', 'restricted'], write: [] },
};
const ALL = TOPICS.map(({ name }) => name);
const topic = (name: string): string => kafkaName('tidemark', name);

describeWithServers(
  'who may do what in Kafka',
  () => {
    let world: SecureWorld;
    let rights: Rights;
    /** The HTTP interface, where it listens now. */
    const api = { url: '', stop: () => Promise.resolve() };
    beforeAll(async () => {
      world = await secureWorld();
      rights = await rightsIn(world.kafka.bootstrap);
    }, 240_000);

    afterAll(() => api.stop());

    const operator = (...args: string[]) => world.cli(world.environment('operator'), ...args);
    const done = async (...args: string[]): Promise<string> => {
      const ran = await operator(...args);
      expect(ran).toMatchObject({ code: 0 });
      return ran.out;
    };
    const started = async (name: string, environment: Record<string, string>): Promise<Worker> => {
      const worker = await workerOf(name, environment);
      await worker.start();
      return worker;
    };
    const says = (worker: Worker, what: string): Promise<void> =>
      until(`it says ${what}`, () => worker.said().includes(what));

    const serve = (): void => {
      const stopping = new AbortController();
      const listening = (port: number): void => {
        api.url = `http://127.0.0.1:${port}`;
      };
      const told = (): void => undefined;
      const served = serveCluster(world.settings('api'), told, stopping.signal, listening);
      api.stop = () => {
        stopping.abort();
        return served;
      };
    };
    const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/x-ndjson' };
    const post = async (...events: string[]): Promise<number> => {
      const body = events.join('\n');
      return (await fetch(`${api.url}/v1/events`, { method: 'POST', headers, body })).status;
    };
    const isServing = async (): Promise<boolean> =>
      (await fetch(`${api.url}/readyz`).catch(() => undefined))?.ok === true;
    /** By customer, how many grade changes there are, read by another client. */
    const changes = async (): Promise<Map<string, number>> => {
      const counts = new Map<string, number>();
      for (const { key } of await readCommitted(world.kafka.bootstrap, topic('grade-changes'))) {
        const customer = key?.toString('utf8').split(':')[1] ?? '';
        counts.set(customer, (counts.get(customer) ?? 0) + 1);
      }
      return counts;
    };
    const decided = (customer: string): Promise<void> =>
      until(`${customer} is decided`, async () => (await changes()).has(customer));

    let one: Worker;

    it('tells who has no rights which one is missing, and begins as soon as it is there', async () => {
      const refused = await operator('topics', 'apply', '--partitions', '2');
      expect(refused.code).toBe(2);
      expect(refused.err).toContain('allow User:tidemark-operator to describe tidemark.');
      one = await started('one', world.environment('processor'));
      await says(one, `allow User:tidemark-processor to describe ${topic('checkpoints')}, `);
      expect(await one.isReady()).toBe(false);
      await world.carryOut();
      await done('topics', 'apply', '--partitions', '2');
      expect(await done('topics', 'check')).toContain('as they should be');
      await done('methodology', 'publish', 'cn-aml-bank');
      await until('it is ready', one.isReady);
      serve();
      await until('the interface is ready', isServing);
    });

    it('lets each do what it is for, with the rights that are printed and no other', async () => {
      const seen = await changeSeen(world, 'grade-changes');
      expect(await post(known('c-1'))).toBe(200);
      await until('the subscriber has read it', () => seen().includes('bank-1:c-1'));
      expect(await post('{"type":"nonsense","id":"n-1"}')).toBe(207);
      expect(await post(known('c-1', { occurredAt: 1_700_000_000_001 }))).toBe(200);
      const letters = (): Promise<string> => done('dead-letters', 'list');
      await until('both are refused', async () => {
        const text = await letters();
        return text.includes('unknown-type') && text.includes('conflicting-duplicate');
      });
      const replayed = await operator(
        ...['dead-letters', 'replay', '--code', 'conflicting-duplicate', '--reason', 'test'],
      );
      expect(replayed).toMatchObject({ code: 0 });
      const state = await done('replay', '--customer', 'bank-1:c-1', '--json', '--quiet');
      expect(JSON.parse(state)).toMatchObject({ rating: { customer: 'c-1' } });
      await one.stop();
      expect(await post(known('c-2'))).toBe(200);
      await one.start();
      await decided('c-2');
      expect(await done('verify', '--quiet')).toMatch(/whole$/m);
    });

    it.each(PRINCIPALS)('refuses all else to the %s', async (principal) => {
      const may = MAY[principal];
      const settings = world.settings(principal);
      expect([...(await readableBy(settings))].sort()).toEqual(may.read.map(topic).sort());
      const kafka = connectKafka({ ...settings.kafka, clientId: 'test' });
      try {
        const forbidden = ALL.filter((name) => !may.write.includes(name));
        const tried = forbidden.map(async (name) => {
          const record = { topic: topic(name), partition: 0, key: 'bank-1:x', value: Buffer.of(1) };
          await expect(kafka.producer().send([record])).rejects.toThrow(/_AUTHORIZATION_FAILED/);
        });
        await Promise.all(tried);
        if (principal === 'processor') return;
        await expect(kafka.transactions('tidemark-1-0')).rejects.toThrow(
          'owner of tidemark-1-0: TRANSACTIONAL_ID_AUTHORIZATION_FAILED, allow this user to write',
        );
      } finally {
        await kafka.close();
      }
    });

    it('ends a processor that may not join, and says why', async () => {
      await one.stop();
      const group = { type: AclResourceTypes.GROUP, name: 'tidemark' };
      await rights.without('processor', group, AclOperationTypes.READ, async () => {
        const other = await started('no-group', world.environment('processor'));
        await until('it has ended', () => !other.isUp());
        expect(await other.stop()).toBe(2);
        expect(other.said()).toContain(
          'the group tidemark: GROUP_AUTHORIZATION_FAILED, allow this user to read the group',
        );
      });
      await one.start();
      await until('it is ready', one.isReady);
    });

    it('goes on without a restart when what it may not read or begin is allowed', async () => {
      const events = { type: AclResourceTypes.TOPIC, name: topic('profile-changes') };
      await rights.without('processor', events, AclOperationTypes.READ, async () => {
        await post(known('c-3'));
        await says(
          one,
          'profile-changes.v1/0 is not read for now: TOPIC_AUTHORIZATION_FAILED, all',
        );
      });
      await decided('c-3');
      const ids = { type: AclResourceTypes.TRANSACTIONAL_ID, name: 'tidemark-', isPrefix: true };
      await rights.without('processor', ids, AclOperationTypes.WRITE, async () => {
        await post(known('c-4'));
        await says(one, ': TRANSACTIONAL_ID_AUTHORIZATION_FAILED, allow this user to write');
        await until('it is not ready', async () => !(await one.isReady()));
      });
      await decided('c-4');
    });

    it('stops a partition that may not write what it publishes, and says what to allow', async () => {
      const ratings = { type: AclResourceTypes.TOPIC, name: topic('ratings') };
      await rights.without('processor', ratings, AclOperationTypes.WRITE, async () => {
        await post(known('c-5'));
        await says(one, `to ${topic('ratings')} is refused (TOPIC_AUTHORIZATION_FAILED): allow`);
      });
      await one.stop();
      await one.start();
      await decided('c-5');
    });

    it('tells who has a wrong password that it is refused, and not the password', async () => {
      const wrong = world.environment('operator', { password: 'hunter2-hunter2' });
      const ran = await world.cli(wrong, 'verify', '--quiet');
      expect(ran.code).toBe(2);
      expect(ran.err).toContain('no such user with this password: check kafka.saslUsername');
      expect(ran.err + ran.out).not.toContain('hunter2');
      const other = await started('wrong', world.environment('processor', { user: 'nobody' }));
      await says(other, 'SASL_AUTHENTICATION_FAILED, no such user with this password');
      expect(await other.stop()).toBe(0);
      expect(other.said()).not.toContain(passwordOf('nobody'));
    });

    it('loses and doubles nothing while users and authorities are replaced', async () => {
      const next = 'tidemark-processor-2';
      const over = new AbortController();
      const load = keepPosting(over.signal);
      await setPassword(next, passwordOf(next));
      await world.carryOut('--user', `processor=${next}`);
      world.certificates.nextAuthority();

      const two = await started('two', world.environment('processor', { user: next }));
      await one.stop();
      one = await started('one-again', world.environment('processor', { user: next }));
      await api.stop();
      serve();
      await setPassword(userOf('processor'), randomBytes(16).toString('hex'));
      await world.carryOut('--user', `processor=${userOf('processor')}`, '--remove');
      const old = await world.cli(world.environment('processor'), 'verify', '--quiet');
      expect(old).toMatchObject({ code: 2, err: expect.stringContaining('no such user') });

      world.certificates.sign();
      await world.kafka.brokers[0]?.kill('SIGTERM');
      await world.kafka.brokers[0]?.start();
      await two.stop();
      const newest = world.certificates.ca('newest');
      const last = await started(
        'last',
        world.environment('processor', { user: next, ca: newest }),
      );
      await until('all are ready', async () => (await one.isReady()) && (await last.isReady()));
      over.abort();
      const posted = await load;
      expect(posted).toBeGreaterThan(0);
      await decided(`load-${posted - 1}`);
      await until('all are decided', async () => (await changes()).size >= posted);
      const counts = await changes();
      const loaded = Array.from({ length: posted }, (_, n) => counts.get(`load-${n}`));
      expect(loaded.filter((count) => count !== 1)).toEqual([]);
      expect((await done('verify', '--quiet')).match(/whole$/gm)).toHaveLength(2);
    });

    const setPassword = async (user: string, password: string): Promise<void> => {
      const file = join(scratchFolder('scram'), 'password');
      writeFileSync(file, `SCRAM-SHA-512=iterations=4096,password=${password}\n`);
      const entity = ['--entity-type', 'users', '--entity-name', user];
      await world.configs('--alter', ...entity, '--add-config-file', file);
    };

    /** Customers one after the other, each until it is taken. @returns how many */
    async function keepPosting(signal: AbortSignal): Promise<number> {
      let posted = 0;
      while (!signal.aborted) {
        const status = await post(known(`load-${posted}`)).catch(() => 0);
        if (status === 200) posted += 1;
        await pause(20);
      }
      return posted;
    }
  },
  { own: true },
);

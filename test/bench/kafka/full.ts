import { execFile } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { partitionOf } from '@tidemark/engine/partitioner';
import { encode } from '@tidemark/schemas/avro';
import { completeProfile } from '../live-events';
import { committedBy, feed, messagesOf, PARTITIONS, type Message } from './broker-tools';
import { spawnProgram, stop, together, type Client } from './client-process';
import { committing, type Place } from './clients';
import { customerName, framed, INSTITUTION, keyOf, type Stream } from './events';
import { FOLDER } from './scoring-machine';
import type { Ground } from './throughput';

/** The servers that the processor needs beside the broker. */
export interface Servers {
  readonly redis: string;
  readonly registry: string;
}

const ROOT = join(FOLDER, '../../..');
const COMMAND = join(ROOT, 'services/cli/bin/tidemark.js');
const PROCESSOR = join(ROOT, 'services/processor/dist/main.js');
const METHODOLOGY = 'cn-aml-bank';
const runCommand = promisify(execFile);

/**
 * The processor as it is shipped, with the default methodology: topics and schemas made by its own
 * commands, every customer with a profile that is worked off before, then the same events.
 */
export async function startFull(
  { kafka }: Ground,
  place: Place,
  servers: Servers,
  stream: Stream,
  processes: number,
): Promise<Client> {
  const { brokers, application: prefix } = place;
  const to = ['--brokers', brokers, '--registry', servers.registry, '--prefix', prefix];
  const partitions = ['--partitions', String(PARTITIONS), '--replicas', '1'];
  await runCommand(process.execPath, [COMMAND, 'topics', 'apply', ...to, ...partitions]);
  await runCommand(process.execPath, [COMMAND, 'methodology', 'publish', METHODOLOGY, ...to]);
  const profiles = `${prefix}.profile-changes.v1`;
  const ids = (topic: string): Promise<number> => schemaIdOf(servers.registry, topic);
  await feed(kafka, profiles, profilesOf(stream, await ids(profiles)));
  const first = startProcessors({ ...place, input: profiles }, servers, processes);
  await reaches(first, place, profiles, stream.customers);
  await stop(first.running);
  const input = `${prefix}.transactions.v1`;
  await feed(kafka, input, messagesOf(stream, 0, stream.events, await ids(input)));
  return startProcessors({ ...place, input }, servers, processes);
}

function startProcessors(place: Place, { redis, registry }: Servers, processes: number): Client {
  const start = () =>
    spawnProgram({
      name: 'processor',
      command: process.execPath,
      args: [PROCESSOR],
      env: {
        TIDEMARK_KAFKA_BROKERS: place.brokers,
        TIDEMARK_REGISTRY_URL: registry,
        TIDEMARK_REDIS_URL: redis,
        TIDEMARK_PREFIX: place.application,
        TIDEMARK_APPLICATION: place.application,
        TIDEMARK_WORKER_LISTEN: '127.0.0.1:0',
      },
    });
  const running = together(Array.from({ length: processes }, start));
  return committing('Tidemark, default methodology', running, place);
}

function* profilesOf({ customers, from }: Stream, schemaId: number): Generator<Message> {
  for (let n = 0; n < customers; n += 1) {
    const customer = customerName(n);
    const key = keyOf(customer);
    const value = encode('profile-change', {
      type: 'profile-change',
      id: 'profile',
      institution: INSTITUTION,
      customer,
      occurredAt: from,
      set: completeProfile(n, from),
    });
    yield { key, value: framed(schemaId, value), partition: partitionOf(key, PARTITIONS) };
  }
}

async function schemaIdOf(registry: string, topic: string): Promise<number> {
  const answer = await fetch(`${registry}/subjects/${topic}-value/versions/latest`);
  const found = (await answer.json()) as { readonly id?: number };
  if (found.id === undefined) throw new Error(`no schema is registered for ${topic}`);
  return found.id;
}

const LOOK_MS = 100;

async function reaches(
  client: Client,
  { admin, application }: Place,
  topic: string,
  records: number,
): Promise<void> {
  while (((await committedBy(admin, application, topic)) ?? 0) < records) {
    if (client.running.isOver()) {
      throw new Error(`${client.name} has ended:\n${client.running.said().slice(-2_000)}`);
    }
    await pause(LOOK_MS);
  }
}

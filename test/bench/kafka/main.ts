import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { commit } from '../commit';
import { startKafka } from '../../integration/cluster/kafka-server';
import { stopAll } from '../../integration/cluster/processes';
import { startRegistry } from '../../integration/cluster/registry-server';
import { startRedis } from '../../integration/cluster/redis-server';
import { loopNs } from '../measure';
import { render, type Header, type Section } from '../report';
import { connectTo } from './broker-tools';
import { buildPeer } from './clients';
import { readOptions, type Options, type Part } from './options';
import {
  contendersOf,
  latency,
  profile,
  rebuild,
  restart,
  settle,
  throughput,
  type Setting,
} from './parts';
import { bestOf, OURS, PEER, rateOf } from './sections';
import type { Measured } from './throughput';

const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** Of the broker: what it would have on a machine of its own, and no more than is left here. */
const BROKER_JAVA = ['-Xms1g', '-Xmx1g', '-XX:+UseG1GC'];

async function bench(args: readonly string[]): Promise<void> {
  const options = readOptions(args);
  if (typeof options === 'string') {
    say(options);
    process.exitCode = args.includes('--help') ? 0 : 2;
    return;
  }
  const loadAverage = loadavg()
    .map((load) => load.toFixed(2))
    .join(', ');
  const started = performance.now();
  const before = loopNs();
  const sections = await measureAll(options);
  const header: Header = {
    date: new Date().toISOString().slice(0, 'YYYY-MM-DD'.length),
    command: ['npm run bench:kafka', ...(args.length > 0 ? ['--', ...args] : [])].join(' '),
    scale: `${options.events} events, ${options.rounds} rounds`,
    machine: `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, with the broker and Redis on it`,
    node: `${process.version} on ${process.platform} ${process.arch}`,
    commit: commit(),
    loadAverage,
    loopNs: [before, loopNs()],
    minutes: (performance.now() - started) / 60_000,
  };
  const report = render(header, sections);
  process.stdout.write(report);
  if (options.out === undefined) return;
  mkdirSync(options.out, { recursive: true });
  const file = join(options.out, `${header.date}-kafka.md`);
  writeFileSync(file, report);
  say(`written to ${file}`);
}

async function measureAll(options: Options): Promise<Section[]> {
  const needs = (...parts: readonly Part[]): boolean =>
    parts.some((part) => options.parts.includes(part));
  if (needs('throughput', 'latency')) {
    say('building the Kafka Streams peer');
    buildPeer();
  }
  const registry = needs('full') ? await startRegistry({ own: true }) : undefined;
  const broker = await startKafka({ own: true, java: BROKER_JAVA });
  const redis = await startRedis({ own: true });
  const kafka = connectTo(broker.bootstrap);
  const admin = kafka.admin();
  await admin.connect();
  const ground = { kafka, admin, brokers: broker.bootstrap, say };
  try {
    return await sectionsOf({ ground, redis: redis.url, registry: registry?.url, options });
  } finally {
    await admin.disconnect();
  }
}

async function sectionsOf(setting: Setting): Promise<Section[]> {
  const { options } = setting;
  const sections: Section[] = [];
  const has = (part: Part): boolean => options.parts.includes(part);
  let measured: readonly Measured[] = [];
  if (has('throughput') || has('full')) {
    await guarded('throughput', sections, async () => {
      const found = await throughput(setting);
      measured = found.measured;
      return [found.section];
    });
  }
  if (has('latency')) {
    await guarded('latency', sections, () => latencies(setting, measured));
  }
  if (has('restart')) await guarded('restart', sections, async () => [await restart(setting)]);
  if (has('rebuild')) await guarded('rebuild', sections, async () => [await rebuild(setting)]);
  if (has('profile')) await guarded('profile', sections, async () => [await profile(setting)]);
  return sections;
}

/** Both in the setting that was the fastest, or the first. */
async function latencies(setting: Setting, measured: readonly Measured[]): Promise<Section[]> {
  const { options, redis } = setting;
  const contenders = contendersOf(redis);
  const fastest = [OURS, PEER].flatMap((contender) => {
    const best = bestOf(measured, contender)?.name ?? `${contender}, `;
    return contenders.find(({ name }) => name.startsWith(best)) ?? [];
  });
  const standings = await settle(setting, fastest);
  const steady = { p50Ms: 20, p99Ms: 100 };
  const sections = [
    await latency(setting, 'Latency of a steady load', options.rate, steady, standings),
  ];
  const half = Math.floor((rateOf(measured, OURS) ?? 0) / 2);
  if (half === 0) return sections;
  const title = 'Latency at half of our maximum';
  return [...sections, await latency(setting, title, half, { p99Ms: 500 }, standings)];
}

/** A part that fails is in the report and in the exit code; the others are still taken. */
async function guarded(
  part: Part,
  sections: Section[],
  measure: () => Promise<Section[]>,
): Promise<void> {
  say(part);
  try {
    sections.push(...(await measure()));
  } catch (error) {
    process.exitCode = 1;
    const reason = error instanceof Error ? error.message : String(error);
    say(`FAILED: ${reason}`);
    sections.push({ title: `FAILED in ${part}`, findings: [], skipped: reason });
  }
}

bench(process.argv.slice(2))
  .catch((error: unknown) => {
    say(error instanceof Error ? (error.stack ?? error.message) : String(error));
    process.exitCode = 1;
  })
  .finally(stopAll);

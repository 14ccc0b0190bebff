import { ownerOf, type OwnerOf, type Part } from '../profile-modules';

const KAFKA = '/adapters/kafka/kafkajs/';
const READ = 'Kafka: fetch and record batches';
const WRITE = 'Kafka: transactions';

/** The modules through which an event passes; helpers of a module count for whoever called them. */
const MODULES: readonly Part[] = [
  { name: 'decode of an event', path: '/bench/kafka/events.js' },
  { name: 'decode of an event', path: '/node_modules/avsc/' },
  { name: 'score', path: '/bench/kafka/scoring.js' },
  { name: 'score', path: '/bench/kafka/scoring-machine.js' },
  ...['fetch-', 'batch', 'reader', 'aborted'].map((file) => ({ name: READ, path: KAFKA + file })),
  { name: READ, path: '/adapters/kafka/topic-log.js' },
  { name: WRITE, path: '/adapters/kafka/' },
  { name: 'Kafka: requests and sockets (kafkajs)', path: '/node_modules/kafkajs/' },
  { name: 'Redis', path: '/adapters/redis/' },
  { name: 'Redis', path: '/ioredis/' },
  { name: 'journal', path: '/engine/dist/journal.js' },
  { name: 'journal', path: '/schemas/dist/' },
  { name: 'checkpoint', path: '/engine/dist/checkpoint.js' },
  { name: 'partition runner', path: '/engine/dist/' },
];

export const clientOwner: OwnerOf = ownerOf(MODULES);

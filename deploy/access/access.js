'use strict';

// Who may do what, in one table, as commands for Kafka and Redis:
//   node deploy/access/access.js kafka | sh           (KAFKA_ACLS: how kafka-acls.sh is called)
//   node deploy/access/access.js redis | redis-cli    (with REDIS_PASSWORD_... in the environment)
// Arguments after it: the prefix of the topics and the application, `tidemark` where not given.
const [, , what, prefix = 'tidemark', application = 'tidemark'] = process.argv;

const INPUTS = ['profile-changes', 'transactions', 'risk-events', 'link-facts', 'decisions'];
const GLOBALS = ['methodologies', 'reference-lists'];
const OUTPUTS = ['grade-changes', 'ratings', 'review-tasks', 'dead-letters'];
const OWN = ['journal', 'checkpoints'];
const ALL = [...INPUTS, ...GLOBALS, 'orders', ...OUTPUTS, ...OWN];

/** By principal: topics that are read and written, and what is not a topic. */
const PRINCIPALS = {
  // decides: reads what comes in, writes what comes of it
  processor: {
    read: [...INPUTS, ...GLOBALS, 'orders', ...OUTPUTS, ...OWN],
    write: [...OUTPUTS, ...OWN],
    group: true,
    transactions: `${application}-`,
    redis: '+info +evalsha +eval +get +getrange +mget +set +hget +hset +hgetall +hkeys +unlink',
  },
  // takes events in and answers questions: may not change a rating
  api: {
    read: [...INPUTS, ...GLOBALS, 'grade-changes', 'ratings', 'dead-letters', 'journal'],
    write: INPUTS,
    // a script may do no more than who calls it
    redis: '+info +evalsha +eval +get +getrange +mget +hget +hgetall',
  },
  // a person with the command line: topics, methodologies, skip, dead letters, verify
  operator: {
    read: ALL,
    write: [...INPUTS, ...GLOBALS, 'orders'],
    manage: true,
    transactions: `${application}-orders`,
  },
};

const topic = (name) => `${prefix}.${name}.v1`;

function* kafka() {
  const tool = process.env.KAFKA_ACLS ?? 'kafka-acls.sh --bootstrap-server kafka:9092';
  for (const [name, { read, write, group, transactions, manage }] of Object.entries(PRINCIPALS)) {
    const allow = `${tool} --add --allow-principal User:tidemark-${name}`;
    const topics = (names) => names.map((one) => `--topic ${topic(one)}`).join(' ');
    yield `${allow} --operation Read --operation Describe --operation DescribeConfigs ${topics(read)}`;
    yield `${allow} --operation Write --operation Describe ${topics(write)}`;
    if (group) yield `${allow} --operation Read --operation Describe --group ${application}`;
    if (transactions) {
      const pattern = transactions.endsWith('-') ? 'prefixed' : 'literal';
      yield `${allow} --operation Write --operation Describe --transactional-id ${transactions} --resource-pattern-type ${pattern}`;
    }
    if (manage) {
      const operations = ['Create', 'Alter', 'AlterConfigs'].map((one) => `--operation ${one}`);
      yield `${allow} ${operations.join(' ')} --topic ${prefix}. --resource-pattern-type prefixed`;
      yield `${allow} --operation Describe --cluster`;
    }
  }
}

function* redis() {
  for (const [name, { redis: commands }] of Object.entries(PRINCIPALS)) {
    if (commands === undefined) continue;
    const variable = `REDIS_PASSWORD_${name.toUpperCase()}`;
    const password = process.env[variable];
    if (!password) throw new Error(`${variable} is not set`);
    yield `ACL SETUSER tidemark-${name} reset on >${password} resetkeys ~{${application}:* resetchannels -@all ${commands}`;
  }
}

const print = { kafka, redis }[what];
if (print === undefined) {
  process.stderr.write('usage: node deploy/access/access.js kafka|redis [PREFIX [APPLICATION]]\n');
  process.exit(2);
}
for (const line of print()) process.stdout.write(`${line}\n`);

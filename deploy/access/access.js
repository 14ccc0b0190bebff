'use strict';

// Who may do what, in one table, as commands for Kafka and Redis:
//   node deploy/access/access.js kafka | sh           (KAFKA_ACLS: how kafka-acls.sh is called)
//   node deploy/access/access.js redis | redis-cli    (with REDIS_PASSWORD_... in the environment; that Redis
//                       keeps its users, and that its user `default` goes: deploy/README.md, Users of Redis)
// Arguments after it: the prefix of the topics and the application, `tidemark` where not given. No prefix or
// application may be the beginning of another one up to a `.` or `-`: rights go by beginnings of names.
//   --user processor=NAME   of one principal alone, under another name: the next one, while both are in use
//   --remove                takes the rights away (Kafka)
const { parseArgs } = require('node:util');

const INPUTS = ['profile-changes', 'transactions', 'risk-events', 'link-facts', 'decisions'];
const GLOBALS = ['methodologies', 'reference-lists'];
const OUTPUTS = ['grade-changes', 'ratings', 'review-tasks', 'restricted', 'dead-letters'];
const OWN = ['journal', 'checkpoints'];
const ALL = [...INPUTS, ...GLOBALS, 'orders', ...OUTPUTS, ...OWN];

/** By principal: topics that it looks at (not into), reads and writes, and what is not a topic. */
const principalsOf = (application) => ({
  // decides: reads what comes in, writes what comes of it
  processor: {
    describe: ALL,
    read: [...INPUTS, ...GLOBALS, 'orders', ...OWN],
    write: [...OUTPUTS, ...OWN],
    groups: application,
    transactions: { prefixed: `${application}-` },
    redis: '+info +evalsha +eval +get +getrange +mget +set +hget +hset +hgetall +hkeys +unlink',
  },
  // takes events in and answers questions: changes no rating, reads no event; what it refuses is a dead letter.
  // What is restricted it tells to those with the restricted token alone
  api: {
    describe: ALL,
    read: [...GLOBALS, 'grade-changes', 'restricted', 'journal'],
    write: [...INPUTS, 'dead-letters'],
    // a script may do no more than who calls it
    redis: '+info +evalsha +eval +get +getrange +mget +hget +hgetall',
  },
  // a person with the command line: topics and copies of them, methodologies, skip, dead letters, verify
  operator: {
    describe: ALL,
    read: ALL,
    write: [...INPUTS, ...GLOBALS, 'orders'],
    // orders, and a copy to another installation with the places it has come to
    transactions: { literal: `${application}-orders`, prefixed: `${application}-copy-` },
    copies: `${application}-copy-`,
    manages: true,
  },
  // a system that acts on grades, transaction monitoring say: what is published openly, and not what it came
  // from
  subscriber: {
    read: ['grade-changes', 'ratings'],
    groups: `${application}-subscriber`,
  },
  // who may know of reported suspicious transactions: all that is published of a customer, in full
  compliance: {
    read: ['grade-changes', 'ratings', 'review-tasks', 'restricted'],
    groups: `${application}-compliance`,
  },
});

function* kafka(principals, prefix, { remove }) {
  const tool = process.env.KAFKA_ACLS ?? 'kafka-acls.sh --bootstrap-server kafka:9092';
  const does = remove ? '--remove --force' : '--add';
  const topics = (names) => names.map((one) => `--topic ${prefix}.${one}.v1`).join(' ');
  for (const { user, may } of principals) {
    const line = (operations, ...of) =>
      [
        `${tool} ${does} --allow-principal User:${user}`,
        ...operations.map((one) => `--operation ${one}`),
        ...of,
      ].join(' ');
    // to read and to write include to describe
    if (may.describe) yield line(['Describe', 'DescribeConfigs'], topics(may.describe));
    yield line(['Read'], topics(may.read), ...(may.groups ? [`--group ${may.groups}`] : []));
    if (may.write) yield line(['Write'], topics(may.write));
    for (const [pattern, id] of Object.entries(may.transactions ?? {})) {
      yield line(['Write'], `--transactional-id ${id} --resource-pattern-type ${pattern}`);
    }
    if (may.copies) {
      yield line(['Read'], `--group ${may.copies} --resource-pattern-type prefixed`);
    }
    if (may.manages) {
      const all = `--topic ${prefix}. --resource-pattern-type prefixed`;
      yield line(['Create', 'AlterConfigs'], all);
    }
  }
}

const passwordOf = (name) => `REDIS_PASSWORD_${name.toUpperCase()}`;

/** What is wrong with the passwords: said before anything is printed, or only some users would be made. */
function faultsOf(principals) {
  return principals
    .filter(({ may }) => may.redis !== undefined)
    .map(({ name }) => passwordOf(name))
    .filter((variable) => !/^[^\s"'\\]+$/.test(process.env[variable] ?? ''))
    .map(
      (variable) =>
        `${variable} is not set, or has white space, a quote or a backslash: set it to the password`,
    );
}

function* redis(principals, _prefix, { application }) {
  for (const { name, user, may } of principals) {
    if (may.redis === undefined) continue;
    const password = process.env[passwordOf(name)];
    yield `ACL SETUSER ${user} reset on >${password} resetkeys ~{${application}:* resetchannels -@all ${may.redis}`;
  }
}

/** @returns all, or the one that is named; undefined: there is no such one */
function wantedOf(table, named) {
  const all = Object.entries(table).map(([name, may]) => ({ name, user: `tidemark-${name}`, may }));
  if (named === undefined) return all;
  const [name, user] = named.split('=');
  const found = all.filter((one) => one.name === name && user);
  return found.length > 0 ? [{ ...found[0], user }] : undefined;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { user: { type: 'string' }, remove: { type: 'boolean', default: false } },
});
const [what, prefix = 'tidemark', application = 'tidemark'] = positionals;
const print = { kafka, redis }[what];
const principals = wantedOf(principalsOf(application), values.user);
if (print === undefined || principals === undefined || (values.remove && print !== kafka)) {
  process.stderr.write(
    'usage: node deploy/access/access.js kafka|redis [PREFIX [APPLICATION]] [--user PRINCIPAL=NAME] [--remove]\n',
  );
  process.exit(2);
}
const faults = print === redis ? faultsOf(principals) : [];
if (faults.length > 0) {
  process.stderr.write(`${faults.join('\n')}\n`);
  process.exit(2);
}
// whoever closes the pipe (`| head`) has seen enough
process.stdout.on('error', (error) => process.exit(error.code === 'EPIPE' ? 0 : 2));
for (const line of print(principals, prefix, { application, remove: values.remove })) {
  process.stdout.write(`${line}\n`);
}

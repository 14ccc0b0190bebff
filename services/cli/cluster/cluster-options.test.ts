import { Command } from 'commander';
import { UsageFault } from '../exit';
import { linesOf, runMain, testFolder } from '../run-main.fixture';
import { addClusterOptions, isCluster, settingsOf } from './cluster-options';

const file = testFolder();

describe('the options of a cluster', () => {
  it('stand above the environment, which stands above the file', () => {
    const config = file('tidemark.yaml', 'prefix: of-file\napplication: of-file\n');
    const environment = {
      TIDEMARK_PREFIX: 'of-environment',
      TIDEMARK_KAFKA_BROKERS: 'of-environment:9092',
      TIDEMARK_KAFKA_TLS: 'true',
    };
    const { kafka, prefix, application } = settingsOf({ brokers: 'a:1,b:2', config }, environment);
    expect(kafka).toEqual({ brokers: ['a:1', 'b:2'], tls: {} });
    expect({ prefix, application }).toEqual({ prefix: 'of-environment', application: 'of-file' });
  });

  it('that are faulty are all named as they were given, without what was written', () => {
    const options = { brokers: 'a', registry: 'b', config: file('empty.yaml', '') };
    const tried = (): unknown => settingsOf(options, { TIDEMARK_KAFKA_TLS: 'c' });
    expect(tried).toThrow(UsageFault);
    expect(tried).toThrow(/^--brokers: expected host:port/m);
    expect(tried).toThrow(/^--registry: expected an address/m);
    expect(tried).toThrow(/^TIDEMARK_KAFKA_TLS: expected true or false/m);
  });

  it.each([
    [false, '', {}],
    [false, '--prefix p', { TIDEMARK_PREFIX: 'p', TIDEMARK_KAFKA_BROKERS: '' }],
    [true, '--brokers a:1', {}],
    [true, '--config f', {}],
    [true, '', { TIDEMARK_KAFKA_BROKERS: 'a:1' }],
    [true, '', { TIDEMARK_CONFIG: 'f' }],
    [false, '--data d', { TIDEMARK_KAFKA_BROKERS: 'a:1', TIDEMARK_CONFIG: 'f' }],
  ])(
    'say where a cluster is, or the environment does: %s by "%s" and %j',
    (is, line, environment) => {
      const command = addClusterOptions(new Command()).option('--data <dir>', '', './data');
      command.parse(line === '' ? [] : line.split(' '), { from: 'user' });
      expect(isCluster(command, ['data'], environment)).toBe(is);
    },
  );

  describe('in an environment that names a cluster', () => {
    const before = process.env['TIDEMARK_KAFKA_BROKERS'];
    beforeAll(() => {
      // nobody listens there; and it is no address, so it is refused before anybody is asked
      process.env['TIDEMARK_KAFKA_BROKERS'] = 'nowhere';
    });
    afterAll(() => {
      if (before === undefined) delete process.env['TIDEMARK_KAFKA_BROKERS'];
      else process.env['TIDEMARK_KAFKA_BROKERS'] = before;
    });

    it.each([
      'verify',
      'replay --customer a:b',
      'watch',
      'send -',
      'rate',
      'dead-letters list',
      'dead-letters show dead-letters/0@0',
      'dead-letters replay --all',
      'dead-letters discard --all --reason r',
      'skip --partition 0 --offset 0 --reason r',
    ])('no command goes elsewhere by itself: %s', async (line) => {
      const ran = await runMain(...line.split(' '));
      expect(ran).toMatchObject({ code: 2, out: '' });
      expect(ran.err).toMatch(/^TIDEMARK_KAFKA_BROKERS: expected host:port/m);
    });

    it.each(['verify', 'replay --customer a:b', 'dead-letters list'])(
      'one that names a data directory is about that: %s',
      async (line) => {
        const ran = await runMain(...line.split(' '), '--data', file('no-data'));
        expect(ran).toMatchObject({ code: 2, out: '' });
        expect(ran.err).toMatch(/is no data directory/);
      },
    );
  });

  it.each([
    ['verify', '--data', 'd'],
    ['replay', '--data', 'd', '--customer', 'a:b'],
    ['watch', '--url', 'http://127.0.0.1'],
    ['send', '--token-file', 't', '-'],
    ['rate', '--events', '-'],
  ])('do not go with those of another place: %s %s', async (command, option, ...rest) => {
    const ran = await runMain(command, option, ...rest, '--brokers', '127.0.0.1:1');
    expect(ran).toMatchObject({ code: 2, out: '' });
    expect(linesOf(ran.err)).toEqual([`${option}: not for a cluster; leave it out, or --brokers`]);
  });
});

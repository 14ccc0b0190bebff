import { UsageFault } from '../exit';
import { linesOf, runMain, testFolder } from '../run-main.fixture';
import { isCluster, settingsOf } from './cluster-options';

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

  it('make a command one about a cluster only where they say where it is', () => {
    expect([{}, { prefix: 'p' }, { brokers: 'a:1' }, { config: 'f' }].map(isCluster)).toEqual([
      false,
      false,
      true,
      true,
    ]);
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

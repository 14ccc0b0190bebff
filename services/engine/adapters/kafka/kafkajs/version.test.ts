import { checkVersion, KAFKAJS } from './version';

it('takes the kafkajs that is installed', () => {
  expect(() => checkVersion()).not.toThrow();
});

it('refuses any other version and says which one is needed', () => {
  for (const other of ['2.2.3', '2.2.5', '2.2.4-beta', '']) {
    expect(() => checkVersion(other)).toThrow(KAFKAJS);
  }
});

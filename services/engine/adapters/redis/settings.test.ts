import { connectRedis } from './connection';
import { codeOf, plainError } from './errors';
import { placeOf } from './place';
import { addressOf } from './settings';

describe('a URL of Redis', () => {
  it('names host and port, user and password, database and encryption', () => {
    expect(addressOf('redis://localhost')).toEqual({
      ...{ host: 'localhost', port: 6379, encrypted: false, database: 0 },
    });
    expect(addressOf('rediss://us%40er:p%2Fw@[::1]:7000/3')).toEqual({
      ...{ host: '::1', port: 7000, encrypted: true, database: 3 },
      ...{ username: 'us@er', password: 'p/w' },
    });
  });

  it.each(['localhost:6379', 'http://host', 'redis://', 'redis://user:secret@host/abc'])(
    'is refused without being said: %s',
    (url) => {
      expect(() => addressOf(url)).toThrow(RangeError);
      expect(() => addressOf(url)).toThrow(expect.not.stringContaining('secret'));
    },
  );

  it('is needed', () => {
    expect(() => connectRedis({ urls: [] })).toThrow(RangeError);
  });
});

describe('an error of Redis', () => {
  it('keeps its code and drops what may hold keys', () => {
    const error = plainError(new Error('OOM command not allowed, script: abc, on key bank:42.'));
    expect([error.code, error.message]).toEqual([
      'OOM',
      'Redis: OOM: its memory is full: raise maxmemory',
    ]);
    expect(codeOf(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }))).toBe(
      'ECONNREFUSED',
    );
    expect(codeOf(new Error('Connection is closed.'))).toBe('UNREACHABLE');
    expect(plainError('text').code).toBe('UNREACHABLE');
  });
});

describe('the names of a partition', () => {
  it('share a hash tag, which no application can break', () => {
    expect(placeOf({ application: 'a', generation: 2, partition: 3 }).meta).toBe('{a:2:3}:meta');
    expect(() => placeOf({ application: 'a}b', generation: 1, partition: 0 })).toThrow(RangeError);
    expect(() => placeOf({ application: '', generation: 1, partition: 0 })).toThrow(RangeError);
  });
});

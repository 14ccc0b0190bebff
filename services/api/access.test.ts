import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { accessCheck, isLocal, isLoopback, openToken } from './access';

const directory = mkdtempSync(join(tmpdir(), 'tidemark-token-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('the token of a data directory', () => {
  it('is made once, for the owner of the file alone', () => {
    const umask = process.umask(0);
    try {
      const made = openToken(directory);
      expect(made).toMatchObject({ isNew: true, file: join(directory, 'token') });
      expect(made.text).toMatch(/^[\w-]{43}$/);
      expect(statSync(made.file).mode & 0o777).toBe(0o600);
      expect(openToken(directory)).toEqual({ ...made, isNew: false });
      expect(readFileSync(made.file, 'utf8')).toBe(`${made.text}\n`);
    } finally {
      process.umask(umask);
    }
  });

  it('is refused when somebody has emptied its file', () => {
    const file = join(directory, 'token');
    chmodSync(file, 0o600);
    writeFileSync(file, '\n');
    expect(() => openToken(directory)).toThrow('remove the file');
  });

  it('lets nobody in but who has it', () => {
    const isAllowed = accessCheck(['the-token']);
    expect(isAllowed('Bearer the-token')).toBe(true);
    expect(isAllowed('bearer the-token')).toBe(true);
    for (const other of [undefined, '', 'the-token', 'Bearer', 'Bearer the-token-2', 'Basic x']) {
      expect(isAllowed(other)).toBe(false);
    }
    expect(accessCheck([''])('Bearer ')).toBe(false);
  });

  it('may be one of two while one is replaced by the other', () => {
    const isAllowed = accessCheck(['the-old', 'the-new']);
    expect(isAllowed('Bearer the-old')).toBe(true);
    expect(isAllowed('Bearer the-new')).toBe(true);
    for (const other of ['the-old,the-new', ',', 'the-ol', 'the-old,']) {
      expect(isAllowed(`Bearer ${other}`)).toBe(false);
    }
    expect(accessCheck([])('Bearer undefined')).toBe(false);
  });

  it('is not needed for metrics from the same machine', () => {
    for (const own of ['127.0.0.1', '127.8.9.1', '::1', '::ffff:127.0.0.1']) {
      expect(isLoopback(own)).toBe(true);
    }
    for (const other of ['10.0.0.1', '::ffff:10.0.0.1', '1127.0.0.1', '::2']) {
      expect(isLoopback(other)).toBe(false);
    }
  });

  it('is needed for metrics where a proxy on the same machine asks for others', () => {
    const address = '127.0.0.1';
    expect(isLocal({ address, headers: { host: 'localhost' } })).toBe(true);
    for (const name of ['forwarded', 'via', 'x-forwarded-for', 'x-real-ip']) {
      expect(isLocal({ address, headers: { [name]: '10.0.0.1' } })).toBe(false);
    }
    expect(isLocal({ address: undefined, headers: {} })).toBe(false);
  });
});

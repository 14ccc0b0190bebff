import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connectRegistry } from './client';
import { RegistryDown, type Registry } from './registry';
import { schemaBook } from './schema-book';

interface Answer {
  readonly status?: number;
  readonly body: string;
}

const AVRO: Answer = { body: JSON.stringify({ schema: '"string"' }) };

describe('the client of the registry', () => {
  let server: Server;
  let registry: Registry;
  /** Given one after the other; the last for good. */
  let answers: Answer[];

  beforeEach(async () => {
    server = createServer((_, response) => {
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      response.writeHead(answer?.status ?? 200, { 'content-type': 'application/json' });
      response.end(answer?.body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    registry = connectRegistry({ url: `http://127.0.0.1:${port}` });
  });
  afterEach(async () => {
    registry.close();
    await new Promise((resolve) => server.close(resolve));
  });

  it.each([
    ['a page', '<html>sign in</html>'],
    ['nothing', ''],
    ['null', 'null'],
    ['another object', '{"status":"UP"}'],
    ['a schema that is no text', '{"schema":{"type":"string"}}'],
    ['nothing of another language', '{"schemaType":"JSON"}'],
  ])('does not take %s for a schema, and asks again', async (_, body) => {
    answers = [{ body }, AVRO];
    const lines: string[] = [];
    const book = schemaBook({ registry, log: (line) => lines.push(line) });
    await book.settle([1]);
    book.close();
    expect(book.get(1)).toMatchObject({ kind: 'schema', writer: expect.anything() });
    expect(lines).toEqual([
      'waiting for the schema registry: its answer is no schema',
      'the schema registry answers again',
    ]);
  });

  it.each([
    ['Avro that is none', { schema: '{"type":"nothing"}' }],
    ['a language that nobody knows', { schema: 'x', schemaType: 'OTHER' }],
    ['JSON Schema', { schema: '{"type":"object"}', schemaType: 'JSON' }],
  ])('believes a registry that has %s', async (_, answer) => {
    answers = [{ body: JSON.stringify(answer) }];
    await expect(registry.schemaById(1)).resolves.toEqual({ text: undefined });
  });

  it('does not believe a list of subjects, a level or an id of another', async () => {
    answers = [{ body: 'null' }];
    await expect(registry.idOf('s', '"string"')).rejects.toThrow(RegistryDown);
    await expect(registry.compatibility('s')).rejects.toThrow(RegistryDown);
    answers = [{ status: 404, body: '{}' }, { body: '<html>' }];
    await expect(registry.schemaById(1)).rejects.toThrow(RegistryDown);
  });

  it('does not say that it was refused by a server that is not there', async () => {
    await new Promise((resolve) => server.close(resolve));
    const failure = await registry.schemaById(1).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(RegistryDown);
    const { message } = failure as RegistryDown;
    expect(message).toMatch(/^connect ECONNREFUSED /);
  });

  it('tells of a refusal in one short line, whatever the server says', async () => {
    const message = `no\u001b[2J\r\n{"level":"info"}\u2028${'x'.repeat(10_000)}`;
    answers = [{ status: 500, body: JSON.stringify({ message }) }];
    const failure = await registry.schemaById(1).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(RegistryDown);
    const { message: line } = failure as RegistryDown;
    expect(line).toContain('no?[2J??{"level":"info"}?xxx');
    expect(line.length).toBeLessThanOrEqual(200);
  });
});

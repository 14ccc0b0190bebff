import { get, type ClientRequest } from 'node:http';
import type { GradeChange } from '@tidemark/schemas/records';
import type { ServerProcess } from './server-process';

export interface EventStream {
  readonly close: () => void;
}

/**
 * Reads the event stream of a server, from now on; resolves when it is open.
 * @param seen told the event that brought a change about, and when, on the clock of `performance.now`
 */
export function openEventStream(
  { port, token }: ServerProcess,
  seen: (eventId: string | null, at: number) => void,
): Promise<EventStream> {
  const headers = { authorization: `Bearer ${token}`, accept: 'text/event-stream' };
  return new Promise((resolve, reject) => {
    const asked: ClientRequest = get({ port, path: '/v1/grade-changes', headers }, (answer) => {
      if (answer.statusCode !== 200) {
        reject(new Error(`the event stream answers ${answer.statusCode}`));
        return;
      }
      let rest = '';
      answer.setEncoding('utf8').on('data', (text: string) => {
        const at = performance.now();
        // the first sign says from where the stream goes on
        resolve({ close: () => asked.destroy() });
        const events = (rest + text).split('\n\n');
        rest = events.pop() ?? '';
        for (const event of events) {
          const data = /^data: (.*)$/m.exec(event)?.[1];
          if (data !== undefined) seen((JSON.parse(data) as GradeChange).cause.eventId, at);
        }
      });
      answer.on('error', () => undefined);
    });
    asked.on('error', reject);
  });
}

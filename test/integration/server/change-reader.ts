import { eventReader } from '@tidemark/cli/client/event-stream';
import type { GradeChange } from '@tidemark/schemas/records';
import type { ServerProcess } from './server-process';

/** What a subscriber has seen over many servers, coming back each time to where it was. */
export interface ChangeReader {
  /** By partition, in the order of arrival. */
  readonly seen: readonly GradeChange[][];
  /** Reads from a server until it is gone. */
  readonly follow: (server: ServerProcess) => Promise<void>;
  readonly count: () => number;
}

export function changeReader(partitions: number): ChangeReader {
  const seen: GradeChange[][] = Array.from({ length: partitions }, () => []);
  let place: string | undefined;
  let positions = seen.map(() => 0);
  const take = (id: string, data: string): void => {
    const next = id.split(',').map((part) => Number(part.split(':')[1]));
    const moved = next.findIndex((position, partition) => position !== positions[partition]);
    positions = next;
    seen[moved]?.push(JSON.parse(data));
    place = id;
  };
  return {
    seen,
    count: () => seen.reduce((sum, changes) => sum + changes.length, 0),
    follow: async ({ url, headers }) => {
      const resume: Record<string, string> = place === undefined ? {} : { 'last-event-id': place };
      const reader = eventReader();
      const decoder = new TextDecoder();
      try {
        const since = place === undefined ? '?since=beginning' : '';
        const response = await fetch(`${url}/v1/grade-changes${since}`, {
          headers: { ...headers, ...resume },
        });
        if (response.body === null) return;
        for await (const chunk of response.body) {
          for (const { id, data } of reader.take(decoder.decode(chunk, { stream: true }))) {
            take(id, data);
          }
        }
      } catch {
        // the server was killed: whole events count, the rest comes again
      }
    },
  };
}

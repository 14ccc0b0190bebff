import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { DEPLOY } from '../rule-files';

/** That a process or person may read or write a topic. */
export interface Access {
  readonly who: string;
  readonly action: 'receive' | 'send';
  /** Without prefix and version. */
  readonly topic: string;
}

const PREFIX = 'asyncapi';

/** As deploy/access/access.js gives the rights. */
export function accesses(): readonly Access[] {
  const script = join(DEPLOY, 'access/access.js');
  const lines = execFileSync(process.execPath, [script, 'kafka', PREFIX], { encoding: 'utf8' });
  return lines.split('\n').flatMap((line): Access[] => {
    const who = /User:tidemark-(\w+)/.exec(line)?.[1] ?? '';
    const topics = [...line.matchAll(/--topic (\S+)/g)].map(([, name = '']) => name);
    const named = topics.flatMap((name) => /^asyncapi\.(.+)\.v1$/.exec(name)?.[1] ?? []);
    const of = (action: Access['action']) => named.map((topic) => ({ who, action, topic }));
    if (line.includes('--operation Read ')) return of('receive');
    return line.includes('--operation Write ') ? of('send') : [];
  });
}

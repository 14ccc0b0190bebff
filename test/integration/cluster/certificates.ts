import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Authorities of our own, the newest one signs. */
export interface Certificates {
  /** The file with the key and the certificate of the server. */
  readonly served: string;
  /** The same, apart. */
  readonly own: () => { readonly cert: string; readonly key: string };
  /** Where they are. */
  readonly ownFiles: { readonly cert: string; readonly key: string };
  /** The certificates of all authorities so far, or of the newest. */
  readonly ca: (which?: 'all' | 'newest') => string;
  readonly caFile: () => string;
  /** Makes another authority; nothing is signed by it yet. */
  readonly nextAuthority: () => void;
  /** Has the certificate of the server signed by the newest authority. */
  readonly sign: () => void;
}

export function certificatesIn(folder: string): Certificates {
  const file = (name: string): string => join(folder, name);
  const read = (name: string): string => readFileSync(file(name), 'utf8');
  const openssl = (line: string): unknown =>
    execFileSync('openssl', line.split(' '), { cwd: folder, stdio: 'ignore' });
  const NEW_KEY = '-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes';
  let authorities = 0;
  const nextAuthority = (): void => {
    authorities += 1;
    const name = `ca-${authorities}`;
    openssl(`req -x509 ${NEW_KEY} -days 2 -keyout ${name}.key -out ${name}.crt -subj /CN=${name}`);
    writeFileSync(file('ca.crt'), ca('all'));
  };
  const ca = (which: 'all' | 'newest' = 'all'): string =>
    Array.from({ length: authorities }, (_, at) => read(`ca-${at + 1}.crt`))
      .slice(which === 'all' ? 0 : -1)
      .join('');
  const sign = (): void => {
    const by = `ca-${authorities}`;
    openssl(`req ${NEW_KEY} -keyout own.key -out own.csr -subj /CN=server`);
    writeFileSync(file('names'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
    openssl(
      `x509 -req -in own.csr -CA ${by}.crt -CAkey ${by}.key -CAcreateserial -days 2 -out own.crt -extfile names`,
    );
    writeFileSync(file('server.pem'), read('own.key') + read('own.crt'));
  };
  nextAuthority();
  sign();
  const caFile = (): string => file('ca.crt');
  const own = () => ({ cert: read('own.crt'), key: read('own.key') });
  const ownFiles = { cert: file('own.crt'), key: file('own.key') };
  return { served: file('server.pem'), own, ownFiles, ca, caFile, nextAuthority, sign };
}
